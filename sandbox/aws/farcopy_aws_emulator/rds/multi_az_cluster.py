"""Multi-AZ DB clusters: MySQL or PostgreSQL with a writer and two readers, which the service makes by itself.

Sources: RDS user guide, "Multi-AZ DB cluster deployments", "Creating a Multi-AZ DB cluster", "Restoring from a snapshot
to a Multi-AZ DB cluster"; model, CreateDBCluster and RestoreDBClusterFromSnapshot. [!] The codes of what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import invalid_combination
from .families import MULTI_AZ, family_of

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend
    from .databases import DBCluster

#: Source: model, StorageType: the default of Multi-AZ DB clusters.
_STORAGE_TYPE = "io1"


def checked_multi_az_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a new cluster, with defaults. Raises InvalidParameterCombination for what is missing."""
    storage_type = properties.get("storage_type") or _STORAGE_TYPE
    needed = ["db_cluster_instance_class", "allocated_storage", *(["iops"] if storage_type.startswith("io") else [])]
    names = {"db_cluster_instance_class": "DBClusterInstanceClass", "allocated_storage": "AllocatedStorage"}
    for name in needed:
        if not properties.get(name):
            raise invalid_combination(f"{names.get(name, 'Iops')} must be specified for a Multi-AZ DB cluster.")
    return {**properties, "storage_type": storage_type}


def create_members(backend: EmulatedRdsBackend, cluster: DBCluster) -> None:
    """The writer and the readers, each in a zone of its own. [!] Their names are the console's."""
    for number, zone in enumerate(cluster.availability_zones or (), start=1):
        backend.create_member(
            {
                "db_instance_identifier": f"{cluster.resource_id}-instance-{number}",
                "db_cluster_identifier": cluster.resource_id,
                "db_instance_class": cluster.db_cluster_instance_class,
                "engine": cluster.engine,
                "availability_zone": zone,
            }
        )


def delete_members(backend: EmulatedRdsBackend, cluster: DBCluster) -> None:
    """They go with their cluster. Source: RDS user guide, "Deleting a Multi-AZ DB cluster"."""
    for member in list(cluster.members):
        del backend.databases[member.db_instance_identifier]


def is_multi_az_cluster(engine: str) -> bool:
    return family_of(engine) is MULTI_AZ
