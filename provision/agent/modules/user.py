"""User accounts."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, Tuple

from provision.agent import accounts, user_key
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="user",
    summary="Manage user accounts.",
    params=(
        Param("name", "The user.", required=True, aliases=("user",)),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
        Param("uid", "Its number.", type="int"),
        Param("uid_min", "The lowest number to give a new user.", type="int"),
        Param("uid_max", "The highest.", type="int"),
        Param("non_unique", "The number may be another's.", type="bool", default=False),
        Param("comment", "The full name or a description (GECOS)."),
        Param("group", "The main group."),
        Param("groups", "Further groups; an empty list means none.", type="list", elements="str"),
        Param("append", "Add to groups, leave none.", type="bool", default=False),
        Param("shell", "The login shell.", type="path"),
        Param("home", "The home directory.", type="path"),
        Param(
            "create_home",
            "Make the home directory.",
            type="bool",
            default=True,
            aliases=("createhome",),
        ),
        Param("move_home", "Move the old home to the new.", type="bool", default=False),
        Param("skeleton", "What a new home starts from."),
        Param("umask", "The umask a new home is made with, octal."),
        Param("system", "A system account, if it is made.", type="bool", default=False),
        Param(
            "local",
            "Look in /etc/passwd and /etc/group only, not in directories such as LDAP; no libuser "
            "is needed for it.",
            type="bool",
            default=False,
        ),
        Param("seuser", "The SELinux user to map it to."),
        Param("password", "The password's hash, as in /etc/shadow.", secret=True),
        Param(
            "update_password",
            "Set the password always, or only on creation.",
            default="always",
            choices=("always", "on_create"),
        ),
        Param("password_lock", "Lock or unlock the password.", type="bool"),
        Param("password_expire_max", "Days until it must change.", type="int"),
        Param("password_expire_min", "Days until it may change.", type="int"),
        Param("password_expire_warn", "Days of warning.", type="int"),
        Param(
            "password_expire_account_disable",
            "Days after the password's end at which the account ends too.",
            type="int",
        ),
        Param("expires", "When the account ends, epoch seconds; negative: never.", type="float"),
        Param("remove", "With state=absent, remove its files too.", type="bool", default=False),
        Param("force", "With state=absent, though logged in.", type="bool", default=False),
        Param("generate_ssh_key", "Make an SSH key pair.", type="bool", default=False),
        Param("ssh_key_type", "Its type.", default="rsa"),
        Param("ssh_key_bits", "Its size; by default ssh-keygen's.", type="int"),
        Param("ssh_key_file", "Where, relative to the home.", type="path"),
        Param("ssh_key_comment", "Its comment."),
        Param("ssh_key_passphrase", "Its passphrase.", secret=True),
    ),
    returns=(
        ("name", "the user"),
        ("uid", "its number"),
        ("group", "its main group's number"),
        ("groups", "the further groups, as asked"),
        ("home", "its home directory"),
        ("shell", "its shell"),
        ("comment", "its description"),
        ("append, move_home", "as asked, of a user that was there"),
        ("create_home, system", "as asked, of a new user"),
        ("remove, force", "as asked, of a user that is removed"),
        ("password", "that one was given, not which"),
        ("stdout, stderr", "what useradd, usermod or userdel said, if anything"),
        ("ssh_public_key", "the public key, if a pair was asked for"),
        ("ssh_key_file", "the private key's path"),
        ("ssh_fingerprint", "the key's fingerprint"),
    ),
    refused=(
        ("authorization", "Solaris has it; Linux has not"),
        ("hidden", "macOS has it; Linux has not"),
        ("login_class", "the BSDs have it; Linux has not"),
        ("profile", "Solaris has it; Linux has not"),
        ("role", "Solaris has it; Linux has not"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/user_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    name = args["name"]
    found = accounts.find(name, args["local"])
    result: Dict[str, Any] = {"changed": False, "name": name, "state": args["state"]}
    if args["state"] == "absent":
        if found:
            result.update(changed=True, remove=args["remove"], force=args["force"])
            options = ["-r"] if args["remove"] else []
            options += ["-f"] if args["force"] else []
            fine = (0, 12) if args["remove"] else (0,)
            result.update(_run(task, ["userdel", *options, name], fine))
        return result
    _check_groups(task)
    options = _differences(task, found)
    if found is None:
        result.update(changed=True, create_home=args["create_home"], system=args["system"])
        result.update(_run(task, ["useradd", *_creation(task), *options, name]))
    elif options:
        result["changed"] = True
        result.update(_run(task, ["usermod", *options, name]))
    if _set_password(task, created=found is None):
        result["changed"] = True
    if _set_ageing(task, created=found is None):
        result["changed"] = True
    if found is not None and args["create_home"] and _make_home(task):
        result["changed"] = True
    if args["generate_ssh_key"]:
        user_key.ensure(task, result)
    return _described(task, result)


def _run(task: ModuleTask, command: List[str], fine: Tuple[int, ...] = (0,)) -> Dict[str, Any]:
    """What the program said, if anything."""
    if task.check:
        return {}
    done = task.run(command)
    if done.rc not in fine:
        raise task.fail(
            f"{command[0]} {task.args['name']} failed: {(done.stderr or done.stdout).strip()}",
            rc=done.rc,
            name=task.args["name"],
        )
    said = {"stdout": done.stdout, "stderr": done.stderr}
    said = {key: text for key, text in said.items() if text}
    return dict(said, **{f"{key}_lines": text.splitlines() for key, text in said.items()})


def _check_groups(task: ModuleTask) -> None:
    args = task.args
    wanted = [args["group"]] if args["group"] else []
    missing = accounts.missing_groups(wanted + _groups(args))
    # In check mode an earlier task would have made them.
    if missing and not task.check:
        raise task.fail(
            f"there is no group {', '.join(missing)}; make it first with the group module",
            name=args["name"],
        )


def _groups(args: Dict[str, Any]) -> List[str]:
    return [group for group in args["groups"] or [] if group]


def _creation(task: ModuleTask) -> List[str]:
    """useradd's options that have no meaning later."""
    args = task.args
    options = ["-r"] if args["system"] else []
    for limit in ("uid_min", "uid_max"):
        if args[limit] is not None:
            options += ["-K", f"{limit.upper()}={args[limit]}"]
    options.append("-m" if args["create_home"] else "-M")
    if args["create_home"] and args["skeleton"]:
        options += ["-k", args["skeleton"]]
    if args["create_home"] and args["umask"]:
        options += ["-K", f"UMASK={args['umask']}"]
    # useradd would fail to make a group of the user's name that is there already.
    if not args["group"] and accounts.group_entry(args["name"]):
        options.append("-N")
    return options


