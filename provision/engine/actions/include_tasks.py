"""include_tasks: the tasks of a file, chosen when the task is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.engine.actions.base import Action
from provision.engine.cursor import Group
from provision.engine.nesting import refuse_endless
from provision.engine.preflight import check_nodes
from provision.playbook.loader import load_tasks
from provision.playbook.search import find_task_file
from provision.playbook.statements import STATEMENTS

if TYPE_CHECKING:
    from provision.agent.spec import Spec
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    refuse_endless(context)
    task, run_ = context.task, context.run
    name = str(context.args["file"])
    path = find_task_file(
        name, file=task.file, role=task.role, base=context.play.directory, at=task.at
    )
    handlers = any(task is handler for handler in context.play.handlers.tasks)
    key = (task.id, path)
    with run_.lock:
        loaded: Any = run_.loaded.get(key)
        if loaded is None:
            loaded = load_tasks(
                path,
                run_.catalog,
                settings=task.apply or task.settings,
                role=task.role,
                handlers=handlers,
                base=context.play.directory,
                roles_path=run_.options.roles_path,
                read=run_.read_yaml,
                known={**context.play.play.vars, **run_.extra},
            )
            check_nodes(loaded)
            run_.loaded[key] = loaded
            context.play.adopt(loaded.roles, loaded.handlers)
    context.effects.groups.append(Group(loaded, context.inherited()))
    return {"changed": False, "include": name, "include_args": {}}


def _spec() -> Spec:
    return next(spec for spec in STATEMENTS if spec.name == "include_tasks")


ACTION = Action(_spec(), run)
