"""Public keys that may log in as a user."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from provision.agent import accounts, files, http
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="authorized_key",
    collection="ansible.posix",
    summary="Manage the public keys that may log in as a user.",
    params=(
        Param("user", "The user.", required=True),
        Param("key", "The key or keys, by line, or a URL of them.", required=True),
        Param("state", "Whether they may.", default="present", choices=("absent", "present")),
        Param("exclusive", "Remove all other keys.", type="bool", default=False),
        Param("key_options", 'Options in front of the key, such as from="10.0.0.1".'),
        Param("comment", "The comment in place of the key's own."),
        Param("path", "The file; by default the user's ~/.ssh/authorized_keys.", type="path"),
        Param("manage_dir", "Make the directory and set its mode.", type="bool", default=True),
        Param("follow", "Follow a link at path.", type="bool", default=False),
        Param("validate_certs", "For a URL of keys.", type="bool", default=True),
    ),
    diff=True,
    returns=(("keyfile", "the file"), ("user", "the user"), ("key", "the keys")),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/posix/authorized_key_module.html",
)

_TYPES = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")


class Key(NamedTuple):
    """A line of sshd(8)'s authorized_keys."""

    options: str
    kind: str
    data: str
    comment: str

    @property
    def line(self) -> str:
        return " ".join(part for part in self if part)

    @property
    def readable(self) -> bool:
        """Whether sshd may make sense of it; placeholders such as "ssh-rsa ABC" are not base64."""
        try:
            base64.b64decode(self.data, validate=True)
        except (binascii.Error, ValueError):
            return False
        return True


def parse(line: str) -> Optional[Key]:
    """The key in a line; None for comments and what is no key."""
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    options, rest = "", text
    if not text.startswith(_TYPES):
        options, rest = _split_options(text)
    words = rest.split(None, 2)
    if len(words) < 2 or not words[0].startswith(_TYPES):
        return None
    return Key(options, words[0], words[1], words[2] if len(words) > 2 else "")


def _split_options(text: str) -> Tuple[str, str]:
    # Options end at the first blank that is not within double quotes.
    quoted = False
    for index, char in enumerate(text):
        if char == '"' and text[index - 1 : index] != "\\":
            quoted = not quoted
        elif char in " \t" and not quoted:
            return text[:index], text[index:].lstrip()
    return text, ""


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    wanted = _wanted(task)
    present = args["state"] == "present"
    account = accounts.find(args["user"])
    path = args["path"] or (
        os.path.join(account.pw_dir, ".ssh", "authorized_keys") if account else None
    )
    result: Dict[str, Any] = {"changed": False, "user": args["user"], "key": args["key"]}
    # Taken, as Ansible does: roles' examples have such keys.
    useless = [key for key in wanted if not key.readable] if present else []
    if useless:
        text = "sshd cannot read this key, nobody can log in with it: {}"
        result["warnings"] = [text.format(key.line[:60]) for key in useless]
    if path is None or (account is None and not task.check):
        if task.check:
            # An earlier task would have made the user.
            return dict(result, changed=True)
        raise task.fail(f"there is no user '{args['user']}'")
    if args["follow"]:
        path = os.path.realpath(path)
    before = files.read_bytes(path).decode("utf-8", "surrogateescape") if _there(path) else ""
    after = _edit(before, wanted, present, args["exclusive"])
    result.update(keyfile=path, changed=after != before)
    old, new = (text.encode("utf-8", "surrogateescape") for text in (before, after))
    if task.diff and result["changed"]:
        result["diff"] = files.content_diff(path, old, new)
    if task.check or account is None:
        return result
    if args["manage_dir"] and present:
        result["changed"] |= _manage_directory(task, os.path.dirname(path), account)
    if after != before:
        mode = None if _there(path) else 0o600
        owner = (-1, -1) if _there(path) else (account.pw_uid, account.pw_gid)
        files.replace(path, new, mode=mode, owner=owner)
    return result


def _there(path: str) -> bool:
    return os.path.isfile(path)


def _wanted(task: ModuleTask) -> List[Key]:
    args = task.args
    text = args["key"]
    if text.startswith(("http://", "https://")):
        request = http.Request(text, redirects="all", validate_certs=args["validate_certs"])
        try:
            response = http.send(task, request)
            body = http.read(response)
        except http.HttpError as error:
            raise task.fail(f"cannot fetch the keys of {http.shown(text)}: {error}") from None
        if response.status != 200:
            raise task.fail(f"{http.shown(text)} answered {response.status} {response.reason}")
        text = body.decode("utf-8", "replace")
    keys: List[Key] = []
    for line in text.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        key = parse(line)
        if key is None:
            raise task.fail(f"this is not a public key: {line.strip()[:60]}")
        if args["key_options"] is not None:
            key = key._replace(options=args["key_options"])
        if args["comment"] is not None:
            key = key._replace(comment=args["comment"])
        keys.append(key)
    return keys


def _edit(text: str, wanted: List[Key], present: bool, exclusive: bool) -> str:
    missing = {(key.kind, key.data): key for key in wanted}
    lines = []
    for line in text.splitlines():
        key = parse(line)
        identity = (key.kind, key.data) if key else None
        if identity is None or identity not in {(k.kind, k.data) for k in wanted}:
            if not (exclusive and present and identity):
                lines.append(line)
        elif present and identity in missing:
            new = missing.pop(identity)
            # Other blanks between the same words are no change; Ansible ends lines with one.
            lines.append(line if new == key else new.line)
    if present:
        lines += [key.line for key in missing.values()]
    return "".join(line + "\n" for line in lines)


def _manage_directory(task: ModuleTask, folder: str, account: Any) -> bool:
    changed = False
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder, 0o700)
            changed = True
        info = os.stat(folder)
        if (info.st_uid, info.st_gid) != (account.pw_uid, account.pw_gid):
            os.chown(folder, account.pw_uid, account.pw_gid)
            changed = True
        if info.st_mode & 0o777 != 0o700:
            os.chmod(folder, 0o700)
            changed = True
    except OSError as error:
        raise task.fail(f"cannot manage {folder}: {error.strerror}") from None
    return changed
