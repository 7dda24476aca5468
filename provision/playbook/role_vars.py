"""A role's defaults and vars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from provision.errors import Location, PlaybookError
from provision.located import location_of
from provision.playbook.context import Loading
from provision.playbook.search import find_in_role
from provision.playbook.values import variables

_ENDINGS = {".yml", ".yaml", ".json", ""}


def read_role_vars(
    role: Path, folder: str, stem: str, loading: Loading, at: Location
) -> dict[str, Any]:
    """The variables of ``defaults/main.yml`` or ``vars/main.yml``, or of all files in a
    directory ``main``, in the order of their names. A file at fault is complained about and
    counts as empty.

    Raises:
        PlaybookError: a file that was asked for by another name than main does not exist.
    """
    path = find_in_role(role, folder, stem)
    if path is None:
        if stem == "main":
            return {}
        raise PlaybookError(
            f"role '{role.name}' has no {folder} file '{stem}'",
            at=at,
            hint=f"looked in {role / folder}",
        )
    found: dict[str, Any] = {}
    for file in _files(path):
        with loading.complaints.collecting():
            data = loading.yaml(file)
            place = location_of(data) or Location(str(file))
            found.update(variables(f"{role.name}/{folder}", data, place))
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and file.suffix in _ENDINGS and not file.name.startswith(".")
    )
