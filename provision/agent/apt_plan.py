"""Which apt-get runs a task needs, decided from dpkg's records where they suffice."""

from __future__ import annotations

import fnmatch
import os
from typing import List

from provision.agent import aptget, dpkg
from provision.agent.task import ModuleTask


def requests(task: ModuleTask) -> List[dpkg.Request]:
    """The packages a task names, patterns replaced by what they match.

    Raises:
        ModuleFailed: not a package, or a pattern that matches none.
    """
    out: List[dpkg.Request] = []
    names: List[str] = []
    for text in task.args["name"]:
        request = dpkg.parse_request(text)
        if not any(c in request.name for c in "*?["):
            out.append(request)
            continue
        if task.args["state"] == "absent":
            known = [package.name for package in dpkg.packages()]
        else:
            known = names = names or aptget.known_names(task)
        found = sorted(set(fnmatch.filter(known, request.name)))
        if not found and task.args["state"] != "absent":
            raise task.fail(f"no package matches the pattern '{text}'")
        out += [request._replace(name=name) for name in found]
    return out


def installation(task: ModuleTask, wanted: List[dpkg.Request]) -> List[List[str]]:
    """The runs for state=present and latest. "Already there" takes no program to tell."""
    packages = dpkg.packages()
    missing = []
    present = []
    for request in wanted:
        found = packages.installed(request.name)
        if found and request.satisfied_by(found.version):
            present.append(request)
        elif not found and _provided(task, packages, request):
            continue
        elif found or not task.args["only_upgrade"]:
            missing.append(request)
    if present and not task.check:
        _mark_manual(task, [request.name for request in present])
    if task.args["state"] == "latest":
        newer = [
            request
            for request in wanted
            if request in missing or (request in present and request.relation != "=")
        ]
        return [["install", *(request.for_apt for request in newer)]] if newer else []
    _check_satisfiable(task, missing)
    steps = [["install", *(request.for_apt for request in missing)]] if missing else []
    if steps and task.args["autoremove"]:
        steps[0].insert(1, "--auto-remove")
    return steps


def _provided(task: ModuleTask, packages: dpkg.Packages, request: dpkg.Request) -> bool:
    """Whether a purely virtual package is there by way of one that provides it."""
    if request.relation or request.name not in packages.providers:
        return False
    return _candidate(task, request.name) == ""


def _candidate(task: ModuleTask, name: str) -> str:
    """The version apt would install; "" for none."""
    done = task.run(["apt-cache", "policy", name], env=aptget.ENVIRONMENT)
    for line in done.stdout.splitlines():
        if line.strip().startswith("Candidate:"):
            return line.split(":", 1)[1].strip().replace("(none)", "")
    return ""


def _check_satisfiable(task: ModuleTask, missing: List[dpkg.Request]) -> None:
    """apt-get knows no ">=": see that its candidate is new enough before it is installed."""
    for request in missing:
        if request.relation != ">=":
            continue
        candidate = _candidate(task, request.name)
        if not candidate or not request.satisfied_by(candidate):
            raise task.fail(
                f"no version of {request.name} at or above {request.version} is to be had; "
                f"the candidate is {candidate or 'none'}"
            )


def _mark_manual(task: ModuleTask, names: List[str]) -> None:
    """What is asked for by name must survive an autoremove."""
    automatic = dpkg.automatic()
    names = [name for name in names if name.partition(":")[0] in automatic]
    if names:
        task.run(["apt-mark", "-qq", "manual", *names], env=aptget.ENVIRONMENT)


def removal(task: ModuleTask, unwanted: List[dpkg.Request]) -> List[List[str]]:
    """The runs for state=absent."""
    packages = dpkg.packages()
    there = []
    for request in unwanted:
        found = packages.find(request.name)
        if not found:
            continue
        left_over = found.configured_only and task.args["purge"]
        if left_over or (found.installed and request.satisfied_by(found.version)):
            there.append(request.name)
    if not there:
        return []
    options = ["--purge"] if task.args["purge"] else []
    options += ["--auto-remove"] if task.args["autoremove"] else []
    return [["remove", *options, *there]]


def deb(task: ModuleTask, folder: str) -> List[List[str]]:
    """The run for a .deb file, fetched first if it is a URL; none if its version is there.

    Parameters:
        folder: where to put what is fetched; it must outlive the run.

    Raises:
        ModuleFailed: it cannot be had, or is none.
    """
    path = task.args["deb"]
    if "://" in path:
        url = path
        path = os.path.join(folder, os.path.basename(url.split("?")[0]) or "package.deb")
        from provision.agent import http  # few calls need it

        http.download(task, http.Request(url), path)
    elif not os.path.isfile(path):
        if task.check:
            return []
        raise task.fail(f"there is no file {path} on the node")
    fields = aptget.deb_fields(task, path)
    name = fields["Package"]
    if fields.get("Architecture", "all") != "all":
        name += ":" + fields["Architecture"]
    found = dpkg.packages().installed(name)
    if found:
        order = dpkg.compare(fields["Version"], found.version)
        if order == 0 or (order < 0 and not task.args["allow_downgrade"]):
            return []
    return [["install", os.path.abspath(path)]]
