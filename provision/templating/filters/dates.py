"""Dates and times."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from provision.errors import TemplateError


def to_datetime(value: str, format: str = "%Y-%m-%d %H:%M:%S") -> datetime:
    """A text read as a date and time, without a zone unless the format has one."""
    return datetime.strptime(str(value), format)  # noqa: DTZ007 - the format decides


def strftime(string_format: str, second: Any = None, utc: bool = False) -> str:
    """A time as text.

    Parameters:
        second: seconds since the epoch; now if None.
        utc: in UTC instead of the local zone.
    """
    if second is not None:
        try:
            second = float(second)
        except (TypeError, ValueError):
            raise TemplateError(f"{second!r} is not a number of seconds since the epoch") from None
    return time.strftime(string_format, time.gmtime(second) if utc else time.localtime(second))


DATES: dict[str, Callable[..., Any]] = {"to_datetime": to_datetime, "strftime": strftime}
