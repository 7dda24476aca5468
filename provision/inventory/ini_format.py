"""INI inventories: ``[group]``, ``[group:vars]`` and ``[group:children]``.

https://docs.ansible.com/ansible/latest/plugins/inventory/ini.html
"""

from __future__ import annotations

import re
import shlex

from provision.errors import InventoryError, Location, did_you_mean
from provision.inventory.model import Group
from provision.inventory.store import Store
from provision.inventory.values import literal
from provision.located import LocatedStr

_SECTION = r"\[(?P<name>[^:\]\s]+)(?::(?P<kind>[^\]\s]*))?\]\s*(?:[#;].*)?"
_CHILD = r"(?P<name>[^\s#;:]+)\s*(?:[#;].*)?"
_KINDS = ("hosts", "vars", "children")


def read_ini(text: str, file: str, store: Store) -> None:
    """Add what an INI inventory says to the store.

    Raises:
        InventoryError: a line that means nothing, a section of an unknown kind, ``:vars`` of a
            group that does not exist; with file:line.
    """
    _Reader(file, store).read(text)


class _Reader:
    def __init__(self, file: str, store: Store) -> None:
        self.file = file
        self.store = store
        self.group: Group = store.groups["ungrouped"]
        self.kind = "hosts"
        self.sections: set[str] = set(store.groups)
        self.owing: dict[str, tuple[str, Location]] = {}

    def read(self, text: str) -> None:
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if not line or line[0] in "#;":
                continue
            at = Location(self.file, number, len(raw) - len(raw.lstrip()) + 1)
            if line.startswith("[") and (section := re.fullmatch(_SECTION, line)):
                self.open(section["name"], section["kind"] or "hosts", at)
            elif line.startswith("[") and line.endswith("]") and self.kind != "hosts":
                raise InventoryError(
                    f"this is not a section: {line}",
                    at=at,
                    hint="sections are [group], [group:vars] and [group:children]",
                )
            else:
                getattr(self, f"_{self.kind}")(line, at)
        for name, (kind, at) in self.owing.items():
            raise InventoryError(
                f"{kind} the group '{name}', which no section defines",
                at=at,
                hint=did_you_mean(name, self.sections) or f"add a section [{name}]",
            )

    def open(self, name: str, kind: str, at: Location) -> None:
        if kind not in _KINDS:
            raise InventoryError(
                f"the section [{name}:{kind}] is of an unknown kind",
                at=at,
                hint=did_you_mean(kind, _KINDS)
                or "sections are [group], [group:vars] and [group:children]",
            )
        self.group, self.kind = self.store.group(name, at), kind
        if kind != "vars":
            self.sections.add(name)
            self.owing.pop(name, None)
        elif name not in self.sections:
            self.owing.setdefault(name, (f"[{name}:vars] is about", at))

    def _hosts(self, line: str, at: Location) -> None:
        if line == "---":
            raise InventoryError(
                "'---' begins a YAML file, and this is read as INI",
                at=at,
                hint="name the file .yml",
            )
        try:
            pattern, *words = shlex.split(line, comments=True)
        except ValueError as error:
            raise InventoryError(
                f"cannot read this host line: {str(error).lower()}",
                at=at,
                hint="quotes that belong to a value are escaped: \\'",
            ) from None
        if pattern.endswith(":"):
            raise InventoryError(
                f"a host name cannot end with a colon: '{pattern}'",
                at=at,
                hint="a colon is followed by a port; for YAML name the file .yml",
            )
        values = []
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or not name:
                raise InventoryError(
                    f"'{word}' is not of the form variable=value",
                    at=at,
                    hint="one host a line, then its variables; values with spaces are quoted",
                )
            values.append((LocatedStr(name, at), literal(value, at)))
        for host in self.store.name_hosts(pattern, self.group, at):
            host.vars.update(values)

    def _vars(self, line: str, at: Location) -> None:
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not name:
            raise InventoryError(f"'{line}' is not of the form variable=value", at=at)
        self.store.set_group_var(self.group, LocatedStr(name, at), literal(value, at), at)

    def _children(self, line: str, at: Location) -> None:
        match = re.fullmatch(_CHILD, line)
        if not match:
            raise InventoryError(
                f"'{line}' is not a group name", at=at, hint="one group a line, nothing else"
            )
        name = match["name"]
        self.store.relate(self.group, self.store.group(name, at), at)
        if name not in self.sections:
            self.owing.setdefault(name, (f"[{self.group.name}:children] names", at))
