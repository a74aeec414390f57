"""Every AWS API call that was made, and how it was answered."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from threading import Lock
from typing import Any

from .call import Call
from .clock import iso

#: Codes with which AWS says that a service limit is reached.
LIMIT_ERRORS = frozenset(
    {"SnapshotQuotaExceeded", "SharedSnapshotQuotaExceeded", "SnapshotQuotaExceededFault", "LimitExceeded"}
)

#: Records kept; older ones are dropped, the summary still counts them.
CAPACITY = 200_000


@dataclass(frozen=True)
class Record:
    seq: int
    time: float
    call: Call
    #: HTTP status; None when the connection was closed without an answer.
    status: int | None
    error_code: str | None

    def to_json(self) -> dict[str, Any]:
        principal = self.call.principal
        return {
            "seq": self.seq,
            "time": iso(self.time),
            "account": principal.account if principal else None,
            "principal": principal.arn if principal else None,
            "service": self.call.service,
            "action": self.call.action,
            "region": self.call.region,
            "status": self.status,
            "errorCode": self.error_code,
            "userAgent": self.call.user_agent,
            "resource": self.call.resource,
            "fault": self.call.fault_id,
        }


class CallLog:
    def __init__(self) -> None:
        self._lock = Lock()
        self._records: deque[Record] = deque(maxlen=CAPACITY)
        self._counts: Counter[tuple[str, str, str | None]] = Counter()
        self._limit_errors: list[Record] = []
        self._seq = 0

    def add(self, time: float, call: Call, status: int | None, error_code: str | None) -> None:
        with self._lock:
            self._seq += 1
            record = Record(self._seq, time, call, status, error_code)
            self._records.append(record)
            self._counts[call.service, call.action, error_code] += 1
            if error_code in LIMIT_ERRORS:
                self._limit_errors.append(record)

    def after(self, seq: int) -> dict[str, Any]:
        with self._lock:
            return {
                "calls": [record.to_json() for record in self._records if record.seq > seq],
                "next": self._seq,
            }

    def summary(self) -> dict[str, Any]:
        with self._lock:
            return {
                "total": sum(self._counts.values()),
                "counts": [
                    {"service": service, "action": action, "errorCode": code, "count": count}
                    for (service, action, code), count in sorted(
                        self._counts.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or "")
                    )
                ],
                "limitErrors": [record.to_json() for record in self._limit_errors],
            }

    def clear(self) -> None:
        """Forgets all calls; numbers go on, so that a reader who polls misses nothing."""
        with self._lock:
            self._records.clear()
            self._counts.clear()
            self._limit_errors.clear()
