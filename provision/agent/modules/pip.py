"""Python packages, installed with pip."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from typing import Any, Dict, List, Optional

from provision.agent.spec import Param, Spec
from provision.agent.task import Completed, ModuleTask

SPEC = Spec(
    name="pip",
    summary="Install or remove Python packages with pip.",
    params=(
        Param(
            "name",
            "The packages: names with or without versions (foo>=1.2), paths or URLs.",
            type="list",
            elements="str",
        ),
        Param("version", "The version, where there is one name."),
        Param("requirements", "A file of requirements on the node."),
        Param(
            "state",
            "What they should be.",
            default="present",
            choices=("absent", "forcereinstall", "latest", "present"),
        ),
        Param("virtualenv", "The virtual environment, made if it is missing.", type="path"),
        Param(
            "virtualenv_command",
            "What makes it; where there is no virtualenv, Python's own venv does.",
            type="path",
            default="virtualenv",
        ),
        Param("virtualenv_python", "The Python for it."),
        Param(
            "virtualenv_site_packages",
            "It sees the system's packages.",
            type="bool",
            default=False,
        ),
        Param("executable", "The pip program.", type="path"),
        Param("chdir", "The directory to run pip in.", type="path"),
        Param("editable", "Install in place, for development.", type="bool", default=False),
        Param("extra_args", "More arguments for pip."),
        Param(
            "break_system_packages",
            "Allow changes to a Python that the system's package manager owns (PEP 668).",
            type="bool",
            default=False,
        ),
        Param("umask", "The umask, octal."),
    ),
    required_one_of=(("name", "requirements"),),
    mutually_exclusive=(("name", "requirements"), ("executable", "virtualenv")),
    returns=(
        ("cmd", "the command as run"),
        ("name", "the packages"),
        ("version", "the version asked for"),
        ("requirements", "the file of requirements"),
        ("virtualenv", "the virtual environment"),
        ("stdout", "what pip said"),
        ("stderr", "its errors"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pip_module.html",
)

_SPECIFIER = re.compile(r"^\s*[<>=!~]=?")
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^]]*\])?\s*(.*)$")


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    names = recombined(args["name"] or [])
    _check(task, names)
    made: Optional[Completed] = None
    if args["virtualenv"] and not _has_pip(args["virtualenv"]):
        if task.check:
            return _result(task, names, True, [], Completed(0, "", ""))
        made = _make_environment(task)
    pip = _program(task)
    if task.check:
        changed = _would_change(task, pip, names)
        return _result(task, names, changed, pip, Completed(0, "", ""))
    command = [*pip, *_words(args, names)]
    compare = any("://" in name for name in names) or args["requirements"]
    before = _freeze(task, pip) if compare else ""
    done = _run(task, command)
    if args["state"] == "absent" and done.rc == 1 and "not installed" in done.stderr:
        done = Completed(0, done.stdout, done.stderr)
    if done.rc != 0:
        raise task.fail(
            f"pip failed with exit status {done.rc}: {_reason(done)}",
            cmd=command,
            rc=done.rc,
            stdout=done.stdout,
            stderr=done.stderr,
        )
    word = "uninstalled" if args["state"] == "absent" else "installed"
    changed = f"Successfully {word}" in done.stdout
    if compare and changed and args["state"] == "present":
        changed = before != _freeze(task, pip)
    if made is not None:
        done = Completed(done.rc, made.stdout + done.stdout, made.stderr + done.stderr)
    return _result(task, names, changed or made is not None, command, done)


def recombined(words: List[str]) -> List[str]:
    """Names with their specifiers, which a list written with commas took apart."""
    out: List[str] = []
    for word in words:
        if out and _SPECIFIER.match(word):
            out[-1] += "," + word.strip()
        else:
            out.append(word.strip())
    return out


def _check(task: ModuleTask, names: List[str]) -> None:
    args = task.args
    if args["version"] is not None:
        if args["state"] == "latest":
            raise task.fail("version is incompatible with state=latest")
        if len(names) != 1:
            raise task.fail("version needs exactly one name")
        if _specifier(names[0]):
            raise task.fail(f"give the version in name ({names[0]}) or in version, not in both")
    if args["chdir"] and not os.path.isdir(args["chdir"]):
        raise task.fail(f"cannot change to directory {args['chdir']}: it does not exist")
    if args["umask"] is not None and not re.match(r"^0?[0-7]{1,4}$", args["umask"]):
        raise task.fail(f"umask '{args['umask']}' is not an octal number")


def _specifier(name: str) -> str:
    found = _NAME.match(name)
    return found.group(3) if found and _SPECIFIER.match(found.group(3)) else ""


def _words(args: Dict[str, Any], names: List[str]) -> List[str]:
    """pip's arguments."""
    if args["state"] == "absent":
        words = ["uninstall", "-y"]
    else:
        more = {"latest": ["-U"], "forcereinstall": ["-U", "--force-reinstall"]}
        words = ["install", *more.get(args["state"], [])]
    words += shlex.split(args["extra_args"] or "")
    if args["requirements"]:
        return [*words, "-r", args["requirements"]]
    if args["version"] is not None:
        names = [f"{names[0]}=={args['version']}"]
    for name in names:
        words += ["-e", name] if args["editable"] and args["state"] != "absent" else [name]
    return words


