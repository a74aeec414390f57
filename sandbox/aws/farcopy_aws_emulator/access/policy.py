"""The language of policies: which statements of a document speak of a request.

Sources: IAM user guide, "IAM JSON policy elements reference" and "Policy evaluation logic". What is not known here is
never taken as allowed: an operator or a condition key without a rule raises UnknownPolicyElement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from .conditions import UnknownPolicyElement, condition_holds, wildcard
from .principal import Principal

#: `named`: the statement names the caller itself; `account`: it leaves it to the policies of the caller's account.
ResourceVerdict = Literal["deny", "named", "account", "silent"]

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}


@dataclass(frozen=True)
class Request:
    """One action on one resource, as policies see it."""

    #: `rds:CopyDBSnapshot`
    action: str
    #: ARN; `*` where the action is about none.
    resource: str
    #: Values of condition keys, by their names in small letters; what is not there has no value.
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    sid: str
    effect: str


def identity_statements(document: str, request: Request) -> Iterator[Statement]:
    """The statements of an identity, session, boundary or control policy that speak of the request."""
    for statement in statements_of(document):
        if _is_about(statement, request):
            yield Statement(str(statement.get("Sid", "")), str(statement["Effect"]))


def resource_verdict(document: str, principal: Principal, request: Request) -> ResourceVerdict:
    """What the policy of a resource, a key or a role's trust policy says of the caller."""
    verdict: ResourceVerdict = "silent"
    for statement in statements_of(document):
        named = _naming(statement, principal)
        if named is None or not _is_about(statement, request):
            continue
        if statement["Effect"] == "Deny":
            return "deny"
        if named == "named" or verdict == "silent":
            verdict = named
    return verdict


def explicit_deny(documents: Iterable[str], request: Request) -> bool:
    return any(one.effect == "Deny" for document in documents for one in identity_statements(document, request))


@lru_cache(maxsize=1024)
def statements_of(document: str) -> list[dict[str, Any]]:
    """The statements of a document. Raises UnknownPolicyElement for what is no policy."""
    try:
        statements = json.loads(document).get("Statement", [])
    except (ValueError, AttributeError) as error:
        raise UnknownPolicyElement(f"a policy that is no JSON object: {document[:80]}") from error
    listed = statements if isinstance(statements, list) else [statements]
    for statement in listed:
        if unknown := set(statement) - _ELEMENTS:
            raise UnknownPolicyElement(f"{', '.join(sorted(unknown))} in a statement of a policy")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise UnknownPolicyElement(f"a statement without Effect: {statement}")
    return listed


def _is_about(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _names(statement, "Action", request.action, ignore_case=True)
        and _names(statement, "Resource", request.resource)
        and all(
            condition_holds(operator, key, _listed(wanted), request.context)
            for operator, tests in (statement.get("Condition") or {}).items()
            for key, wanted in tests.items()
        )
    )


def _names(statement: Mapping[str, Any], element: str, value: str, ignore_case: bool = False) -> bool:
    if f"Not{element}" in statement:
        return not _matches_any(statement[f"Not{element}"], value, ignore_case)
    # The policies of roles that may be assumed name no resource.
    return element not in statement or _matches_any(statement[element], value, ignore_case)


def _matches_any(patterns: str | Iterable[str], value: str, ignore_case: bool) -> bool:
    return any(wildcard(pattern, ignore_case).fullmatch(value) for pattern in _listed(patterns))


def _naming(statement: Mapping[str, Any], principal: Principal) -> Literal["named", "account"] | None:
    element = "Principal" if "Principal" in statement else "NotPrincipal"
    named = statement.get(element)
    if isinstance(named, Mapping):
        named = [*_listed(named.get("AWS", [])), *_listed(named.get("Service", []))]
    listed = set(_listed(named or []))
    if element == "NotPrincipal":
        return "named" if listed.isdisjoint(principal.policy_names) else None
    if "*" in listed or not listed.isdisjoint(principal.own_names):
        return "named"
    return None if listed.isdisjoint(principal.policy_names) else "account"


def _listed(value: str | bool | Iterable[str]) -> list[str]:
    if isinstance(value, bool):
        return [str(value).lower()]
    return [value] if isinstance(value, str) else [str(one) for one in value]
