"""Tells the databases that StopDBCluster and StopDBInstance take from those that they refuse.

Sources: Aurora user guide, "Limitations for stopping and starting Aurora DB clusters"; RDS user guide, "Limitations of
Multi-AZ DB clusters" and "Stopping an Amazon RDS DB instance temporarily". [!] The messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.rds.exceptions import RDSClientError

from .multi_az_cluster import is_multi_az_cluster
from .serverless import SERVERLESS_V1

if TYPE_CHECKING:
    from .databases import DBCluster, DBInstance


def require_stoppable_cluster(cluster: DBCluster) -> None:
    """Raises InvalidDBClusterStateFault."""
    if is_multi_az_cluster(cluster.engine):
        reason = "a Multi-AZ DB cluster"
    elif cluster.global_cluster_identifier:
        reason = "part of a global database"
    elif cluster.engine_mode == SERVERLESS_V1:
        reason = "of Aurora Serverless v1"
    else:
        return
    raise RDSClientError("InvalidDBClusterStateFault", f"{cluster.resource_id} is {reason} and cannot be stopped.")


def require_stoppable_instance(instance: DBInstance) -> None:
    """Raises InvalidDBInstanceState."""
    if instance.is_replica or instance.replicas:
        raise RDSClientError(
            "InvalidDBInstanceStateFault",
            f"{instance.resource_id} is or has a read replica and cannot be stopped.",
        )
