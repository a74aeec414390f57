"""The resources that a call to RDS is about, as IAM names them.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon RDS": DocumentDB and Neptune
have the same actions and the same forms of ARN. A list is of all resources of its type, and is answered as one of
`cluster:*` (messages quoted in public issues, as in github.com/awslabs/pireporter, issue 8). [!] Which of several
resources a message names; here, the first one that is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..call import Call

TYPES: Mapping[str, str] = {
    "DBClusterIdentifier": "cluster",
    "DBInstanceIdentifier": "db",
    "SourceDBInstanceIdentifier": "db",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "SourceDBClusterSnapshotIdentifier": "cluster-snapshot",
    "TargetDBClusterSnapshotIdentifier": "cluster-snapshot",
    "SnapshotIdentifier": "cluster-snapshot",
    "DBSnapshotIdentifier": "snapshot",
    "SourceDBSnapshotIdentifier": "snapshot",
    "TargetDBSnapshotIdentifier": "snapshot",
    "DBClusterParameterGroupName": "cluster-pg",
    "DBParameterGroupName": "pg",
    "DBSubnetGroupName": "subgrp",
    "GlobalClusterIdentifier": "global-cluster",
    "OptionGroupName": "og",
}

#: Parameters whose value is an ARN.
_ARNS = ("ResourceName", "SourceArn")

#: The type of resource that a list is of, where the request names none.
_LISTED: Mapping[str, str] = {
    "DescribeDBClusters": "cluster",
    "DescribeDBInstances": "db",
    "DescribeDBClusterSnapshots": "cluster-snapshot",
    "DescribeDBSnapshots": "snapshot",
    "DescribeGlobalClusters": "global-cluster",
    "DescribeDBSubnetGroups": "subgrp",
    "DescribeDBClusterParameterGroups": "cluster-pg",
    "DescribeDBParameterGroups": "pg",
}


def resources_of(call: Call) -> list[str]:
    """ARNs, the ones that the request names first; none for other services than RDS."""
    if call.service != "rds" or call.principal is None:
        return []
    account = call.principal.account
    named = [
        value if value.startswith("arn:") else arn_of(call.region, account, TYPES[parameter], value.lower())
        for parameter, value in call.parameters.items()
        if parameter in TYPES and value
    ]
    named += [call.parameters[parameter] for parameter in _ARNS if call.parameters.get(parameter)]
    listed = _LISTED.get(call.action)
    if listed and not any(f":{listed}:" in arn for arn in named):
        named.append(arn_of(call.region, account, listed, "*"))
    return named


def arn_of(region: str, account: str, resource_type: str, name: str) -> str:
    return f"arn:aws:rds:{'' if resource_type == 'global-cluster' else region}:{account}:{resource_type}:{name}"
