"""The status of a database in time: what it was put into, and what goes on with it.

Source: user guides, "Viewing DB cluster status" and "Viewing DB instance status".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..operations import Operation

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend


@dataclass(frozen=True)
class Hold:
    """A status that a database is put into for a while, whatever else happens to it."""

    status: str
    #: Seconds since the epoch; infinite: until it is released.
    until: float = math.inf


class StatusInTime:
    """A database whose status is computed when somebody looks."""

    backend: EmulatedRdsBackend
    _status = "available"
    _hold: Hold | None = None

    @property
    def made_by(self) -> Operation | None:
        """Its restore or creation."""
        raise NotImplementedError

    @property
    def own_status(self) -> str:
        """The status apart from backups, which keep nobody from taking another one."""
        now = self.backend.emulator.clock.now()
        if self._hold and now < self._hold.until:
            return self._hold.status
        if self._status != "available":
            return self._status
        operation = self.made_by
        outcome = operation.outcome(now) if operation else "done"
        if outcome == "running":
            return "creating"
        # No data, because its restore did not end well.
        return "available" if outcome == "done" else "failed"

    @property
    def status(self) -> str:
        own = self.own_status
        if own != "available":
            return own
        emulator = self.backend.emulator
        busy = emulator.operations.running_from(self.arn, emulator.clock.now())  # type: ignore[attr-defined]
        return "backing-up" if busy else "available"

    @status.setter
    def status(self, value: str) -> None:
        self._status = value

    def hold(self, status: str, until: float = math.inf) -> None:
        """Puts it into a status until then; changes that moto makes meanwhile show afterwards."""
        self._hold = Hold(status, until)

    def release(self) -> None:
        self._hold = None
