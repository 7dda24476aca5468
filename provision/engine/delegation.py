"""``delegate_to``: the delegate's connection, the original host's variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provision.engine.layers import Layers
from provision.engine.magic import HostVars
from provision.errors import TaskFailed
from provision.located import location_of
from provision.playbook.model import Task
from provision.templating import OMIT, Scope, is_template

if TYPE_CHECKING:
    from provision.engine.play import PlayRun


@dataclass(slots=True)
class Delegation:
    """Where a task really runs.

    Parameters:
        layers, scope: the delegate's own variables: they say how to connect.
    """

    name: str
    layers: Layers
    scope: Scope

    def variables(self, host: str) -> HostVars:
        """``ansible_delegated_vars`` of a task for ``host``."""
        seen = self.scope.child({"inventory_hostname": host})
        return HostVars(lambda: {self.name: None}, lambda _: seen)


def reached(layers: Layers, delegation: Delegation) -> dict[str, Any]:
    """How the delegate is reached, as far as the task's own variables do not say otherwise."""
    *above, own = layers.layers
    found = {
        name: delegation.scope[name]
        for name in own
        if not any(name in layer for layer in above) and name in delegation.scope
    }
    if "ansible_host" in found and not any(
        "ansible_host" in layer for layer in delegation.layers.layers[:-1]
    ):
        found["ansible_host"] = delegation.name  # of an implicit localhost too, as in Ansible
    return found


def delegate_of(
    play: PlayRun,
    task: Task,
    extras: tuple[Mapping[str, Any], ...],
    item: Mapping[str, Any],
    scope: Scope,
) -> Delegation | None:
    """The host that ``delegate_to`` names, or None where it says nothing.

    Raises:
        TemplateError: its template fails.
        TaskFailed: it names no host.
    """
    value = task.settings.delegate_to
    name = play.run.templar.render(value, scope, at=task.at) if is_template(value) else value
    if name is None or name is OMIT or name == "":
        return None
    if not isinstance(name, str):
        raise TaskFailed(
            f"delegate_to must name a host, not {name!r}", at=location_of(value) or task.at
        )
    layers = play.layers(name, task, (item, *extras) if item else extras)
    return Delegation(str(name), layers, play.scope_of(layers, task))
