"""assemble: a file put together from fragments, of the node or of the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.modules.assemble import SPEC, chosen, joined
from provision.agent.modules.copy import SPEC as COPY
from provision.agent.task import ModuleFailed
from provision.engine.actions.base import Action
from provision.engine.contents import Content
from provision.engine.files import find, read
from provision.engine.send import send
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    if args["remote_src"]:
        return context.call("assemble", args)
    at = context.task.at
    folder = find(context.search(), "files", str(args["src"]), at=at, directory=True)
    try:
        names = chosen(
            (entry.name for entry in folder.iterdir() if entry.is_file()),
            args["regexp"],
            args["ignore_hidden"],
        )
    except ModuleFailed as error:
        raise TaskFailed(error.message, at=at) from None
    vault = context.run.options.vault
    parts = [read(folder / name, vault, args["decrypt"], at) for name in names]
    content = joined(parts, args["delimiter"])
    known = {param.name for param in COPY.params} - {"src", "remote_src"}
    given = COPY.validate({name: value for name, value in args.items() if name in known})
    result = send(context, Content(content), None, given)
    return {**result, "src": str(folder)}


ACTION = Action(SPEC, run)
