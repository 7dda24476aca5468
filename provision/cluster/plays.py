"""Running the shipped playbooks on a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provision.cluster.cluster import Cluster
from provision.engine.catalog import catalog
from provision.engine.events import (
    Event,
    HostFinished,
    RunFinished,
    Status,
    Subscriber,
    TaskStarted,
)
from provision.engine.options import RunOptions
from provision.engine.runner import run
from provision.errors import MachineError
from provision.inventory import load_inventory
from provision.playbook import load_playbook
from provision.report.results import failure_message
from provision.resources import resource
from provision.transport.session import Sessions


def run_playbooks(
    cluster: Cluster,
    names: Sequence[str],
    *,
    sessions: Sessions | None = None,
    subscribers: Sequence[Subscriber] = (),
    check: bool = False,
    variables: Mapping[str, Any] | None = None,
    limit: Sequence[str] = (),
) -> RunFinished:
    """Run ``playbooks/NAME.yml`` for each name, over the cluster's inventory.

    Parameters:
        sessions: used and left open; the run opens and closes its own if none are given.
        limit: names of the only nodes to touch; empty means all.

    Raises:
        ProvisionError: one of them or the inventory cannot be loaded.
    """
    known = catalog()
    playbooks = [load_playbook(resource("playbooks", f"{name}.yml"), known) for name in names]
    inventory = load_inventory([str(cluster.store.inventory)])
    options = RunOptions(
        check=check,
        extra_vars=dict(variables or {}),
        limit=",".join(limit) or None,
        owed_handlers=cluster.store.owed_handlers,
    )
    return run(playbooks, inventory, options, sessions=sessions, subscribers=list(subscribers))


def require_playbooks(
    cluster: Cluster,
    names: Sequence[str],
    *,
    sessions: Sessions,
    subscribers: Sequence[Subscriber] = (),
    variables: Mapping[str, Any] | None = None,
    limit: Sequence[str] = (),
    hint: str = "",
) -> None:
    """As ``run_playbooks``, for operations that cannot go on after a failure.

    Parameters:
        hint: what helps besides running the same command again.

    Raises:
        MachineError: a task failed on a node: which one, where, and what it said.
    """
    failures = _Failures()
    finished = run_playbooks(
        cluster,
        names,
        sessions=sessions,
        subscribers=[*subscribers, failures],
        variables=variables,
        limit=limit,
    )
    if finished.exit_code:
        again = "the same command again goes on from there; -v shows each task"
        raise MachineError(
            f"the play {', '.join(names)} failed{failures.told(finished)}",
            hint=f"{again}; {hint}" if hint else again,
        )


class _Failures:
    """The last task that failed on each host, from the events of a run."""

    def __init__(self) -> None:
        self._paths: dict[int, str] = {}
        self._last: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, TaskStarted):
            self._paths[event.task_id] = event.path
        elif isinstance(event, HostFinished) and event.status in (
            Status.FAILED,
            Status.UNREACHABLE,
        ):
            path = self._paths.get(event.task_id, "a task")
            self._last[event.host] = f"{path}: {failure_message(event.result)}"

    def told(self, finished: RunFinished) -> str:
        """A line for each host that did not come to the end."""
        lost = [n for n, tally in finished.recap.items() if tally.failed or tally.unreachable]
        return "".join(f"\n  {name}: {self._last.get(name, 'no task said why')}" for name in lost)
