"""What a module is given, and how it answers."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Union

from provision.agent import process
from provision.agent.arriving import Arriving


class ModuleFailed(Exception):
    """A module says no.

    Parameters:
        message: becomes the result's ``msg``.
        result: whatever else the result holds.
    """

    def __init__(self, message: str, **result: Any) -> None:
        super().__init__(message)
        self.message = message
        self.result = result


class Completed(NamedTuple):
    """A finished program: exit status and what it wrote, undecodable bytes escaped."""

    rc: int
    stdout: str
    stderr: str


class ModuleTask:
    """One call of a module.

    Parameters:
        args: validated, coerced, with defaults: every declared parameter is present.
        check: say what would change; change nothing.
        diff: put ``diff`` in the result where there is one.
        blob: bytes sent along (file content), or those that are still on their way.
        env: environment for programs, over the agent's own.
        emit: takes text for live output.

    A module's ``run(task)`` returns a dict with at least ``changed``; it may set
    ``task.reply_blob`` to send bytes back.
    """

    def __init__(
        self,
        args: Dict[str, Any],
        check: bool = False,
        diff: bool = False,
        blob: Union[bytes, Arriving] = b"",
        env: Optional[Mapping[str, str]] = None,
        emit: Optional[Callable[[str], None]] = None,
    ) -> None:
        self.args = args
        self.check = check
        self.diff = diff
        self.content = blob
        self.env = dict(env or {})
        self.emit = emit or (lambda text: None)
        self.reply_blob = b""

    @property
    def blob(self) -> bytes:
        """The bytes sent along, all of them; ``content`` may be ``Arriving``."""
        if isinstance(self.content, Arriving):
            self.content = self.content.whole()
        return self.content

    def run(
        self,
        command: Union[str, List[str]],
        cwd: Optional[str] = None,
        stdin: Optional[str] = None,
        env: Optional[Mapping[str, str]] = None,
        executable: Optional[str] = None,
        must_succeed: bool = False,
    ) -> Completed:
        """Run a program (a list) or a shell line (a string) to its end.

        Its whole process group is killed if the task times out or the channel closes.

        Raises:
            ModuleFailed: it cannot be started, or ``must_succeed`` and its status is not 0.
        """
        merged = dict(self.env, **(env or {}))
        try:
            rc, out, err = process.run(command, cwd, stdin, merged, executable, self.emit)
        except OSError as error:
            name = executable or (command if isinstance(command, str) else command[0])
            raise ModuleFailed(f"cannot run {name}: {error.strerror or error}", rc=2) from None
        except ValueError as error:  # a zero byte, which no argument can have
            raise ModuleFailed(f"cannot run this: {error}", rc=2) from None
        if must_succeed and rc != 0:
            shown = command if isinstance(command, str) else " ".join(command)
            raise ModuleFailed(
                f"{shown}: exit status {rc}: {(err or out).strip()[-2000:]}",
                rc=rc,
                stdout=out,
                stderr=err,
            )
        return Completed(rc, out, err)

    def fail(self, message: str, **result: Any) -> ModuleFailed:
        """The exception to raise: ``raise task.fail("...")``."""
        return ModuleFailed(message, **result)
