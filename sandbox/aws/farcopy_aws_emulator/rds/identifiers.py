"""Identifier rules. Source: RDS API reference, constraints of CopyDBSnapshot and CreateDBClusterSnapshot."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import invalid_value

_SNAPSHOT_IDENTIFIER = re.compile(r"(?!.*--)[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?")

_RDS_ARN = re.compile(r"arn:aws[\w-]*:rds:(?P<region>[\w-]+):(?P<account>\d{12}):(?P<type>[\w-]+):(?P<identifier>.+)")


def checked_snapshot_identifier(parameter: str, identifier: str | None, longest: int) -> str:
    """The identifier as AWS stores it: in lower case. Raises InvalidParameterValue."""
    if not identifier:
        raise invalid_value(f"The parameter {parameter} must be provided and must not be blank.")
    if len(identifier) > longest or not _SNAPSHOT_IDENTIFIER.fullmatch(identifier):
        raise invalid_value(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain "
            f"only ASCII letters, digits, and hyphens, at most {longest}; and must not end with a hyphen or contain "
            "two consecutive hyphens."
        )
    return identifier.lower()


@dataclass(frozen=True)
class ResourceName:
    """Where a resource lives and what it is called, whether it was named by ARN or by identifier."""

    account: str
    region: str
    identifier: str
    by_arn: bool


def parse_resource_name(parameter: str, name: str | None, arn_type: str, account: str, region: str) -> ResourceName:
    """Reads an identifier (of the given account and region) or an ARN of the given type.

    Raises InvalidParameterValue for a blank name and for an ARN of something else.
    """
    if not name:
        raise invalid_value(f"The parameter {parameter} must be provided and must not be blank.")
    if not name.startswith("arn:"):
        return ResourceName(account, region, name.lower(), by_arn=False)
    match = _RDS_ARN.fullmatch(name)
    if not match or match["type"] != arn_type:
        raise invalid_value(f"Invalid {parameter} ARN: {name}")
    return ResourceName(match["account"], match["region"], match["identifier"].lower(), by_arn=True)
