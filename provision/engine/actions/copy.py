"""copy: files and folders of the controller, or content, to the node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from provision.agent.modules.copy import SPEC
from provision.engine.actions.base import Action
from provision.engine.contents import Content
from provision.engine.context import Context
from provision.engine.files import find, read
from provision.engine.results import Result
from provision.engine.send import BATCH, INLINE, Small, send, send_several
from provision.errors import TaskFailed


def run(context: Context) -> Result:
    args = context.args
    if args["content"] is not None:
        return send(context, Content(args["content"].encode()), None)
    if args["remote_src"]:
        return context.call("copy", args)
    if args["src"] is None:
        raise TaskFailed("copy needs src or content", at=context.task.at)
    name = str(args["src"])
    path = find(context.search(), "files", name, at=context.task.at, directory=None)
    if path.is_dir():
        return _directory(context, path, inside=name.endswith("/"))
    return _file(context, path, args)


def _file(context: Context, path: Path, args: dict[str, Any]) -> Result:
    return send(context, _content(context, path), path, args)


def _content(context: Context, path: Path) -> Content:
    run, decrypt, at = context.run, context.args["decrypt"], context.task.at
    return run.contents.get(
        path, decrypt, lambda: Content(read(path, run.options.vault, decrypt, at))
    )


def _directory(context: Context, source: Path, *, inside: bool) -> Result:
    """A folder: with a trailing slash what is in it, without also itself."""
    args = context.args
    root = Path(args["dest"]) if inside else Path(args["dest"]) / source.name
    out: Result = {
        "changed": False,
        "src": f"{source}/" if inside else str(source),
        "dest": args["dest"].rstrip("/") + "/",
    }
    diffs: list[Any] = []
    entries = list(_walk(source, args["local_follow"]))
    alone = sum(_is_file(args, *entry) for entry in entries) == 1
    for result in _parts(context, entries, source, root):
        changed = out["changed"] or bool(result.get("changed"))
        if alone and "checksum" in result:
            out = dict(result)
        out["changed"] = changed
        found = result.get("diff")
        if found:
            diffs.extend(found if isinstance(found, list) else [found])
        if result.get("failed"):
            out.update({key: result[key] for key in ("failed", "msg") if key in result})
            break
    if diffs:
        out["diff"] = diffs
    return out


def _parts(
    context: Context, entries: Iterable[tuple[Path, bool]], source: Path, root: Path
) -> Iterator[Result]:
    """Bring a folder's parts to the node, in their order; small files between others together."""
    args = context.args
    small: list[Small] = []
    size = 0
    for path, is_folder in entries:
        dest = str(root / path.relative_to(source))
        if _is_file(args, path, is_folder):
            content = _content(context, path)
            if len(content.data) <= INLINE:
                small.append(Small(content, path, dest))
                size += len(content.data)
                if size <= BATCH:
                    continue
            yield from _together(context, small)
            if len(content.data) > INLINE:
                yield send(context, content, path, {**args, "dest": dest})
        else:
            yield from _together(context, small)
            given = (
                _folder_arguments(context, dest)
                if is_folder
                else _link_arguments(context, path, dest)
            )
            yield context.call("file", given)
        small, size = [], 0
    yield from _together(context, small)


def _is_file(args: dict[str, Any], path: Path, is_folder: bool) -> bool:
    """Not a folder, nor a link that stays one."""
    return not is_folder and (args["local_follow"] or not path.is_symlink())


def _together(context: Context, files: Sequence[Small]) -> Iterator[Result]:
    if len(files) == 1:
        yield send(
            context, files[0].content, files[0].source, {**context.args, "dest": files[0].dest}
        )
    elif files:
        yield from send_several(context, files)


def _walk(folder: Path, follow: bool) -> Iterator[tuple[Path, bool]]:
    yield folder, True
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and (follow or not entry.is_symlink()):
            yield from _walk(entry, follow)
        else:
            yield entry, False


def _link_arguments(context: Context, path: Path, dest: str) -> dict[str, Any]:
    given = {"path": dest, "state": "link", "src": str(path.readlink())}
    owner = {name: context.args[name] for name in ("owner", "group") if context.args[name]}
    return _for_file(context, {**given, **owner, "force": True, "follow": False})


def _for_file(context: Context, given: dict[str, Any]) -> dict[str, Any]:
    spec = context.run.catalog.find("file")
    assert spec is not None
    return spec.validate(given)


def _folder_arguments(context: Context, path: str) -> dict[str, Any]:
    args = context.args
    given = {
        "path": path,
        "state": "directory",
        "mode": args["directory_mode"],
        "owner": args["owner"],
        "group": args["group"],
    }
    spec = context.run.catalog.own("file")
    assert spec is not None
    return spec.validate({name: value for name, value in given.items() if value is not None})


ACTION = Action(SPEC, run)
