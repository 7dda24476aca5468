"""Where task files and roles are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from provision.errors import Location, PlaybookError, did_you_mean, nearest
from provision.playbook.collections import Collections, parts_of
from provision.playbook.model import Role

_ENDINGS = (".yml", ".yaml", ".json", "")


def find_task_file(
    name: str, *, file: Path, role: Role | None, base: Path, at: Location | None = None
) -> Path:
    """The file that import_tasks or include_tasks means.

    Parameters:
        file: the file that names it; looked beside first, then in the role, then the playbook.
        base: the playbook's folder.

    Raises:
        PlaybookError: there is none.
    """
    folders = [file.parent]
    if role is not None:
        folders += [role.path / ("handlers" if file.parent.name == "handlers" else "tasks")]
        folders += [role.path / "tasks", role.path]
    folders += [base, base / "tasks"]
    folders = list(dict.fromkeys(folders))
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    beside = (file.parent / name).parent
    stems = {entry.stem: entry.name for entry in _entries(beside) if entry.suffix in _ENDINGS}
    meant = nearest(Path(name).stem, stems)
    raise PlaybookError(
        f"there is no task file '{name}'",
        at=at,
        hint=f"did you mean '{stems[meant]}'?"
        if meant
        else f"looked in: {', '.join(str(folder) for folder in folders)}",
    )


def find_role(
    name: str,
    *,
    base: Path,
    roles_path: Sequence[Path],
    parents: Sequence[Role],
    at: Location,
    installed: Collections,
    collections: Sequence[str] = (),
) -> tuple[Path, str | None]:
    """The folder of a role: in a collection, the playbook's roles/, the roles path, beside the
    role that asks for it, or the playbook's folder. And the collection, if it is of one.

    Parameters:
        installed: where collections are.
        collections: those in which a short name is looked up first.

    Raises:
        PlaybookError: there is none; naming the nearest one.
    """
    collection, short = parts_of(name)
    for one in (collection,) if collection else collections:
        path = installed.find(one)
        if path is not None and (path / "roles" / short.replace(".", "/")).is_dir():
            return path / "roles" / short.replace(".", "/"), one
    folders = [base / "roles", *roles_path, *(role.path.parent for role in parents), base]
    folders = list(dict.fromkeys(folders))
    for folder in folders:
        if (folder / name).is_dir():
            return folder / name, None
    if collection:
        path = installed.find(collection)
        raise PlaybookError(
            f"there is no role '{name}'",
            at=at,
            hint=did_you_mean(short, [entry.name for entry in _entries(path / "roles")])
            or f"looked in {path}"
            if path
            else f"the collection {collection} is not installed here: "
            f"ansible-galaxy collection install {collection}",
        )
    present = [
        entry.name for folder in folders[:-1] for entry in _entries(folder) if entry.is_dir()
    ]
    raise PlaybookError(
        f"there is no role '{name}'",
        at=at,
        hint=did_you_mean(name, present)
        or f"looked in: {', '.join(str(folder) for folder in folders)}",
    )


def find_in_role(role: Path, folder: str, stem: str) -> Path | None:
    """A role's file such as tasks/main.yml, or the directory vars/main; None if absent."""
    for ending in _ENDINGS:
        path = role / folder / f"{stem}{ending}"
        if path.is_file():
            return path
    path = role / folder / stem
    return path if path.is_dir() else None


def find_vars_file(name: str, folder: Path) -> Path | None:
    """A file of a play's vars_files: in the playbook's folder, or in its ``vars``."""
    paths = (one / Path(name).expanduser() for one in (folder, folder / "vars"))
    return next((path for path in paths if path.is_file()), None)


def no_vars_file(tried: Sequence[str], folder: Path, at: Location) -> PlaybookError:
    """The complaint about an entry of vars_files none of whose names is a file."""
    beside = (folder / tried[-1]).parent
    stems = {entry.stem: entry.name for entry in _entries(beside) if entry.suffix in _ENDINGS}
    meant = nearest(Path(tried[-1]).stem, stems)
    return PlaybookError(
        f"vars_files: there is no file {' or '.join(tried)}",
        at=at,
        hint=f"did you mean '{Path(tried[-1]).with_name(stems[meant])}'?"
        if meant
        else f"looked in {folder} and {folder / 'vars'}",
    )


def _entries(folder: Path) -> Iterable[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return ()
