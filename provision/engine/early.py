"""Sessions of the first play, opened while its playbook is still being read.

Logging in and starting Python on the nodes takes as long as reading a playbook and importing
what carries it out, and hardly uses this machine: side by side they cost a converged cluster a
fifth less than one after the other. What is opened is what gathering facts asks for anyway; where
that cannot be told from the playbook's and the inventory's plain text, nothing is opened here.
No node is changed: one without the agent gets it when the playbook has been found to be good.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from provision.engine import targets
from provision.engine.options import RunOptions
from provision.errors import ProvisionError
from provision.inventory import Inventory
from provision.located import VaultText

if TYPE_CHECKING:
    from provision.transport.pool import SessionPool

SWITCHING = 0.0005
"""Seconds between Python's threads while modules are imported beside handshakes. With the usual
5 ms each step of a handshake waits that long for its turn."""


@contextlib.contextmanager
def opening(
    path: Path, document: Any, inventory: Inventory, options: RunOptions, pool: SessionPool
) -> Iterator[None]:
    """Open the first play's sessions beside the body, which reads the playbook.

    Parameters:
        path: the playbook's.
        document: its YAML.
        pool: keeps the sessions, and may install the agent on nodes once the body has ended well.
    """
    wanted = list(_connections(path, document, inventory, options))[: options.forks]
    if not wanted:
        yield
        return
    from provision.transport import ssh
    from provision.transport.payload import payload

    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCHING)
    try:
        with pool.changing_nothing():
            for connection in wanted:
                threading.Thread(target=_open, args=(pool, connection), daemon=True).start()
            if any(connection.target.connection == "ssh" for connection in wanted):
                # First, and not beside reading: the nodes have nothing to do until it is done.
                ssh.load()
            # Its 190 files are read while servers shake hands. Once what follows is imported,
            # each of them would wait for its turn, and all hosts for them: up to 90 ms.
            with contextlib.suppress(OSError):  # who needs it asks again, and says for which task
                payload()
            yield
    finally:
        sys.setswitchinterval(interval)


def _open(pool: SessionPool, connection: targets.Connection) -> None:
    # The play asks again, and tells what went wrong.
    with contextlib.suppress(Exception):
        pool.get(connection.target, connection.become)


def _connections(
    path: Path, document: Any, inventory: Inventory, options: RunOptions
) -> Iterator[targets.Connection]:
    play = document[0] if isinstance(document, list) and document else None
    if not isinstance(play, dict) or not _plain(play, options):
        return
    try:
        inventory.load_adjacent(path.absolute().parent)
        hosts = inventory.match(play["hosts"])
        limited = inventory.limit(options.limit) if options.limit else None
    except (ProvisionError, TypeError, ValueError):
        return  # the run meets it again, and tells it
    settings: Any = SimpleNamespace(**{name: play.get(name) for name in targets.KEYWORDS})
    for host in hosts:
        if limited is not None and host.name not in limited:
            continue
        with contextlib.suppress(ProvisionError, TypeError, ValueError):
            variables = {**inventory.variables(host), **options.extra_vars}
            if _constant([variables[name] for name in targets.NAMES if name in variables]):
                implicit = bool(getattr(host, "implicit", False))
                yield targets.resolve(host.name, variables, settings, options, implicit=implicit)


def _plain(play: Mapping[str, Any], options: RunOptions) -> bool:
    """Whether the play certainly gathers facts at once, from hosts that its text names."""
    said = play.get("vars")
    return (
        "hosts" in play
        and _constant([play["hosts"], *(play.get(name) for name in targets.KEYWORDS)])
        and play.get("gather_facts", True) is True
        and not any(play.get(name) for name in ("serial", "vars_prompt", "vars_files", "strategy"))
        and (said is None or (isinstance(said, dict) and not targets.NAMES & said.keys()))
        and "always" not in options.skip_tags
        and options.step is None
        and options.start_at_task is None
    )


def _constant(values: Sequence[Any]) -> bool:
    return not any(isinstance(value, VaultText) or "{{" in str(value) for value in values)