def _differences(task: ModuleTask, found: Any) -> List[str]:
    """Options of useradd and usermod for what is asked for and not so."""
    args = task.args
    options: List[str] = []
    if args["uid"] is not None and (found is None or found.pw_uid != args["uid"]):
        options += ["-u", str(args["uid"])] + (["-o"] if args["non_unique"] else [])
    if args["group"]:
        entry = accounts.group_entry(args["group"])
        if found is None or entry is None or found.pw_gid != entry.gr_gid:
            options += ["-g", args["group"]]
    if args["groups"] is not None:
        options += _group_options(args, found)
    for key, option, field in (
        ("comment", "-c", "pw_gecos"),
        ("shell", "-s", "pw_shell"),
        ("home", "-d", "pw_dir"),
    ):
        if args[key] is not None and (found is None or getattr(found, field) != args[key]):
            options += [option, args[key]]
            if key == "home" and found is not None and args["move_home"]:
                options.append("-m")
    return options


def _group_options(args: Dict[str, Any], found: Any) -> List[str]:
    entries = {group: accounts.group_entry(group) for group in _groups(args)}
    wanted = {entry.gr_name if entry else group for group, entry in entries.items()}
    if found is None:
        return ["-G", ",".join(sorted(wanted))] if wanted else []
    present = accounts.supplementary(args["name"], args["local"])
    # The main group counts as one that the user is in.
    main = {group for group, entry in entries.items() if entry and entry.gr_gid == found.pw_gid}
    if args["append"]:
        more = wanted - present - main
        return ["-a", "-G", ",".join(sorted(more))] if more else []
    return ["-G", ",".join(sorted(wanted))] if wanted - main != present - main else []


