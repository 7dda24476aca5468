"""apt's repositories in one-line files (sources.list(5))."""

from __future__ import annotations

import glob
import os
import re
from typing import Any, Dict, List, NamedTuple

from provision.agent import aptget, editing, files, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="apt_repository",
    summary="Manage apt's repositories, one line each.",
    params=(
        Param("repo", "The line: deb [options] URI suite components.", required=True),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
        Param("filename", "The file in sources.list.d, without .list."),
        Param("mode", "Its permissions.", type="raw"),
        Param(
            "update_cache",
            "Fetch the package lists if something changed.",
            type="bool",
            default=True,
            aliases=("update-cache",),
        ),
        Param("update_cache_retries", "Attempts after the first.", type="int", default=5),
        Param("update_cache_retry_max_delay", "Longest pause, seconds.", type="int", default=12),
        Param("validate_certs", "For what is fetched to add it.", type="bool", default=True),
        Param("install_python_apt", "Not needed here.", type="bool", default=True),
    ),
    diff=True,
    returns=(
        ("repo", "the line"),
        ("sources_added", "files made"),
        ("sources_removed", "files removed"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/apt_repository_module.html",
)

_MAIN = "/etc/apt/sources.list"
_PARTS = "/etc/apt/sources.list.d"
_LINE = re.compile(r"^(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$")


class Source(NamedTuple):
    """One line's meaning; two lines that mean the same are the same repository."""

    kind: str
    options: "frozenset[str]"
    uri: str
    suite: str
    components: "frozenset[str]"


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    if args["repo"].startswith("ppa:"):
        raise task.fail(
            "ppa: lines are not supported; deb822_repository takes the PPA's URI and key"
        )
    wanted = _parse(args["repo"])
    if wanted is None:
        raise task.fail(f"'{args['repo']}' is not 'deb [options] URI suite components'")
    result: Dict[str, Any] = {
        "changed": False,
        "repo": args["repo"],
        "state": args["state"],
        "sources_added": [],
        "sources_removed": [],
    }
    before = {path: files.read_bytes(path).decode() for path in _paths()}
    after = _edit(task, before, wanted)
    changed = sorted(path for path in after if after[path] != before.get(path, ""))
    result["changed"] = bool(changed)
    if task.diff and changed:
        texts = ["".join(side.get(path, "") for path in changed) for side in (before, after)]
        result["diff"] = files.content_diff(
            ", ".join(changed), texts[0].encode(), texts[1].encode()
        )
    result["sources_added"] = [path for path in changed if path not in before]
    result["sources_removed"] = [
        path for path in changed if path != _MAIN and not after[path].strip()
    ]
    if not changed or task.check:
        return result
    _write(task, {path: after[path] for path in changed})
    if args["update_cache"]:
        aptget.update(task, args["update_cache_retries"], args["update_cache_retry_max_delay"], 60)
    return result


def _paths() -> List[str]:
    return [
        path for path in [_MAIN, *sorted(glob.glob(_PARTS + "/*.list"))] if os.path.exists(path)
    ]


def _parse(line: str) -> Any:
    found = _LINE.match(line.split(" #", maxsplit=1)[0].strip())
    if not found:
        return None
    kind, options, uri, suite, components = found.groups()
    return Source(
        kind,
        frozenset((options or "").split()),
        uri.rstrip("/"),
        suite,
        frozenset(components.split()),
    )


def _edit(task: ModuleTask, before: Dict[str, str], wanted: Source) -> Dict[str, str]:
    if task.args["state"] == "absent":
        return {
            path: "".join(line for line in editing.lines_of(text) if _parse(line) != wanted)
            for path, text in before.items()
        }
    if any(_parse(line) == wanted for text in before.values() for line in text.splitlines()):
        return {}
    name = task.args["filename"] or _file_name(wanted)
    path = name if name.startswith("/") else os.path.join(_PARTS, name)
    path = path if path.endswith(".list") else path + ".list"
    text = before.get(path, "")
    if text and not text.endswith("\n"):
        text += "\n"
    return {path: text + task.args["repo"].strip() + "\n"}


def _file_name(source: Source) -> str:
    plain = re.sub(r"^\w+://(?:[^@/]*@)?", "", source.uri)
    words = [plain, source.suite]
    return re.sub(r"[^A-Za-z0-9.]+", "_", "_".join(words)).strip("_").replace(".", "_")


def _write(task: ModuleTask, texts: Dict[str, str]) -> None:
    for path, text in texts.items():
        if path != _MAIN and not text.strip():
            os.unlink(path)
            continue
        files.existing_parent(task, path)
        mode = permissions.new_mode(task.args, path)
        if mode is None and not os.path.exists(path):
            # apt's own downloader runs as another user and must be able to read it.
            mode = 0o644
        files.replace(path, text.encode(), mode=mode)
