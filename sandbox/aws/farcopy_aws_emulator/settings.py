"""What can be changed while the emulator runs: time, service limits, and rules that differ between AWS's documents."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from .operations import OperationKind

OPERATION_KINDS: tuple[OperationKind, ...] = get_args(OperationKind)

#: Service limits per account and region, as AWS ships them; None counts without limiting.
#: Aurora: "you can copy up to five DB cluster snapshots at a time from one AWS Region to another" and
#: "up to 20 DB snapshots" for instances (user guides, copying a snapshot); 100 manual snapshots each
#: (quotas page); "up to five concurrent DB snapshot export tasks" (user guides, exporting).
#: Service Quotas: manual cluster snapshots of DocumentDB and of Neptune, 100 each.
#: Five cluster snapshots being created at a time is [!] unconfirmed, and so is what DocumentDB and Neptune do at once.
DEFAULT_LIMITS: Mapping[str, int | None] = {
    "cluster-snapshots-in-progress": 5,
    "cluster-snapshot-cross-region-copies": 5,
    "instance-snapshots-in-progress": None,
    "instance-snapshot-cross-region-copies": 20,
    "export-tasks": 5,
    "manual-cluster-snapshots": 100,
    "manual-instance-snapshots": 100,
    "documentdb-cluster-snapshots-in-progress": 5,
    "documentdb-cluster-snapshot-cross-region-copies": 5,
    "manual-documentdb-cluster-snapshots": 100,
    "neptune-cluster-snapshots-in-progress": 5,
    "neptune-cluster-snapshot-cross-region-copies": 5,
    "manual-neptune-cluster-snapshots": 100,
}


class InvalidSetting(ValueError):
    """A setting that cannot be what it was asked to be; the message names it."""


@dataclass(frozen=True)
class DurationModel:
    """Seconds an operation takes at time scale 1."""

    base: float
    per_gib: float

    def seconds(self, size_gib: float) -> float:
        return self.base + self.per_gib * size_gib


#: The order of magnitude of real operations (minutes inside a region, up to an hour across regions). [!] AWS
#: publishes no rates.
DEFAULT_DURATIONS: Mapping[OperationKind, DurationModel] = {
    "snapshot": DurationModel(base=120, per_gib=0.5),
    "copy-same-region": DurationModel(base=180, per_gib=1),
    "copy-cross-region": DurationModel(base=600, per_gib=5),
    "restore": DurationModel(base=300, per_gib=1),
    "create-instance": DurationModel(base=300, per_gib=0),
    "export": DurationModel(base=900, per_gib=5),
    "cancel-export": DurationModel(base=30, per_gib=0),
}


@dataclass(frozen=True)
class LimitOverride:
    account: str
    region: str
    limit: str
    capacity: int | None


@dataclass
class Settings:
    #: Real seconds per second of a duration: 0.01 makes an hour last 36 seconds.
    time_scale: float = 0.01
    durations: dict[OperationKind, DurationModel] = field(default_factory=lambda: dict(DEFAULT_DURATIONS))
    #: 0 = every operation of one size takes equally long; 0.5 = up to half as much more or less.
    jitter: float = 0.0
    seed: int = 1
    limits: dict[str, int | None] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    limit_overrides: list[LimitOverride] = field(default_factory=list)
    #: Whether one copy may cross accounts and regions at once.
    single_step_copy: bool = False
    #: The longest an assumed role's credentials live, in real seconds; None = as long as was asked for.
    session_seconds: float | None = None
    #: Rows of a table in one Parquet file of an export.
    export_rows_per_part: int = 250_000
    #: Whether only what policies allow is allowed. Denials, trust and keys count in any case.
    enforce_permissions: bool = False

    def capacity(self, account: str, region: str, limit: str) -> int | None:
        for override in self.limit_overrides:
            if (override.account, override.region, override.limit) == (account, region, limit):
                return override.capacity
        return self.limits[limit]

    def operation_seconds(self, kind: OperationKind, size_gib: float, arn: str) -> float:
        """Real seconds an operation takes; the jitter depends on the seed and on what it makes, so runs repeat."""
        swing = random.Random(f"{self.seed}/{arn}").uniform(-1, 1) * self.jitter
        return self.durations[kind].seconds(size_gib) * self.time_scale * (1 + swing)

    def to_json(self) -> dict[str, Any]:
        return {
            "timeScale": self.time_scale,
            "durations": {kind: {"base": d.base, "perGiB": d.per_gib} for kind, d in self.durations.items()},
            "jitter": self.jitter,
            "seed": self.seed,
            "limits": dict(self.limits),
            "limitOverrides": [vars(override) for override in self.limit_overrides],
            "singleStepCopy": self.single_step_copy,
            "sessionSeconds": self.session_seconds,
            "exportRowsPerPart": self.export_rows_per_part,
            "enforcePermissions": self.enforce_permissions,
        }

    def patched(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with some changed; durations and limits merge by name, overrides are replaced.

        Raises InvalidSetting, leaving these settings as they are.
        """
        fresh = Settings(**{**vars(self), "durations": dict(self.durations), "limits": dict(self.limits)})
        for name, value in changes.items():
            if name == "timeScale":
                fresh.time_scale = _number(name, value, minimum=0)
            elif name == "durations":
                fresh.durations.update(_durations(value, fresh.durations))
            elif name == "jitter":
                fresh.jitter = _number(name, value, minimum=0, maximum=1)
            elif name == "seed":
                fresh.seed = int(_number(name, value))
            elif name == "limits":
                fresh.limits.update(_limits(value))
            elif name == "limitOverrides":
                fresh.limit_overrides = _overrides(value)
            elif name == "singleStepCopy":
                fresh.single_step_copy = _flag(name, value)
            elif name == "enforcePermissions":
                fresh.enforce_permissions = _flag(name, value)
            elif name == "sessionSeconds":
                fresh.session_seconds = None if value is None else _number(name, value, minimum=0)
            elif name == "exportRowsPerPart":
                fresh.export_rows_per_part = int(_number(name, value, minimum=1))
            else:
                raise InvalidSetting(f"there is no setting {name}")
        return fresh


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidSetting(f"{name} must be true or false")
    return value


