"""Shell lines without the agent, for nodes that have no Python yet.

Runs through Fabric over SSH and through Invoke on this machine: one interface, ``run``, that
answers sudo's prompt as well.
"""

from __future__ import annotations

from typing import Any

from provision.errors import TaskFailed, Unreachable
from provision.transport.become import Elevated, elevate, refusal
from provision.transport.channel import Connection
from provision.transport.target import Become, Target


def run_raw(
    connection: Connection,
    target: Target,
    command: str,
    become: Become | None,
    timeout: float | None,
) -> tuple[int, str, str]:
    """Exit status, stdout and stderr.

    Raises:
        TaskFailed: it ran into the timeout, or sudo refused.
        Unreachable: the connection broke.
    """
    import shlex

    from invoke.exceptions import CommandTimedOut, Failure
    from invoke.watchers import FailingResponder
    from paramiko.ssh_exception import SSHException

    elevated: Elevated | None = None
    watchers: list[Any] = []
    if become is not None and become.user != connection.user:
        elevated = elevate(become, ["/bin/sh", "-c", command])
        command = shlex.join(elevated.argv)
        if elevated.prompt and become.password is not None:
            import re

            watchers.append(
                FailingResponder(
                    pattern=re.escape(elevated.prompt.decode()),
                    response=become.password + "\n",
                    sentinel="Sorry, try again|Authentication failure",
                )
            )
    runner: Any = connection.runner()
    try:
        result = runner.run(
            command,
            hide=True,
            warn=True,
            in_stream=False,
            encoding="utf-8",
            timeout=timeout,
            watchers=watchers,
        )
    except CommandTimedOut:
        raise TaskFailed(f"timed out after {timeout:g} s", host=target.name) from None
    except Failure as error:
        raise _refused(become, error.result.stderr, target) from None
    except (SSHException, OSError, EOFError) as error:
        raise Unreachable(
            f"{connection.where}: the connection broke: {error}", host=target.name
        ) from None
    return result.exited, result.stdout, result.stderr


def _refused(become: Become | None, text: str, target: Target) -> TaskFailed:
    what, hint = refusal(text) or ("the password is wrong", "check ansible_become_password")
    user = become.user if become else ""
    return TaskFailed(f"cannot become {user}: {what}", hint=hint, host=target.name)
