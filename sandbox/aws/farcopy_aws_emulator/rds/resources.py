"""Anything of RDS by its ARN, whoever asks."""

from __future__ import annotations

import re
from typing import Any

from moto.rds.models import rds_backends

_ARN = re.compile(r"arn:aws:rds:([\w-]+):(\d{12}):([\w-]+):(.+)")


def find_resource(arn: str) -> Any | None:
    """A database, an instance, a snapshot or whatever moto finds; None if there is no such thing."""
    match = _ARN.fullmatch(arn)
    if not match:
        return None
    region, account, resource_type, name = match.groups()
    return rds_backends[account][region]._find_resource(resource_type, name)
