"""unarchive: an archive of the controller (or of the node) unpacked on the node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.modules.unarchive import SPEC
from provision.engine.actions.base import Action
from provision.engine.files import find

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    if args["creates"] is not None and _exists(context, args["creates"]):
        return {
            "changed": False,
            "skipped": True,
            "msg": f"skipped, since {args['creates']} exists",
        }
    if args["remote_src"] or args["copy"] is False or "://" in str(args["src"]):
        return context.call("unarchive", {**args, "remote_src": True, "copy": None})
    path = find(context.search(), "files", str(args["src"]), at=context.task.at)
    content = context.run.contents.get(path, bool(args.get("decrypt", True)), context.task.at)
    given = {**args, "src": str(path), "content_follows": True}
    return context.call("unarchive", given, content.data)


def _exists(context: Context, path: str) -> bool:
    spec = context.run.catalog.own("stat")
    assert spec is not None
    asked = {"path": path, "get_checksum": False, "get_mime": False, "get_attributes": False}
    return bool(context.call("stat", spec.validate(asked))["stat"]["exists"])


ACTION = Action(SPEC, run)
