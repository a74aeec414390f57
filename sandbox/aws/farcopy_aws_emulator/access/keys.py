"""KMS keys as RDS meets them: found by any of their names, and usable only by those whom their policy permits.

Sources: KMS developer guide, "Key policies in AWS KMS" and "Grants in AWS KMS"; RDS user guide, "AWS KMS key
management": RDS uses the key with the permissions of the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.kms.models import Key, KmsBackend, kms_backends

from .authorization import Authorization, values
from .policy import Request
from .principal import Principal

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


def key_request(key: Key, principal: Principal, action: str, via: str | None = None, **more: Any) -> Request:
    """An action on a key as policies see it; `via` is the service that asks for the caller: `rds`, `s3`."""
    tags = tags_of_key(key)
    context = values(
        aws_PrincipalArn=principal.role_arn or principal.arn,
        aws_PrincipalAccount=principal.account,
        aws_RequestedRegion=key.region,
        aws_ResourceAccount=key.account_id,
        kms_CallerAccount=principal.account,
        kms_ResourceAliases=list(key.aliases) or None,
        kms_ViaService=f"{via}.{key.region}.amazonaws.com" if via else None,
        **more,
    )
    return Request(action, str(key.arn), {**context, **{f"aws:resourcetag/{k}".lower(): (v,) for k, v in tags.items()}})


def forbidden_action(
    authorization: Authorization, key: Key, principal: Principal, actions: Iterable[str], via: str
) -> str | None:
    """The first of the actions (`kms:Decrypt`, …) that a service may not do with the key for the caller, or None.

    The grants that services make for themselves are for AWS's own resources.
    """
    for action in actions:
        more = {"kms_GrantIsForAWSResource": "true"} if action == "kms:CreateGrant" else {}
        if authorization.key_refusal(principal, key, key_request(key, principal, action, via, **more)):
            return action
    return None


def tags_of_key(key: Key) -> dict[str, str]:
    tagger = kms_backends[key.account_id][key.region].tagger
    return dict(tagger.get_tag_dict_for_resource(key.id))
