"""Fetch a file by URL."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
import urllib.parse
from typing import Any, Dict, Optional, Tuple

from provision.agent import file_info, files, http, http_args, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="get_url",
    summary="Fetch a file over HTTP, HTTPS or FTP to the node.",
    params=(
        Param("url", "Where from.", required=True),
        Param("dest", "The file, or a directory for it.", type="path", required=True),
        Param(
            "checksum",
            "algorithm:hex, or algorithm:URL of a file of sums; a file that has it is not "
            "fetched again.",
            default="",
        ),
        Param("force", "Fetch again though the file is there.", type="bool", default=False),
        Param("tmp_dest", "A directory for the download in progress.", type="path"),
        files.BACKUP,
        *permissions.PARAMS,
        files.UNSAFE_WRITES,
        *(param for param in http_args.PARAMS if param.name != "timeout"),
        Param("timeout", "For connecting and for each read, seconds.", type="int", default=10),
    ),
    returns=(
        ("dest", "the file"),
        ("url", "where from"),
        ("status_code", "the HTTP status, if it was asked"),
        ("checksum_src", "the SHA-1 of what was fetched"),
        ("checksum_dest", "the SHA-1 of the file before"),
        ("size", "bytes"),
        ("elapsed", "whole seconds it took"),
        ("backup_file", "the copy of the previous file, if one was asked for"),
        ("md5sum", "the MD5 of what was fetched"),
        ("msg", "what the server said, or that the file is there already"),
        ("mode", 'the file\'s permissions, such as "0644"'),
        ("owner", "its user"),
        ("group", "its group"),
        ("uid", "its user's number"),
        ("gid", "its group's number"),
        ("state", "file"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/get_url_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    start = time.monotonic()
    dest = args["dest"]
    into = os.path.isdir(dest) or dest.endswith("/")
    if into:
        dest = os.path.join(dest, _name(args["url"]))
    expected = _expected(task)
    result: Dict[str, Any] = {"changed": False, "url": http.shown(args["url"]), "dest": dest}
    conditional = os.path.isfile(dest) and not args["force"]
    if conditional and expected:
        if files.digest(dest, expected[0]) == expected[1]:
            result.update(checksum_src=None, checksum_dest=None)
            return _kept(task, dest, result, start)
        conditional = False
    headers = {}
    if conditional and not into:
        from email.utils import formatdate  # 5 ms: not for who reads SPEC only

        headers["If-Modified-Since"] = formatdate(os.stat(dest).st_mtime, usegmt=True)
    if args["force"]:
        headers["Cache-Control"] = "no-cache"
    parent = files.existing_parent(task, dest)
    if task.check or not parent:
        return _foreseen(task, dest, headers, conditional, result, start)
    return _fetch(task, dest, expected, headers, result, start)


def _foreseen(
    task: ModuleTask,
    dest: str,
    headers: Dict[str, str],
    conditional: bool,
    result: Dict[str, Any],
    start: float,
) -> Dict[str, Any]:
    """What check mode can know of a file that is there: whether the server's is as long."""
    if conditional:
        request = http_args.from_args(task.args, method="HEAD", headers=headers, redirects="all")
        try:
            response = http.send(task, request)
        except http.HttpError as error:
            raise task.fail(f"cannot ask {result['url']}: {error}") from None
        response.stream.close()
        length = response.header("content-length") if response.status == 200 else ""
        # 405 and 501: it does not answer HEAD, so nothing is known.
        if response.status not in (200, 304, 405, 501):
            raise task.fail(
                f"{result['url']} answered {response.status} {response.reason}",
                status_code=response.status,
            )
        if length in ("", str(os.path.getsize(dest))):
            return dict(_kept(task, dest, result, start), status_code=response.status)
    return dict(result, changed=True, msg="the file would be fetched")


def _name(url: str) -> str:
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
    return os.path.basename(path.rstrip("/")) or "index.html"


def _kept(task: ModuleTask, dest: str, result: Dict[str, Any], start: float) -> Dict[str, Any]:
    change = permissions.apply(dest, task.args, task.check)
    result.update(file_info.describe(dest), changed=change.changed)
    result.update(msg="file already exists", elapsed=int(time.monotonic() - start))
    return result


def _fetch(
    task: ModuleTask,
    dest: str,
    expected: Optional[Tuple[str, str]],
    headers: Dict[str, str],
    result: Dict[str, Any],
    start: float,
) -> Dict[str, Any]:
    args = task.args
    folder = args["tmp_dest"] or os.path.dirname(dest) or "."
    handle, temporary = tempfile.mkstemp(prefix=".provision-", suffix=".tmp", dir=folder)
    os.close(handle)
    try:
        request = http_args.from_args(args, headers=headers, redirects="all")
        try:
            response = http.download(task, request, temporary)
        except ModuleFailed as error:
            if error.result.get("status_code") == 304:
                said = "HTTP Error 304: Not Modified"
                return dict(_kept(task, dest, result, start), status_code=304, msg=said)
            raise
        result["status_code"] = response.status
        result["checksum_src"] = files.digest(temporary)
        result["md5sum"] = files.md5sum(temporary)
        if expected:
            found = files.digest(temporary, expected[0])
            if found != expected[1]:
                raise task.fail(
                    f"what {result['url']} gave has the {expected[0]} {found}, "
                    f"not {expected[1]}; it is not what was expected, or the checksum is wrong",
                    **result,
                )
        exists = os.path.isfile(dest)
        result["checksum_dest"] = files.digest(dest) if exists else None
        if result["checksum_dest"] == result["checksum_src"]:
            result["changed"] = permissions.apply(dest, args, False).changed
        else:
            if exists and args["backup"]:
                result["backup_file"] = files.backup(dest)
            permissions.replace(dest, temporary, args)
            result["changed"] = True
    finally:
        os.unlink(temporary)
    described = file_info.describe(dest)
    result.update(described, elapsed=int(time.monotonic() - start))
    return dict(result, msg=f"OK ({described['size']} bytes)", src=result["url"])


def _expected(task: ModuleTask) -> Optional[Tuple[str, str]]:
    """Algorithm and hex digest from ``checksum``, its file of sums read if it names one."""
    text = task.args["checksum"].strip()
    if not text:
        return None
    algorithm, colon, value = text.partition(":")
    value = value.strip()
    if not colon or algorithm.lower() not in hashlib.algorithms_available:
        raise task.fail(
            f"checksum '{text}' is not algorithm:hex or algorithm:URL, such as sha256:0f3a..."
        )
    if "://" in value:
        value = _from_sums(task, value)
    size = hashlib.new(algorithm.lower()).digest_size * 2
    if not re.match(r"^[0-9a-fA-F]+$", value) or (size and len(value) != size):
        raise task.fail(f"'{value}' is not a {algorithm} in hex ({size} digits)")
    return algorithm.lower(), value.lower()


def _from_sums(task: ModuleTask, url: str) -> str:
    with tempfile.TemporaryDirectory(prefix="provision-sums-") as folder:
        path = os.path.join(folder, "sums")
        http.download(task, http_args.from_args(task.args, url=url, redirects="all"), path)
        text = files.read_bytes(path).decode("utf-8", "replace")
    wanted = _name(task.args["url"])
    rows = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    for row in rows:
        if len(row) == 2 and os.path.basename(row[1].strip().lstrip("*")) == wanted:
            return row[0]
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    raise task.fail(f"{http.shown(url)} has no checksum for {wanted}")
