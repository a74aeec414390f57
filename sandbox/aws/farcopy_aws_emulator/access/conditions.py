"""The conditions of policies.

Source: IAM user guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or
values" and "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

#: Keys that calls are given a value of, where they have one. Others are not known to have none: they are unknown.
KNOWN_KEYS = frozenset(
    {
        "aws:calledvia",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:tagkeys",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "kms:calleraccount",
        "kms:grantisforawsresource",
        "kms:granteeprincipal",
        "kms:grantoperations",
        "kms:resourcealiases",
        "kms:retiringprincipal",
        "kms:viaservice",
        "s3:object-lock-mode",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "sts:externalid",
        "sts:rolesessionname",
    }
)
#: Keys whose last part is the name of a tag, or of an entry of the encryption context.
_NAMING_KEYS = ("aws:resourcetag/", "aws:requesttag/", "aws:principaltag/", "kms:encryptioncontext:")


class UnknownPolicyElement(Exception):
    """A policy says what is not understood here. Nothing may be concluded from it."""


def condition_holds(operator: str, key: str, wanted: Sequence[str], context: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether one test of a statement holds. Raises UnknownPolicyElement."""
    name = key.lower()
    if name not in KNOWN_KEYS and not name.startswith(_NAMING_KEYS):
        raise UnknownPolicyElement(f"the condition key {key}")
    values = context.get(name)
    quantifier, _, bare = operator.rpartition(":")
    if_exists = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    if bare == "Null":
        return (values is None) == (wanted[0].lower() == "true")
    negated = "Not" in bare
    one = _TESTS.get(bare.replace("Not", "", 1) if negated else bare)
    if one is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownPolicyElement(f"the condition operator {operator}")

    def holds(value: str) -> bool:
        return any(one(value, want) for want in wanted) != negated

    if values is None:
        return if_exists or quantifier == "ForAllValues" or (negated and quantifier == "")
    if quantifier == "ForAllValues":
        return all(holds(value) for value in values)
    if quantifier == "ForAnyValue":
        return any(holds(value) for value in values)
    # A key with several values and no quantifier: AWS takes a match of any.
    return (not any(not holds(value) for value in values)) if negated else any(holds(value) for value in values)


@lru_cache(maxsize=4096)
def wildcard(text: str, ignore_case: bool = False) -> re.Pattern[str]:
    """`*` for any characters, `?` for one; nothing else is special."""
    body = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in text)
    return re.compile(body, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _like(value: str, want: str) -> bool:
    return wildcard(want).fullmatch(value) is not None


def _arn(value: str, want: str) -> bool:
    """Each of the six parts is compared for itself: no wildcard reaches over a colon but in the last."""
    parts, wanted = value.split(":", 5), want.split(":", 5)
    return len(parts) == len(wanted) and all(_like(part, one) for part, one in zip(parts, wanted, strict=True))


_TESTS = {
    "StringEquals": lambda value, want: value == want,
    "StringEqualsIgnoreCase": lambda value, want: value.lower() == want.lower(),
    "StringLike": _like,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": lambda value, want: value.lower() == want.lower(),
}
