"""copy: files and folders of the controller, or content, to the node."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.agent.modules.copy import SPEC
from provision.engine.actions.base import Action
from provision.engine.contents import Content
from provision.engine.files import find, read
from provision.engine.pipeline import Pipeline
from provision.engine.send import Small, results_of, send, several
from provision.engine.tree import Part, Tree
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


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
    return context.run.contents.get(path, context.args["decrypt"], context.task.at)


def _directory(context: Context, source: Path, *, inside: bool) -> Result:
    """A folder: with a trailing slash what is in it, without also itself."""
    context.in_its_turn()
    args = context.args
    root = Path(args["dest"]) if inside else Path(args["dest"]) / source.name
    out: Result = {
        "changed": False,
        "src": f"{source}/" if inside else str(source),
        "dest": args["dest"].rstrip("/") + "/",
    }
    diffs: list[Any] = []
    try:
        tree = Tree(str(source), args["local_follow"])
    except OSError as error:
        raise TaskFailed(
            f"cannot read {error.filename}: {error.strerror or error}", at=context.task.at
        ) from None
    answers = _bring(context, tree, str(root))
    for result in itertools.chain.from_iterable(map(results_of, answers)):
        changed = out["changed"] or bool(result.get("changed"))
        if tree.alone and "checksum" in result:
            out = dict(result)
        out["changed"] = changed
        diff = result.get("diff")
        if diff:
            diffs.extend(diff if isinstance(diff, list) else [diff])
        if result.get("failed"):
            out.update({key: result[key] for key in ("failed", "msg") if key in result})
            break
    if diffs:
        out["diff"] = diffs
    return out


def _bring(context: Context, tree: Tree, root: str) -> Iterator[Result]:
    """Bring a folder's parts to the node, in their order; small files between others together."""
    args = context.args
    for_folders = _folder_arguments(context)
    pipeline = Pipeline(context)
    read_small = functools.partial(_small, context)

    def place(part: Part) -> str:
        return f"{root.rstrip('/')}/{part.below}" if part.below else root

    for step in tree.steps:
        if not isinstance(step, Part):
            contents = context.run.batches.get(step, args["decrypt"], read_small)
            files = [
                Small(content, part.path, place(part))
                for part, content in zip(step, contents, strict=True)
            ]
            yield from pipeline.call("copy", *several(context, files))
        elif step.kind == "folder":
            yield from pipeline.call("file", {**for_folders, "path": place(step)})
        elif step.kind == "link":
            yield from pipeline.call("file", _link_arguments(context, step.path, place(step)))
        else:
            yield from pipeline.finish()
            path = Path(step.path)
            yield send(context, _content(context, path), path, {**args, "dest": place(step)})
    yield from pipeline.finish()


def _small(context: Context, part: Part) -> Content:
    vault = context.run.options.vault
    return Content(read(part.path, vault, context.args["decrypt"], context.task.at))


def _link_arguments(context: Context, path: str, dest: str) -> dict[str, Any]:
    given = {"path": dest, "state": "link", "src": str(Path(path).readlink())}
    owner = {name: context.args[name] for name in ("owner", "group") if context.args[name]}
    return _for_file(context, {**given, **owner, "force": True, "follow": False})


def _folder_arguments(context: Context) -> dict[str, Any]:
    """What is the same for all folders."""
    args = context.args
    given = {"mode": args["directory_mode"], "owner": args["owner"], "group": args["group"]}
    given = {name: value for name, value in given.items() if value is not None}
    return _for_file(context, {"path": "/", "state": "directory", **given})


def _for_file(context: Context, given: dict[str, Any]) -> dict[str, Any]:
    spec = context.run.catalog.own("file")
    assert spec is not None
    return spec.validate(given)


ACTION = Action(SPEC, run)
