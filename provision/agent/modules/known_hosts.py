"""Host keys in a known_hosts file."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any, Dict, List, NamedTuple, Optional

from provision.agent import editing, file_info, files, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="known_hosts",
    summary="Make sure that a host's keys are, or are not, in a known_hosts file.",
    params=(
        Param(
            "name",
            "The host as ssh is told of it; with a port of its own as [host]:port.",
            required=True,
            aliases=("host",),
        ),
        Param(
            "key",
            "The line, or lines, that ssh-keyscan prints for the host; with state=absent only "
            "keys of its kind are removed.",
        ),
        Param("path", "The file.", type="path", default="~/.ssh/known_hosts"),
        Param("hash_host", "Write the host's name as a hash.", type="bool", default=False),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
    ),
    required_if=(("state", "present", ("key",)),),
    diff=True,
    returns=(("name", "the host"), ("key", "the lines given"), ("path", "the file")),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/known_hosts_module.html",
)


class _Entry(NamedTuple):
    """A line of the file, as sshd(8) describes it; ``hosts`` is "" where it is none."""

    marker: str
    hosts: str
    kind: str
    key: str
    line: str


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    name, path = args["name"].lower(), args["path"]
    wanted = _given(task, name)
    before = _read(path)
    entries = [_entry(line) for line in editing.lines_of(before)]
    kept = entries
    if args["state"] == "absent":
        kinds = {one.kind for one in wanted}
        kept = [
            one for one in entries if not _names(one, name) or (kinds and one.kind not in kinds)
        ]
    else:
        for one in wanted:
            kept = _with(kept, one, name, args["hash_host"])
    after = "".join(_ended(one.line) for one in kept) if kept != entries else before
    result: Dict[str, Any] = {
        "changed": after != before,
        "name": args["name"],
        "key": args["key"],
        "path": path,
        "hash_host": args["hash_host"],
        "state": args["state"],
    }
    if task.diff:
        result["diff"] = files.content_diff(path, before.encode(), after.encode())
    if after != before and not task.check:
        _write(task, path, after)
    return dict(result, **file_info.describe(path))


def _read(path: str) -> str:
    if not os.path.exists(path):
        return ""
    return files.read_bytes(path).decode("utf-8", "surrogateescape")


def _write(task: ModuleTask, path: str, text: str) -> None:
    files.existing_parent(task, path)
    permissions.replace(path, text.encode("utf-8", "surrogateescape"), {})


def _given(task: ModuleTask, name: str) -> List[_Entry]:
    """The keys of the task. Raises ModuleFailed where they are none, or another host's."""
    text = task.args["key"] or ""
    lines = [line.strip() for line in text.splitlines()]
    found = [_entry(line) for line in lines if line and not line.startswith("#")]
    for one in found:
        try:
            base64.b64decode(one.key, validate=True)
            usable = bool(one.hosts and one.key)
        except ValueError:
            usable = False
        if not usable:
            raise ModuleFailed(
                f"key has to be a line of a known_hosts file, such as '{name} ssh-ed25519 "
                "AAAA...': the host, the kind of key, the key"
            )
        if not _names(one, name):
            raise ModuleFailed(f"the key is of {one.hosts}, not of {name} as the task says")
    if text and not found:
        raise ModuleFailed("key holds no key")
    return found


def _entry(line: str) -> _Entry:
    words = line.split()
    if not words or words[0].startswith("#"):
        return _Entry("", "", "", "", line)
    marker = words.pop(0) if words[0].startswith("@") else ""
    hosts, kind, key = [*words, "", "", ""][:3]
    return _Entry(marker, hosts, kind, key, line)


def _names(entry: _Entry, name: str) -> bool:
    """Whether the entry names this host itself: patterns do not."""
    hosts = entry.hosts
    if hosts.startswith("|1|"):
        parts = hosts.split("|")
        return len(parts) == 4 and parts[3] == _digest(parts[2], name)
    return name in hosts.lower().split(",")


def _digest(salt: str, name: str) -> Optional[str]:
    try:
        key = base64.b64decode(salt)
    except ValueError:
        return None
    return base64.b64encode(hmac.new(key, name.encode(), hashlib.sha1).digest()).decode()


def _with(entries: List[_Entry], wanted: _Entry, name: str, hashed: bool) -> List[_Entry]:
    """The entries with this key of the host, in place of another of its kind."""
    same = [
        one
        for one in entries
        if one.kind == wanted.kind and one.marker == wanted.marker and _names(one, name)
    ]
    for one in same:
        if one.key == wanted.key and hashed == one.hosts.startswith("|1|"):
            return entries
    hosts = _hashed(name) if hashed else wanted.hosts
    words = [wanted.marker, hosts, wanted.kind, wanted.key]
    line = " ".join(word for word in words if word) if hashed else wanted.line
    return [*(one for one in entries if one not in same), _entry(line)]


def _hashed(name: str) -> str:
    salt = base64.b64encode(os.urandom(20)).decode()
    return f"|1|{salt}|{_digest(salt, name)}"


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n"
