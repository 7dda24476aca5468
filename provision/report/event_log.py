"""A run as JSON lines: one object for each event, written as it happens.

Every object has ``event`` (the name of a class in ``provision.engine.events``), ``at`` (seconds
since the epoch) and that class's fields under their own names: ``PlaybookStarted``
(path), ``PlayStarted`` (name, hosts, location), ``NoHosts`` (play, pattern), ``TaskStarted``
(task_id, path, module, handler, location, hosts), ``ItemFinished`` (task_id, host, label,
status, result), ``Retrying`` (task_id, host, attempts, retries, result), ``Output`` (task_id,
host, text), ``HostFinished`` (task_id, host, status, result, ignored, rescued, delegate,
duration), ``Warned`` (message, location) and ``RunFinished`` (recap, duration, exit_code,
stats).

``status`` is ok, changed, skipped, failed or unreachable. A ``location`` is
``{"file", "line", "column"}`` or null. ``recap`` is host -> counts,
``stats`` host -> figures of set_stats ("" for those of the whole run). ``task_id`` ties the
events of a task together and means nothing outside the file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from provision.engine.events import Event
from provision.errors import ProvisionError
from provision.report.files import prepare
from provision.report.text import plain_value


class EventLog:
    """A subscriber that appends each event to a file and flushes it.

    Raises:
        ProvisionError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        prepare(path)
        try:
            self._stream = path.open("w", encoding="utf-8")
        except OSError as error:
            raise ProvisionError(
                f"cannot write the report {path}: {error.strerror or error}"
            ) from None

    def __call__(self, event: Event) -> None:
        # Each line in one write: events may come from several threads.
        self._stream.write(json.dumps(as_object(event)) + "\n")
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()


def as_object(event: Event) -> dict[str, Any]:
    """An event as the JSON object that the module's text describes."""
    found: dict[str, Any] = {"event": type(event).__name__}
    for field in fields(event):
        found[field.name] = _value(getattr(event, field.name))
    return found


def _value(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return plain_value(asdict(value))
    if isinstance(value, dict):
        return {str(key): _value(inner) for key, inner in value.items()}
    return plain_value(value)
