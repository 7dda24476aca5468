"""Fresh container nodes for a benchmark, gone when it ends."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.cluster.down import down
from provision.cluster.up import up
from provision.machines.driver import Endpoint


@dataclass(frozen=True)
class Nodes:
    """Booted nodes with nothing installed, and the files by which each tool reaches them."""

    directory: Path
    endpoints: dict[str, Endpoint]
    ssh_config: Path
    known_hosts: Path

    @property
    def names(self) -> list[str]:
        return list(self.endpoints)

    def inventory(self, name: str = "hosts.yml", ports: dict[str, int] | None = None) -> Path:
        """An inventory that Ansible and provision read.

        Parameters:
            ports: by node, of proxies on this machine through which to go.
        """
        hosts = {}
        for node, endpoint in self.endpoints.items():
            address = "127.0.0.1" if ports else endpoint.address
            hosts[node] = {
                "ansible_host": address,
                "ansible_port": ports[node] if ports else endpoint.port,
                "ansible_user": endpoint.user,
                "ansible_ssh_private_key_file": str(endpoint.key_file),
                "ansible_ssh_common_args": f"-o UserKnownHostsFile={self._known(ports)}",
            }
        path = self.directory / name
        path.write_text(json.dumps({"all": {"hosts": hosts}}, indent=2))
        return path

    def pyinfra_inventory(self) -> Path:
        hosts = [
            (
                endpoint.address,
                {
                    "ssh_user": endpoint.user,
                    "ssh_port": endpoint.port,
                    "ssh_key": str(endpoint.key_file),
                    "ssh_known_hosts_file": str(self.known_hosts),
                },
            )
            for endpoint in self.endpoints.values()
        ]
        path = self.directory / "pyinfra_hosts.py"
        path.write_text(f"nodes = {hosts!r}\n")
        return path

    def _known(self, ports: dict[str, int] | None) -> Path:
        if not ports:
            return self.known_hosts
        path = self.directory / "known_hosts_proxies"
        path.write_text(
            "".join(
                f"[127.0.0.1]:{ports[node]} {key}\n"
                for node, endpoint in self.endpoints.items()
                for key in endpoint.host_keys
            )
        )
        return path


@contextmanager
def nodes(count: int) -> Iterator[Nodes]:
    """That many bare nodes of the default driver."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        try:
            made = up(
                workspace,
                "bench",
                {"nodes": count},
                driver=None,
                say=lambda machine, line: None,
                install=False,
            )
            store = Cluster.open(workspace, "bench").store
            yield Nodes(
                workspace, dict(made.cluster.endpoints), store.ssh_config, store.known_hosts
            )
        finally:
            down(workspace, "bench", say=lambda machine, line: None)
