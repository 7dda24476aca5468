"""include_role: a role, chosen when the task is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.engine.actions.base import Action
from provision.engine.cursor import Group
from provision.engine.nesting import refuse_endless
from provision.engine.preflight import check_nodes
from provision.playbook.loader import LoadedRole, load_role
from provision.playbook.statements import STATEMENTS

if TYPE_CHECKING:
    from provision.agent.spec import Spec
    from provision.engine.context import Context
    from provision.engine.results import Result
    from provision.playbook.model import Node

_PARTS = ("tasks_from", "vars_from", "defaults_from", "handlers_from")


def run(context: Context) -> Result:
    refuse_endless(context)
    args, run_, task = context.args, context.run, context.task
    parts: dict[str, Any] = {part: str(args[part]) for part in _PARTS if args.get(part)}
    key = (task.id, str(args["name"]), tuple(parts.items()))
    with run_.lock:
        found: Any = run_.loaded.get(key)
        if found is None:
            found = run_.loaded[key] = _load(context, parts)
        loaded: LoadedRole = found
        each = loaded.in_order()
        context.play.name_roles([one.role for one in each])
        if args.get("public"):
            context.play.adopt([one.role for one in each], ())
    ran = context.play.ran(context.host)
    nodes: list[Node] = []
    for one in each:
        if one is loaded or one.allow_duplicates or one.key not in ran:
            ran.append(one.key)
            nodes += one.nodes
    context.effects.groups.append(Group(nodes, context.inherited()))
    return {"changed": False, "include_role": str(args["name"]), "include_args": dict(args)}


def _load(context: Context, parts: dict[str, Any]) -> LoadedRole:
    task, run_ = context.task, context.run
    loaded = load_role(
        str(context.args["name"]),
        run_.catalog,
        at=task.at,
        settings=task.apply or task.settings,
        base=context.play.directory,
        within=task.role,
        roles_path=run_.options.roles_path,
        validate=bool(context.args["rolespec_validate"]),
        read=run_.read_yaml,
        known={**context.play.play.vars, **run_.extra},
        **parts,
    )
    for one in loaded.in_order():
        check_nodes(one.nodes)
        check_nodes(one.handlers)
        context.play.adopt((), one.handlers)
    return loaded


def _spec() -> Spec:
    return next(spec for spec in STATEMENTS if spec.name == "include_role")


ACTION = Action(_spec(), run)
