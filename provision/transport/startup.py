"""From a started program to an agent that has said hello."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from provision.agent import protocol
from provision.agent.loader import MAGIC
from provision.errors import TaskFailed, Unreachable
from provision.transport.become import refusal
from provision.transport.channel import Channel
from provision.transport.payload import payload
from provision.transport.target import Become, Target

PATIENCE = 60.0
"""Seconds for the node to start Python and install the agent."""
NOISE_LIMIT = 256 * 1024
_LINE = re.compile(re.escape(MAGIC.encode()) + rb" (\w+) ([^\n]*)\n")


@dataclass(slots=True)
class Inbox:
    """Bytes that have arrived and not been taken yet."""

    channel: Channel
    buffer: bytearray

    def fill(self, timeout: float) -> bool:
        """Wait for more; False at the end. Raises TimeoutError."""
        data = self.channel.recv(timeout)
        self.buffer += data
        return bool(data)

    def take(self, size: int) -> bytes:
        data = bytes(memoryview(self.buffer)[:size])
        del self.buffer[:size]
        return data


class StartUp:
    """One attempt to get the agent running behind a channel.

    Parameters:
        where: ``user@address:port`` for messages.
        may_install: returns when the agent may be installed on the node, or raises.
        become, prompt: whom to become, and the prompt its password answers.
    """

    def __init__(
        self,
        channel: Channel,
        target: Target,
        where: str,
        may_install: Callable[[], None],
        become: Become | None = None,
        prompt: bytes | None = None,
    ) -> None:
        self._channel = channel
        self._target = target
        self._where = where
        self._may_install = may_install
        self._become = become
        self._prompt = prompt
        self._inbox = Inbox(channel, bytearray())
        self._deadline = time.monotonic() + PATIENCE
        self._asked = False

    def run(self) -> tuple[dict[str, Any], Inbox]:
        """The hello's facts, and what has arrived since.

        Raises:
            TaskFailed: sudo or su refuses.
            Unreachable: anything else.
        """
        try:
            return self._handshake()
        except TimeoutError:
            raise self._failed(
                f"the agent did not start within {PATIENCE:g} s",
                "the node may be overloaded, or its login shell may wait for input",
            ) from None
        except EOFError:
            raise self._ended() from None
        except protocol.FrameError as error:
            raise self._failed(f"the agent's first message is garbled: {error}") from None
        except OSError as error:
            raise self._failed(f"the connection broke: {error}") from None

    def _handshake(self) -> tuple[dict[str, Any], Inbox]:
        while True:
            status, detail = self._next_line()
            if status == "have":
                message, _ = protocol.decode(self._read_exactly)
                return message["hello"], self._inbox
            if status == "need":
                self._may_install()
                data = payload().zipped()
                self._channel.send(len(data).to_bytes(8, "big") + data)
            elif status == "old":
                raise self._failed(
                    f"{self._target.python} is Python {detail}; the agent needs 3.7 or newer",
                    "install a newer python3 there and name it in ansible_python_interpreter",
                )
            else:
                raise self._failed(f"the agent cannot start: {detail}")

    def _next_line(self) -> tuple[str, str]:
        """The loader's next line, past whatever a login script prints."""
        buffer = self._inbox.buffer
        while True:
            if found := _LINE.search(buffer):
                status, detail = found[1].decode(), found[2].decode("utf-8", "replace")
                del buffer[: found.end()]
                return status, detail.strip()
            self._answer_prompt(buffer)
            if len(buffer) > NOISE_LIMIT:
                raise self._failed(
                    "the node prints without end instead of starting the agent",
                    "a login script (.bashrc) must not write when no terminal is there",
                )
            self._fill()

    def _answer_prompt(self, buffer: bytearray) -> None:
        if self._prompt is None or self._become is None or self._prompt not in buffer:
            return
        del buffer[: buffer.index(self._prompt) + len(self._prompt)]
        if self._become.password is None:
            raise self._cannot_become(
                "it asks for a password and none was given", "give ansible_become_password"
            )
        if self._asked:
            raise self._cannot_become(*(refusal("incorrect password") or ("", "")))
        self._asked = True
        self._channel.send(self._become.password.encode() + b"\n")

    def _fill(self) -> None:
        if not self._inbox.fill(max(0.0, self._deadline - time.monotonic())):
            raise EOFError

    def _read_exactly(self, size: int) -> bytes:
        while len(self._inbox.buffer) < size:
            self._fill()
        return self._inbox.take(size)

    def _ended(self) -> Unreachable | TaskFailed:
        """The program ended without an agent: find out why from what it said."""
        text = self._inbox.buffer.decode("utf-8", "replace").strip()
        status = self._channel.exit_status(2.0)
        python = self._target.python
        if self._become and (reason := refusal(text)):
            return self._cannot_become(*reason)
        if status == 127 or re.search(rf"{re.escape(python)}.*not found", text):
            return self._failed(
                f"there is no Python at {python}",
                "install it with the raw module (raw: apt-get install -y python3), or name "
                "another one in ansible_python_interpreter",
            )
        if status == 126:
            return self._failed(
                f"{python} cannot be executed: {text[-300:]}",
                "name a working Python 3 in ansible_python_interpreter",
            )
        said = f": {text[-1000:]}" if text else " and said nothing"
        ended = "" if status is None else f" with status {status}"
        return self._failed(
            f"the agent's start ended{ended}{said}",
            "see what `ssh` with the same user prints, and whether its shell runs commands",
        )

    def _cannot_become(self, what: str, hint: str) -> TaskFailed:
        """The host is reached all the same, so that it is the task that fails, as in Ansible."""
        assert self._become is not None
        method, user = self._become.method, self._become.user
        message = f"{self._where}: cannot become {user} with {method}: {what}"
        return TaskFailed(message, hint=hint, host=self._target.name)

    def _failed(self, what: str, hint: str | None = None) -> Unreachable:
        return Unreachable(f"{self._where}: {what}", hint=hint, host=self._target.name)
