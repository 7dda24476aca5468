"""Debian's packages, through apt-get."""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import Any, Dict, List, Tuple

from provision.agent import apt_plan, aptget, dpkg
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="apt",
    summary="Manage packages of Debian and its kin.",
    params=(
        Param(
            "name",
            "Packages: name, name=version, name=1.2*, name>=version, or a pattern such as foo-*.",
            type="list",
            elements="str",
            aliases=("package", "pkg"),
        ),
        Param(
            "state",
            "present, absent, latest, build-dep (what building it needs), fixed (broken "
            "dependencies repaired).",
            default="present",
            choices=("absent", "build-dep", "fixed", "latest", "present"),
        ),
        Param(
            "update_cache",
            "Fetch the package lists first.",
            type="bool",
            aliases=("update-cache",),
        ),
        Param("update_cache_retries", "Attempts after the first.", type="int", default=5),
        Param("update_cache_retry_max_delay", "Longest pause, seconds.", type="int", default=12),
        Param(
            "cache_valid_time",
            "Fetch the lists only if they are older than this, seconds. Implies update_cache.",
            type="int",
            default=0,
        ),
        Param("purge", "Remove configuration files too.", type="bool", default=False),
        Param(
            "autoremove",
            "Remove what was installed for others' sake and is not needed any more.",
            type="bool",
            default=False,
            aliases=("auto_remove",),
        ),
        Param("autoclean", "Drop stale .deb files from the cache.", type="bool", default=False),
        Param("clean", "Drop all .deb files from the cache.", type="bool", default=False),
        Param(
            "upgrade",
            "Upgrade all packages: safe (or yes) removes none, full (or dist) may.",
            default="no",
            choices=("dist", "full", "no", "safe", "yes", "True", "False"),
        ),
        Param(
            "install_recommends",
            "Whether to install recommended packages; by default as apt is configured.",
            type="bool",
            aliases=("install-recommends",),
        ),
        Param("default_release", "The release to prefer (-t).", aliases=("default-release",)),
        Param("deb", "A .deb file on the node, or its URL.", type="path"),
        Param("only_upgrade", "Upgrade, but install nothing new.", type="bool", default=False),
        Param(
            "allow_downgrade",
            "Allow going back to an older version.",
            type="bool",
            default=False,
            aliases=("allow-downgrade", "allow_downgrades", "allow-downgrades"),
        ),
        Param(
            "allow_unauthenticated",
            "No signatures.",
            type="bool",
            default=False,
            aliases=("allow-unauthenticated",),
        ),
        Param("allow_change_held_packages", "Touch held ones.", type="bool", default=False),
        Param("force", "All three of these.", type="bool", default=False),
        Param(
            "dpkg_options",
            "Options for dpkg, comma-separated, without dashes.",
            default="force-confdef,force-confold",
        ),
        Param("lock_timeout", "Wait for other apts, seconds.", type="int", default=60),
        Param(
            "policy_rc_d",
            "Exit status of policy-rc.d meanwhile (101: start no service).",
            type="int",
        ),
        Param("fail_on_autoremove", "Fail rather than remove.", type="bool", default=False),
        Param(
            "force_apt_get",
            "Use apt-get and not aptitude, which is always so here.",
            type="bool",
            default=False,
        ),
        Param(
            "auto_install_module_deps",
            "Install python3-apt, which is not needed here.",
            type="bool",
            default=True,
        ),
    ),
    mutually_exclusive=(("deb", "name", "upgrade"),),
    diff=True,
    returns=(
        ("cache_updated", "whether the lists were fetched, and had anything new"),
        ("cache_update_time", "when they were, seconds since the epoch"),
        ("stdout", "what apt-get said, if it had something to do"),
        ("stderr", "what apt-get complained of"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/apt_module.html",
)

_ARCHIVES = "/var/cache/apt/archives"


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    upgrade = {"yes": "safe", "True": "safe", "dist": "full", "False": "no"}.get(
        args["upgrade"], args["upgrade"]
    )
    result: Dict[str, Any] = {"changed": False}
    updated = _update_cache(task)
    with contextlib.ExitStack() as stack:
        folder = ""
        if args["deb"]:
            import tempfile

            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="provision-deb-"))
        _install(task, _steps(task, upgrade, folder), updated, result)
    _clean(task, result)
    return dict(result, cache_updated=updated, cache_update_time=aptget.fetched_at())


