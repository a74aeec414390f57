"""Fills the emulated clouds: a user, roles, keys, databases, an organisation. Seeding twice changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.kms.models import Key, kms_backends
from moto.organizations.models import FakeAccount, organizations_backends
from moto.rds.models import rds_backends

from .access.keys import DEFAULT_RDS_KEY, find_key
from .rds.resources import find_resource
from .rds.snapshot import Snapshot
from .rds.tags import Tags, checked_tags

if TYPE_CHECKING:
    from .emulator import Emulator

_DEFAULT_KEY = "alias/farcopy"
_DENY_POLICY = "seeded-deny"
_LONGEST_SESSION_SECONDS = "43200"

#: What an account that a key is shared with may do with it. Source: RDS user guide, "Sharing encrypted snapshots".
_SHARED_KEY_ACTIONS = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
    "kms:RetireGrant",
]

Document = Mapping[str, Any]


class InvalidSeed(ValueError):
    """A seed that cannot be planted; the message says why."""


def apply_seed(emulator: Emulator, body: Document) -> dict[str, Any]:
    """Plants a seed. Raises InvalidSeed, or KeyError for a missing member."""
    answer: dict[str, Any] = {}
    if principal := body.get("principal"):
        answer["credentials"] = _seed_principal(principal["account"], principal["userName"])
    answer["roles"] = [_seed_role(role) for role in body.get("roles", ())]
    answer["keys"] = [_seed_key(key) for key in body.get("keys", ())]
    for network in body.get("networks", ()):
        _seed_network(network)
    answer["resources"] = [_seed_database(resource) for resource in body.get("resources", ())]
    if organization := body.get("organization"):
        if not principal:
            raise InvalidSeed("an organization needs a principal, whose account becomes its management account")
        _seed_organization(_account(principal["account"]), organization["accounts"])
    return answer


def set_status(arn: str, status: str) -> bool:
    """Puts a database or snapshot into a status; False if there is no such thing."""
    resource = find_resource(arn)
    if resource is None:
        return False
    if isinstance(resource, Snapshot):
        resource.forced_status = status
    else:
        resource.status = status
    return True


def _seed_principal(account: str, user_name: str) -> dict[str, str]:
    iam = _iam(account)
    user = iam.users.get(user_name) or iam.create_user("us-east-1", user_name)
    key = next(iter(user.access_keys), None) or iam.create_access_key(user_name)
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


def _seed_role(role: Document) -> str:
    iam = _iam(role["account"])
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": list(role.get("trustedPrincipals", ()))},
        "Action": "sts:AssumeRole",
    }
    if external_id := role.get("externalId"):
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    statements = [statement] if role.get("trustedPrincipals") else []
    if services := role.get("trustedServices"):
        statements.append({"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"})
    if not statements:
        raise InvalidSeed(f"role {role['name']} needs trustedPrincipals or trustedServices")
    trust = _policy(statements)
    present = next((existing for existing in iam.roles.values() if existing.name == role["name"]), None)
    if present is None:
        present = iam.create_role(role["name"], trust, "/", None, "", [], _LONGEST_SESSION_SECONDS)
    present.assume_role_policy_document = trust
    present.policies.pop(_DENY_POLICY, None)
    if denied := role.get("denyActions"):
        present.policies[_DENY_POLICY] = _policy([{"Effect": "Deny", "Action": list(denied), "Resource": "*"}])
    return str(present.arn)


def _seed_key(key: Document) -> dict[str, str]:
    account, region, alias = _account(key["account"]), key["region"], key["alias"]
    if not alias.startswith("alias/"):
        raise InvalidSeed(f"the alias of a key starts with alias/, not so {alias}")
    kms = kms_backends[account][region]
    policy = _key_policy(account, key.get("grantAccounts", ()), key.get("denyPrincipals", ()))
    present = find_key(alias, account, region)
    if present is None:
        present = kms.create_key(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", f"Seeded as {alias}", None)
        kms.create_alias(present.id, alias)
    present.policy = policy
    return {"account": account, "region": region, "alias": alias, "arn": present.arn}


def _key_policy(account: str, granted: Any, denied: Any) -> str:
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    statements: list[dict[str, Any]] = [own]
    if granted:
        roots = [f"arn:aws:iam::{_account(other)}:root" for other in granted]
        statements.append(
            {"Effect": "Allow", "Principal": {"AWS": roots}, "Action": _SHARED_KEY_ACTIONS, "Resource": "*"}
        )
    if denied:
        statements.append({"Effect": "Deny", "Principal": {"AWS": list(denied)}, "Action": "kms:*", "Resource": "*"})
    return _policy(statements)


def _seed_network(network: Document) -> None:
    """A VPC with a subnet in each of two zones, and the subnet group for databases that names them."""
    account, region, name = _account(network["account"]), network["region"], network["name"]
    rds = rds_backends[account][region]
    if name in rds.subnet_groups:
        return
    ec2 = ec2_backends[account][region]
    vpc = ec2.create_vpc("10.40.0.0/16")
    subnets = [
        ec2.create_subnet(vpc.id, f"10.40.{i}.0/24", availability_zone=f"{region}{zone}") for i, zone in enumerate("ab")
    ]
    rds.create_subnet_group(name, f"Seeded as {name}", subnets, [])


def _seed_database(resource: Document) -> str:
    account, region, identifier = _account(resource["account"]), resource["region"], resource["id"]
    backend = rds_backends[account][region]
    tags: Tags = checked_tags({"Key": key, "Value": value} for key, value in resource.get("tags", {}).items())
    properties = {
        "engine": resource["engine"],
        "engine_version": resource.get("engineVersion"),
        "allocated_storage": int(resource["sizeGiB"]),
        "master_username": "farcopy",
        "master_user_password": "not-a-secret-here",
        "tags": tags,
        **_encryption(account, region, resource),
    }
    database: Any
    if resource["kind"] == "aurora-cluster":
        database = backend.clusters.get(identifier)
        if database is None:
            database = backend.create_db_cluster({"db_cluster_identifier": identifier, **properties})
            backend.create_db_instance(
                {
                    "db_instance_identifier": f"{identifier}-instance-1",
                    "db_cluster_identifier": identifier,
                    "db_instance_class": "db.r6g.large",
                    "engine": resource["engine"],
                }
            )
    elif resource["kind"] == "rds-instance":
        database = backend.databases.get(identifier)
        if database is None:
            database = backend.create_db_instance(
                {"db_instance_identifier": identifier, "db_instance_class": "db.m6g.large", **properties}
            )
    else:
        raise InvalidSeed(f"there is no kind {resource['kind']}, only aurora-cluster and rds-instance")
    database.tags = tags
    database.allocated_storage = properties["allocated_storage"]
    database.status = resource.get("status", "available")
    return str(database.arn)


def _encryption(account: str, region: str, resource: Document) -> dict[str, Any]:
    wanted = resource.get("encryption", "none")
    if wanted == "none":
        return {"storage_encrypted": False}
    if wanted == "default":
        return {"storage_encrypted": True, "kms_key_id": DEFAULT_RDS_KEY}
    if wanted != "cmk":
        raise InvalidSeed(f"encryption is none, default or cmk, not {wanted}")
    alias = resource.get("key", _DEFAULT_KEY)
    key: Key | None = find_key(alias, account, region)
    if key is None:
        raise InvalidSeed(f"{resource['id']}: there is no key {alias} in {account}/{region}; list it under keys")
    return {"storage_encrypted": True, "kms_key_id": key.arn}


def _seed_organization(management_account: str, accounts: list[Document]) -> None:
    backend = organizations_backends[management_account]["aws"]
    if backend.org is None:
        backend.create_organization("us-east-1")
    assert backend.org is not None
    present = {account.id: account for account in backend.accounts}
    for wanted in accounts:
        identifier = _account(wanted["id"])
        account = present.get(identifier)
        if account is None:
            # moto makes up account ids; these have to be the given ones.
            account = FakeAccount(backend.org, AccountName=wanted["name"], Email=f"{identifier}@example.com")
            account.id = identifier
            backend.accounts.append(account)
            organizations_backends.master_accounts[identifier] = (management_account, "aws")
        account.name = wanted["name"]


def _account(account: str) -> str:
    if not re.fullmatch(r"\d{12}", str(account)):
        raise InvalidSeed(f"an account id has 12 digits, not so {account}")
    return account


def _iam(account: str) -> IAMBackend:
    return iam_backends[_account(account)]["aws"]


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
