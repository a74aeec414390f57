"""Fills the emulated clouds: a user, roles, keys, databases, denials, an organisation.

Seeding twice changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.kms.models import kms_backends
from moto.organizations.models import FakeAccount, organizations_backends
from moto.rds.models import rds_backends

from .access.conditions import UnknownPolicyElement, condition_holds
from .access.keys import find_key
from .access.policy import statements_of
from .database_seed import InvalidSeed, seed_databases

if TYPE_CHECKING:
    from .emulator import Emulator

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


def apply_seed(emulator: Emulator, body: Document) -> dict[str, Any]:
    """Plants a seed. Raises InvalidSeed, or KeyError for a missing member."""
    answer: dict[str, Any] = {}
    if principal := body.get("principal"):
        answer["credentials"] = _seed_principal(principal["account"], principal["userName"], principal.get("policies"))
    answer["roles"] = [_seed_role(role) for role in body.get("roles", ())]
    if "controlPolicies" in body:
        policies = body["controlPolicies"]
        emulator.authorization.control_policies = {
            account: [_checked(document) for document in documents] for account, documents in policies.items()
        }
    answer["keys"] = [_seed_key(key) for key in body.get("keys", ())]
    for network in body.get("networks", ()):
        _seed_network(network)
    for resource in body.get("resources", ()):
        _account(resource["account"])
    answer["resources"] = seed_databases(emulator, list(body.get("resources", ())))
    if "denials" in body:
        emulator.denials.replace(body["denials"])
    if organization := body.get("organization"):
        if not principal:
            raise InvalidSeed("an organization needs a principal, whose account becomes its management account")
        _seed_organization(_account(principal["account"]), organization["accounts"])
    return answer


def _seed_principal(account: str, user_name: str, policies: Mapping[str, Any] | None) -> dict[str, str]:
    iam = _iam(account)
    user = iam.users.get(user_name) or iam.create_user("us-east-1", user_name)
    if policies is not None:
        user.policies = {name: _checked(document) for name, document in policies.items()}
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
    if not statements and "trust" not in role:
        raise InvalidSeed(f"role {role['name']} needs trustedPrincipals, trustedServices or trust")
    trust = _checked(role["trust"]) if "trust" in role else _policy(statements)
    present = next((existing for existing in iam.roles.values() if existing.name == role["name"]), None)
    if present is None:
        present = iam.create_role(role["name"], trust, "/", None, "", [], _LONGEST_SESSION_SECONDS)
    present.assume_role_policy_document = trust
    if "policies" in role:
        present.policies = {name: _checked(document) for name, document in role["policies"].items()}
    if "boundary" in role:
        name = f"{role['name']}-boundary"
        arn = f"arn:aws:iam::{role['account']}:policy/{name}"
        if arn not in iam.managed_policies:
            iam.create_policy("", "/", _checked(role["boundary"]), name, {})
        present.permissions_boundary_arn = arn
    present.policies.pop(_DENY_POLICY, None)
    if denied := role.get("denyActions"):
        present.policies[_DENY_POLICY] = _policy([{"Effect": "Deny", "Action": list(denied), "Resource": "*"}])
    return str(present.arn)


def _seed_key(key: Document) -> dict[str, str]:
    account, region, alias = _account(key["account"]), key["region"], key["alias"]
    if not alias.startswith("alias/"):
        raise InvalidSeed(f"the alias of a key starts with alias/, not so {alias}")
    kms = kms_backends[account][region]
    policy = (
        _checked(key["policy"])
        if "policy" in key
        else _key_policy(account, key.get("grantAccounts", ()), key.get("denyPrincipals", ()))
    )
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


def _checked(document: Document) -> str:
    """A policy as text. Raises InvalidSeed for what would not be understood when it is asked."""
    text = json.dumps(document)
    try:
        for statement in statements_of(text):
            for operator, tests in (statement.get("Condition") or {}).items():
                for key in tests:
                    condition_holds(operator, key, ["x"], {})
    except UnknownPolicyElement as error:
        raise InvalidSeed(f"the emulator does not know {error}") from error
    return text


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
