"""KMS keys as RDS meets them: found by any of their names, and usable only by those whom their policy permits.

Sources: KMS developer guide, "Key policies in AWS KMS" and "Grants in AWS KMS"; RDS user guide, "AWS KMS key
management": RDS uses the key with the permissions of the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from moto.kms.models import Key, KmsBackend, kms_backends

from .policy import evaluate
from .principal import Principal
from .sessions import identity_denies

DEFAULT_RDS_KEY = "alias/aws/rds"

_ARN = re.compile(r"arn:aws[\w-]*:kms:(?P<region>[\w-]+):(?P<account>\d{12}):(?P<name>(?:key|alias)/.+)")


def find_key(name: str, account: str, region: str) -> Key | None:
    """A key by key id, key ARN, alias name or alias ARN. Names without an account are the given account's.

    A key of another region than the given one is not found: no AWS service uses it there.
    """
    if match := _ARN.fullmatch(name):
        if match["region"] != region:
            return None
        account = match["account"]
        name = match["name"].removeprefix("key/")
    backend: KmsBackend = kms_backends[account][region]
    key_id = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name
    return backend.keys.get(key_id) if key_id else None


def is_aws_managed(key: Key) -> bool:
    return any(alias.startswith("alias/aws/") for alias in key.aliases)


def forbidden_action(key: Key, principal: Principal, actions: Iterable[str]) -> str | None:
    """The first of the actions (`kms:Decrypt`, …) that the caller may not do with the key, or None.

    The key policy's Deny wins; then its Allow or a grant is needed. The caller's account in an Allow stands for every
    principal of that account, as long as no identity policy of the caller's role denies.
    """
    context = {"kms:CallerAccount": principal.account, "kms:ViaService": f"rds.{key.region}.amazonaws.com"}
    for action in actions:
        verdict = evaluate(key.policy, principal, action, context)
        granted = verdict == "allow" or (verdict == "silent" and _granted(key, principal, action))
        if not granted or identity_denies(principal, action):
            return action
    return None


def _granted(key: Key, principal: Principal, action: str) -> bool:
    operation = action.removeprefix("kms:")
    return any(
        operation in grant.operations and grant.grantee_principal in principal.policy_names
        for grant in key.grants.values()
    )
