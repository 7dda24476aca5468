"""Several complaints, told together: a person fixes a file once, not once an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from provision.errors import DataError, PlaybookError


@dataclass(eq=False)
class PlaybookErrors(PlaybookError):
    """The first complaint, and the ``others`` found in the same pass."""

    others: tuple[PlaybookError, ...] = field(default=(), kw_only=True)

    def render(self) -> str:
        parts = [PlaybookError.render(self), *(other.render() for other in self.others)]
        return "\n\n".join(parts)


class Complaints:
    """Collects errors while loading goes on."""

    def __init__(self) -> None:
        self.found: list[PlaybookError] = []
        self._told: set[tuple[str, str]] = set()

    def add(self, error: DataError) -> None:
        key = (str(error.at), error.message)
        if key in self._told:  # a role used twice says the same twice
            return
        self._told.add(key)
        if isinstance(error, PlaybookErrors):
            self.found += [_single(error), *error.others]
        else:
            self.found.append(_single(error))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Take note of an error inside and go on after the ``with``."""
        try:
            yield
        except DataError as error:
            self.add(error)

    def raise_if_any(self) -> None:
        """Raises PlaybookError: one or several of them."""
        if not self.found:
            return
        first, *others = self.found
        if not others:
            raise first
        raise PlaybookErrors(first.message, at=first.at, hint=first.hint, others=tuple(others))


def _single(error: DataError) -> PlaybookError:
    if type(error) is PlaybookError:
        return error
    return PlaybookError(error.message, at=error.at, hint=error.hint)