def _run(task: ModuleTask, command: List[str]) -> Completed:
    args = task.args
    env = {"LC_ALL": "C.UTF-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    if args["break_system_packages"]:
        env["PIP_BREAK_SYSTEM_PACKAGES"] = "1"
    if args["umask"] is not None:
        command = ["sh", "-c", 'umask "$0" && exec "$@"', args["umask"], *command]
    return task.run(command, cwd=args["chdir"], env=env)


def _has_pip(environment: str) -> bool:
    return os.path.exists(os.path.join(environment, "bin", "activate"))


def _make_environment(task: ModuleTask) -> Completed:
    args = task.args
    words = shlex.split(args["virtualenv_command"])
    if args["virtualenv_command"] == "virtualenv" and shutil.which("virtualenv") is None:
        words = [args["virtualenv_python"] or sys.executable, "-m", "venv"]
    elif args["virtualenv_python"]:
        words += ["-p", args["virtualenv_python"]]
    if args["virtualenv_site_packages"]:
        words.append("--system-site-packages")
    done = _run(task, [*words, args["virtualenv"]])
    if done.rc != 0:
        raise task.fail(
            f"cannot make the virtual environment {args['virtualenv']}: {_reason(done)}",
            rc=done.rc,
            stdout=done.stdout,
            stderr=done.stderr,
        )
    return done


def _program(task: ModuleTask) -> List[str]:
    args = task.args
    if args["virtualenv"]:
        return [os.path.join(args["virtualenv"], "bin", "pip")]
    if args["executable"]:
        return [args["executable"]]
    own = [sys.executable, "-m", "pip"]
    if task.run([*own, "--version"]).rc == 0:
        return own
    found = shutil.which("pip3") or shutil.which("pip")
    if not found:
        raise task.fail(
            "there is no pip on the node; install the package python3-pip first, or python3-venv "
            "and name a virtualenv"
        )
    return [found]


def _freeze(task: ModuleTask, pip: List[str]) -> str:
    return _run(task, [*pip, "freeze", "--all"]).stdout


def _would_change(task: ModuleTask, pip: List[str], names: List[str]) -> bool:
    """What check mode can know: state latest and requirements are taken to change something."""
    state = task.args["state"]
    if state in ("latest", "forcereinstall") or task.args["requirements"]:
        return True
    listed = _run(task, [*pip, "list", "--format=freeze"]).stdout
    installed = {
        _normal(name): version
        for name, _, version in (line.partition("==") for line in listed.splitlines())
    }
    for name in names:
        found = _NAME.match(name)
        have = installed.get(_normal(found.group(1))) if found and "://" not in name else None
        if state == "absent":
            if have is not None:
                return True
            continue
        version = task.args["version"] or _specifier(name).replace("==", "")
        if have is None or (version and version != have):
            return True
    return False


def _normal(name: str) -> str:
    """A name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _reason(done: Completed) -> str:
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return "\n".join(lines[-10:])


def _result(
    task: ModuleTask, names: List[str], changed: bool, command: List[str], done: Completed
) -> Dict[str, Any]:
    args = task.args
    return {
        "changed": changed,
        "cmd": command,
        "name": names or None,
        "version": args["version"],
        "requirements": args["requirements"],
        "virtualenv": args["virtualenv"],
        "state": args["state"],
        "stdout": done.stdout,
        "stderr": done.stderr,
    }
