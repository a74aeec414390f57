"""Read replicas of instances.

Source: model, CreateDBInstanceReadReplica and DBInstance: made without backups; the source needs a backup retention
period; by identifier in the same region, by ARN from another one, where an encrypted one needs a key of its region.
[!] The codes and messages of what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.rds.exceptions import RDSClientError

from .databases import DBInstance, instance_configuration
from .errors import invalid_value
from .identifiers import parse_resource_name
from .kinds import INSTANCE

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

_ABOUT_THE_SOURCE = ("source_db_instance_identifier", "source_region", "pre_signed_url")


def create_read_replica(backend: EmulatedRdsBackend, properties: Mapping[str, Any]) -> DBInstance:
    """A replica that is there at once; it holds nothing, also if its source has data."""
    name = properties["source_db_instance_identifier"]
    source = _find_source(backend, name)
    if not source.backup_retention_period:
        raise RDSClientError(
            "InvalidDBInstanceStateFault",
            f"Automated backups are not enabled for this database instance: {source.resource_id}",
        )
    crosses_regions = source.region != backend.region_name
    key = properties.get("kms_key_id")
    if crosses_regions and source.storage_encrypted and not key:
        raise invalid_value("KmsKeyId must be specified for a replica in another region of an encrypted DB instance.")
    given = {n: value for n, value in properties.items() if value is not None and n not in _ABOUT_THE_SOURCE}
    replica = backend.create_db_instance(
        {
            **instance_configuration(source),
            "storage_encrypted": source.storage_encrypted,
            **given,
            "kms_key_id": (key or source.kms_key_id) if source.storage_encrypted else None,
        }
    )
    for snapshot in [s for s in backend.snapshots(INSTANCE).values() if s.database_identifier == replica.resource_id]:
        if snapshot.snapshot_type == "automated":
            del backend.snapshots(INSTANCE)[snapshot.identifier]
    replica.backup_retention_period = 0
    replica.is_replica = True
    replica.source_db_instance_identifier = source.arn if crosses_regions else source.resource_id
    source.add_replica(replica)
    return replica


def promote(backend: EmulatedRdsBackend, replica: DBInstance) -> None:
    """PromoteReadReplica: source and replica forget each other."""
    if replica.source_db_instance_identifier:
        _find_source(backend, replica.source_db_instance_identifier).remove_replica(replica)
        replica.source_db_instance_identifier = None
    replica.is_replica = False


def _find_source(backend: EmulatedRdsBackend, name: str) -> DBInstance:
    where = parse_resource_name("SourceDBInstanceIdentifier", name, "db", backend.account_id, backend.region_name)
    source = backend.sibling(backend.account_id, where.region).databases.get(where.identifier)
    if not isinstance(source, DBInstance) or where.account != backend.account_id:
        raise RDSClientError("DBInstanceNotFoundFault", f"DBInstance {name} not found.")
    return source
