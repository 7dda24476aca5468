"""fetch: files from nodes to the controller."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    src = str(args["src"])
    dest = _destination(context, src)
    if context.check:
        return {"changed": False, "skipped": True, "msg": "fetch is skipped in check mode"}
    spec = context.run.catalog.own("slurp")
    assert spec is not None
    asked = spec.validate({"src": src, "as_blob": True})
    found, content = context.call_with_blob("slurp", asked)
    if found.get("failed"):
        if args["fail_on_missing"]:
            return {**found, "file": src}
        return {"changed": False, "file": src, "msg": found.get("msg", "") + ", ignored"}
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if args["validate_checksum"] and found.get("checksum") not in (None, digest):
        raise TaskFailed("what arrived is not what was read on the node", host=context.host)
    result: Result = {
        "dest": str(dest),
        "checksum": digest,
        "md5sum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "remote_checksum": digest,
        "remote_md5sum": None,
        "changed": not dest.is_file() or dest.read_bytes() != content,
    }
    if result["changed"]:
        _write(dest, content)
    else:
        result["file"] = src
    return result


def _destination(context: Context, src: str) -> Path:
    args = context.args
    given = str(args["dest"])
    dest = Path(given).expanduser()
    if not dest.is_absolute():
        dest = context.play.directory / dest
    if not args["flat"]:
        return dest / context.host / src.lstrip("/")
    if given.endswith("/"):
        return dest / Path(src).name
    if dest.is_dir():
        raise TaskFailed(
            f"dest {dest} is a folder",
            at=context.task.at,
            hint="end it with / to put the file into it",
        )
    return dest


def _write(dest: Path, content: bytes) -> None:
    """In one step, so that a reader never sees half a file."""
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=dest.parent, prefix="." + dest.name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(dest)
    except OSError as error:
        raise TaskFailed(f"cannot write {dest}: {error.strerror or error}") from None


ACTION = Action(
    Spec(
        name="fetch",
        summary="Get a file from the node.",
        params=(
            Param("src", "The file on the node.", required=True),
            Param(
                "dest",
                "Where to put it: DEST/HOST/SRC, or DEST itself with flat.",
                required=True,
            ),
            Param(
                "flat",
                "dest is the file (or, ending in /, its folder).",
                type="bool",
                default=False,
            ),
            Param("fail_on_missing", "Fail if there is no such file.", type="bool", default=True),
            Param("validate_checksum", "Compare both ends.", type="bool", default=True),
        ),
        returns=(("dest", "the file here"), ("checksum", "its SHA-1"), ("md5sum", "its MD5")),
    ),
    run,
)
