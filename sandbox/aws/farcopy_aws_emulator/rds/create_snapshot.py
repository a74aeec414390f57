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
from .errors import invalid_combination, invalid_value, quota_exceeded
from .identifiers import checked_snapshot_identifier
from .kinds import CLUSTER, INSTANCE, SnapshotKind
from .limit_names import LimitNames, limit_names
from .snapshot import Snapshot
from .tags import Tags, checked_tags

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

#: States in which AWS takes a snapshot, apart from `backing-up` while another one is being taken [!].
#: Source: model, CreateDBSnapshot; Aurora user guide, "Creating a DB cluster snapshot".
_SNAPSHOTTABLE = {CLUSTER.shape: ("available",), INSTANCE.shape: ("available", "storage-optimization")}

#: Engines whose read replicas are not snapshotted. Source: RDS user guide, "Differences between read replicas for DB
#: engines" (2023 edition: neither automated backups nor manual snapshots of SQL Server's).
_REPLICAS_WITHOUT_SNAPSHOTS = ("sqlserver",)


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
    _require_state(kind, database)
    limits = limit_names(kind, database.engine)
    require_stock(backend, limits)
    _require_slot(backend, kind, limits)
    snapshot = snapshot_of(backend, kind, name, "manual", database, checked_tags(tags))
    snapshot.operation = backend.emulator.start_operation("snapshot", snapshot.arn, database.arn, snapshot.size_gib)
    backend.snapshots(kind)[name] = snapshot
    backend.emulator.limits.occupy(_limit(backend, limits.in_progress), snapshot.operation)
    backend.emulator.limits.mark(_limit(backend, limits.stock))
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


def require_stock(backend: EmulatedRdsBackend, limits: LimitNames) -> None:
    """Raises SnapshotQuotaExceeded when the account has as many manual snapshots in the region as it may."""
    key = _limit(backend, limits.stock)
    if backend.emulator.limits.is_full(key):
        raise quota_exceeded(f"Cannot create more than {backend.emulator.limits.capacity(key)} manual snapshots")


def _require_slot(backend: EmulatedRdsBackend, kind: SnapshotKind, limits: LimitNames) -> None:
    key = _limit(backend, limits.in_progress)
    if backend.emulator.limits.is_full(key):
        capacity = backend.emulator.limits.capacity(key)
        what = "cluster snapshots" if kind is CLUSTER else "snapshots"
        raise quota_exceeded(f"Cannot create more than {capacity} {what} in progress")


def _require_state(kind: SnapshotKind, database: Any) -> None:
    """Raises what a database is answered with that no snapshot can be taken of now, or ever.

    Sources: the message about an instance as AWS gives it (github.com/ministryofjustice/cloud-platform-user-guide,
    pull request 1842); the one about a cluster has the form that StopDBCluster's has in moto [!].
    """
    status = database.own_status
    if status not in _SNAPSHOTTABLE[kind.shape]:
        if kind is CLUSTER:
            message = f"DbCluster {database.resource_id} is in {status} state but expected it to be one of available."
        else:
            message = (
                f"Cannot create a snapshot because the database instance {database.resource_id} is not currently in "
                "the available state."
            )
        raise RDSClientError(kind.database_invalid_state, message)
    if kind is INSTANCE and database.is_replica and database.engine.startswith(_REPLICAS_WITHOUT_SNAPSHOTS):
        # [!] The user guide has no code for it.
        raise invalid_combination(f"DB snapshots are not supported on read replicas of engine {database.engine}.")


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
