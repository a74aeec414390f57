"""Faults on demand: what goes wrong, for which calls, how often."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .call import Call

_MATCH_FIELDS = ("service", "action", "account", "region", "role", "resource", "parameters")

#: The fields of each type of fault: required ones, and optional ones with what they default to.
_TYPES: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
    "error": (("code",), {"message": "Injected by the sandbox.", "status": 400}),
    "throttle": ((), {}),
    "capacity": ((), {}),
    "error-after-commit": ((), {"status": 500}),
    "timeout": (("seconds",), {}),
    "timeout-after-commit": (("seconds",), {}),
    "region-down": ((), {}),
    "hang-operation": ((), {"atPercent": 50}),
    "fail-operation": ((), {"afterPercent": 50, "cause": "Injected by the sandbox."}),
    "skip-table": (("table",), {"reason": "Injected by the sandbox."}),
    "corrupt-object": ((), {"object": ""}),
    "drop-object": ((), {"object": ""}),
}

#: On what a call starts.
OPERATION_FAULTS = frozenset({"hang-operation", "fail-operation"})

#: On what an export writes.
EXPORT_FAULTS = frozenset({"skip-table", "corrupt-object", "drop-object"})

#: On the call itself.
CALL_FAULTS = frozenset(_TYPES) - OPERATION_FAULTS - EXPORT_FAULTS

#: Details that are texts; the others are numbers.
_TEXTS = frozenset({"code", "message", "cause", "table", "reason", "object"})


class InvalidFault(ValueError):
    """A fault nobody could inject; the message says why."""


@dataclass
class Fault:
    id: str
    match: Mapping[str, Any]
    type: str
    details: Mapping[str, Any]
    #: How often it still strikes; None = for ever.
    remaining: int | None
    probability: float
    #: How many calls that it would hit go by before.
    skip: int

    def matches(self, call: Call) -> bool:
        assert call.principal is not None
        actual = {
            "service": call.service,
            "action": call.action,
            "account": call.principal.account,
            "region": call.region,
        }
        for name, wanted in self.match.items():
            if name == "role":
                if wanted not in (call.principal.role_name, call.principal.role_arn):
                    return False
            elif name == "resource":
                if not call.mentions(wanted):
                    return False
            elif name == "parameters":
                if not all(value in call.values_of(parameter) for parameter, value in wanted.items()):
                    return False
            elif actual[name] != wanted:
                return False
        return True

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "match": dict(self.match),
            "fault": {"type": self.type, **self.details},
            "times": self.remaining,
            "probability": self.probability,
            "skip": self.skip,
        }


def _numbers(details: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in details.items() if name not in _TEXTS}


class FaultBook:
    """The faults in force, struck in the order in which they were added."""

    def __init__(self, seed: int) -> None:
        self._faults: dict[str, Fault] = {}
        self._next_id = 1
        self._random = random.Random(seed)

    def reseed(self, seed: int) -> None:
        self._random = random.Random(seed)

    def add(self, body: Mapping[str, Any]) -> Fault:
        """Raises InvalidFault."""
        match, described = body.get("match") or {}, body.get("fault")
        if not isinstance(match, Mapping) or not isinstance(described, Mapping):
            raise InvalidFault("a fault needs {match: {…}, fault: {type: …}}")
        if unknown := set(match) - set(_MATCH_FIELDS):
            raise InvalidFault(f"match: unknown {', '.join(sorted(unknown))}; there is {', '.join(_MATCH_FIELDS)}")
        if not isinstance(match.get("parameters", {}), Mapping):
            raise InvalidFault("match.parameters must be an object: names of request parameters and their values")
        fault_type = str(described.get("type"))
        if fault_type not in _TYPES:
            raise InvalidFault(f"fault.type must be one of {', '.join(_TYPES)}")
        required, optional = _TYPES[fault_type]
        details = {name: value for name, value in described.items() if name != "type"}
        if missing := set(required) - set(details):
            raise InvalidFault(f"a fault of type {fault_type} needs {', '.join(sorted(missing))}")
        if unknown := set(details) - set(required) - set(optional):
            raise InvalidFault(f"a fault of type {fault_type} has no {', '.join(sorted(unknown))}")
        times, probability, skip = body.get("times"), body.get("probability", 1), body.get("skip", 0)
        if times is not None and (not isinstance(times, int) or times < 1):
            raise InvalidFault("times must be a whole number from 1 up")
        if isinstance(skip, bool) or not isinstance(skip, int) or skip < 0:
            raise InvalidFault("skip must be a whole number from 0 up")
        for name, number in {"probability": probability, **_numbers(details)}.items():
            if isinstance(number, bool) or not isinstance(number, (int, float)) or number < 0:
                raise InvalidFault(f"{name} must be a number from 0 up")
        fault = Fault(
            id=str(self._next_id),
            match=dict(match),
            type=fault_type,
            details={**optional, **details},
            remaining=times,
            probability=probability,
            skip=skip,
        )
        self._next_id += 1
        self._faults[fault.id] = fault
        return fault

    def strike(self, call: Call, types: Collection[str]) -> Fault | None:
        """The first fault of these types that hits this call, used up by one."""
        return next(self._striking(call, types), None)

    def strike_all(self, call: Call, types: Collection[str]) -> list[Fault]:
        """All faults of these types that hit this call, each used up by one."""
        return list(self._striking(call, types))

    def _striking(self, call: Call, types: Collection[str]) -> Iterator[Fault]:
        for fault in list(self._faults.values()):
            if fault.type not in types or fault.remaining == 0 or not fault.matches(call):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if fault.remaining is not None:
                fault.remaining -= 1
            yield fault

    def is_in_force(self, fault_id: str) -> bool:
        return fault_id in self._faults

    def remove(self, fault_id: str) -> bool:
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def to_json(self) -> list[dict[str, Any]]:
        return [fault.to_json() for fault in self._faults.values()]
