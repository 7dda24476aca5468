"""Bring a unit to the state a task wants: what ``service`` and ``systemd`` share."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from provision.agent.systemd import ENABLED, Systemd, full_name
from provision.agent.task import ModuleTask

STATES = ("reloaded", "restarted", "started", "stopped")

_RUNNING = ("active", "activating", "reloading")


def converge(
    task: ModuleTask,
    name: str,
    state: Optional[str],
    enabled: Optional[bool],
    masked: Optional[bool] = None,
    scope: str = "system",
    no_block: bool = False,
    force: bool = False,
) -> Dict[str, Any]:
    """Mask, enable, start and so on as far as needed.

    Returns:
        The result: changed, name, state, enabled and ``status``, systemd's properties before.

    Raises:
        ModuleFailed: no such unit, or systemctl failed; a unit that does not start is named
            with the end of its journal.
    """
    manager = Systemd(task, scope)
    unit = full_name(name)
    status = manager.show(unit)
    result: Dict[str, Any] = {"changed": False, "name": name, "status": status}
    found = status.get("LoadState") not in (None, "not-found")
    if not found and (state or enabled is not None or masked is False):
        if not task.check:
            raise task.fail(
                f"Could not find the requested service {name}: there is no unit {unit}",
                name=name,
                status=status,
            )
        # An earlier task would have installed it.
        result.update(changed=True, warnings=[f"there is no unit {unit} yet"])
        return result
    options = (["--no-block"] if no_block else [], ["--force"] if force else [])
    unmasked_now = _mask(task, manager, unit, status, masked, result)
    if unmasked_now and not task.check:
        status = manager.show(unit)
    if enabled is not None:
        _enable(task, manager, unit, status, enabled, options[1], result)
    if state is not None:
        _start(task, manager, unit, status, state, options[0], result)
    return result


def _mask(
    task: ModuleTask,
    manager: Systemd,
    unit: str,
    status: Dict[str, str],
    masked: Optional[bool],
    result: Dict[str, Any],
) -> bool:
    is_masked = status.get("LoadState") == "masked" or status.get("UnitFileState") in (
        "masked",
        "masked-runtime",
    )
    if masked is None or masked == is_masked:
        return False
    result["changed"] = True
    if not task.check:
        manager.must("mask" if masked else "unmask", unit)
    return True


def _enable(
    task: ModuleTask,
    manager: Systemd,
    unit: str,
    status: Dict[str, str],
    enabled: bool,
    force: List[str],
    result: Dict[str, Any],
) -> None:
    state = status.get("UnitFileState", "")
    if not state:
        # A unit made from an old init script: only is-enabled tells.
        said = manager.control("is-enabled", unit).stdout.split()
        state = said[-1] if said else ""
    is_enabled = state in ENABLED
    # A static unit has nothing to enable or disable; enabling what is enabled for this boot
    # only is a change.
    wanted_change = is_enabled != enabled or (enabled and state == "enabled-runtime")
    if state in ("static", "generated", "transient", "alias", "indirect") and not enabled:
        wanted_change = False
    if wanted_change:
        result["changed"] = True
        if not task.check:
            manager.must("enable" if enabled else "disable", *force, unit)
    result["enabled"] = enabled


def _start(
    task: ModuleTask,
    manager: Systemd,
    unit: str,
    status: Dict[str, str],
    state: str,
    no_block: List[str],
    result: Dict[str, Any],
) -> None:
    result["state"] = "stopped" if state == "stopped" else "started"
    running = status.get("ActiveState") in _RUNNING
    action = ""
    if state == "started":
        action = "" if running else "start"
    elif state == "stopped":
        # "activating" is also a unit that systemd starts again and again.
        leaving = running or status.get("ActiveState") == "deactivating"
        action = "stop" if leaving else ""
    elif state == "reloaded":
        action = "reload" if running else "start"
    else:
        action = "restart"
    if not action:
        return
    result["changed"] = True
    if task.check:
        return
    done = manager.control(action, *no_block, unit)
    if done.rc != 0:
        said = (done.stderr or done.stdout).strip()
        raise task.fail(
            f"Unable to {action} service {result['name']}: {said}\n{manager.why(unit)}",
            rc=done.rc,
            name=result["name"],
            status=manager.show(unit),
        )
