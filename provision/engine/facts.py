"""Gathering facts, where possible without asking: a session's first answer brings them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provision.playbook.model import Play, Task

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

TASK_NAME = "Gathering Facts"


def gather(context: Context, wanted: Mapping[str, Any]) -> Result:
    """The facts of a host; ``wanted`` are parameters of setup, None for what is not said.

    A session that this call opens has just told them; one that was open before may have
    changed the node since, so it is asked again.
    """
    session = context.session
    fresh = context.run.first_use(session)
    # Facts of the node's own that are programs are not run before they are asked for.
    said = {name: value for name, value in wanted.items() if value}
    if fresh and not said and "local" in session.facts:
        facts = {"ansible_" + name: value for name, value in session.facts.items()}
        facts.update(gather_subset=["all"], module_setup=True)
        return {"changed": False, "ansible_facts": facts}
    spec = context.run.catalog.own("setup")
    assert spec is not None
    return context.call("setup", spec.validate(said))


def gathering(play: Play) -> Task:
    """The task that gathers facts at the start of a play."""
    args: dict[str, Any] = {}
    for name in ("gather_subset", "gather_timeout", "fact_path"):
        said = getattr(play, name)
        if said is not None:
            args[name] = said
    return Task(
        at=play.at,
        name=TASK_NAME,
        action="gather_facts",
        args=args,
        settings=play.settings,
        file=play.file,
    )
