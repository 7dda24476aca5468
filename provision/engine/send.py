"""Getting content into place on a node with the ``copy`` module."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.engine.results import Result
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context

INLINE = 128 * 1024
"""Bytes that are sent at once; more only if the node does not have them yet."""


def send(
    context: Context, content: bytes, source: Path | None, args: dict[str, Any] | None = None
) -> Result:
    """Make a file on the node hold ``content``.

    Parameters:
        source: the file it comes from, for ``mode: preserve``, its name and diffs.
        args: of ``copy``; the context's if not given.

    Raises:
        Unreachable: the session broke.
        TaskFailed: the task's ``checksum`` is not the content's.
    """
    from provision.agent.modules.copy import SPEC

    given = dict(args if args is not None else context.args)
    checksum = hashlib.sha1(content).hexdigest()
    expected = given.get("checksum")
    if expected and expected != checksum:
        raise TaskFailed(
            f"the content's SHA-1 is {checksum}, not {expected} as the task says",
            at=context.task.at,
        )
    known = {param.name for param in SPEC.params}
    given = {name: value for name, value in given.items() if name in known}
    if given.get("mode") == "preserve":
        given["mode"] = f"{source.stat().st_mode & 0o7777:04o}" if source else None
    inline = len(content) <= INLINE
    given.update(
        src=str(source) if source else None,
        content=None,
        remote_src=False,
        checksum=checksum,
        size=len(content),
        original_basename=source.name if source else None,
        content_follows=inline,
    )
    result = context.call("copy", given, content if inline else b"")
    if result.get("need_content"):
        given["content_follows"] = True
        result = context.call("copy", given, content)
    if isinstance(result.get("diff"), dict):
        result["diff"] = [result["diff"]]
    return result
