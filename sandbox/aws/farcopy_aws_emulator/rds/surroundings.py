"""What has to be there before a database can be put into it: subnet group, parameter groups, security groups.

Source: model, errors of RestoreDBClusterFromSnapshot and RestoreDBInstanceFromDBSnapshot. [!] The code for a security
group that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBSubnetGroup

from .errors import invalid_value

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

DEFAULT_SUBNET_GROUP = "default"


def require_surroundings(backend: EmulatedRdsBackend, properties: Mapping[str, Any]) -> None:
    """Raises DBSubnetGroupNotFoundFault, DBClusterParameterGroupNotFound, InvalidParameterValue."""
    if subnet_group := properties.get("db_subnet_group_name"):
        backend.describe_db_subnet_groups(subnet_group)
    group = properties.get("db_cluster_parameter_group_name")
    if group and not group.startswith("default.") and group not in backend.db_cluster_parameter_groups:
        raise RDSClientError("DBClusterParameterGroupNotFoundFault", f"DBClusterParameterGroup not found: {group}")
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    for security_group in properties.get("vpc_security_group_ids") or ():
        if ec2.get_security_group_from_id(security_group) is None:
            raise invalid_value(f"Invalid security group , groupId= {security_group}, groupName=.")


def default_subnet_group(backend: EmulatedRdsBackend) -> DBSubnetGroup:
    """The group that every region with a default VPC has."""
    subnets = list(ec2_backends[backend.account_id][backend.region_name].get_default_subnets().values())
    return DBSubnetGroup(backend, DEFAULT_SUBNET_GROUP, "default", subnets, [])  # type: ignore[abstract]
