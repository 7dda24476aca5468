"""``date_time``, every part a string as Ansible has it."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, Dict


def collect() -> Dict[str, Any]:
    epoch = time.time()
    utc = dt.datetime.fromtimestamp(epoch, dt.timezone.utc)
    now = utc.astimezone()
    return {
        "date_time": {
            "year": now.strftime("%Y"),
            "month": now.strftime("%m"),
            "weekday": now.strftime("%A"),
            "weekday_number": now.strftime("%w"),
            "weeknumber": now.strftime("%W"),
            "day": now.strftime("%d"),
            "hour": now.strftime("%H"),
            "minute": now.strftime("%M"),
            "second": now.strftime("%S"),
            "epoch": str(int(epoch)),
            "epoch_int": str(int(epoch)),
            "date": now.strftime("%Y-%m-%d"),
            "time": now.strftime("%H:%M:%S"),
            "iso8601_micro": utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "iso8601": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "iso8601_basic": now.strftime("%Y%m%dT%H%M%S%f"),
            "iso8601_basic_short": now.strftime("%Y%m%dT%H%M%S"),
            "tz": time.strftime("%Z"),
            "tz_dst": time.tzname[1],
            "tz_offset": time.strftime("%z"),
        }
    }
