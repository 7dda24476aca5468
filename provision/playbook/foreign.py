"""Modules that provision does not have itself: a playbook's or a role's own in ``library/``, those
of the installed Ansible and of its collections. They are run as they are (engine.foreign).

https://docs.ansible.com/ansible/latest/dev_guide/developing_locally.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from provision.agent.spec import Spec
from provision.playbook.collections import BUILTIN, Collections, parts_of, redirected
from provision.playbook.installed_ansible import installed_ansible
from provision.playbook.known_modules import HOME_OF

LIBRARY = "ansible.legacy"
"""The collection whose name stands for modules outside of any."""
_IGNORED = frozenset(
    {".bak", ".ini", ".md", ".orig", ".pyc", ".pyo", ".rst", ".swp", ".txt", ".yaml", ".yml"}
)


class ForeignSpec(Spec):
    """A module whose parameters only it knows.

    Parameters:
        name: its full name.
        path: its file.
        refusal: why it cannot be run here, if so; ``hint`` is what to do.
    """

    path: Path
    refusal: str
    hint: str | None

    def __new__(
        cls, name: str, *, path: Path = Path(), refusal: str = "", hint: str | None = None
    ) -> Self:
        made = super().__new__(
            cls,
            name=name,
            summary="Not one of provision's own: run as it is.",
            collection=parts_of(name)[0],
            diff=True,
        )
        made.path, made.refusal, made.hint = path, refusal, hint
        return made

    @property
    def fqcn(self) -> str:
        return self.name


class ForeignModules:
    """Finds them.

    Parameters:
        collections: where collections are.
        library: folders of modules, after those of playbooks and roles.
    """

    def __init__(self, collections: Collections, library: Sequence[Path] = ()) -> None:
        self.collections = collections
        self._library = [folder.expanduser() for folder in library]
        self._projects: list[Path] = []
        self._known: dict[str, ForeignSpec | None] = {}
        self._own: dict[str, Path] = {}
        self._read_library()

    def add(self, folder: Path) -> None:
        """A playbook's or role's folder, whose ``library`` counts for all tasks from now on."""
        if folder not in self._projects:
            self._projects.append(folder)
            if (folder / "library").is_dir():
                self._read_library()
                self._known.clear()

    def look_in(self, collections: Sequence[Path] | None, library: Sequence[Path]) -> None:
        """Other folders of collections (None: the usual ones) and of modules than at first."""
        if collections is not None:
            self.collections.look_in(collections)
        self._library = [folder.expanduser() for folder in library]
        self._read_library()
        self._known.clear()

    @property
    def utilities(self) -> list[Path]:
        """Folders ``module_utils`` of playbooks and roles."""
        return [path for folder in self._projects if (path := folder / "module_utils").is_dir()]

    def in_library(self, name: str) -> ForeignSpec | None:
        """A module of some ``library`` by its short name. It comes before any other."""
        path = self._own.get(name)
        if path is None:
            return None
        full = f"{LIBRARY}.{name}"
        if full not in self._known:
            actions = [folder / "action_plugins" / f"{name}.py" for folder in self._projects]
            self._known[full] = _spec(full, path, actions)
        return self._known[full]

    def current_name(self, name: str) -> str:
        """The full name that a module has now, after all that its collections say of it."""
        full = name if parts_of(name)[0] else f"{BUILTIN[0]}.{name}"
        found, _ = redirected(self.collections, "modules", full)
        return found

    def find(self, name: str) -> ForeignSpec | None:
        """A module of a collection or of ansible-core by its ``current_name``."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> ForeignSpec | None:
        collection, short = parts_of(name)
        folders = self._plugins(collection)
        if folders is None:
            return None
        modules, actions = folders
        path = _module_file(modules, short)
        route = self.collections.route("modules", collection, short)
        needed = route.action or self.collections.route("action", collection, short).redirect
        action = [actions / (short.replace(".", "/") + ".py")]
        if needed:
            at = self._plugins(parts_of(needed)[0])
            action.append(at[1] / f"{parts_of(needed)[1]}.py" if at else Path(needed))
        if path is None:
            # Some are an action plugin and nothing else.
            path = next((one for one in action if one.is_file()), None)
            if path is None:
                return None
        return _spec(name, path, action)

    def _plugins(self, collection: str) -> tuple[Path, Path] | None:
        """The folders of a collection's modules and action plugins."""
        if collection in BUILTIN:
            ansible = installed_ansible()
            return (
                (ansible.core / "modules", ansible.core / "plugins" / "action") if ansible else None
            )
        path = self.collections.find(collection)
        return (path / "plugins" / "modules", path / "plugins" / "action") if path else None

    def _read_library(self) -> None:
        self._own = {}
        for folder in (*(one / "library" for one in self._projects), *self._library):
            if folder.is_dir():
                for file in sorted(folder.iterdir()):
                    if file.is_file() and file.suffix not in _IGNORED and file.name[0] not in "._":
                        self._own.setdefault(file.stem, file)

    def absent(self, name: str) -> ForeignSpec | None:
        """A module that is known, or likely, to exist and is not here, by its ``current_name``;
        None if nothing is called that."""
        collection, short = parts_of(name)
        if collection in BUILTIN:
            collection = HOME_OF.get(short, "")
        _, route = redirected(self.collections, "modules", name)
        missing = collection and self._plugins(collection) is None
        if not missing and not route.removed:
            return None
        return ForeignSpec(
            f"{collection}.{short}",
            refusal=f"there is no module '{collection}.{short}' here",
            hint=f"{collection} has it no more: {route.removed}"
            if route.removed
            else _how_to_get(collection),
        )

    def siblings(self, name: str) -> list[str]:
        """The short names in the collection of a full name."""
        folders = self._plugins(parts_of(name)[0])
        return [file.stem for file in folders[0].glob("*.py")] if folders else []


def _how_to_get(collection: str) -> str:
    core = "pip install 'provision[ansible]'"
    if collection in BUILTIN:
        return f"it comes with ansible-core: {core}"
    galaxy = f"ansible-galaxy collection install {collection}"
    if installed_ansible():
        return f"it comes with a collection that is not installed here: {galaxy}"
    return f"it comes with a collection, and runs with ansible-core: {core}, then {galaxy}"


def _module_file(folder: Path, short: str) -> Path | None:
    stem = folder / short.replace(".", "/")
    for path in (stem.with_name(stem.name + ending) for ending in (".py", ".ps1", "")):
        if path.is_file():
            return path
    return None


def _spec(name: str, path: Path, actions: Sequence[Path]) -> ForeignSpec:
    refusal, hint = "", None
    action = next((one for one in actions if one.is_file()), None)
    if action is not None:
        refusal = f"'{name}' needs its action plugin, which runs inside ansible-playbook only"
        hint = f"the plugin is {action}"
    elif path.suffix == ".ps1":
        refusal, hint = f"'{name}' is for Windows", "provision's nodes run Linux"
    return ForeignSpec(
        name,
        path=path,
        refusal=refusal,
        hint=hint,
    )
