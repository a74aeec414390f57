"""Does the work of an export: extracts the tables, and writes the objects as its time goes by."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moto.kms.models import Key
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

from ..access.authorization import values
from ..access.keys import find_key
from ..access.policy import Request, resource_verdict
from ..access.principal import Principal
from ..data.extraction import extract
from ..data.tables import Table
from .export_layout import batch_prefix, part_name, reports
from .export_task import STARTING_PERCENT, ExportTask

if TYPE_CHECKING:
    from ..emulator import Emulator

#: How often the clock is looked at, in real seconds.
_TICK_SECONDS = 0.02

#: What nothing may deny the role to do with the key. RDS writes with the grant that it has of whoever started the
#: export: the guide asks the key's permissions of the caller (RDS user guide, "Using a cross-account KMS key"). [!]
_ROLE_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


def write_export(emulator: Emulator, task: ExportTask) -> None:
    """Runs in a thread of its own until the task has ended."""
    directory = emulator.workspace.new_directory("exports")
    operation = task.operation
    try:
        for table in extract(
            emulator.workspace,
            task.data,
            task.database,
            directory,
            emulator.settings.export_rows_per_part,
            lambda table: _skip(task, table),
            lambda: task.is_running,
        ):
            if _is_wanted(task, table.table):
                task.tables.append(table)
        cause = _obstacle(emulator, task)
        _write_objects(task, cause)
    except MissingBucket:
        operation.failure_cause = _invalid_bucket(task)
        raise
    finally:
        task.data = None
        shutil.rmtree(directory, ignore_errors=True)


def _write_objects(task: ExportTask, cause: str | None) -> None:
    """Writes each object when its share of the time has passed; the reports last."""
    objects = _objects(task)
    for number, (key, file) in enumerate(objects):
        percent = STARTING_PERCENT + (100 - STARTING_PERCENT) * number / (len(objects) + 1)
        if not _wait_for(task, percent):
            return
        if cause:
            task.operation.failure_cause = cause
            task.operation.end(task.clock.now(), "failed")
            return
        _put(task, key, file.read_bytes() if file else b"")
    if _wait_for(task, 100):
        for key, content in reports(task):
            _put(task, key, content)


def _objects(task: ExportTask) -> list[tuple[str, Path | None]]:
    """All objects but the reports: the parts of every batch, and the empty marker that ends it."""
    objects: list[tuple[str, Path | None]] = []
    for table in task.tables:
        for number, files in enumerate(table.batches, start=1):
            prefix = batch_prefix(task, table, number)
            objects += [(f"{prefix}/{part_name(part)}", file) for part, file in enumerate(files)]
            objects.append((f"{prefix}/_SUCCESS", None))
    return objects


def _wait_for(task: ExportTask, percent: float) -> bool:
    """Waits until so much of the task's time has passed; False if it ended otherwise, or never will."""
    operation = task.operation
    while True:
        now = task.clock.now()
        if not operation.is_running(now) or task.canceling:
            return False
        if operation.elapsed_percent(now) >= percent:
            return True
        time.sleep(_TICK_SECONDS)


def _put(task: ExportTask, key: str, content: bytes) -> None:
    name = task.request.bucket
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        raise MissingBucket(bucket=name)
    partition, account = owner
    is_part = key.endswith(".parquet")
    if is_part and _strikes(task, "drop-object", key):
        return
    stored = s3_backends[account][partition].put_object(
        name,
        key,
        content,
        # What is encrypted under a KMS key has an ETag that is not an MD5. Source: S3 API reference, Object.
        etag=secrets.token_hex(16),
        encryption="aws:kms",
        kms_key_id=task.request.key_arn,
    )
    if is_part and _strikes(task, "corrupt-object", key):
        middle = len(content) // 2
        stored.value = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]  # type: ignore[misc]


def _strikes(task: ExportTask, fault_type: str, key: str) -> bool:
    """Whether a fault wants this object; each has one, the first that fits."""
    for fault in task.faults:
        if fault.type == fault_type and fault.details["object"] in key and fault.id not in task.struck:
            task.struck.add(fault.id)
            return True
    return False


def _skip(task: ExportTask, table: Table) -> str | None:
    names = (table.name, f"{table.schema}.{table.name}", table.target)
    return next(
        (
            str(fault.details["reason"])
            for fault in task.faults
            if fault.type == "skip-table" and fault.details["table"] in names
        ),
        None,
    )


def _is_wanted(task: ExportTask, table: Table) -> bool:
    """Whether ExportOnly names the table: its database, its schema, or itself."""
    parts = table.target.split(".")
    wanted: Sequence[str] = task.request.only
    return not wanted or any(entry.split(".") == parts[: entry.count(".") + 1] for entry in wanted)


def _obstacle(emulator: Emulator, task: ExportTask) -> str | None:
    """What AWS finds out only when it writes. Source: RDS user guide, "Failure messages for Amazon S3 export tasks"."""
    request = task.request
    role = Principal(request.role_arn.split(":")[4], request.role_arn, request.role_arn)
    with emulator.lock:
        key = find_key(request.key_arn, task.account, task.region)
        if key is not None and key.key_state == "Enabled" and not _is_denied(key, role):
            return None
    return (
        f"The RDS export failed to write the export task's metadata to the S3 bucket [{request.bucket}] using the IAM "
        f"role [{request.role_arn}] with the KMS key [{request.key_arn}]. Error code: AccessDenied"
    )


def _is_denied(key: Key, role: Principal) -> bool:
    context = values(aws_PrincipalArn=role.arn, kms_CallerAccount=role.account)
    return any(
        resource_verdict(key.policy, role, Request(action, str(key.arn), context)) == "deny"
        for action in _ROLE_KEY_ACTIONS
    )


def _invalid_bucket(task: ExportTask) -> str:
    return (
        f"The S3 bucket [{task.request.bucket}] isn't valid. Either it isn't located in the current AWS Region or it "
        "doesn't exist. Review your S3 bucket name and retry the export."
    )
