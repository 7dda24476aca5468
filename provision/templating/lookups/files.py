"""Lookups of files on the controller."""

from __future__ import annotations

from glob import glob
from pathlib import Path
from typing import Any

from provision.errors import TemplateError
from provision.templating.filters.iteration import flatten
from provision.templating.lazy import finalize
from provision.templating.lookups.base import Lookup, Request
from provision.templating.undefined import Undefined


def file(request: Request) -> list[Any]:
    """The text of files, without the white space at its end."""
    options = request.take(rstrip=True, lstrip=False)
    found = []
    for name in request.texts():
        text = request.read(request.find(name))
        text = text.rstrip() if options["rstrip"] else text
        found.append(text.lstrip() if options["lstrip"] else text)
    return found


def unvault(request: Request) -> list[Any]:
    """The text of files, decrypted if they are encrypted."""
    request.take()
    return [request.read(request.find(name)) for name in request.texts()]


def template(request: Request) -> list[Any]:
    """Rendered template files. ``template_vars`` adds variables."""
    options = request.take(
        template_vars={}, convert_data=True, jinja2_native=False, trim_blocks=True
    )
    scope = request.scope.child(options["template_vars"]) if options["template_vars"] else None
    found = []
    for name in request.texts():
        path = request.find(name, "templates")
        text = path.read_text(encoding="utf-8")
        within = scope or request.scope
        found.append(within.templar.render_text(text, within, name=str(path)))
    return found


def fileglob(request: Request) -> list[Any]:
    """The files that match patterns, in one folder, sorted by name."""
    request.take()
    found: list[str] = []
    for pattern in request.texts():
        for place in request.places(pattern, "files"):
            paths = sorted(path for path in glob(str(place)) if Path(path).is_file())  # noqa: PTH207
            if paths:
                found.extend(paths)
                break
    return found


def first_found(request: Request) -> list[Any]:
    """The first of several files that exists; with ``skip`` nothing if none does."""
    options = request.take(files=[], paths=[], skip=False)
    skip = options["skip"]
    names: list[tuple[str, list[str]]] = []
    for term in flatten(request.terms, levels=1):
        if isinstance(term, Undefined):
            continue
        if isinstance(term, dict):
            each = finalize(term)
            skip = skip or bool(each.get("skip", False))
            paths = _split(each.get("paths", []))
            names.extend((name, paths) for name in _split(each.get("files", [])))
        else:
            names.append((str(term), _split(options["paths"])))
    names.extend((name, _split(options["paths"])) for name in _split(options["files"]))
    for name, paths in names:
        for candidate in [str(Path(path, name)) for path in paths] or [name]:
            for folder in ("templates", "files", "vars", "."):
                for place in request.places(candidate, folder):
                    if place.is_file():
                        return [str(place)]
    if skip:
        return []
    listed = ", ".join(name for name, _ in names)
    raise TemplateError(
        f"none of these files exists: {listed}", hint="skip=True makes that no error"
    )


def _split(value: Any) -> list[str]:
    if isinstance(value, str):
        for separator in (",", ";"):
            value = value.replace(separator, ":")
        return [part.strip() for part in value.split(":") if part.strip()]
    return [str(each) for each in flatten(value or [])]


FILES: dict[str, Lookup] = {
    "file": file,
    "unvault": unvault,
    "template": template,
    "fileglob": fileglob,
    "first_found": first_found,
}
