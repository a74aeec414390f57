"""RestoreDBClusterFromSnapshot and RestoreDBInstanceFromDBSnapshot.

Source: descriptions of both requests in the API model; user guide, "Sharing a DB snapshot": a shared *and* encrypted
instance snapshot has to be copied before it can be restored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..access.principal import Principal
from ..data.database_data import DatabaseData
from ..service_errors import AwsError
from ..work import Work
from .copy_snapshot import SOURCE_KEY_ACTIONS, TARGET_KEY_ACTIONS, usable_key
from .errors import invalid_combination, invalid_value
from .families import family_of
from .find_snapshot import find_visible
from .kinds import CLUSTER, INSTANCE, SnapshotKind
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend
    from .databases import DBCluster, DBInstance


def restore_cluster(backend: EmulatedRdsBackend, caller: Principal, parameters: Mapping[str, Any]) -> DBCluster:
    """Starts restoring a cluster; it has no instances until somebody creates them, unless it makes them itself.

    It is provisioned unless the request says otherwise, also if the snapshot is of Aurora Serverless v1 (Aurora user
    guide, "Restoring an Aurora Serverless v1 DB cluster"). [!] The range of Serverless v2 is not the snapshot's either.
    """
    if not parameters.get("Engine"):
        # Source: model, RestoreDBClusterFromSnapshotMessage, of all three services.
        raise AwsError(400, "MissingParameter", "The request must contain the parameter Engine")
    snapshot = _restorable(backend, CLUSTER, "SnapshotIdentifier", parameters)
    if (engine := parameters["Engine"]) != snapshot.engine:
        raise invalid_combination(f"The snapshot is of engine {snapshot.engine}, not {engine}.")
    requested = parameters.get("KmsKeyId")
    family = family_of(snapshot.engine)
    if requested and not snapshot.is_encrypted and not family.encrypts_plain_on_restore:
        # [!] The code.
        raise invalid_combination(f"KmsKeyId cannot be specified when restoring an unencrypted {family.name}.")
    key = _key_of_restored(backend, caller, snapshot, requested)
    cluster = backend.create_db_cluster({**snapshot.configuration, **_overrides(parameters), **_encryption(key)})
    work = _bring_back(backend, cluster, snapshot, serve=family.has_instances_of_its_own)
    cluster.restore = backend.emulator.start_operation("restore", cluster.arn, snapshot.arn, snapshot.size_gib, work)
    return cluster


def restore_instance(backend: EmulatedRdsBackend, caller: Principal, parameters: Mapping[str, Any]) -> DBInstance:
    """Starts restoring an instance."""
    snapshot = _restorable(backend, INSTANCE, "DBSnapshotIdentifier", parameters)
    size = parameters.get("AllocatedStorage")
    if size is not None and size < snapshot.size_gib:
        raise invalid_value("The allocated storage size can't be less than the source snapshot or backup size.")
    key = _key_of_restored(backend, caller, snapshot, None)
    instance = backend.create_db_instance({**snapshot.configuration, **_overrides(parameters), **_encryption(key)})
    work = _bring_back(backend, instance, snapshot, serve=True)
    instance.restore = backend.emulator.start_operation("restore", instance.arn, snapshot.arn, snapshot.size_gib, work)
    return instance


def _bring_back(
    backend: EmulatedRdsBackend, database: DBCluster | DBInstance, snapshot: Snapshot, serve: bool
) -> Work | None:
    """Gives a restored database data of its own, and a server if it is to have one by itself."""
    kept = snapshot.data
    if kept is None:
        return None
    data = database.data = DatabaseData(backend.emulator.workspace, kept.names)

    def work() -> None:
        data.fill_from(kept)
        if serve:
            data.start()

    return Work(work).start()


def _restorable(
    backend: EmulatedRdsBackend, kind: SnapshotKind, parameter: str, parameters: Mapping[str, Any]
) -> Snapshot:
    snapshot = find_visible(backend, kind, parameter, parameters.get(parameter))
    if snapshot.region != backend.region_name:
        raise kind.not_found_error(str(parameters.get(parameter)))
    if snapshot.status != "available":
        raise kind.invalid_state_error(f"The snapshot is in {snapshot.status} state, not available.")
    if snapshot.is_encrypted and snapshot.account_id != backend.account_id and not kind.restores_shared_encrypted:
        raise kind.invalid_state_error("A shared encrypted snapshot cannot be restored. Copy it and restore the copy.")
    return snapshot


def _key_of_restored(
    backend: EmulatedRdsBackend, caller: Principal, snapshot: Snapshot, requested: str | None
) -> str | None:
    own_key = snapshot.kms_key_id
    if own_key:
        usable_key(backend, "The source snapshot KMS key", own_key, caller, SOURCE_KEY_ACTIONS)
    if requested:
        return usable_key(backend, "Specified KMS key", requested, caller, TARGET_KEY_ACTIONS)
    return own_key


def _encryption(key: str | None) -> dict[str, Any]:
    return {"storage_encrypted": True, "kms_key_id": key} if key else {"storage_encrypted": False, "kms_key_id": None}


def _overrides(parameters: Any) -> dict[str, Any]:
    """What the request says about the new database, under moto's names."""
    about_the_snapshot = ("snapshot_identifier", "db_snapshot_identifier", "kms_key_id")
    return {name: value for name, value in parameters.items() if value is not None and name not in about_the_snapshot}
