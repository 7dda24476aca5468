"""Reading inventory sources: files, folders, scripts and lists of hosts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from provision.errors import DataError, InventoryError, Location
from provision.inventory.hostnames import expand_ranges
from provision.inventory.ini_format import read_ini
from provision.inventory.inventory import Inventory
from provision.inventory.script import is_script, read_script
from provision.inventory.store import Store
from provision.inventory.varfiles import read_text
from provision.inventory.vault import Vault
from provision.inventory.yaml_format import read_yaml
from provision.located import parse_yaml

YAML_EXTENSIONS = (".yml", ".yaml", ".json")
IGNORED_EXTENSIONS = (
    *(".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst"),
    *(".orig", ".cfg", ".retry"),
)
IGNORED_FOLDERS = ("group_vars", "host_vars", "vars_plugins")

_INI_HINT = re.compile(r"^\s*\[[^\]]+\]\s*$", re.MULTILINE)


def load_inventory(sources: Sequence[str], *, vault: Vault | None = None) -> Inventory:
    """Read inventory sources, later ones over earlier ones.

    Parameters:
        sources: paths of files (YAML, INI, executable scripts) or folders of them; or lists of
            hosts with at least one comma, such as ``web1,web2,`` .
        vault: passwords for encrypted files.

    Raises:
        InventoryError: a source that cannot be read or means nothing; with file:line:col.
    """
    store, folders = _read(sources, vault)
    return Inventory(store, folders, vault, sources)


def refresh_inventory(inventory: Inventory) -> None:
    """Read an inventory's sources again, scripts too. What ``load_inventory`` raises.

    Files of group_vars and host_vars that have been read are not read again, as in Ansible.
    """
    inventory.replace(_read(inventory.sources, inventory.vault)[0])


def _read(sources: Sequence[str], vault: Vault | None) -> tuple[Store, list[Path]]:
    store = Store()
    folders: list[Path] = []
    for source in sources:
        path = Path(source)
        if "," in source and not _exists(path):
            _read_list(source, store)
            folders.append(Path.cwd())
        else:
            _read_path(path, store, vault)
            folders.append(path if path.is_dir() else path.parent)
    store.settle()
    return store, list(dict.fromkeys(folders))


def _read_list(source: str, store: Store) -> None:
    store.source = None
    for entry in filter(None, (part.strip() for part in source.split(","))):
        names = expand_ranges(entry, Location(f"inventory '{source}'"))
        for name in names:
            store.name_hosts(name, store.groups["ungrouped"])


def _read_path(path: Path, store: Store, vault: Vault | None) -> None:
    at = Location(str(path))
    if not _exists(path):
        raise InventoryError(
            "there is no such inventory",
            at=at,
            hint=f"a list of hosts needs a comma: -i '{path},'" if "/" not in str(path) else None,
        )
    try:
        if path.is_dir():
            for entry in sorted(path.iterdir(), key=lambda each: each.name):
                if not _ignored(entry):
                    _read_path(entry, store, vault)
            return
        store.source = str(path)
        if is_script(path):
            read_script(path, store)
        else:
            _read_file(path, store, vault)
    except OSError as error:
        raise InventoryError(f"cannot read this inventory: {error.strerror}", at=at) from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than a file's name can be, a null byte
        return False


def _ignored(entry: Path) -> bool:
    if entry.is_dir():
        return entry.name in IGNORED_FOLDERS or entry.name.startswith(".")
    return entry.name.startswith(".") or entry.name.endswith((*IGNORED_EXTENSIONS, ".ini~"))


def _read_file(path: Path, store: Store, vault: Vault | None) -> None:
    try:
        text = read_text(path, vault)
        if path.suffix in YAML_EXTENSIONS:
            read_yaml(parse_yaml(text, str(path)), str(path), store)
        elif path.suffix or _INI_HINT.search(text):
            read_ini(text, str(path), store)
        else:
            _guess(text, str(path), store)
    except DataError as error:
        if isinstance(error, InventoryError):
            raise
        raise InventoryError(error.message, at=error.at, hint=error.hint) from None


def _guess(text: str, file: str, store: Store) -> None:
    """A file without extension or section: YAML if it is a mapping, else lines of hosts."""
    try:
        data = parse_yaml(text, file)
    except DataError:
        data = None
    if isinstance(data, dict):
        read_yaml(data, file, store)
    else:
        read_ini(text, file, store)