def _install(
    task: ModuleTask, steps: List[List[str]], updated: bool, result: Dict[str, Any]
) -> None:
    args = task.args
    # Fetching the lists is a change only where nothing else was asked for.
    if updated and not (args["name"] or args["deb"] or args["upgrade"] not in ("no", "False")):
        result["changed"] = True
    if not steps:
        return
    before = _snapshot()
    simulated: List[aptget.Planned] = []
    with aptget.policy(None if task.check else args["policy_rc_d"]):
        for words in steps:
            options = _options(task)
            if args["fail_on_autoremove"] and words[0] not in ("remove", "autoremove"):
                options += ("--no-remove",)
            done = aptget.run(task, words, args["lock_timeout"], options)
            result["stdout"] = result.get("stdout", "") + done.stdout
            result["stderr"] = result.get("stderr", "") + done.stderr
            simulated += aptget.planned(done.stdout) if task.check else []
    result.update({f"{key}_lines": result[key].splitlines() for key in ("stdout", "stderr")})
    _finish(task, result, before, simulated)


def _update_cache(task: ModuleTask) -> bool:
    args = task.args
    if not args["update_cache"] and not args["cache_valid_time"]:
        return False
    if args["update_cache"] is False:
        return False
    if args["cache_valid_time"] and time.time() < aptget.fetched_at() + args["cache_valid_time"]:
        return False
    if task.check:
        return True
    return aptget.update(
        task,
        args["update_cache_retries"],
        args["update_cache_retry_max_delay"],
        args["lock_timeout"],
    )


def _steps(task: ModuleTask, upgrade: str, folder: str) -> List[List[str]]:
    """The words of each apt-get run that is needed."""
    args = task.args
    steps: List[List[str]] = []
    if upgrade != "no":
        steps.append(["dist-upgrade"] if upgrade == "full" else ["upgrade", "--with-new-pkgs"])
    if args["state"] == "fixed":
        steps.append(["install", "--fix-broken"])
    if args["deb"]:
        steps += apt_plan.deb(task, folder)
    if args["name"]:
        requests = apt_plan.requests(task)
        if args["state"] == "absent":
            steps += apt_plan.removal(task, requests)
        elif args["state"] == "build-dep":
            steps.append(["build-dep", *(request.for_apt for request in requests)])
        else:
            steps += apt_plan.installation(task, requests)
    elif args["autoremove"]:
        steps.append(["autoremove", *(["--purge"] if args["purge"] else [])])
    return steps


def _options(task: ModuleTask) -> Tuple[str, ...]:
    args = task.args
    options: List[str] = []
    for option in args["dpkg_options"].split(","):
        if option.strip():
            options += ["-o", f"Dpkg::Options::=--{option.strip().lstrip('-')}"]
    if args["install_recommends"] is not None:
        said = "yes" if args["install_recommends"] else "no"
        options += ["-o", f"APT::Install-Recommends={said}"]
    if args["default_release"]:
        options += ["-t", args["default_release"]]
    for name, option in (
        ("allow_downgrade", "--allow-downgrades"),
        ("allow_unauthenticated", "--allow-unauthenticated"),
        ("allow_change_held_packages", "--allow-change-held-packages"),
    ):
        if args[name] or args["force"]:
            options.append(option)
    if args["only_upgrade"]:
        options.append("--only-upgrade")
    if task.check:
        options.append("--simulate")
    return tuple(options)


def _snapshot() -> Dict[str, str]:
    return {
        f"{package.name}:{package.architecture}": f"{package.version} ({package.status})"
        for package in dpkg.packages()
        if not package.status.endswith("not-installed")
    }


def _finish(
    task: ModuleTask,
    result: Dict[str, Any],
    before: Dict[str, str],
    simulated: List[aptget.Planned],
) -> None:
    """Tell from what dpkg recorded, or apt planned, whether and what changed."""
    if task.check:
        old = [f"{step.name} {step.old}" for step in simulated if step.old]
        new = [f"{step.name} {step.new}" for step in simulated if step.new]
        result["changed"] = result["changed"] or bool(simulated)
    else:
        after = _snapshot()
        names = sorted(set(before) | set(after))
        differ = [name for name in names if before.get(name) != after.get(name)]
        old = [f"{name} {before[name]}" for name in differ if name in before]
        new = [f"{name} {after[name]}" for name in differ if name in after]
        result["changed"] = result["changed"] or bool(differ)
    if task.diff and (old or new):
        result["diff"] = {
            "before": "".join(line + "\n" for line in old),
            "after": "".join(line + "\n" for line in new),
            "before_header": "packages",
            "after_header": "packages",
        }


def _clean(task: ModuleTask, result: Dict[str, Any]) -> None:
    if task.args["clean"]:
        if any(name.endswith(".deb") for name in os.listdir(_ARCHIVES)):
            result["changed"] = True
            if not task.check:
                aptget.run(task, ["clean"], task.args["lock_timeout"])
    elif task.args["autoclean"]:
        options = ("--simulate",) if task.check else ()
        done = aptget.run(task, ["autoclean"], task.args["lock_timeout"], options)
        if re.search(r"^Del ", done.stdout, re.MULTILINE):
            result["changed"] = True