def _set_password(task: ModuleTask, created: bool) -> bool:
    args = task.args
    shadow = accounts.shadow(args["name"])
    present = shadow.password if shadow else ""
    changed = False
    wanted = args["password"]
    if wanted is not None and (created or args["update_password"] == "always"):
        bare = present.lstrip("!")
        if wanted.lstrip("!") != bare or (created and wanted != present):
            changed = True
            if not task.check:
                # By way of stdin: a command line is there for every user to read.
                done = task.run(["chpasswd", "-e"], stdin=f"{args['name']}:{wanted}\n")
                if done.rc != 0:
                    raise task.fail(f"chpasswd failed: {done.stderr.strip()}", rc=done.rc)
                shadow = accounts.shadow(args["name"])
                present = shadow.password if shadow else ""
    if args["password_lock"] is not None and args["password_lock"] != present.startswith("!"):
        if present.startswith("!") and not present.lstrip("!"):
            # There is no password to unlock, and usermod refuses to open the account.
            return changed
        changed = True
        _run(task, ["usermod", "-L" if args["password_lock"] else "-U", args["name"]])
    return changed


def _set_ageing(task: ModuleTask, created: bool) -> bool:
    args = task.args
    shadow = accounts.shadow(args["name"])
    options: List[str] = []
    for key, option, present in (
        ("password_expire_max", "-M", shadow.maximum if shadow else ""),
        ("password_expire_min", "-m", shadow.minimum if shadow else ""),
        ("password_expire_warn", "-W", shadow.warning if shadow else ""),
        ("password_expire_account_disable", "-I", shadow.inactive if shadow else ""),
    ):
        if args[key] is not None and str(args[key]) != present:
            options += [option, str(args[key])]
    if args["expires"] is not None:
        never = args["expires"] < 0
        day = "" if never else str(int(args["expires"] // 86400))
        if day != (shadow.expires if shadow else ""):
            shown = "-1" if never else time.strftime("%Y-%m-%d", time.gmtime(args["expires"]))
            options += ["-E", shown]
    if options:
        _run(task, ["chage", *options, args["name"]])
    return bool(options)


def _make_home(task: ModuleTask) -> bool:
    found = accounts.find(task.args["name"])
    home = task.args["home"] or (found.pw_dir if found else None)
    if not home or not found or os.path.exists(home):
        return False
    if task.check:
        return True
    skeleton = task.args["skeleton"] or "/etc/skel"
    mode = accounts.default_umask_mode()
    if task.args["umask"]:
        mode = 0o777 & ~int(task.args["umask"], 8)
    try:
        if os.path.isdir(skeleton):
            import shutil

            shutil.copytree(skeleton, home, symlinks=True)
        else:
            os.makedirs(home)
        os.chmod(home, mode)
        accounts.own_tree(home, found.pw_uid, found.pw_gid)
    except OSError as error:
        raise task.fail(f"cannot make the home {home}: {error}") from None
    return True


def _described(task: ModuleTask, result: Dict[str, Any]) -> Dict[str, Any]:
    args = task.args
    found = accounts.find(args["name"])
    if found:
        result.update(
            uid=found.pw_uid,
            group=found.pw_gid,
            home=found.pw_dir,
            shell=found.pw_shell,
            comment=found.pw_gecos,
        )
    if args["groups"] is not None:
        result["groups"] = ",".join(_groups(args))
    if "create_home" not in result:
        result.update(append=args["append"], move_home=args["move_home"])
    if args["password"] is not None:
        result["password"] = "NOT_LOGGING_PASSWORD"
        if args["password"][:1] not in ("$", "!", "*", "") and len(args["password"]) != 13:
            said = "password does not look like a hash: use the password_hash filter"
            result["warnings"] = [f"{said}, or nobody will be able to log in with it"]
    return result
