"""Operations that take time: their state is computed from timestamps when somebody looks, so nothing has to tick."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Literal

from .work import Work

OperationKind = Literal[
    "snapshot", "copy-same-region", "copy-cross-region", "restore", "create-instance", "export", "cancel-export"
]
Outcome = Literal["running", "done", "failed", "cancelled"]


class Operation:
    """One snapshot, copy, restore, creation or export, from its start to its end.

    `hang_at` stops it for ever at a percentage, `fail_at` fails it there; both in percent. `work` is what has to be
    done besides waiting: until then it runs on, however much time has passed.
    """

    def __init__(
        self,
        kind: OperationKind,
        arn: str,
        source_arn: str,
        started_at: float,
        seconds: float,
        hang_at: float | None = None,
        fail_at: float | None = None,
        failure_cause: str | None = None,
        work: Work | None = None,
    ) -> None:
        self.kind = kind
        self.arn = arn
        self.source_arn = source_arn
        self.started_at = started_at
        self.seconds = seconds
        self.ceiling = 99 if hang_at is None else min(99, int(hang_at))
        self.ends_at: float = started_at + seconds
        self.failure_cause = failure_cause
        self.work = work
        self._final: Outcome = "done"
        self._frozen: float | None = None
        if hang_at is not None:
            self.ends_at = math.inf
        elif fail_at is not None:
            self.ends_at = started_at + seconds * fail_at / 100
            self._final = "failed"

    def outcome(self, now: float) -> Outcome:
        if self.is_running(now):
            return "running"
        if self._final == "done" and self.work and self.work.error:
            return "failed"
        return self._final

    def is_running(self, now: float) -> bool:
        return now < self.ends_at or (self._final == "done" and self.work is not None and not self.work.is_done)

    def percent(self, now: float) -> int:
        if self.outcome(now) == "done":
            return 100
        return int(min(self.ceiling, self.elapsed_percent(now)))

    def elapsed_percent(self, now: float) -> float:
        """How much of its time has passed, whatever is left to do; what hangs stops there."""
        if self._frozen is not None:
            return self._frozen
        if now >= self.ends_at and self._final == "done":
            return 100.0
        if self.ends_at == math.inf:
            elapsed = now - self.started_at
            return min(self.ceiling, 100 * elapsed / self.seconds) if self.seconds > 0 else self.ceiling
        elapsed = min(now, self.ends_at) - self.started_at
        return min(100.0, 100 * elapsed / self.seconds) if self.seconds > 0 else 100.0

    def freeze(self, now: float) -> None:
        """Lets it get no further, although it goes on."""
        self._frozen = self.elapsed_percent(now)

    def end(self, now: float, outcome: Outcome) -> None:
        """Ends a running operation now; one that has ended stays as it is."""
        self.end_at(now, now, outcome)

    def end_at(self, now: float, ends_at: float, outcome: Outcome) -> None:
        """Sets when and how a running operation ends; one that has ended stays as it is."""
        if self.is_running(now):
            self.ends_at = ends_at
            self._final = outcome

    def __deepcopy__(self, memo: object) -> Operation:
        # moto copies a database to remember a state of it.
        return self


class OperationBook:
    """All operations, found by what they make and by what they are made from."""

    def __init__(self) -> None:
        self._by_arn: dict[str, Operation] = {}
        self._by_source: defaultdict[str, list[Operation]] = defaultdict(list)

    def add(self, operation: Operation) -> None:
        self._by_arn[operation.arn] = operation
        running = [o for o in self._by_source[operation.source_arn] if o.is_running(operation.started_at)]
        self._by_source[operation.source_arn] = [*running, operation]

    def find(self, arn: str) -> Operation | None:
        return self._by_arn.get(arn)

    def running_from(self, source_arn: str, now: float) -> list[Operation]:
        """What is being made from this resource right now."""
        return [o for o in self._by_source.get(source_arn, ()) if o.is_running(now)]

    def clear(self) -> None:
        """Forgets them; those that run end as cancelled, so that what works on them stops."""
        for operation in self._by_arn.values():
            operation.end(operation.started_at, "cancelled")
        self._by_arn.clear()
        self._by_source.clear()
