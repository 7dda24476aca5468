"""A cluster whose machines come from several drivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from provision.machines.driver import ClusterSpec, Driver, Endpoint, Machine, MachineSpec, Progress


class CompositeDriver:
    """Passes each call to the driver of the machine that it concerns.

    Parameters:
        main: the driver of machines that are not named.
        others: by machine name.
    """

    def __init__(self, main: Driver, others: Mapping[str, Driver]) -> None:
        self.name = main.name
        self._main = main
        self._others = dict(others)

    def of(self, machine: str) -> Driver:
        """The driver that a machine comes from."""
        return self._others.get(machine, self._main)

    def check(self) -> list[str]:
        return [problem for driver in self._every() for problem in driver.check()]

    def prepare(self, cluster: ClusterSpec, specs: Sequence[MachineSpec], say: Progress) -> None:
        for driver in self._every():
            mine = [spec for spec in specs if self.of(spec.name).name == driver.name]
            if mine:
                driver.prepare(cluster, mine, say)

    def create(self, cluster: ClusterSpec, spec: MachineSpec, say: Progress) -> Endpoint:
        return self.of(spec.name).create(cluster, spec, say)

    def machines(self, cluster: ClusterSpec) -> list[Machine]:
        found = [machine for driver in self._every() for machine in driver.machines(cluster)]
        return sorted(found, key=lambda machine: machine.index)

    def subnet(self, cluster: ClusterSpec) -> str | None:
        return self._main.subnet(cluster)

    def endpoint(self, cluster: ClusterSpec, name: str) -> Endpoint:
        return self.of(name).endpoint(cluster, name)

    def start(self, cluster: ClusterSpec, name: str) -> Endpoint:
        return self.of(name).start(cluster, name)

    def stop(self, cluster: ClusterSpec, name: str, *, kill: bool = False) -> None:
        self.of(name).stop(cluster, name, kill=kill)

    def destroy(self, cluster: ClusterSpec, name: str) -> None:
        self.of(name).destroy(cluster, name)

    def cleanup(self, cluster: ClusterSpec) -> None:
        for driver in self._every():
            driver.cleanup(cluster)

    def logs(self, cluster: ClusterSpec, name: str, lines: int = 20) -> str:
        return self.of(name).logs(cluster, name, lines)

    def _every(self) -> Iterable[Driver]:
        """Each driver once, by name."""
        return {driver.name: driver for driver in (self._main, *self._others.values())}.values()
