"""Times and sizes in the words that Docker's own client uses."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FRACTION = re.compile(r"\.\d+")


def moment(text: str) -> datetime:
    """A time as the Engine writes it; its fractions of seconds are left out."""
    plain = _FRACTION.sub("", text).replace("Z", "+00:00")
    found = datetime.fromisoformat(plain)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def duration(seconds: float) -> str:
    """As `docker ps` says how long something has run."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    for limit, unit, word in (
        (_MINUTE, 1, "second"),
        (_HOUR, _MINUTE, "minute"),
        (2 * _DAY, _HOUR, "hour"),
        (14 * _DAY, _DAY, "day"),
        (60 * _DAY, 7 * _DAY, "week"),
        (730 * _DAY, 30 * _DAY, "month"),
    ):
        if whole < limit:
            return _counted(whole // unit, word)
    return _counted(whole // (365 * _DAY), "year")


def ago(text: str, now: datetime | None = None) -> str:
    """How long ago an Engine's time was; "" for none."""
    if not text or text.startswith("0001-"):
        return ""
    past = (now or datetime.now(UTC)) - moment(text)
    return f"{duration(past.total_seconds()).lower()} ago"


def mebibytes(count: int) -> str:
    """A size, rounded to what matters."""
    size = count / 2**20
    return f"{size:.1f} MiB" if size < 10 else f"{size:.0f} MiB"


def _counted(number: int, word: str) -> str:
    if number == 1 and word == "minute":
        return "About a minute"
    if number == 1 and word == "hour":
        return "About an hour"
    return f"{number} {word}{'' if number == 1 else 's'}"
