"""CreateDBClusterSnapshot and CreateDBSnapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from moto.rds.exceptions import RDSClientError

from ..limits import LimitKey
from .databases import (
    DBInstanceClustered,
    cluster_configuration,
    cluster_facts,
    instance_configuration,
    instance_facts,
)
from .errors import invalid_value, quota_exceeded
from .identifiers import checked_snapshot_identifier
from .kinds import CLUSTER, INSTANCE, SnapshotKind
from .snapshot import Snapshot
from .tags import Tags, checked_tags

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

#: States in which AWS takes a snapshot of a database. [!] The user guides name `available` only; a database is
#: `backing-up` while another snapshot of it is being taken.
_SNAPSHOTTABLE = ("available", "backing-up")


def create_snapshot(
    backend: EmulatedRdsBackend,
    kind: SnapshotKind,
    identifier: str | None,
    database_identifier: str,
    tags: Iterable[Mapping[str, str]] | None,
) -> Snapshot:
    """Starts a manual snapshot."""
    name = checked_snapshot_identifier(kind.id_member, identifier, kind.longest_identifier)
    database = _find_database(backend, kind, database_identifier)
    if name in backend.snapshots(kind):
        raise kind.already_exists_error(name)
    if database.status not in _SNAPSHOTTABLE:
        raise RDSClientError(
            kind.database_invalid_state,
            f"{database_identifier} is in {database.status} state but expected it to be one of available,backing-up.",
        )
    require_stock(backend, kind)
    _require_slot(backend, kind)
    snapshot = snapshot_of(backend, kind, name, "manual", database, checked_tags(tags))
    snapshot.operation = backend.emulator.start_operation("snapshot", snapshot.arn, database.arn, snapshot.size_gib)
    backend.snapshots(kind)[name] = snapshot
    backend.emulator.limits.occupy(_limit(backend, kind.in_progress_limit), snapshot.operation)
    backend.emulator.limits.mark(_limit(backend, kind.stock_limit))
    return snapshot


def automated_snapshot(
    backend: EmulatedRdsBackend, kind: SnapshotKind, identifier: str, database_identifier: str
) -> Snapshot:
    """The automated snapshot that every new database has: available at once and outside all limits."""
    database = _find_database(backend, kind, database_identifier)
    snapshot = snapshot_of(backend, kind, identifier.lower(), "automated", database, [])
    backend.snapshots(kind)[snapshot.identifier] = snapshot
    return snapshot


def snapshot_of(
    backend: EmulatedRdsBackend, kind: SnapshotKind, identifier: str, snapshot_type: str, database: Any, tags: Tags
) -> Snapshot:
    """A snapshot with everything it keeps of its database.

    The database's tags are taken over if it says so and the request has none (user guide, "Copying tags to DB
    snapshots").
    """
    is_cluster = kind is CLUSTER
    return Snapshot(
        backend=backend,
        clock=backend.emulator.clock,
        kind=kind,
        identifier=identifier,
        snapshot_type=snapshot_type,
        database_identifier=database.resource_id,
        size_gib=int(database.allocated_storage),
        facts=cluster_facts(database) if is_cluster else instance_facts(database),
        configuration=cluster_configuration(database) if is_cluster else instance_configuration(database),
        tags=tags or (list(database.tags) if database.copy_tags_to_snapshot else []),
        kms_key_arn=database.kms_key_id if database.storage_encrypted else None,
        data=database.data.capture() if database.data else None,
    )


def require_stock(backend: EmulatedRdsBackend, kind: SnapshotKind) -> None:
    """Raises SnapshotQuotaExceeded when the account has as many manual snapshots in the region as it may."""
    key = _limit(backend, kind.stock_limit)
    if backend.emulator.limits.is_full(key):
        raise quota_exceeded(f"Cannot create more than {backend.emulator.limits.capacity(key)} manual snapshots")


def _require_slot(backend: EmulatedRdsBackend, kind: SnapshotKind) -> None:
    key = _limit(backend, kind.in_progress_limit)
    if backend.emulator.limits.is_full(key):
        capacity = backend.emulator.limits.capacity(key)
        what = "cluster snapshots" if kind is CLUSTER else "snapshots"
        raise quota_exceeded(f"Cannot create more than {capacity} {what} in progress")


def _limit(backend: EmulatedRdsBackend, name: str) -> LimitKey:
    return LimitKey(backend.account_id, backend.region_name, name)


def _find_database(backend: EmulatedRdsBackend, kind: SnapshotKind, identifier: str) -> Any:
    databases: Mapping[str, Any] = backend.clusters if kind is CLUSTER else backend.databases
    database = databases.get(identifier)
    if database is None:
        what = kind.database_member.removesuffix("Identifier")
        raise RDSClientError(kind.database_not_found, f"{what} {identifier} not found.")
    if kind is INSTANCE and isinstance(database, DBInstanceClustered):
        raise invalid_value(
            "The specified instance is a member of a cluster and a snapshot cannot be created directly. "
            "Please use the CreateDBClusterSnapshot API instead."
        )
    return database
