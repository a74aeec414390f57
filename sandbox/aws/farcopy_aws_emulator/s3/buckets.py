"""Finds buckets, whose names are unique across accounts, and asks whether another account may use them.

Source: S3 user guide, "How Amazon S3 authorizes a request": the owner of the bucket has to permit it by bucket policy.
"""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from ..access.policy import evaluate
from ..access.principal import Principal
from .actions import permission_of


def bucket_of(name: str) -> FakeBucket | None:
    """The bucket, whoever owns it."""
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account = owner
    buckets: dict[str, Any] = s3_backends[account][partition].buckets
    return buckets.get(name)


def is_foreign(name: str, principal: Principal, action: str) -> bool:
    """Whether the bucket is another account's, which does not permit the action. Resources are not looked at."""
    bucket = bucket_of(name)
    if bucket is None or bucket.account_id == principal.account:
        return False
    policy = bucket.policy or b"{}"
    document = policy.decode() if isinstance(policy, bytes) else str(policy)
    return evaluate(document, principal, f"s3:{permission_of(action)}", {}) != "allow"
