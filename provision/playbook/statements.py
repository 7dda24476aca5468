"""What looks like a module but steers loading: the import_* and include_* family."""

from __future__ import annotations

from provision.agent.spec import Param, Spec

_FILE = Param("file", "The task file, relative to the one that names it.", required=True)
_APPLY = Param("apply", "Keywords for every task included.", type="dict")

_ROLE_PARAMS = (
    Param("name", "The role.", required=True, aliases=("role",)),
    Param("tasks_from", "A task file of the role other than main."),
    Param("vars_from", "A vars file of the role other than main."),
    Param("defaults_from", "A defaults file of the role other than main."),
    Param("handlers_from", "A handlers file of the role other than main."),
    Param("allow_duplicates", "Run it although it ran before.", type="bool", default=True),
    Param("public", "Its variables stay visible after it.", type="bool"),
    Param(
        "rolespec_validate",
        "Check variables against the role's argument specs.",
        type="bool",
        default=True,
    ),
)

STATEMENTS: tuple[Spec, ...] = (
    Spec(
        "import_tasks",
        "Put the tasks of a file here, when the playbook is loaded.",
        params=(_FILE,),
        free_form="file",
    ),
    Spec(
        "include_tasks",
        "Run the tasks of a file, chosen when the task is reached.",
        params=(_FILE, _APPLY),
        free_form="file",
    ),
    Spec(
        "import_role",
        "Put the tasks of a role here, when the playbook is loaded.",
        params=_ROLE_PARAMS,
    ),
    Spec(
        "include_role",
        "Run a role, chosen when the task is reached.",
        params=(*_ROLE_PARAMS, _APPLY),
    ),
    Spec(
        "import_playbook",
        "Put the plays of another playbook here.",
        params=(Param("file", "The playbook, relative to this one.", required=True),),
        free_form="file",
    ),
)

IMPORTS = ("import_tasks", "import_role", "import_playbook")
INCLUDES = ("include_tasks", "include_role")
