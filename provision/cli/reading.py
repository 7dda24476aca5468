"""Reading playbooks and inventories, beside connecting to the hosts they name."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.cli.ansible_cfg import AnsibleSettings
from provision.errors import DataError
from provision.inventory import Inventory, load_inventory
from provision.inventory.varfiles import read_yaml

if TYPE_CHECKING:
    from provision.engine.options import RunOptions
    from provision.inventory import Vault
    from provision.playbook.catalog import Catalog
    from provision.playbook.model import Playbook
    from provision.transport.pool import SessionPool


class Reading:
    """Playbooks, the first of them read as YAML at once.

    Parameters:
        vault: decrypts what is encrypted, if there is a password.
        configured: says where roles, collections and modules are, beside the playbook's own.
        extra_vars: names of roles and imports may be made of them.

    Raises:
        PlaybookError: the first is no YAML; with what is wrong with the others.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        vault: Vault | None,
        configured: AnsibleSettings,
        extra_vars: Mapping[str, Any],
    ) -> None:
        self._paths = paths
        self._extra_vars = extra_vars
        self._vault = vault
        self._configured = configured
        self._read: dict[Path, Any] = {}
        try:
            self._first = self._read[paths[0]] = read_yaml(paths[0], vault)
        except DataError:
            self.playbooks()
            raise

    def inventory(self, sources: Sequence[str]) -> Inventory:
        """Raises InventoryError."""
        return load_inventory(list(sources), vault=self._vault)

    def playbooks(self) -> list[Playbook]:
        """Raises PlaybookError."""
        from provision.playbook import load_playbook

        known, roles = self._catalog(), self._configured.roles_path
        return [
            load_playbook(
                path,
                known,
                roles_path=roles,
                read=self._yaml,
                extra_vars=self._extra_vars,
                first=number == 0,
            )
            for number, path in enumerate(self._paths)
        ]

    def check_syntax(self) -> None:
        """Raises PlaybookError: with all that can be found without a host."""
        from provision.cli.syntax_check import SyntaxCheck

        # Nothing runs that could change what was read: of site.yml's files, 19 are named twice.
        read = functools.cache(self._yaml)
        roles = self._configured.roles_path
        SyntaxCheck(self._catalog(), roles, read, self._extra_vars).check(self._paths)

    def _catalog(self) -> Catalog:
        from provision.engine.catalog import catalog

        known = catalog()
        known.foreign.look_in(
            self._configured.get("collections_path"), self._configured.get("library", ())
        )
        return known

    def playbooks_while_connecting(
        self, inventory: Inventory, options: RunOptions, pool: SessionPool
    ) -> list[Playbook]:
        """The same, while the hosts of the first play are connected to."""
        from provision.engine.early import opening

        with opening(self._paths[0], self._first, inventory, options, pool):
            return self.playbooks()

    def _yaml(self, path: Path) -> Any:
        return self._read.pop(path) if path in self._read else read_yaml(path, self._vault)
