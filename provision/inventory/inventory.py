"""The inventory: hosts, groups, and each host's variables in Ansible's order.

https://docs.ansible.com/ansible/latest/reference_appendices/config.html#variable-precedence
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from provision.errors import InventoryError, Location
from provision.inventory.model import Group, Host
from provision.inventory.patterns import Matcher, split
from provision.inventory.store import Store
from provision.inventory.varfiles import VarsFolder
from provision.inventory.vault import Vault


class Inventory:
    """Hosts and groups, their variables, and patterns over them.

    Built by ``load_inventory``.

    Parameters:
        folders: where group_vars and host_vars of the sources lie, in the order of sources.

    Attributes:
        sources: as they were given.
        hosts: by name, in the order in which sources name them.
        groups: by name, ``all`` and ``ungrouped`` among them.
        warnings: sentences about what is probably a mistake.
    """

    def __init__(
        self,
        store: Store,
        folders: Sequence[Path] = (),
        vault: Vault | None = None,
        sources: Sequence[str] = (),
    ) -> None:
        self.sources = tuple(sources)
        self._store = store
        self.hosts: dict[str, Host] = store.hosts
        self.groups: dict[str, Group] = store.groups
        self.vault = vault
        self._beside_sources = [VarsFolder(folder, vault) for folder in folders]
        self._beside_playbook: list[VarsFolder] = []
        self._matcher = Matcher(self.hosts, self.groups)
        self._variables: dict[str, dict[str, Any]] = {}
        self._groups_map: dict[str, list[str]] | None = None
        self._added: list[Callable[[], object]] = []

    @property
    def warnings(self) -> list[str]:
        folders = [*self._beside_sources, *self._beside_playbook]
        return [*self._store.warnings, *(text for each in folders for text in each.shadowed())]

    def match(self, pattern: str | Sequence[str], *, strict: bool = False) -> list[Host]:
        """The hosts a pattern selects, in Ansible's order, each once.

        Parameters:
            pattern: ``web:&staging:!web3``, commas for colons, wildcards, ``~regex``,
                ``web[0]``, ``web[1:]``; or a list of such. ``localhost`` that no source names
                is the implicit one.
            strict: refuse a plain name that is neither host nor group.

        Raises:
            InventoryError: malformed, or unknown with ``strict``.
        """
        return self._matcher.match(pattern, strict)

    def unknown(self, pattern: str | Sequence[str]) -> list[tuple[str, str | None]]:
        """The plain names in a pattern that are neither host nor group, with a hint for each."""
        return self._matcher.unknown(pattern)

    def limit(self, pattern: str, *, strict: bool = True) -> set[str]:
        """The names that ``--limit`` leaves; ``@file`` reads terms from a file, one a line.

        Raises:
            InventoryError: an unreadable file; an unknown name with ``strict``.
        """
        terms: list[str] = []
        for term in split(pattern):
            terms.extend(_read_limit(Path(term[1:])) if term.startswith("@") else [term])
        return {host.name for host in self.match(terms, strict=strict)}

    def add_host(
        self, name: str, groups: Iterable[str] = (), vars: Mapping[str, Any] | None = None
    ) -> bool:
        """Add or extend a host while running, as the module add_host does.

        Returns:
            whether anything changed.
        """
        given = dict(vars or {})
        groups = list(groups)
        self._added.append(lambda: self._add_host(name, groups, given))
        return self._add_host(name, groups, given)

    def _add_host(self, name: str, groups: Iterable[str], given: Mapping[str, Any]) -> bool:
        before = (len(self.hosts), len(self.groups), self._edges())
        known = name in self.hosts
        host = self._store.host(name)
        if not known:  # directly in `all`, before the hosts of its groups, as in Ansible
            self.groups["all"].add(host)
        for group in groups:
            self._store.group(group).add(host)
        changed = any(key not in host.vars or host.vars[key] != given[key] for key in given)
        host.vars.update(given)
        self._changed()
        return changed or before != (len(self.hosts), len(self.groups), self._edges())

    def add_group(self, name: str, hosts: Iterable[str] = (), parents: Iterable[str] = ()) -> bool:
        """Add or extend a group while running, as the module group_by does.

        Returns:
            whether anything changed.
        """
        hosts, parents = list(hosts), list(parents)
        self._added.append(lambda: self._add_group(name, hosts, parents))
        return self._add_group(name, hosts, parents)

    def _add_group(self, name: str, hosts: Iterable[str], parents: Iterable[str]) -> bool:
        before = (len(self.groups), self._edges())
        group = self._store.group(name)
        for parent in parents:
            if parent != "all":
                self._store.relate(self._store.group(parent), group)
        for host in hosts:
            group.add(self._store.host(host))
        self._changed()
        return before != (len(self.groups), self._edges())

    def _edges(self) -> int:
        each = self.groups.values()
        return sum(
            len(g.children) + len(g.hosts) for g in each if g.name not in ("all", "ungrouped")
        )

    def replace(self, store: Store) -> None:
        """Take over what the sources say by now; what was added while running is added again."""
        self._store = store
        self.hosts, self.groups = store.hosts, store.groups
        self._matcher = Matcher(self.hosts, self.groups)
        self._changed()
        for add in self._added:
            add()

    def load_adjacent(self, directory: Path) -> None:
        """Let group_vars and host_vars of a playbook's folder apply, over those of sources."""
        known = {folder.folder.absolute() for folder in self._beside_playbook}
        if directory.absolute() not in known:
            self._beside_playbook.append(VarsFolder(directory, self.vault))
            self._variables.clear()

    def layers(self, host: Host) -> list[tuple[str, Mapping[str, Any]]]:
        """Everything the inventory says about a host, lowest precedence first.

        Returns:
            (label, variables) pairs; labels say where: ``group web (inventory)`` or the path of
            a variable file.
        """
        top = self.groups["all"]
        others = [group for group in host.all_groups() if group is not top]
        found: list[tuple[str, Mapping[str, Any]]] = []
        found += [(f"group {g.name} (inventory)", g.vars) for g in (top, *others) if g.vars]
        for groups in ([top], others):
            for folders in (self._beside_sources, self._beside_playbook):
                for folder in folders:
                    for group in groups:
                        found += [(str(path), data) for path, data in folder.of_group(group.name)]
        if host.vars:
            found.append((f"host {host.name} (inventory)", host.vars))
        for folder in (*self._beside_sources, *self._beside_playbook):
            found += [(str(path), data) for path, data in folder.of_host(host.name)]
        return found

    def variables(self, host: Host) -> dict[str, Any]:
        """The layers merged: later ones replace, also mappings. Do not change the result."""
        known = self._variables.get(host.name)
        if known is None:
            known = {}
            for _, layer in self.layers(host):
                known.update(layer)
            self._variables[host.name] = known  # only when every layer could be read
        return known

    def group_names(self, host: Host) -> list[str]:
        """The groups a host is in, ancestors included, ``all`` not; sorted."""
        return sorted(group.name for group in host.all_groups() if group.name != "all")

    def groups_map(self) -> dict[str, list[str]]:
        """Group names to names of their hosts, descendants' included. Do not change it."""
        if self._groups_map is None:
            self._groups_map = {
                name: [host.name for host in group.members()] for name, group in self.groups.items()
            }
        return self._groups_map

    def _changed(self) -> None:
        self._store.settle()
        self._variables.clear()
        self._groups_map = None


def _read_limit(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InventoryError(
            f"cannot read this limit file: {reason}", at=Location(str(path))
        ) from None
    return [term for line in lines for term in split(line)]
