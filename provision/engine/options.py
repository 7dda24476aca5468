"""What the user asked of a run, beside which playbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provision.errors import UsageError


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The command line's part of a run.

    Parameters:
        check: say what would change; change nothing.
        diff: show differences of files.
        tags, skip_tags: which tasks run; no ``tags`` means all but ``never``.
        limit: a host pattern that narrows every play.
        extra_vars: ``-e``: above every other variable.
        forks: how many hosts are worked on at the same time.
        start_at_task: name (or pattern) of the first task to run.
        step: asked before each task with its title; answers y (run it), n (do not) or c (run it
            and ask no more).
        force_handlers: run notified handlers of hosts that failed.
        exit_on_change: exit with 3 if anything changed (drift in CI).
        vault: what decrypts ``!vault`` values and files, if there is a password.
        remote_user, private_key, connection, become, become_user, become_method: defaults
            that plays, tasks and variables override, as in Ansible.
        password: to log in with, where no variable says it.
        become_password: sent over stdin when sudo or su ask.
        timeout: seconds to connect.
        verbosity: how many ``-v``: for ``ansible_verbosity`` and debug's ``verbosity``.
        owed_handlers: the file that keeps notified handlers which have not run, for the next
            run; None keeps nothing.
        resume_handlers: run what the file holds; False forgets it.
        roles_path: folders to look for roles in, after the playbook's own.
        host_key_checking: what variables do not say otherwise.
        ssh_arguments: by the names of the variables that would say them.
        gather_facts: whether plays that do not say gather facts.
    """

    check: bool = False
    diff: bool = False
    tags: Sequence[str] = ()
    skip_tags: Sequence[str] = ()
    limit: str | None = None
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    forks: int = 50
    start_at_task: str | None = None
    step: Callable[[str], str] | None = None
    force_handlers: bool = False
    exit_on_change: bool = False
    vault: Any = None
    remote_user: str | None = None
    private_key: str | None = None
    connection: str | None = None
    become: bool = False
    become_user: str | None = None
    become_method: str | None = None
    password: str | None = field(default=None, repr=False)
    become_password: str | None = field(default=None, repr=False)
    timeout: float | None = None
    verbosity: int = 0
    owed_handlers: Path | None = None
    resume_handlers: bool = True
    roles_path: Sequence[Path] = ()
    host_key_checking: bool = True
    ssh_arguments: Mapping[str, str] = field(default_factory=dict)
    gather_facts: bool = True

    def __post_init__(self) -> None:
        if self.forks < 1:
            raise UsageError(f"forks is {self.forks}; it has to be 1 or more")
