"""What a lookup gets, and how it finds files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from provision.errors import DataError, TemplateError, did_you_mean
from provision.templating.filters.basics import to_bool
from provision.templating.filters.iteration import flatten
from provision.templating.lazy import finalize
from provision.templating.scope import Scope


class Request(NamedTuple):
    """One call of a lookup."""

    name: str
    terms: list[Any]
    options: dict[str, Any]
    scope: Scope

    def items(self) -> list[Any]:
        """The terms, lists among them opened once."""
        return flatten(self.terms, levels=1, skip_nulls=False)

    def texts(self) -> list[str]:
        """The terms as texts, lists among them opened."""
        return [str(finalize(each)) for each in flatten(self.terms)]

    def take(self, **defaults: Any) -> dict[str, Any]:
        """The options with their defaults.

        Raises:
            TemplateError: an option that the lookup does not have.
        """
        for name in self.options:
            if name not in defaults:
                raise TemplateError(
                    f"the lookup '{self.name}' has no option '{name}'",
                    hint=did_you_mean(name, defaults) or f"it has: {', '.join(defaults)}",
                )
        given = {name: finalize(value) for name, value in self.options.items()}
        return {
            name: to_bool(given[name])
            if isinstance(default, bool) and name in given
            else given.get(name, default)
            for name, default in defaults.items()
        }

    def places(self, name: str, folder: str) -> Iterator[Path]:
        """Where a file named relatively may be, nearest first."""
        path = Path(name).expanduser()
        if path.is_absolute():
            yield path
            return
        for base in self.scope.search or (Path.cwd(),):
            yield base / folder / path
            yield base / path

    def find(self, name: str, folder: str = "files") -> Path:
        """A file, looked for along the search path. Raises TemplateError."""
        for place in self.places(name, folder):
            if place.exists():
                return place
        looked = ", ".join(str(base) for base in self.scope.search)
        raise TemplateError(
            f"the lookup '{self.name}' does not find '{name}'",
            hint=f"looked in {looked}" if looked else None,
        )

    def read(self, path: Path) -> str:
        """A file's text, decrypted if it is vault-encrypted. Raises TemplateError."""
        from provision.inventory.varfiles import read_text

        try:
            return read_text(path, self.scope.templar.vault)
        except DataError as error:
            raise TemplateError(error.message, at=error.at, hint=error.hint) from None


Lookup = Callable[[Request], list[Any]]
