"""template: a file made from a Jinja2 template of the controller."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from provision.agent.modules.copy import SPEC as COPY
from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.contents import Content
from provision.engine.files import find, read
from provision.engine.send import send
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

_FROM_COPY = (
    "dest",
    "mode",
    "owner",
    "group",
    "backup",
    "force",
    "follow",
    "validate",
    "unsafe_writes",
    "attributes",
    "seuser",
    "serole",
    "setype",
    "selevel",
)
# Ansible's names, with backslashes; and what YAML makes of them in double quotes.
_ENDINGS = {text: end for end in ("\n", "\r", "\r\n") for text in (repr(end)[1:-1], end)}
_HEADER = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
)


def run(context: Context) -> Result:
    args = context.args
    name = str(args["src"])
    path = find(context.search(), "templates", name, at=context.task.at)
    source = read(path, context.run.options.vault, True, context.task.at)
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        raise TaskFailed(f"{path} is not UTF-8", at=context.task.at) from None
    text, scope = _with_header(text, args), context.scope.child(_about(path, args["dest"]))
    if context.on_text is not None:
        context.on_text(text, scope)
    rendered = context.run.templar.render_text(text, scope, name=str(path))
    ending = _ENDINGS[args["newline_sequence"]]
    if ending != "\n":
        rendered = rendered.replace("\n", ending)
    given = {n: args[n] for n in _FROM_COPY if n in args}
    content = rendered.encode(args["output_encoding"])
    return send(context, Content(content), path, COPY.validate(given))


def _with_header(text: str, args: dict[str, object]) -> str:
    """The task's options as the line that a template file may say them in itself."""
    options = [f"{name}: {args[name]!r}" for name in _HEADER if args[name] is not None]
    if not args["trim_blocks"]:
        options.append("trim_blocks: False")
    if args["lstrip_blocks"]:
        options.append("lstrip_blocks: True")
    if not options or text.startswith("#jinja2:"):
        return text
    return f"#jinja2: {', '.join(options)}\n{text}"


def _about(path: Path, dest: object) -> dict[str, object]:
    managed = "Ansible managed"
    return {
        "ansible_managed": managed,
        "template_path": str(path),
        "template_destpath": dest,
        "template_fullpath": str(path.absolute()),
    }


def _params() -> tuple[Param, ...]:
    copied = [p for p in COPY.params if p.name in _FROM_COPY]
    return (
        Param("src", "The template, beside the task or in templates/.", required=True),
        *(p._replace(required=True) if p.name == "dest" else p for p in copied),
        Param("newline_sequence", "Line ends.", default="\\n", choices=tuple(_ENDINGS)),
        Param("output_encoding", "The file's encoding.", default="utf-8"),
        Param("trim_blocks", "Drop the newline after a block.", type="bool", default=True),
        Param("lstrip_blocks", "Drop blanks before a block.", type="bool", default=False),
        *(Param(name, "Instead of Jinja2's own.") for name in _HEADER),
    )


ACTION = Action(
    Spec(
        name="template",
        summary="Make a file on the node from a template.",
        params=_params(),
        diff=True,
        returns=COPY.returns,
    ),
    run,
)
