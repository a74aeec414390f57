"""Aurora Serverless: version 1 is a cluster that scales, version 2 a class of instances in a cluster that says how far.

Sources: Aurora user guide, "Using Aurora Serverless v1" (always encrypted; no instances to add; snapshots are not
exported) and "Using Aurora Serverless v2" (instances of class db.serverless need the capacity range of their cluster;
the message is quoted there).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import RDSClientError

SERVERLESS_V1 = "serverless"
SERVERLESS_V2_CLASS = "db.serverless"


def encrypted_if_serverless(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a new cluster: one of version 1 is encrypted, whatever was asked for."""
    if properties.get("engine_mode") != SERVERLESS_V1:
        return dict(properties)
    return {**properties, "storage_encrypted": True}


def require_capacity_range(cluster: Any, instance_class: str | None) -> None:
    """Raises InvalidDBClusterStateFault for a serverless instance in a cluster that has no capacity range."""
    if instance_class != SERVERLESS_V2_CLASS or cluster is None:
        return
    if not cluster.serverless_v2_scaling_configuration:
        raise RDSClientError(
            "InvalidDBClusterStateFault",
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB "
            "instance.",
        )