def _number(name: str, value: Any, minimum: float | None = None, maximum: float | None = None) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidSetting(f"{name} must be a number")
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        raise InvalidSetting(f"{name} is out of range: {value}")
    return value


def _durations(value: Any, current: Mapping[OperationKind, DurationModel]) -> dict[OperationKind, DurationModel]:
    merged: dict[OperationKind, DurationModel] = {}
    for kind in _mapping("durations", value):
        if kind not in OPERATION_KINDS:
            raise InvalidSetting(f"durations.{kind}: there is no such operation, only {', '.join(OPERATION_KINDS)}")
        parts = _mapping(f"durations.{kind}", value[kind])
        if unknown := set(parts) - {"base", "perGiB"}:
            raise InvalidSetting(f"durations.{kind}: unknown {', '.join(sorted(unknown))}")
        merged[kind] = DurationModel(
            base=_number(f"durations.{kind}.base", parts.get("base", current[kind].base), minimum=0),
            per_gib=_number(f"durations.{kind}.perGiB", parts.get("perGiB", current[kind].per_gib), minimum=0),
        )
    return merged


def _limits(value: Any) -> dict[str, int | None]:
    return {name: _capacity(name, capacity) for name, capacity in _mapping("limits", value).items()}


def _overrides(value: Any) -> list[LimitOverride]:
    if not isinstance(value, list):
        raise InvalidSetting("limitOverrides must be a list")
    overrides = []
    for entry in value:
        parts = _mapping("limitOverrides", entry)
        if set(parts) != {"account", "region", "limit", "capacity"}:
            raise InvalidSetting("each of limitOverrides needs account, region, limit and capacity")
        capacity = _capacity(parts["limit"], parts["capacity"])
        overrides.append(LimitOverride(parts["account"], parts["region"], parts["limit"], capacity))
    return overrides


def _capacity(limit: str, value: Any) -> int | None:
    if limit not in DEFAULT_LIMITS:
        raise InvalidSetting(f"there is no limit {limit}, only {', '.join(DEFAULT_LIMITS)}")
    return None if value is None else int(_number(limit, value, minimum=0))


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidSetting(f"{name} must be an object")
    return value
