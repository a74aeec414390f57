"""Calls that identities are not permitted, as if no policy of theirs allowed them.

Source: IAM user guide, "Troubleshoot access denied error messages": the words of an implicit denial. Matching by the
value of a request's filter is a device for tests: IAM has nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..call import Call
from .resources import resources_of

_MEMBERS = ("account", "role", "actions", "resources", "filter")


class InvalidDenial(ValueError):
    """A denial that makes no sense; the message says why."""


@dataclass(frozen=True)
class Denial:
    id: str
    #: The caller's.
    account: str
    #: Name or ARN; None: everybody in the account.
    role: str | None
    #: Patterns, `rds:Describe*`.
    actions: tuple[str, ...]
    #: Patterns of ARNs.
    resources: tuple[str, ...]
    #: Name and value of a filter that the request has to have; None: any request.
    filter: tuple[str, str] | None

    def refused_resource(self, call: Call, action: str) -> str | None:
        """The resource that the call is refused for, `*` if it names none; None: it is not refused."""
        principal = call.principal
        if principal is None or principal.account != self.account:
            return None
        if self.role is not None and self.role not in (principal.role_name, principal.role_arn):
            return None
        if not _matches(self.actions, action.lower(), lower=True):
            return None
        if self.filter is not None and self.filter not in filters_of(call):
            return None
        return next((arn for arn in resources_of(call) or ["*"] if _matches(self.resources, arn)), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "account": self.account,
            "role": self.role,
            "actions": list(self.actions),
            "resources": list(self.resources),
            "filter": None if self.filter is None else {"name": self.filter[0], "value": self.filter[1]},
        }


class DenialBook:
    """The denials in force."""

    def __init__(self) -> None:
        self._denials: dict[str, Denial] = {}
        self._next_id = 1

    def add(self, body: Mapping[str, Any]) -> Denial:
        """Raises InvalidDenial, or KeyError for a missing member."""
        denial = _checked(str(self._next_id), body)
        self._next_id += 1
        self._denials[denial.id] = denial
        return denial

    def replace(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Raises InvalidDenial, leaving what is in force as it is."""
        for body in bodies:
            _checked("", body)
        self.clear()
        for body in bodies:
            self.add(body)

    def refusal(self, call: Call, action: str) -> str | None:
        """The message a call is refused with, if it is."""
        for denial in self._denials.values():
            resource = denial.refused_resource(call, action)
            if resource is not None:
                assert call.principal is not None
                on = "" if resource == "*" else f" on resource: {resource}"
                return (
                    f"User: {call.principal.arn} is not authorized to perform: {action}{on} because no identity-based "
                    f"policy allows the {action} action"
                )
        return None

    def remove(self, denial_id: str) -> bool:
        return self._denials.pop(denial_id, None) is not None

    def clear(self) -> None:
        self._denials.clear()

    def to_json(self) -> list[dict[str, Any]]:
        return [denial.to_json() for denial in self._denials.values()]


def filters_of(call: Call) -> set[tuple[str, str]]:
    """Names and values of a request's filters: `Filters.Filter.1.Name`, `Filters.Filter.1.Values.Value.1`."""
    found: set[tuple[str, str]] = set()
    for parameter, name in call.parameters.items():
        if parameter.startswith("Filters.") and parameter.endswith(".Name"):
            values = f"{parameter.removesuffix('Name')}Values."
            found |= {(name, value) for other, value in call.parameters.items() if other.startswith(values)}
    return found


def _checked(denial_id: str, body: Mapping[str, Any]) -> Denial:
    if not isinstance(body, Mapping):
        raise InvalidDenial("a denial is an object: {account, actions, role?, resources?, filter?}")
    if unknown := set(body) - set(_MEMBERS):
        raise InvalidDenial(f"unknown {', '.join(sorted(unknown))}; a denial has {', '.join(_MEMBERS)}")
    wanted = body.get("filter")
    if wanted is not None and not (isinstance(wanted, Mapping) and set(wanted) == {"name", "value"}):
        raise InvalidDenial("the filter of a denial is {name, value}")
    return Denial(
        id=denial_id,
        account=str(body["account"]),
        role=body.get("role"),
        actions=_patterns("actions", body["actions"]),
        resources=_patterns("resources", body.get("resources", ["*"])),
        filter=None if wanted is None else (str(wanted["name"]), str(wanted["value"])),
    )


def _patterns(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(pattern, str) for pattern in value):
        raise InvalidDenial(f"{name} must be a list of patterns")
    return tuple(value)


def _matches(patterns: Sequence[str], text: str, lower: bool = False) -> bool:
    return any(fnmatchcase(text, pattern.lower() if lower else pattern) for pattern in patterns)
