"""uri: an HTTP request from the node, whose body may be made of the controller's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent import multipart
from provision.agent.modules.uri import SPEC
from provision.agent.task import ModuleFailed
from provision.engine.actions.base import Action
from provision.engine.files import find, read
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    whole = args["src"] is not None
    if args["remote_src"] or not (whole or args["body_format"] == "form-multipart"):
        return context.call("uri", args)

    def content(name: str) -> bytes:
        path = find(context.search(), "files", name, at=context.task.at)
        return read(path, context.run.options.vault, True, context.task.at)

    if whole:
        body, kind = content(str(args["src"])), None
    else:
        try:
            body, kind = multipart.encode(args["body"], content)
        except ModuleFailed as error:
            raise TaskFailed(error.message, at=context.task.at) from None
    given = {"content_follows": True, "content_type": kind, "body": None, "src": None}
    return context.call("uri", {**args, **given}, body)


ACTION = Action(SPEC, run)
