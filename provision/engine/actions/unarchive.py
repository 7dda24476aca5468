"""unarchive: an archive of the controller (or of the node) unpacked on the node."""

from __future__ import annotations

from provision.agent.modules.unarchive import SPEC
from provision.engine.actions.base import Action
from provision.engine.context import Context
from provision.engine.files import find, read
from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    if args["remote_src"] or args["copy"] is False or "://" in str(args["src"]):
        return context.call("unarchive", {**args, "remote_src": True, "copy": None})
    path = find(context.search(), "files", str(args["src"]), at=context.task.at)
    content = read(
        path, context.run.options.vault, bool(args.get("decrypt", True)), context.task.at
    )
    return context.call("unarchive", {**args, "src": str(path), "content_follows": True}, content)


ACTION = Action(SPEC, run)
