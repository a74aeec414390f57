"""What a call needs to be allowed: actions on resources, with the values that conditions may ask for.

Source: service authorization reference, "Actions, resources, and condition keys" of each service. An action on several
resources needs all of them; [!] which one a message names, here the first that is refused. Calls to KMS are judged
where the key is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from moto.secretsmanager.models import secretsmanager_backends

from ..call import Call
from ..rds.resources import find_resource
from .authorization import context_of
from .policy import Request
from .resources import TYPES, arn_of, resources_of

#: Requests that make something, and the parameter that names it: tags given to it are added to it.
_MADE: Mapping[str, str] = {
    "CreateDBCluster": "DBClusterIdentifier",
    "CreateDBClusterParameterGroup": "DBClusterParameterGroupName",
    "CreateDBClusterSnapshot": "DBClusterSnapshotIdentifier",
    "CreateDBInstance": "DBInstanceIdentifier",
    "CreateDBParameterGroup": "DBParameterGroupName",
    "CreateDBSnapshot": "DBSnapshotIdentifier",
    "CopyDBClusterSnapshot": "TargetDBClusterSnapshotIdentifier",
    "CopyDBSnapshot": "TargetDBSnapshotIdentifier",
    "RestoreDBClusterFromSnapshot": "DBClusterIdentifier",
    "RestoreDBInstanceFromDBSnapshot": "DBInstanceIdentifier",
}

#: Roles that are handed to a service: the parameter, and the service that takes them on.
_PASSED: Mapping[tuple[str, str], str] = {
    ("StartExportTask", "IamRoleArn"): "export.rds.amazonaws.com",
    ("AddRoleToDBCluster", "RoleArn"): "rds.amazonaws.com",
    ("AddRoleToDBInstance", "RoleArn"): "rds.amazonaws.com",
    ("CreateDBInstance", "MonitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("ModifyDBInstance", "MonitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("RestoreDBClusterFromSnapshot", "MonitoringRoleArn"): "monitoring.rds.amazonaws.com",
}

#: Actions that a request is about none of its resources for.
_ABOUT_ALL = frozenset({"CancelExportTask", "DescribeExportTasks"})

#: Who asks needs no permission.
_FREE = frozenset({("sts", "GetCallerIdentity"), ("sts", "AssumeRole")})


def needs_of(call: Call) -> list[Request]:
    """Empty for what is judged elsewhere, or is free."""
    if call.principal is None or (call.service, call.action) in _FREE or call.service in ("kms", "s3"):
        return []
    if call.service == "rds":
        return list(_rds(call))
    account = call.principal.account
    resource = _OTHERS.get(call.service, lambda _: "*")(call)
    # The same service has one name in ARNs and signatures and another in policies.
    boundary = call.parameters.get("PermissionsBoundary") if call.service == "iam" else None
    context = context_of(call, account, iam_PermissionsBoundary=boundary)
    return [Request(f"{call.service}:{call.action}", resource, context)]


def _rds(call: Call) -> Iterator[Request]:
    assert call.principal is not None
    resources = ["*"] if call.action in _ABOUT_ALL else resources_of(call) or ["*"]
    tags = _tags_of_request(call)
    for arn in resources:
        yield Request(f"rds:{call.action}", arn, _rds_context(call, arn, tags))
    made = _MADE.get(call.action)
    if made and tags:
        name = call.parameters.get(made, "").lower()
        arn = arn_of(call.region, call.principal.account, TYPES[made], name)
        yield Request("rds:AddTagsToResource", arn, _rds_context(call, arn, tags))
    for (action, parameter), service in _PASSED.items():
        if call.action == action and (role := call.parameters.get(parameter)):
            context = context_of(call, _owner_of(role), iam_PassedToService=service)
            yield Request("iam:PassRole", role, context)


def _rds_context(call: Call, arn: str, request_tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    owner = _owner_of(arn)
    context = context_of(call, owner)
    # [!] What another account's resource is tagged with, nobody sees.
    own = find_resource(arn) if call.principal is not None and owner == call.principal.account else None
    present = {tag["Key"]: tag["Value"] for tag in own.get_tags()} if own is not None else {}
    context |= {f"aws:resourcetag/{key}".lower(): (value,) for key, value in present.items()}
    context |= {f"aws:requesttag/{key}".lower(): (value,) for key, value in request_tags.items()}
    names = [*request_tags, *(v for k, v in call.parameters.items() if k.startswith("TagKeys."))]
    return {**context, **({"aws:tagkeys": tuple(names)} if names else {})}


def _owner_of(arn: str) -> str | None:
    """The account that an ARN names; None where it is no ARN: the service itself says what is wrong with it."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else None


def _tags_of_request(call: Call) -> dict[str, str]:
    """`Tags.Tag.1.Key`, `Tags.Tag.1.Value`; some SDKs say `Tags.member.1.Key`."""
    return {
        key: call.parameters.get(f"{name.removesuffix('Key')}Value", "")
        for name, key in call.parameters.items()
        if name.startswith("Tags.") and name.endswith(".Key")
    }


def _secret(call: Call) -> str:
    assert call.principal is not None
    name = call.parameters.get("SecretId", "")
    if name.startswith("arn:") or not name:
        return name or "*"
    secrets = secretsmanager_backends[call.principal.account][call.region].secrets
    found = secrets.get(name)
    return str(found.arn) if found else f"arn:aws:secretsmanager:{call.region}:{call.principal.account}:secret:{name}"


_OTHERS: Mapping[str, Callable[[Call], str]] = {
    "secretsmanager": _secret,
    "sns": lambda call: call.parameters.get("TopicArn", "*"),
    "iam": lambda call: (
        f"arn:aws:iam::{call.principal.account}:role/{call.parameters['RoleName']}"
        if call.principal and "RoleName" in call.parameters
        else "*"
    ),
}
