"""Machines as VMs through Vagrant: VirtualBox, libvirt, or Vagrant's docker provider."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provision.errors import MachineError, UsageError
from provision.machines import host_limits, subnets
from provision.machines.docker.shape import check_shape
from provision.machines.driver import (
    ClusterSpec,
    Endpoint,
    Machine,
    MachineSpec,
    MachineState,
    Progress,
)
from provision.machines.ssh_greeting import NEW_MACHINE, silence
from provision.machines.vagrant import provider as vagrant_provider
from provision.machines.vagrant.options import Options
from provision.machines.vagrant.plan import docker_part, first_shape
from provision.machines.vagrant.shape import ShapeFolder, machine_entry
from provision.machines.vagrant.work import alone, bring_up, one_at_a_time, vagrant

if TYPE_CHECKING:
    from provision.machines.vagrant.command import Command

_STATES = {
    "running": MachineState.RUNNING,
    "poweroff": MachineState.STOPPED,
    "shutoff": MachineState.STOPPED,
    "stopped": MachineState.STOPPED,
    "saved": MachineState.STOPPED,
    "aborted": MachineState.STOPPED,
}

# Beyond the boot: a box has to be fetched and copied to the hypervisor first.
_MAKING = 3600

# Seconds for logging in where every instruction is emulated.
_EMULATED = 90

# Seconds for a machine that has booted to answer at its fixed address.
_ANSWER = 60


class VagrantDriver:
    """VMs of one host.

    Parameters:
        options: see ``options.Options``.

    Raises:
        UsageError: an unknown option or value.
    """

    name = "vagrant"

    def __init__(self, options: Mapping[str, str] = {}) -> None:
        self._options = Options.parse(options)
        self._timeout = self._options.boot_timeout + _MAKING
        self._shape_lock = threading.Lock()

    def check(self) -> list[str]:
        if self._options.provider != "auto":
            return vagrant_provider.problems(self._options.provider)
        found = {each: vagrant_provider.problems(each) for each in ("virtualbox", "libvirt")}
        if not all(found.values()):
            return []
        lines = dict.fromkeys(line for each in found.values() for line in each)
        return ["no provider of Vagrant works here: " + "; ".join(lines)]

    def prepare(self, cluster: ClusterSpec, specs: Sequence[MachineSpec], say: Progress) -> None:
        if problems := self.check():
            raise MachineError(f"Vagrant cannot work here: {problems[0]}")
        check_shape(host_limits.size(), specs)
        for spec in specs:
            if spec.cpus != int(spec.cpus):
                raise UsageError(f"{spec.name}: a VM cannot have {spec.cpus:g} CPUs")
        folder = ShapeFolder(cluster)
        with self._shape_lock:
            shape = folder.read() or first_shape(cluster, self._options, say)
            known = {each["name"]: each for each in shape["machines"]}
            for spec in specs:
                if spec.name not in known:
                    self._refuse_taken(shape["provider"], spec.name)
                known[spec.name] = machine_entry(spec, shape["subnet"], folder.console(spec.name))
            shape["boot_timeout"] = self._options.boot_timeout
            shape["machines"] = sorted(known.values(), key=lambda each: int(each["index"]))
            shape["public_key"] = cluster.public_key
            shape["private_key"] = str(cluster.private_key.absolute())
            if shape["provider"] == "docker":
                shape["docker"] = docker_part(specs, say)
            folder.write(shape)

    def create(self, cluster: ClusterSpec, spec: MachineSpec, say: Progress) -> Endpoint:
        folder = ShapeFolder(cluster)
        shape = self._require_shape(cluster, spec.name)
        if not folder.host_keys(spec.name):
            if self._exists(cluster, shape, spec.name):
                # Vagrant would start it, but leave out what it does to new ones: network and name.
                say(spec.name, "was left half made: making it anew")
                with one_at_a_time(spec.name, say):  # it removes networks, which others want
                    self._remove(cluster, shape, spec.name, say)
            self._up(cluster, spec.name, say, new=True)
        elif self._state(cluster, spec.name) is not MachineState.RUNNING:
            self._up(cluster, spec.name, say)
        return self._reached(cluster, shape, spec.name, say)

    def machines(self, cluster: ClusterSpec) -> list[Machine]:
        folder = ShapeFolder(cluster)
        shape = folder.read()
        if shape is None or not shape["machines"]:
            return []
        states = {each.name: each.state for each in self._vagrant(cluster).status()}
        found = []
        for entry in shape["machines"]:
            word = states.get(entry["name"]) or "unknown"
            state = _STATES.get(word, MachineState.BROKEN)
            detail = "" if word in _STATES else f"Vagrant says: {word}"
            if word == "not_created":
                # Vagrant may have lost sight of one that the hypervisor still has.
                if not vagrant_provider.taken(shape["provider"], entry["name"]):
                    continue
                detail = "half made"
            elif not folder.host_keys(entry["name"]):
                state, detail = MachineState.BROKEN, "half made"
            found.append(
                Machine(
                    name=entry["name"],
                    index=entry["index"],
                    state=state,
                    driver=self.name,
                    cpus=entry["cpus"],
                    memory=entry["memory"],
                    detail=detail,
                )
            )
        return found

    def subnet(self, cluster: ClusterSpec) -> str | None:
        shape = ShapeFolder(cluster).read()
        return str(shape["subnet"]) if shape else None

    def endpoint(self, cluster: ClusterSpec, name: str) -> Endpoint:
        shape = self._require_shape(cluster, name)
        return self._reached(cluster, shape, name, lambda _machine, _line: None)

    def start(self, cluster: ClusterSpec, name: str) -> Endpoint:
        shape = self._require_shape(cluster, name)
        quiet: Progress = lambda _machine, _line: None  # noqa: E731
        if self._state(cluster, name) is not MachineState.RUNNING:
            if not ShapeFolder(cluster).host_keys(name):
                raise MachineError(
                    f"{name} was left half made", host=name, hint="make it anew: provision up"
                )
            self._up(cluster, name, quiet)
        return self._reached(cluster, shape, name, quiet)

    def stop(self, cluster: ClusterSpec, name: str, *, kill: bool = False) -> None:
        self._require_shape(cluster, name)
        if self._state(cluster, name) is MachineState.RUNNING:
            self._vagrant(cluster, name).halt(vm_name=name, force=kill)

    def destroy(self, cluster: ClusterSpec, name: str) -> None:
        folder = ShapeFolder(cluster)
        shape = folder.read()
        if shape is None or name not in [each["name"] for each in shape["machines"]]:
            return
        self._remove(cluster, shape, name, lambda _machine, _line: None)
        with self._shape_lock:
            folder.forget(name)

    def cleanup(self, cluster: ClusterSpec) -> None:
        folder = ShapeFolder(cluster)
        shape = folder.read()
        if shape is None or shape["machines"]:
            return
        own = str(subnets.parse(shape["subnet"])[1])
        vagrant_provider.remove_networks(
            shape["provider"], cluster, shape.get("interfaces_before", ()), own
        )
        folder.remove()

    def logs(self, cluster: ClusterSpec, name: str, lines: int = 20) -> str:
        return ShapeFolder(cluster).last_words(name, lines)

    def _refuse_taken(self, provider: str, name: str) -> None:
        if vagrant_provider.taken(provider, name):
            raise UsageError(
                f"{provider} has a machine or disk named {name} that this cluster did not make",
                hint="choose another --cluster name, or remove it",
            )

    def _require_shape(self, cluster: ClusterSpec, name: str) -> dict[str, Any]:
        shape = ShapeFolder(cluster).read()
        if shape is None or name not in [each["name"] for each in shape["machines"]]:
            raise MachineError(f"{name} does not exist", host=name, hint="create it: provision up")
        return shape

    def _state(self, cluster: ClusterSpec, name: str) -> MachineState:
        for each in self._vagrant(cluster).status(vm_name=name):
            if each.name == name and each.state != "not_created":
                return _STATES.get(each.state, MachineState.BROKEN)
        return MachineState.ABSENT

    def _exists(self, cluster: ClusterSpec, shape: Mapping[str, Any], name: str) -> bool:
        """Whether anything of a machine is there, for Vagrant or only below it."""
        return (
            vagrant_provider.taken(shape["provider"], name)
            or self._state(cluster, name) is not MachineState.ABSENT
        )

    def _remove(
        self, cluster: ClusterSpec, shape: Mapping[str, Any], name: str, say: Progress
    ) -> None:
        failed: MachineError | None = None
        with alone(ShapeFolder(cluster), name, say) as lock:
            try:
                self._vagrant(cluster, name, lock).destroy(vm_name=name)
            except MachineError as error:
                failed = error
            vagrant_provider.remove_machine(shape["provider"], cluster, name)
        if vagrant_provider.taken(shape["provider"], name):
            raise failed or MachineError(
                f"{name} is still there, and was not made by provision",
                host=name,
                hint=f"look at it with the tools of {shape['provider']}",
            )

    def _up(self, cluster: ClusterSpec, name: str, say: Progress, *, new: bool = False) -> None:
        provider = self._require_shape(cluster, name)["provider"]
        bring_up(cluster, name, provider, self._timeout, say, new=new)

    def _reached(
        self, cluster: ClusterSpec, shape: Mapping[str, Any], name: str, say: Progress
    ) -> Endpoint:
        """Where the machine answers: at its fixed address, else where Vagrant would look for it.

        The fixed one is the same after every start; Vagrant's may be a lease or a forwarded port.
        """
        fixed = next(each["address"] for each in shape["machines"] if each["name"] == name)
        address, port = str(fixed), 22
        if silence(address, port, patience=_ANSWER, greeting=NEW_MACHINE):
            from provision.machines.vagrant.command import ssh_config

            found = ssh_config(self._vagrant(cluster), name)
            address, port = found["hostname"], int(found["port"])
            if silence(address, port, patience=_ANSWER, greeting=NEW_MACHINE):
                raise MachineError(
                    f"{name} answers SSH neither at {fixed}:22 nor at {address}:{port}",
                    host=name,
                    hint=f"its console said last:\n{self.logs(cluster, name)}",
                )
        say(name, f"answers SSH at {address}" + (f":{port}" if port != 22 else ""))
        return Endpoint(
            address=address,
            user="root",
            port=port,
            key_file=cluster.private_key,
            cluster_address=str(fixed),
            host_keys=ShapeFolder(cluster).host_keys(name),
            connect_timeout=_EMULATED if shape.get("libvirt", {}).get("driver") == "qemu" else 10,
        )

    def _vagrant(self, cluster: ClusterSpec, name: str = "vagrant", lock: int = -1) -> Command:
        locks = (lock,) if lock >= 0 else ()
        return vagrant(ShapeFolder(cluster), self._timeout, name, locks)
