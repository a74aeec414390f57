"""Puts a database or a snapshot into a status, for a while or until it is taken back."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from .rds.resources import find_resource
from .rds.snapshot import Snapshot
from .rds.status import StatusInTime

if TYPE_CHECKING:
    from .emulator import Emulator


class InvalidStatus(ValueError):
    """A status nobody could be put into; the message says why."""


def set_status(emulator: Emulator, arn: str, status: Any, seconds: Any = None) -> bool:
    """False if there is nothing of this ARN. Raises InvalidStatus.

    `seconds` are multiplied by the time scale, as durations are; afterwards a database has its own status again.
    """
    resource = find_resource(arn)
    if resource is None:
        return False
    if isinstance(resource, StatusInTime):
        put_into(emulator, resource, status, seconds)
    elif seconds is not None:
        raise InvalidStatus("seconds is for clusters and instances")
    elif isinstance(resource, Snapshot):
        resource.forced_status = status
    else:
        resource.status = status
    return True


def put_into(emulator: Emulator, database: StatusInTime, status: Any, seconds: Any = None) -> None:
    """Puts a database into a status; `available` gives it its own back. Raises InvalidStatus."""
    if not isinstance(status, str) or not re.fullmatch(r"[a-z]+(-[a-z]+)*", status):
        raise InvalidStatus(f"a status is a word like modifying, not so {status}")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0):
        raise InvalidStatus("seconds must be a number from 0 up")
    if status == "available":
        if seconds is not None:
            raise InvalidStatus("available has no seconds")
        database.release()
        database.status = "available"
        return
    until = math.inf if seconds is None else emulator.clock.now() + seconds * emulator.settings.time_scale
    database.hold(status, until)
