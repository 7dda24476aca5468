"""Options in an INI file."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from provision.agent import editing, file_info, files, ini, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="ini_file",
    collection="community.general",
    summary="Manage options and sections of an INI file, one by one.",
    params=(
        Param("path", "The file.", type="path", required=True, aliases=("dest",)),
        Param("section", "The section; without one, what is before the first."),
        Param("option", "The option; without one, the section itself."),
        Param("value", "Its value."),
        Param("values", "Its values, one line each.", type="list", elements="str"),
        Param(
            "section_has_values",
            "Of sections of one name, the one that has these options.",
            type="list",
            elements="dict",
            options=(
                Param("option", "An option.", required=True),
                Param("value", "Its value."),
                Param("values", "Its values.", type="list", elements="str"),
            ),
        ),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
        Param(
            "exclusive",
            "Other lines of the option go; false: they stay, and only this value is added or "
            "removed.",
            type="bool",
            default=True,
        ),
        Param("allow_no_value", "Allow an option without = and value.", type="bool", default=False),
        Param("no_extra_spaces", "No blanks around =.", type="bool", default=False),
        Param("ignore_spaces", "Blanks around = are no difference.", type="bool", default=False),
        Param(
            "modify_inactive_option",
            "A commented line of the option is replaced.",
            type="bool",
            default=True,
        ),
        Param("create", "Make the file if it is missing.", type="bool", default=True),
        Param("follow", "Follow a link at path.", type="bool", default=False),
        files.BACKUP,
        *permissions.PARAMS,
        files.UNSAFE_WRITES,
    ),
    mutually_exclusive=(("value", "values"),),
    diff=True,
    returns=(("msg", "what was done"), *editing.RETURNS[1:], ("path", "the file")),
    source="https://docs.ansible.com/ansible/latest/collections/community/general/ini_file_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    values = _values(args)
    if args["state"] == "present" and not values and not args["allow_no_value"]:
        raise task.fail("state=present needs value or values, unless allow_no_value=true")
    before = editing.load(task, args["create"])
    text = (before or "").lstrip("\ufeff")
    style = ini.Style(args["no_extra_spaces"], args["ignore_spaces"])
    # A file that was empty begins with an empty line, as Ansible has it.
    document = ini.Document(editing.lines_of(text or "\n"), style)
    wanted = [(each["option"], _values(each)) for each in args["section_has_values"] or []]
    section = document.find(args["section"], wanted)
    if args["state"] == "present":
        msg = _present(task, document, section, wanted, values)
    else:
        msg = _absent(task, document, section, values)
    after = document.text() if text or msg else before
    result = editing.finish(task, before, after, msg)
    return {**file_info.describe(args["path"]), **result, "msg": msg or "OK", "path": args["path"]}


def _values(args: Dict[str, Any]) -> List[Optional[str]]:
    """No values are [], one that is empty on purpose is [""]."""
    if args["values"] is not None:
        return list(dict.fromkeys(args["values"]))
    return [] if args["value"] is None else [args["value"]]


def _present(
    task: ModuleTask,
    document: "ini.Document",
    section: Optional["ini.Section"],
    required: "ini.Options",
    values: List[Optional[str]],
) -> str:
    args = task.args
    new = section is None
    if section is None:
        section = document.add(args["section"], required)
    if args["option"] is None:
        return "section added" if new else ""
    changed = document.set(
        section,
        args["option"],
        values or [None],
        exclusive=args["exclusive"],
        inactive=args["modify_inactive_option"],
    )
    return "section and option added" if new else changed


def _absent(
    task: ModuleTask,
    document: "ini.Document",
    section: Optional["ini.Section"],
    values: List[Optional[str]],
) -> str:
    args = task.args
    if section is None:
        return ""
    if args["option"] is None:
        return "section removed" if document.remove(section) else ""
    kept = None if args["exclusive"] else values
    return "option changed" if document.unset(section, args["option"], kept) else ""
