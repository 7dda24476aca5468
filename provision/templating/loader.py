"""Finding the files that templates include, import and extend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from jinja2 import BaseLoader, Environment
from jinja2.exceptions import TemplateNotFound

_folders: ContextVar[tuple[Path, ...]] = ContextVar("folders", default=())


@contextmanager
def searching(folders: Sequence[Path]) -> Iterator[None]:
    """Let includes be found in these folders (and their ``templates``) for a while."""
    token = _folders.set(tuple(folders))
    try:
        yield
    finally:
        _folders.reset(token)


class ScopeLoader(BaseLoader):
    """Loads by absolute path; ``find`` makes one of a name as written."""

    def find(self, name: str, parent: str | None) -> str:
        """The absolute path of an included template; the name itself if there is none."""
        beside = (Path(parent).parent,) if parent and Path(parent).is_absolute() else ()
        for folder in (*beside, *_folders.get()):
            for place in (folder / name, folder / "templates" / name):
                if place.is_file():
                    return str(place.absolute())
        return name

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        path = Path(self.find(template, None))
        try:
            changed = path.stat().st_mtime_ns
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise TemplateNotFound(template) from None

        def fresh() -> bool:
            try:
                return path.stat().st_mtime_ns == changed
            except OSError:
                return False

        return text, str(path), fresh
