"""Aurora global databases: a cluster that writes in one region, and clusters that follow it in others.

Sources: model, GlobalCluster, GlobalClusterMember and DBCluster; Aurora user guide, "Using Amazon Aurora global
databases": up to one cluster a region, secondary ones of readers only or, headless, without instances; "Checking if a
secondary cluster has write forwarding enabled": a status is shown by secondary clusters only. Terraform's documentation
of aws_rds_cluster: a secondary cluster shows its primary as ReplicationSourceIdentifier; [!] that the primary lists its
secondaries as ReadReplicaIdentifiers. The guide says nothing against snapshots of a secondary cluster, also of a
headless one; they are taken here like any other [!].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from moto.rds.exceptions import RDSClientError
from moto.rds.models import GlobalCluster, rds_backends

from .errors import invalid_combination, invalid_value
from .identifiers import parse_resource_name

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend
    from .databases import DBCluster

#: Where moto keeps them, whatever region asks.
HOME_REGION = "us-east-1"


def global_clusters(account: str) -> Mapping[str, GlobalCluster]:
    return cast("Mapping[str, GlobalCluster]", rds_backends[account][HOME_REGION].global_clusters)


def find_global_cluster(account: str, identifier: str) -> GlobalCluster:
    found = global_clusters(account).get(identifier)
    if found is None:
        raise RDSClientError("GlobalClusterNotFoundFault", f"Global cluster {identifier} not found")
    return found


def create_global_cluster(backend: EmulatedRdsBackend, parameters: Mapping[str, Any]) -> GlobalCluster:
    """A new global database, around a cluster that becomes its primary or around none yet."""
    identifier = parameters["GlobalClusterIdentifier"]
    if identifier in global_clusters(backend.account_id):
        raise RDSClientError("GlobalClusterAlreadyExistsFault", f"Global cluster {identifier} already exists")
    source_arn, engine = parameters.get("SourceDBClusterIdentifier"), parameters.get("Engine")
    primary = _find_cluster(backend, source_arn) if source_arn else None
    if primary is not None and engine is not None:
        raise invalid_combination("Engine is inherited from the source cluster and must not be specified.")
    if primary is None and engine is None:
        raise invalid_value("When creating standalone global cluster, value for engineName should be specified")
    created = GlobalCluster(
        backend=backend.sibling(backend.account_id, HOME_REGION),
        global_cluster_identifier=identifier,
        engine=primary.engine if primary else str(engine),
        engine_version=primary.engine_version if primary else parameters.get("EngineVersion"),
        storage_encrypted=primary.storage_encrypted if primary else parameters.get("StorageEncrypted"),
        deletion_protection=parameters.get("DeletionProtection"),
    )
    cast("dict[str, GlobalCluster]", global_clusters(backend.account_id))[identifier] = created
    if primary is not None:
        join(created, primary)
    return created


def join(database: GlobalCluster, cluster: DBCluster, write_forwarding: bool = False) -> None:
    """Makes a cluster a member: the first one the primary, others secondary ones."""
    primary = primary_of(database)
    cluster.global_cluster_identifier = database.global_cluster_identifier
    cluster.is_writer = primary is None
    database.members.append(cluster)
    if primary is not None:
        cluster.master_username = cluster.master_username or primary.master_username
        cluster.replication_source_identifier = primary.arn
        cluster.global_write_forwarding_status = "enabled" if write_forwarding else "disabled"
        primary.read_replica_identifiers.append(cluster.arn)


def leave(backend: EmulatedRdsBackend, identifier: str, cluster_name: str) -> GlobalCluster:
    """RemoveFromGlobalCluster: the cluster becomes one of its own, which can write."""
    database = find_global_cluster(backend.account_id, identifier)
    cluster = _find_cluster(backend, cluster_name)
    if cluster not in database.members:
        raise RDSClientError("DBClusterNotFoundFault", f"DBCluster {cluster_name} not found.")
    primary = primary_of(database)
    if cluster is primary and len(database.members) > 1:
        # [!] The message.
        raise RDSClientError("InvalidGlobalClusterStateFault", "The primary cluster has to be removed last.")
    database.members.remove(cluster)
    if primary is not None and cluster.arn in primary.read_replica_identifiers:
        primary.read_replica_identifiers.remove(cluster.arn)
    cluster.global_cluster_identifier = None
    cluster.replication_source_identifier = None
    cluster.global_write_forwarding_status = None
    cluster.is_writer = False
    return database


def require_no_member(cluster: DBCluster) -> None:
    """Raises what the deletion of a member is answered with; message as users quote it in public issues."""
    if cluster.global_cluster_identifier:
        raise RDSClientError(
            "InvalidDBClusterStateFault",
            "This cluster is a part of a global cluster, please remove it from globalcluster first",
        )


def primary_of(database: GlobalCluster) -> DBCluster | None:
    return cast("DBCluster | None", next((member for member in database.members if member.is_writer), None))


def global_cluster_to_aws(database: GlobalCluster) -> dict[str, Any]:
    members = cast("list[DBCluster]", database.members)
    return {
        "GlobalClusterIdentifier": database.global_cluster_identifier,
        "GlobalClusterResourceId": database.global_cluster_resource_id,
        "GlobalClusterArn": database.arn,
        "Status": database.status,
        "Engine": database.engine,
        "EngineVersion": database.engine_version,
        "StorageEncrypted": database.storage_encrypted,
        "DeletionProtection": database.deletion_protection,
        "Endpoint": database.endpoint,
        "TagList": [],
        "GlobalClusterMembers": [
            {
                "DBClusterArn": member.arn,
                "IsWriter": member.is_writer,
                "Readers": [other.arn for other in members if not other.is_writer] if member.is_writer else [],
                "GlobalWriteForwardingStatus": member.global_write_forwarding_status,
                "SynchronizationStatus": "connected",
            }
            for member in members
        ],
    }


def _find_cluster(backend: EmulatedRdsBackend, name: str) -> DBCluster:
    """A cluster of the account, in this region or, by its ARN, in another one."""
    where = parse_resource_name("DBClusterIdentifier", name, "cluster", backend.account_id, backend.region_name)
    found = backend.sibling(backend.account_id, where.region).clusters.get(where.identifier)
    if found is None or where.account != backend.account_id:
        raise RDSClientError("DBClusterNotFoundFault", f"DBCluster {name} not found.")
    return cast("DBCluster", found)
