"""The variables that the engine itself sets; nothing overrides them."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from provision.engine.options import RunOptions
from provision.engine.targets import LOCAL_NAMES
from provision.playbook.model import Role, Settings

# Roles test the version of Ansible that runs them; this is the one whose semantics we follow.
ANSIBLE_VERSION = {
    "full": "2.19.0",
    "major": 2,
    "minor": 19,
    "revision": 0,
    "string": "2.19.0",
}


OF_LOCALHOST = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
"""Variables of this machine where no inventory names it."""


class HostVars(Mapping[str, Any]):
    """``hostvars``: every host's variables, each made when it is asked for."""

    __slots__ = ("_known", "_scope_of")

    def __init__(
        self, known: Callable[[], Mapping[str, Any]], scope_of: Callable[[str], Any]
    ) -> None:
        self._known = known
        self._scope_of = scope_of

    def __getitem__(self, name: str) -> Any:
        if name not in self._known() and name not in ("localhost", "127.0.0.1"):
            raise KeyError(name)
        return self._scope_of(name)

    def __contains__(self, name: object) -> bool:
        return name in self._known() or name in ("localhost", "127.0.0.1")

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())


def of_run(options: RunOptions, inventory_sources: list[str]) -> dict[str, Any]:
    """What is the same for all hosts throughout the run."""
    sources = [str(Path(one).resolve()) if Path(one).exists() else one for one in inventory_sources]
    first = next((one for one in sources if Path(one).exists()), None)
    return {
        "ansible_check_mode": options.check,
        "ansible_diff_mode": options.diff,
        "ansible_forks": options.forks,
        "ansible_run_tags": list(options.tags) or ["all"],
        "ansible_skip_tags": list(options.skip_tags),
        **({"ansible_limit": options.limit} if options.limit else {}),
        "ansible_verbosity": options.verbosity,
        "ansible_version": ANSIBLE_VERSION,
        "ansible_playbook_python": sys.executable,
        "ansible_controller_python_version": platform.python_version(),
        "inventory_file": first,
        "inventory_dir": str(Path(first).parent) if first else None,
        "ansible_inventory_sources": sources,
    }


def of_connection(
    host: str,
    settings: Settings,
    options: RunOptions,
    known: Mapping[str, Any],
    *,
    implicit: bool,
) -> dict[str, Any]:
    """What tasks see of their connection where no variable says it: it ranks below all others.

    Parameters:
        known: what the inventory says, perhaps under the older names.
    """
    address = "127.0.0.1" if implicit and host in LOCAL_NAMES else host
    user = known.get("ansible_ssh_user") or settings.remote_user or options.remote_user
    return {
        "ansible_connection": settings.connection or options.connection or "ssh",
        "ansible_host": known.get("ansible_ssh_host") or address,
        **({"ansible_user": user} if user else {}),
    }


def of_roles(roles: Sequence[Role]) -> dict[str, Any]:
    """The names of a play's roles: those it names itself, and those that others need."""
    # A role that others include or import has these among its parents and its includers.
    needed = [role.name for role in roles if len(role.parents) > len(role.includers)]
    named = list(
        dict.fromkeys(role.name for role in roles if len(role.parents) == len(role.includers))
    )
    return {
        "ansible_role_names": list(dict.fromkeys([*needed, *named])),
        "ansible_play_role_names": named,
        "ansible_dependent_role_names": list(dict.fromkeys(needed)),
        "role_names": named,
    }


def of_role(role: Role) -> dict[str, Any]:
    """What tasks of a role see."""
    return {
        "role_name": role.name if "/" in role.name else role.path.name,
        "ansible_role_name": role.name,
        "role_path": str(role.path.absolute()),
        **(_includers(role) if role.includers else {}),
    }


def _includers(role: Role) -> dict[str, Any]:
    innermost_first = role.includers[::-1]
    return {
        "ansible_parent_role_names": [each.name for each in innermost_first],
        "ansible_parent_role_paths": [str(each.path.absolute()) for each in innermost_first],
    }
