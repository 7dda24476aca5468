"""What loading needs at hand, and what surrounds the tasks being read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from provision.errors import DataError, Location, PlaybookError
from provision.located import LocatedStr, load_yaml
from provision.playbook.catalog import Catalog
from provision.playbook.complaints import Complaints
from provision.playbook.model import Node, Role, Settings

ReadYaml = Callable[[Path], Any]
"""Reads a YAML file; raises DataError. The engine gives one that decrypts vault files."""


@dataclass(slots=True)
class Loading:
    """One load, from its first file to its last.

    Parameters:
        base: the playbook's folder.
        extra_vars: those of the command line.
        play_vars: those of the play that is being read.
        handlers: those of the roles imported on the way.
        roles: the roles met on the way, in order.
        reading: roles being read just now and from which task file, outermost first.
        done: roles of ``roles:`` and dependencies already placed, which run once a play.
    """

    catalog: Catalog
    base: Path
    roles_path: Sequence[Path] = ()
    read: ReadYaml = load_yaml
    complaints: Complaints = field(default_factory=Complaints)
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    play_vars: Mapping[str, Any] = field(default_factory=dict)
    handlers: list[Node] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    reading: list[tuple[Path, str]] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.catalog.foreign.add(self.base)
        self.catalog.foreign.collections.add_playbook(self.base)

    def for_play(self) -> Loading:
        """The same load with nothing met yet."""
        return replace(self, handlers=[], roles=[], done=[])

    def yaml(self, path: Path, at: Location | None = None) -> Any:
        """The document in a file.

        Raises:
            PlaybookError: it cannot be read, or is encrypted and there is no password.
        """
        if not path.is_file() and at is not None:
            raise PlaybookError(f"there is no file {path}", at=at)
        try:
            data = self.read(path)
        except DataError as error:
            if isinstance(error, PlaybookError):
                raise
            raise PlaybookError(error.message, at=error.at, hint=error.hint) from None
        if isinstance(data, LocatedStr) and data.startswith("$ANSIBLE_VAULT;"):
            raise PlaybookError(
                "this file is encrypted with Ansible Vault",
                at=Location(str(path)),
                hint="give the vault password",
            )
        return data


class Surroundings(NamedTuple):
    """Parameters: settings: all that is handed down here. importing: files on the way."""

    file: Path
    settings: Settings
    role: Role | None = None
    handlers: bool = False
    importing: tuple[Path, ...] = ()
