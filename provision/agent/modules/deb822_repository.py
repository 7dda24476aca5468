"""apt's repositories in deb822 files (sources.list(5))."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Tuple

from provision.agent import files, http, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="deb822_repository",
    summary="Manage apt's repositories, one .sources file each.",
    params=(
        Param("name", "Its name; the file in sources.list.d follows from it.", required=True),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
        Param("types", "deb, deb-src.", type="list", elements="str", default=["deb"]),
        Param("uris", "Where it is.", type="list", elements="str"),
        Param(
            "suites",
            "Its suites; a path that ends in / for a flat one.",
            type="list",
            elements="str",
        ),
        Param("components", "Its components.", type="list", elements="str"),
        Param("signed_by", "The key: a URL, a path on the node, or itself in ASCII armour."),
        Param("enabled", "Whether apt uses it.", type="bool"),
        Param("architectures", "For these only.", type="list", elements="str"),
        Param("languages", "Translations to fetch.", type="list", elements="str"),
        Param("targets", "Index targets to fetch.", type="list", elements="str"),
        Param("pdiffs", "Whether to fetch differences.", type="bool"),
        Param("by_hash", "Fetch indexes by their hash: true, false or force."),
        Param("trusted", "Whether to trust it unsigned.", type="bool"),
        Param("allow_insecure", "Allow it unsigned.", type="bool"),
        Param("allow_weak", "Allow weak digests.", type="bool"),
        Param("allow_downgrade_to_insecure", "Allow it to lose its signature.", type="bool"),
        Param("check_date", "Refuse lists from the future.", type="bool"),
        Param("check_valid_until", "Refuse expired lists.", type="bool"),
        Param("date_max_future", "Seconds into the future to allow.", type="int"),
        Param("inrelease_path", "Where the InRelease file is."),
        Param("mode", "The file's permissions.", type="raw", default="0644"),
    ),
    required_if=(("state", "present", ("uris", "suites")),),
    diff=True,
    returns=(
        ("repo", "the file's text"),
        ("dest", "the file"),
        ("key_filename", "the key's file"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/deb822_repository_module.html",
)

_PARTS = "/etc/apt/sources.list.d"
_KEYRINGS = "/etc/apt/keyrings"
_FIELDS = (
    "enabled",
    "types",
    "uris",
    "suites",
    "components",
    "architectures",
    "languages",
    "targets",
    "pdiffs",
    "by_hash",
    "trusted",
    "allow_insecure",
    "allow_weak",
    "allow_downgrade_to_insecure",
    "check_date",
    "check_valid_until",
    "date_max_future",
    "inrelease_path",
)
# Of several words, apt writes these with other capitals than the rest.
_NAMES = {"uris": "URIs", "pdiffs": "PDiffs", "inrelease_path": "InRelease-Path"}


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    slug = "".join(c if c.isalnum() or c in "-." else "-" for c in args["name"].lower())
    dest = os.path.join(_PARTS, slug + ".sources")
    present = [
        os.path.join(_KEYRINGS, slug + end)
        for end in (".asc", ".gpg")
        if os.path.exists(os.path.join(_KEYRINGS, slug + end))
    ]
    if args["state"] == "absent":
        return _remove(task, dest, present)
    key_path, key, signed_by = _key(task, slug, present)
    text = _text(args, signed_by)
    before = files.read_bytes(dest) if os.path.exists(dest) else None
    result: Dict[str, Any] = {
        "changed": before != text.encode(),
        "repo": text,
        "dest": dest,
        "key_filename": key_path,
    }
    if task.diff and result["changed"]:
        result["diff"] = files.content_diff(dest, before, text.encode())
    if key_path and key is not None and not _same(key_path, key):
        result["changed"] = True
        if not task.check:
            os.makedirs(_KEYRINGS, 0o755, exist_ok=True)
            files.replace(key_path, key, mode=0o644)
    if before != text.encode():
        if not task.check:
            files.existing_parent(task, dest)
            files.replace(dest, text.encode(), mode=permissions.new_mode(args, dest))
    elif permissions.apply(dest, args, task.check).changed:
        result["changed"] = True
    return result


def _same(path: str, content: bytes) -> bool:
    return os.path.exists(path) and files.read_bytes(path) == content


def _remove(task: ModuleTask, dest: str, keys: List[str]) -> Dict[str, Any]:
    there = [path for path in (dest, *keys) if os.path.exists(path)]
    if not task.check:
        for path in there:
            os.unlink(path)
    return {"changed": bool(there), "repo": None, "dest": dest, "key_filename": None}


def _text(args: Dict[str, Any], signed_by: Optional[str]) -> str:
    lines = [("X-Repolib-Name", args["name"])]
    for field in _FIELDS:
        value = args[field]
        if value is None:
            continue
        name = _NAMES.get(field) or "-".join(part.capitalize() for part in field.split("_"))
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, list):
            value = " ".join(value)
        lines.append((name, str(value)))
    if signed_by:
        lines.append(("Signed-By", signed_by))
    return "".join(f"{name}: {value}\n" for name, value in lines)


def _key(
    task: ModuleTask, slug: str, present: List[str]
) -> Tuple[Optional[str], Optional[bytes], Optional[str]]:
    """The key's file, its content if it is to be written, and the Signed-By field."""
    signed_by = task.args["signed_by"]
    if not signed_by:
        return None, None, None
    if "-----BEGIN PGP" in signed_by:
        lines = [line.rstrip() or "." for line in signed_by.strip().splitlines()]
        return None, None, "\n" + "\n".join(" " + line for line in lines)
    if "://" not in signed_by:
        return signed_by, None, signed_by
    if task.check and present:
        return present[0], None, present[0]
    try:
        response = http.send(task, http.Request(signed_by, redirects="all"))
        key = http.read(response)
    except http.HttpError as error:
        raise task.fail(f"cannot fetch the key {http.shown(signed_by)}: {error}") from None
    if response.status != 200 or not key:
        raise task.fail(
            f"the key {http.shown(signed_by)} answered {response.status} {response.reason}"
        )
    armoured = key.lstrip().startswith(b"-----BEGIN PGP")
    path = os.path.join(_KEYRINGS, slug + (".asc" if armoured else ".gpg"))
    return path, key, path
