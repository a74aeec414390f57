"""StartExportTask, DescribeExportTasks and CancelExportTask.

Sources: model, the three operations; Aurora user guide, "Considerations for DB cluster snapshot exports"; RDS user
guide, "Setting up access to an Amazon S3 bucket".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.iam.models import Role, iam_backends
from moto.rds.exceptions import RDSClientError

from ..access.authorization import values
from ..access.keys import find_key, is_aws_managed
from ..access.policy import Request, resource_verdict
from ..access.principal import Principal
from ..limits import LimitKey
from ..s3.buckets import bucket_of
from ..service_errors import AwsError
from ..work import Work
from .copy_snapshot import TARGET_KEY_ACTIONS, usable_key
from .errors import invalid_combination, invalid_value, key_not_accessible
from .export_task import ExportRequest, ExportTask
from .export_writer import write_export
from .exportable import require_exportable
from .find_snapshot import find_own
from .kinds import CLUSTER, INSTANCE
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

LONGEST_IDENTIFIER = 60
EXPORT_LIMIT = "export-tasks"
EXPORT_SERVICE = "export.rds.amazonaws.com"

_IDENTIFIER = re.compile(r"(?!.*--)[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?")

#: Source: model, StartExportTask.IamRoleArn: what the role's policy has to permit.
_ROLE_ACTIONS = ("s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject", "s3:GetBucketLocation")

#: Those of them that are about the bucket itself.
_BUCKET_ACTIONS = ("s3:ListBucket", "s3:GetBucketLocation")

_FILTERS = ("export-task-identifier", "s3-bucket", "source-arn", "status")


def start_export(backend: EmulatedRdsBackend, caller: Principal, parameters: Mapping[str, Any]) -> ExportTask:
    identifier = _checked_identifier(parameters.get("ExportTaskIdentifier"))
    if identifier in backend.exports:
        raise RDSClientError(
            "ExportTaskAlreadyExistsFault", f"The export task with the ID {identifier} already exists."
        )
    snapshot = _find_source(backend, parameters.get("SourceArn"))
    require_exportable(snapshot)
    if snapshot.status != "available":
        raise RDSClientError(
            "InvalidExportSourceStateFault", f"{snapshot.arn} is in {snapshot.status} state, not available."
        )
    bucket = _checked_bucket(backend, parameters.get("S3BucketName"))
    prefix = parameters.get("S3Prefix") or ""
    if ":" in prefix:
        raise invalid_value("The parameter S3Prefix must not contain a colon.")
    role_arn = _checked_role(backend, parameters.get("IamRoleArn"), bucket)
    key_arn = _checked_key(backend, caller, parameters.get("KmsKeyId"))
    only = _checked_selection(parameters.get("ExportOnly") or [])
    if any(task.is_running and task.request.source_arn == snapshot.arn for task in backend.exports.values()):
        # [!] The user guide only says that it cannot be done.
        raise RDSClientError("InvalidExportSourceStateFault", f"{snapshot.arn} is already being exported.")
    limit = LimitKey(backend.account_id, backend.region_name, EXPORT_LIMIT)
    if backend.emulator.limits.is_full(limit):
        # [!] The model has no error for it.
        capacity = backend.emulator.limits.capacity(limit)
        raise AwsError(400, "LimitExceeded", f"You can have up to {capacity} export tasks in progress.")
    return _start(backend, snapshot, ExportRequest(identifier, snapshot.arn, bucket, prefix, role_arn, key_arn, only))


def matching_exports(backend: EmulatedRdsBackend, parameters: Mapping[str, Any]) -> list[ExportTask]:
    """All tasks that a Describe request asks for, unpaged and unordered."""
    tasks = list(backend.exports.values())
    if identifier := parameters.get("ExportTaskIdentifier"):
        tasks = [find_export(backend, identifier)]
    if source := parameters.get("SourceArn"):
        tasks = [task for task in tasks if task.request.source_arn == source]
    if (source_type := parameters.get("SourceType")) and source_type != "SNAPSHOT":
        tasks = []
    for entry in parameters.get("Filters") or ():
        if entry["Name"] not in _FILTERS:
            raise invalid_value(f"Unrecognized filter name: {entry['Name']}")
        values = entry.get("Values") or []
        if not values:
            raise invalid_combination(f"The list of values of the filter {entry['Name']} must not be empty.")
        tasks = [task for task in tasks if _filtered(task, entry["Name"]) in values]
    return tasks


def cancel_export(backend: EmulatedRdsBackend, identifier: str | None) -> ExportTask:
    """Lets a task be CANCELING for a while; what it has written stays."""
    task = find_export(backend, identifier)
    if not task.is_running:
        raise RDSClientError(
            "InvalidExportTaskStateFault", f"The export task {task.identifier} is {task.status} and can't be canceled."
        )
    if not task.canceling:
        emulator = backend.emulator
        now = emulator.clock.now()
        seconds = emulator.settings.operation_seconds("cancel-export", 0, task.operation.arn)
        task.canceling = True
        task.operation.freeze(now)
        task.operation.end_at(now, now + seconds, "cancelled")
    return task


def find_export(backend: EmulatedRdsBackend, identifier: str | None) -> ExportTask:
    task = backend.exports.get(identifier or "")
    if task is None:
        raise RDSClientError("ExportTaskNotFoundFault", f"The export task {identifier} doesn't exist.")
    return task


def _start(backend: EmulatedRdsBackend, snapshot: Snapshot, request: ExportRequest) -> ExportTask:
    emulator = backend.emulator
    configuration = snapshot.configuration
    task = ExportTask(
        request,
        clock=emulator.clock,
        account=backend.account_id,
        region=backend.region_name,
        snapshot_time=snapshot.created_at,
        data=snapshot.data,
        database=str(configuration.get("database_name") or configuration.get("db_name") or "postgres"),
        started_at=emulator.clock.now(),
        faults=emulator.strike_export(),
    )
    arn = f"arn:aws:rds:{backend.region_name}:{backend.account_id}:export-task:{request.identifier}"
    task.operation = emulator.start_operation("export", arn, f"export-of:{snapshot.arn}", snapshot.size_gib)
    task.operation.work = Work(lambda: write_export(emulator, task))
    task.operation.work.start()
    backend.exports[request.identifier] = task
    emulator.limits.occupy(LimitKey(backend.account_id, backend.region_name, EXPORT_LIMIT), task.operation)
    return task


def _checked_identifier(identifier: str | None) -> str:
    if not identifier or len(identifier) > LONGEST_IDENTIFIER or not _IDENTIFIER.fullmatch(identifier):
        raise invalid_value(
            "The parameter ExportTaskIdentifier is not a valid identifier. Identifiers must begin with a letter; must "
            "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
            "consecutive hyphens."
        )
    return identifier


def _find_source(backend: EmulatedRdsBackend, arn: str | None) -> Snapshot:
    kind = next((kind for kind in (CLUSTER, INSTANCE) if arn and f":{kind.arn_type}:" in arn), None)
    if kind is None or not arn or not arn.startswith("arn:"):
        raise invalid_value(f"Invalid SourceArn: {arn}. Only snapshots can be exported here.")
    return find_own(backend, kind, arn)


def _checked_bucket(backend: EmulatedRdsBackend, name: str | None) -> str:
    bucket = bucket_of(name or "")
    if bucket is None:
        raise RDSClientError(
            "InvalidS3BucketFault",
            f"The S3 bucket {name} isn't valid. Either it isn't located in the current AWS Region or it doesn't exist. "
            "Review your S3 bucket name and retry the export.",
        )
    if bucket.region_name != backend.region_name:
        raise RDSClientError(
            "InvalidS3BucketFault",
            f"The S3 bucket {name} isn't located in the current AWS Region. Review your S3 bucket name and retry the "
            "export.",
        )
    return str(name)


def _checked_role(backend: EmulatedRdsBackend, arn: str | None, bucket: str) -> str:
    """A role of the account that RDS may assume and that nothing keeps from writing to the bucket."""
    roles = iam_backends[backend.account_id]["aws"].roles.values()
    role = next((role for role in roles if role.arn == arn), None)
    if role is None or not _trusts_export(role, backend.account_id):
        raise RDSClientError(
            "IamRoleNotFoundFault",
            f"Principal {EXPORT_SERVICE} is not authorized to call sts:AssumeRole on the IAM role {arn} or the IAM "
            "role doesn't exist.",
        )
    principal = Principal(backend.account_id, str(role.arn), str(role.arn))
    for action in _ROLE_ACTIONS:
        arn_of = f"arn:aws:s3:::{bucket}" + ("" if action in _BUCKET_ACTIONS else "/any")
        request = Request(
            action, arn_of, values(aws_PrincipalArn=principal.arn, aws_ResourceAccount=backend.account_id)
        )
        if backend.emulator.authorization.identity_refusal(principal, request):
            raise RDSClientError(
                "IamRoleMissingPermissionsFault",
                f"The IAM role {arn} isn't authorized to call {action} on the S3 bucket {bucket}. Review your "
                "permissions and retry the export.",
            )
    return str(role.arn)


def _trusts_export(role: Role, account: str) -> bool:
    document = role.assume_role_policy_document
    trust = document if isinstance(document, str) else json.dumps(document)
    service = Principal("", EXPORT_SERVICE)
    request = Request("sts:AssumeRole", str(role.arn), values(aws_SourceAccount=account))
    return resource_verdict(trust, service, request) == "named"


def _checked_key(backend: EmulatedRdsBackend, caller: Principal, name: str | None) -> str:
    arn = usable_key(backend, "The KMS key", name or "", caller, TARGET_KEY_ACTIONS)
    key = find_key(arn, backend.account_id, backend.region_name)
    if key is not None and is_aws_managed(key):
        # [!] "You must use a customer managed key"; the code is not documented.
        raise key_not_accessible("The KMS key", name)
    return arn


def _checked_selection(entries: list[str]) -> tuple[str, ...]:
    for entry in entries:
        parts = entry.split(".")
        if len(parts) > 3 or not all(re.fullmatch(r"[A-Za-z0-9_$]+", part) for part in parts):
            raise RDSClientError("InvalidExportOnlyFault", f"The export is invalid: {entry}")
    return tuple(entries)


def _filtered(task: ExportTask, name: str) -> str:
    if name == "export-task-identifier":
        return task.identifier
    if name == "s3-bucket":
        return task.request.bucket
    return task.request.source_arn if name == "source-arn" else task.status.lower()
