"""Evaluates policy documents: key policies, trust policies and the Deny statements of identity policies.

Source: IAM user guide, "Policy evaluation logic": an explicit Deny wins, then an Allow, otherwise nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Literal

from .principal import Principal

Verdict = Literal["allow", "deny", "silent"]


def evaluate(document: str, principal: Principal | None, action: str, context: Mapping[str, str]) -> Verdict:
    """What a policy says about an action; without a principal, statements are taken as an identity policy's."""
    verdict: Verdict = "silent"
    for statement in _statements(document):
        effect = statement.get("Effect")
        if not _names_action(statement, action):
            continue
        if principal is not None and not _names_principal(statement, principal):
            continue
        if not _conditions_hold(statement, context, unknown=effect == "Deny"):
            continue
        if effect == "Deny":
            return "deny"
        verdict = "allow"
    return verdict


@lru_cache(maxsize=1024)
def _statements(document: str) -> list[dict[str, Any]]:
    try:
        statements = json.loads(document).get("Statement", [])
    except (ValueError, AttributeError):
        return []
    return statements if isinstance(statements, list) else [statements]


def _names_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _matches_any(statement["NotAction"], action)
    return _matches_any(statement.get("Action", []), action)


def _matches_any(patterns: str | Iterable[str], value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)


def _names_principal(statement: Mapping[str, Any], principal: Principal) -> bool:
    named = statement.get("Principal", statement.get("NotPrincipal"))
    if isinstance(named, Mapping):
        named = [*_listed(named.get("AWS", [])), *_listed(named.get("Service", []))]
    listed = _listed(named or [])
    included = "*" in listed or not principal.policy_names.isdisjoint(listed)
    return included if "Principal" in statement else not included


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _conditions_hold(statement: Mapping[str, Any], context: Mapping[str, str], unknown: bool) -> bool:
    """Whether all conditions hold. An operator not known here fails closed: it keeps a Deny and voids an Allow."""
    for operator, tests in (statement.get("Condition") or {}).items():
        for key, wanted in tests.items():
            values = [wanted] if isinstance(wanted, str) else [str(value) for value in wanted]
            actual = next((value for name, value in context.items() if name.lower() == key.lower()), None)
            if operator in ("StringEquals", "ArnEquals"):
                held = actual in values
            elif operator in ("StringNotEquals", "ArnNotEquals"):
                held = actual not in values
            elif operator in ("StringLike", "ArnLike"):
                held = actual is not None and any(fnmatchcase(actual, pattern) for pattern in values)
            else:
                held = unknown
            if not held:
                return False
    return True
