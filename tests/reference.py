"""The pages of documentation that are generated: see scripts/generate-docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from provision.agent.spec import Param, Spec
from provision.cli.ansible_settings import SETTINGS
from provision.engine.catalog import catalog as every_module
from provision.playbook.keywords import KEYWORDS
from provision.templating.checks import CHECKS
from provision.templating.filters import FILTERS
from provision.templating.lookups import LOOKUPS
from tests.compat.case import every_case

_NOTE = "<!-- written by scripts/generate-docs; do not edit -->\n"
_LEVELS = ("play", "role", "block", "task", "handler")


def pages(root: Path) -> dict[Path, str]:
    """Each page's path and what has to be in it."""
    folder = root / "docs" / "reference"
    playbooks = root / "docs" / "playbooks.md"
    return {
        folder / "keywords.md": "\n".join(_keywords()) + "\n",
        folder / "modules.md": "\n".join(_modules()) + "\n",
        folder / "filters.md": "\n".join(_filters()) + "\n",
        playbooks: _with_tables(playbooks.read_text(encoding="utf-8")),
    }


def _keywords() -> Iterator[str]:
    yield from ("# Keywords", "", _NOTE)
    yield "Where each keyword of a playbook may stand, and what it does.\n"
    yield from _table(
        ("keyword", *_LEVELS, ""),
        (
            (f"`{k.name}`", *("•" if level in k.levels else "" for level in _LEVELS), k.doc)
            for k in sorted(KEYWORDS, key=lambda k: k.name)
            if k.instead is None
        ),
    )
    yield from ("", "## Refused", "", "Ansible knows these; provision says what to do instead.", "")
    yield from _table(
        ("keyword", "where", "instead"),
        (
            (f"`{k.name}`", ", ".join(k.levels), k.instead)
            for k in sorted(KEYWORDS, key=lambda k: k.name)
            if k.instead is not None
        ),
    )


def _modules() -> Iterator[str]:
    catalog = every_module()
    specs: list[Spec] = []
    for name in catalog.names():
        spec = catalog.find(name)
        assert spec is not None
        specs.append(spec)
    yield from ("# Modules", "", _NOTE)
    yield from _table(
        ("module", "check mode", "diff", ""),
        (
            (f"[`{s.fqcn}`](#{_anchor(s.fqcn)})", _yes(s.check_mode), _yes(s.diff), s.summary)
            for s in specs
        ),
    )
    for spec in specs:
        yield from ("", f"## {spec.fqcn}", "", spec.summary, "")
        if spec.params:
            yield from _table(("parameter", "type", "default", ""), _params(spec.params, ""))
        if spec.refused:
            yield ""
            yield from _table(("not supported", ""), ((f"`{n}`", why) for n, why in spec.refused))
        if spec.returns:
            yield ""
            yield from _table(("returns", ""), ((f"`{n}`", text) for n, text in spec.returns))


def _params(params: Iterable[Param], prefix: str) -> Iterator[tuple[Any, ...]]:
    for param in params:
        name = prefix + param.name
        kind = f"{param.type} of {param.elements}" if param.elements else param.type
        default = "required" if param.required else _literal(param.default)
        doc = [param.doc]
        if param.choices:
            doc.append("One of " + ", ".join(_choice(each) for each in param.choices) + ".")
        if param.aliases:
            doc.append("Also " + ", ".join(f"`{alias}`" for alias in param.aliases) + ".")
        yield f"`{name}`", kind, default, " ".join(part for part in doc if part)
        yield from _params(param.options, f"{name}.")


def _choice(value: Any) -> str:
    return f"`{value}`" if str(value).isprintable() else f"`{value!r}`"


def _literal(value: Any) -> str:
    return "" if value is None else f"`{value!r}`"


def _filters() -> Iterator[str]:
    yield from ("# Filters, tests, lookups", "", _NOTE)
    for title, known in (("Filters", FILTERS), ("Tests", CHECKS), ("Lookups", LOOKUPS)):
        yield from (f"## {title}", "", _names(known), "")
        full = [name for name in sorted(known) if _of_collection(name, known)]
        if full:
            yield from ("By their full names only:", "", ", ".join(f"`{n}`" for n in full), "")
    yield "Names with a collection, such as `ansible.builtin.combine`, work as well."


def _of_collection(name: str, known: Mapping[str, Any]) -> bool:
    collection, _, short = name.rpartition(".")
    return collection not in ("", "ansible.builtin") and known.get(short) is not known[name]


def _names(known: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(known) if "." not in name)


def _with_tables(page: str) -> str:
    differences = ((case.differs, f"`{case.name}`") for case in every_case() if case.differs)
    page = _put(
        page, "differences", ("what differs, and why", "the case that shows it"), differences
    )
    settings = ((f"`{s.key}`", f"`[{s.section}]`", f"`{s.variable}`", s.doc) for s in SETTINGS)
    return _put(page, "settings", ("setting", "section", "variable", "as"), settings)


def _put(page: str, name: str, head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    before, begin, rest = page.partition(f"<!-- {name}: begin -->")
    _, end, after = rest.partition(f"<!-- {name}: end -->")
    assert begin and end, "docs/playbooks.md has lost its markers"
    table = "\n".join(_table(head, rows))
    return f"{before}{begin}\n{table}\n{end}{after}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").strip() for cell in row) + " |"


def _anchor(fqcn: str) -> str:
    return fqcn.replace(".", "")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
