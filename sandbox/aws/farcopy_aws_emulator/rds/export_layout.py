"""What the objects of an export are called, and what its two reports say.

Source: RDS user guide, "File naming conventions for exports to Amazon S3" and Limitations (characters that become
underscores). [!] The reports export_info and export_tables_info are not documented; their members are those that public
tools read, and a table that was skipped has a `warningMessage` there.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from ..clock import iso
from .export_task import GIB, ExportTask

if TYPE_CHECKING:
    from ..data.extraction import ExtractedTable

_UNDERSCORES = str.maketrans(dict.fromkeys('\\`" ', "_"))

#: Tables in one export_tables_info. [!]
TABLES_PER_REPORT = 500


def base_prefix(task: ExportTask) -> str:
    prefix = task.request.prefix.strip("/")
    return f"{prefix}/{task.identifier}" if prefix else task.identifier


def batch_prefix(task: ExportTask, table: ExtractedTable, batch: int) -> str:
    """Where a batch of a table is; batches count from 1."""
    name = f"{table.table.database}/{table.table.schema}.{table.table.name}".translate(_UNDERSCORES)
    return f"{base_prefix(task)}/{name}/{batch}"


def part_name(number: int) -> str:
    return f"part-{number:05}-{uuid.uuid4()}-c000.gz.parquet"


def reports(task: ExportTask) -> list[tuple[str, bytes]]:
    """Keys and contents of the reports that a complete export ends with."""
    tables = [_table_report(task, table) for table in task.tables]
    found = []
    for first in range(0, len(tables), TABLES_PER_REPORT):
        chunk = tables[first : first + TABLES_PER_REPORT]
        name = f"export_tables_info_{task.identifier}_from_{first + 1}_to_{first + len(chunk)}.json"
        found.append((name, {"perTableStatus": chunk}))
    found.append((f"export_info_{task.identifier}.json", _task_report(task)))
    return [(f"{base_prefix(task)}/{name}", json.dumps(report, indent=2).encode()) for name, report in found]


def _table_report(task: ExportTask, table: ExtractedTable) -> dict[str, Any]:
    if table.skipped:
        return {"status": "SKIPPED", "warningMessage": table.skipped, "sizeGB": 0.0, "target": table.table.target}
    now = iso(task.clock.now())
    return {
        "tableStatistics": {
            "extractionStartTime": iso(task.started_at),
            "extractionEndTime": now,
            "partitioningInfo": {
                "numberOfPartitions": len(table.batches),
                "numberOfCompletedPartitions": len(table.batches),
            },
        },
        "schemaMetadata": {"originalTypeMappings": [column.to_json() for column in table.table.columns]},
        "status": "COMPLETE",
        "sizeGB": table.size_bytes / GIB,
        "target": table.table.target,
    }


def _task_report(task: ExportTask) -> dict[str, Any]:
    return {
        "exportTaskIdentifier": task.identifier,
        "sourceArn": task.request.source_arn,
        "exportOnly": list(task.request.only),
        "snapshotTime": iso(task.snapshot_time),
        "taskStartTime": iso(task.started_at),
        "taskEndTime": iso(task.clock.now()),
        "s3Bucket": task.request.bucket,
        "s3Prefix": task.request.prefix,
        "exportedFilesPath": base_prefix(task),
        "iamRoleArn": task.request.role_arn,
        "kmsKeyId": task.request.key_arn,
        "status": "COMPLETE",
        "percentProgress": 100,
        "totalExportedDataInGB": task.extracted_bytes / GIB,
    }
