"""Service limits: what runs at this moment, and the most that ever ran at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .operations import Operation
from .settings import Settings


@dataclass(frozen=True, order=True)
class LimitKey:
    account: str
    region: str
    limit: str


class LimitLedger:
    """Counts operations and stocks per account, region and limit.

    The high-water mark is exact: the number of operations at once can only grow when one starts, and it is counted
    there, after dropping those whose end lies in the past.
    """

    def __init__(self, clock: Clock, settings: Callable[[], Settings], stock: Callable[[LimitKey], int]) -> None:
        self._clock = clock
        self._settings = settings
        self._stock = stock
        self._running: defaultdict[LimitKey, list[Operation]] = defaultdict(list)
        self._high_water: dict[LimitKey, int] = {}

    def capacity(self, key: LimitKey) -> int | None:
        return self._settings().capacity(key.account, key.region, key.limit)

    def current(self, key: LimitKey) -> int:
        if key.limit.startswith("manual-"):
            return self._stock(key)
        now = self._clock.now()
        running = [operation for operation in self._running[key] if operation.is_running(now)]
        self._running[key] = running
        return len(running)

    def is_full(self, key: LimitKey) -> bool:
        capacity = self.capacity(key)
        return capacity is not None and self.current(key) >= capacity

    def occupy(self, key: LimitKey, operation: Operation) -> None:
        self._running[key].append(operation)
        self.mark(key)

    def mark(self, key: LimitKey) -> None:
        """Notes the present count as the high-water mark if it is the highest."""
        self._high_water[key] = max(self._high_water.get(key, 0), self.current(key))

    def to_json(self) -> list[dict[str, Any]]:
        overridden = {LimitKey(o.account, o.region, o.limit) for o in self._settings().limit_overrides}
        return [
            {
                "account": key.account,
                "region": key.region,
                "limit": key.limit,
                "capacity": self.capacity(key),
                "current": self.current(key),
                "highWater": self._high_water.get(key, 0),
            }
            for key in sorted(overridden | set(self._high_water))
        ]

    def reset_high_water(self) -> None:
        """Starts the marks again from what runs now."""
        for key in self._high_water:
            self._high_water[key] = self.current(key)

    def clear(self) -> None:
        self._running.clear()
        self._high_water.clear()
