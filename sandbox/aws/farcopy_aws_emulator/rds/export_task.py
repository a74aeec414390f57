"""An export of a snapshot to S3.

Source: model, `ExportTask`; RDS user guide, "Monitoring snapshot exports" and "Exporting DB snapshot data".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..clock import Clock, iso
from ..data.snapshot_data import SnapshotData
from ..faults import Fault
from ..operations import Operation

if TYPE_CHECKING:
    from ..data.extraction import ExtractedTable

#: "The export task first restores and scales the entire database before extracting the data … The task's progress
#: during this phase displays as Starting." [!] How much of the time that takes.
STARTING_PERCENT = 40

GIB = 1024**3

UNKNOWN_ERROR = "An unknown internal error occurred."


@dataclass(frozen=True)
class ExportRequest:
    identifier: str
    source_arn: str
    bucket: str
    prefix: str
    role_arn: str
    key_arn: str
    only: tuple[str, ...]


@dataclass
class ExportTask:
    request: ExportRequest
    clock: Clock
    account: str
    region: str
    snapshot_time: float
    #: The task's own reference: the snapshot may be deleted meanwhile.
    data: SnapshotData | None
    database: str
    started_at: float
    faults: Sequence[Fault]
    operation: Operation = field(init=False)
    canceling: bool = False
    #: Faults on single objects that have had theirs.
    struck: set[str] = field(default_factory=set)
    tables: list[ExtractedTable] = field(default_factory=list)

    @property
    def identifier(self) -> str:
        return self.request.identifier

    @property
    def is_running(self) -> bool:
        return self.operation.is_running(self.clock.now())

    @property
    def status(self) -> str:
        now = self.clock.now()
        outcome = self.operation.outcome(now)
        if outcome == "running":
            if self.canceling:
                return "CANCELING"
            return "STARTING" if self.operation.percent(now) < STARTING_PERCENT else "IN_PROGRESS"
        return {"done": "COMPLETE", "failed": "FAILED", "cancelled": "CANCELED"}[outcome]

    @property
    def percent_progress(self) -> int:
        percent = self.operation.percent(self.clock.now())
        return max(0, (percent - STARTING_PERCENT) * 100 // (100 - STARTING_PERCENT))

    @property
    def extracted_bytes(self) -> int:
        return sum(table.size_bytes for table in self.tables)

    @property
    def warning_message(self) -> str | None:
        """Set on tasks that are COMPLETE too. [!] The members of a skipped table are not documented."""
        skipped = [{"tableName": table.table.target, "reason": table.skipped} for table in self.tables if table.skipped]
        if not skipped:
            return None
        return json.dumps({"skippedTables": skipped, "skippedObjectives": [], "general": []}, separators=(",", ":"))

    @property
    def ended_at(self) -> float | None:
        return None if self.is_running else min(self.operation.ends_at, self.clock.now())

    def to_aws(self) -> dict[str, Any]:
        status = self.status
        shown: dict[str, Any] = {
            "ExportTaskIdentifier": self.identifier,
            "SourceArn": self.request.source_arn,
            "ExportOnly": list(self.request.only),
            "SnapshotTime": iso(self.snapshot_time),
            "TaskStartTime": iso(self.started_at),
            "S3Bucket": self.request.bucket,
            "S3Prefix": self.request.prefix,
            "IamRoleArn": self.request.role_arn,
            "KmsKeyId": self.request.key_arn,
            "Status": status,
            "PercentProgress": self.percent_progress,
            "TotalExtractedDataInGB": round(self.extracted_bytes / GIB) if status != "STARTING" else 0,
            "SourceType": "SNAPSHOT",
        }
        if (ended_at := self.ended_at) is not None:
            shown["TaskEndTime"] = iso(ended_at)
        if status == "FAILED":
            shown["FailureCause"] = self.operation.failure_cause or UNKNOWN_ERROR
        if status in ("COMPLETE", "FAILED") and (warning := self.warning_message):
            shown["WarningMessage"] = warning
        return shown
