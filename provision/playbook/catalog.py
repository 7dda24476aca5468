"""The modules and actions a playbook may name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from provision.agent.spec import Spec
from provision.errors import nearest
from provision.playbook.collections import BUILTIN, Collections, parts_of
from provision.playbook.foreign import LIBRARY, ForeignModules, ForeignSpec
from provision.playbook.groups import full_names
from provision.playbook.known_modules import HOME_OF
from provision.playbook.statements import STATEMENTS


class Catalog:
    """Finds a Spec by short name, alias or FQCN.

    Parameters:
        specs: modules and actions; a later one of a name wins.
        statements: what the loader itself resolves or needs to read (import_tasks, ...);
            ``specs`` of the same names win.
        open_ended: those whose parameters are the user's own names beside the declared ones.
        foreign: finds modules that are none of provision's own.
    """

    def __init__(
        self,
        specs: Iterable[Spec],
        *,
        statements: Iterable[Spec] = STATEMENTS,
        open_ended: Iterable[str] = ("set_fact", "add_host", "package"),
        foreign: ForeignModules | None = None,
    ) -> None:
        self.foreign = foreign or ForeignModules(Collections())
        self._by_name: dict[str, Spec] = {}
        self._short: dict[str, Spec] = {}
        for spec in (*statements, *specs):
            self.add(spec)
        self._open = frozenset(open_ended)
        self._groups: dict[str, frozenset[str] | None] = {}

    def add(self, spec: Spec) -> None:
        """Make a Spec known by all its names."""
        self._short[spec.name] = spec
        prefixes = BUILTIN if spec.collection in BUILTIN else (spec.collection,)
        for name in (spec.name, *spec.aliases):
            self._by_name[name] = spec
            for prefix in prefixes:
                self._by_name[f"{prefix}.{name}"] = spec

    def find(self, name: str, collections: Sequence[str] = ()) -> Spec | None:
        """The Spec that a playbook means by ``name``, or None.

        Parameters:
            collections: where a short name is looked up first.
        """
        collection, short = parts_of(name)
        if not collection:
            for one in collections:
                found = self._here(f"{one}.{name}") if one not in BUILTIN else None
                if found is not None:
                    return found
        if collection in ("", LIBRARY):
            own = self.foreign.in_library(short)
            if own is not None:
                return own
        return self.own(name) or self._known(name)

    def _here(self, name: str) -> Spec | None:
        current = self.foreign.current_name(name)
        return self.own(current) or self.foreign.find(current)

    def _known(self, name: str) -> Spec | None:
        """The same, and modules that are known to exist elsewhere."""
        found = self._here(name)
        if found is not None:
            return found
        current = self.foreign.current_name(name)
        absent = self.foreign.absent(current)
        if self._misspelt_collection(current):
            return None
        known = absent and (parts_of(name)[1] in HOME_OF or self._misspelt(current) is None)
        return absent if known else None

    def _misspelt_collection(self, name: str) -> str | None:
        """The full name of a module that exists, but for the collection's spelling."""
        collection, short = parts_of(name)
        known = {spec.collection for spec in self._short.values()} | set(HOME_OF.values())
        if collection in known or self.foreign.collections.find(collection):
            return None
        found = nearest(collection, [*known, *self.foreign.collections.names()])
        if found and (HOME_OF.get(short) == found or self._here(f"{found}.{short}")):
            return f"{found}.{short}"
        return None

    def _misspelt(self, name: str) -> str | None:
        """The module that a full name probably means, of the same collection or of another."""
        if meant := self._misspelt_collection(name):
            return meant
        collection, short = parts_of(name)
        every = (self._short[one] for one in self.names())
        names = [spec.name for spec in every if spec.collection == collection]
        found = nearest(short, names) or nearest(short, self.foreign.siblings(name))
        return f"{collection}.{found}" if found else None

    def of_task(self, action: str) -> Spec | None:
        """The Spec behind a ``Task.action``."""
        collection, short = parts_of(action)
        if not collection:
            return self.own(action)
        return self.foreign.in_library(short) if collection == LIBRARY else self._known(action)

    def group(self, name: str) -> frozenset[str] | None:
        """The modules of ``group/NAME`` as ``Task.action`` names them; None if there is none."""
        if name not in self._groups:
            specs = [self._short[short] for short in self.names()]
            found = full_names(name, specs, self.foreign.collections)
            self._groups[name] = found and frozenset(
                own.name if (own := self.own(each)) else each for each in found
            )
        return self._groups[name]

    def own(self, name: str) -> Spec | None:
        """One of provision's own."""
        return self._by_name.get(name)

    def names(self) -> list[str]:
        """The short names, sorted."""
        return sorted(self._short)

    def suggest(self, name: str) -> str | None:
        """The known name closest to a misspelt one, written as that was (short or FQCN)."""
        collection, _, short = name.rpartition(".")
        if collection and (meant := self._misspelt(name)):
            return meant
        found = nearest(short, [known for known in self._by_name if "." not in known])
        if found is None:
            return None
        return self._by_name[found].fqcn if collection else found

    def is_open_ended(self, spec: Spec) -> bool:
        """Whether a Spec takes parameters that it does not declare."""
        return spec.name in self._open or isinstance(spec, ForeignSpec)
