"""Variables in files: group_vars and host_vars, as files or folders of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from provision.errors import DataError, InventoryError, Location
from provision.inventory.vault import Vault, is_encrypted
from provision.located import parse_yaml

EXTENSIONS = ("", ".yml", ".yaml", ".json")


def load_variables(path: Path, vault: Vault | None = None) -> dict[str, Any]:
    """The mapping of names to values in a YAML or JSON file, encrypted as a whole or not.

    Raises:
        DataError: unreadable, not YAML, not a mapping, or not decryptable; with its place.
    """
    data = read_yaml(path, vault)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise DataError(
            f"a variable file holds a mapping of names to values, not a {kind(data)}",
            at=Location(str(path), 1, 1),
        )
    for name in data:
        if not isinstance(name, str):
            raise DataError(
                f"the variable name {name!r} is not a string",
                at=getattr(data, "key_at", {}).get(name),
            )
    return data


def read_text(path: Path, vault: Vault | None) -> str:
    """A text file, decrypted if it is vault-encrypted. Raises DataError with its place."""
    at = Location(str(path))
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a null byte
        why = getattr(error, "strerror", None) or error
        raise DataError(f"cannot read this file: {why}", at=at) from None
    if is_encrypted(content):
        try:
            return (vault or Vault({})).decrypt(content)
        except DataError as error:
            error.at = at
            raise
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError("this file is not UTF-8 text", at=Location(str(path), line)) from None


def read_yaml(path: Path, vault: Vault | None) -> Any:
    """What a YAML file holds, decrypted if need be. Raises DataError with its place."""
    return parse_yaml(read_text(path, vault), str(path))


class VarsFolder:
    """The ``group_vars`` and ``host_vars`` beside an inventory or a playbook.

    Folders are listed once; a host without variable files costs no system call.
    """

    def __init__(self, folder: Path, vault: Vault | None) -> None:
        self.folder = folder
        self._vault = vault
        self._listed = {kind: _entries(folder / kind) for kind in ("group_vars", "host_vars")}
        self._loaded: dict[tuple[str, str], list[tuple[Path, dict[str, Any]]]] = {}

    def of_group(self, name: str) -> list[tuple[Path, dict[str, Any]]]:
        """The files for a group and what is in them, lowest precedence first."""
        return self._of("group_vars", name)

    def of_host(self, name: str) -> list[tuple[Path, dict[str, Any]]]:
        """The files for a host and what is in them, lowest precedence first."""
        return self._of("host_vars", name)

    def shadowed(self) -> Iterator[str]:
        """Sentences about files that are not read because another of the same name is."""
        for kind_, names in self._listed.items():
            for name in names:
                stem, dot, extension = name.rpartition(".")
                if not dot or f".{extension}" not in EXTENSIONS:
                    continue
                first = next(stem + e for e in EXTENSIONS if stem + e in names)
                if first != name:
                    path = self.folder / kind_
                    yield f"{path / name} is not read: {path / first} comes first"

    def _of(self, kind_: str, name: str) -> list[tuple[Path, dict[str, Any]]]:
        known = self._loaded.get((kind_, name))
        if known is None:
            known = [(path, self._load(path)) for path in self._files(kind_, name)]
            self._loaded[kind_, name] = known
        return known

    def _load(self, path: Path) -> dict[str, Any]:
        try:
            return load_variables(path, self._vault)
        except DataError as error:
            raise InventoryError(error.message, at=error.at, hint=error.hint) from None

    def _files(self, kind_: str, name: str) -> list[Path]:
        for extension in EXTENSIONS:
            if name + extension not in self._listed[kind_]:
                continue
            path = self.folder / kind_ / (name + extension)
            if path.is_dir():
                return list(_walk(path)) if not extension else []
            return [path]
        return []


def _entries(folder: Path) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except OSError as error:
        raise InventoryError(
            f"cannot read this folder: {error.strerror}", at=Location(str(folder))
        ) from None


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.suffix in EXTENSIONS:
            yield entry


def kind(value: Any) -> str:
    """What a value is, in the words of someone who writes YAML."""
    if value is None:
        return "empty value"
    for type_, word in ((bool, "boolean"), (str, "string"), (dict, "mapping"), (list, "list")):
        if isinstance(value, type_):
            return word
    return "number" if isinstance(value, int | float) else type(value).__name__
