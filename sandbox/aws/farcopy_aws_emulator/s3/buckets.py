"""Finds buckets, whose names are unique across accounts."""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeBucket, s3_backends


def bucket_of(name: str) -> FakeBucket | None:
    """The bucket, whoever owns it."""
    owner = s3_backends.bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account = owner
    buckets: dict[str, Any] = s3_backends[account][partition].buckets
    return buckets.get(name)
