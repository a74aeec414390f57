"""Where the emulator takes the time from, so that tests can move it instead of waiting."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch."""

    def now(self) -> float: ...


class SystemClock:
    def now(self) -> float:
        return time.time()


def naive_utc(seconds: float) -> datetime:
    """The form in which moto keeps times: UTC without a time zone."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).replace(tzinfo=None)


def iso(seconds: float) -> str:
    """ISO 8601 with milliseconds, as AWS writes it."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
