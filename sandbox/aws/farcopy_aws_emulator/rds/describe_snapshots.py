"""DescribeDBClusterSnapshots and DescribeDBSnapshots.

Source: descriptions of both requests in the API model. [!] An automated snapshot is found by its identifier without
SnapshotType, which the model asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import invalid_combination, invalid_value
from .find_snapshot import find_visible
from .identifiers import parse_resource_name
from .kinds import CLUSTER, SnapshotKind
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

_TYPES = ("automated", "manual", "shared", "public", "awsbackup")


def matching_snapshots(
    backend: EmulatedRdsBackend, kind: SnapshotKind, parameters: Mapping[str, Any]
) -> list[Snapshot]:
    """All snapshots a Describe request asks for, unpaged and unordered."""
    snapshot_type = parameters.get("SnapshotType")
    if snapshot_type is not None and snapshot_type not in _TYPES:
        raise invalid_value(f"Invalid snapshot type {snapshot_type}")
    filters = _filters(kind, parameters.get("Filters") or ())
    if name := parameters.get(kind.id_member):
        snapshots = [find_visible(backend, kind, kind.id_member, name)]
        if snapshot_type in ("automated", "manual") and snapshots[0].snapshot_type != snapshot_type:
            raise kind.not_found_error(name)
    else:
        snapshots = _of_type(backend, kind, snapshot_type, parameters)
    if name := parameters.get(kind.database_member):
        database_type = "cluster" if kind is CLUSTER else "db"
        where = parse_resource_name(kind.database_member, name, database_type, backend.account_id, backend.region_name)
        snapshots = [snapshot for snapshot in snapshots if snapshot.database_identifier == where.identifier]
    for filter_name, values in filters.items():
        snapshots = [snapshot for snapshot in snapshots if _passes(backend, kind, snapshot, filter_name, values)]
    return snapshots


def _of_type(
    backend: EmulatedRdsBackend, kind: SnapshotKind, snapshot_type: str | None, parameters: Mapping[str, Any]
) -> list[Snapshot]:
    own = list(backend.snapshots(kind).values())
    if snapshot_type == "shared":
        return _foreign(backend, kind, shared=True, public=bool(parameters.get("IncludePublic")))
    if snapshot_type == "public":
        return _foreign(backend, kind, shared=bool(parameters.get("IncludeShared")), public=True)
    if snapshot_type:
        return [snapshot for snapshot in own if snapshot.snapshot_type == snapshot_type]
    shared, public = bool(parameters.get("IncludeShared")), bool(parameters.get("IncludePublic"))
    return own + _foreign(backend, kind, shared, public)


def _foreign(backend: EmulatedRdsBackend, kind: SnapshotKind, shared: bool, public: bool) -> list[Snapshot]:
    """Snapshots of other accounts in this region, shared with the caller by name or with everybody."""
    if not shared and not public:
        return []
    return [
        snapshot
        for other in backend.others_in_region()
        for snapshot in other.snapshots(kind).values()
        if (shared and backend.account_id in snapshot.attributes["restore"])
        or (public and "all" in snapshot.attributes["restore"])
    ]


def _filters(kind: SnapshotKind, requested: Any) -> dict[str, list[str]]:
    known = {kind.id_filter, kind.database_filter, "snapshot-type", "engine"}
    if kind is not CLUSTER:
        known.add("dbi-resource-id")
    filters: dict[str, list[str]] = {}
    for entry in requested:
        if entry["Name"] not in known:
            raise invalid_value(f"Unrecognized filter name: {entry['Name']}")
        values = entry.get("Values") or []
        if not values:
            raise invalid_combination(f"The list of values of the filter {entry['Name']} must not be empty.")
        filters.setdefault(entry["Name"], []).extend(values)
    return filters


def _passes(
    backend: EmulatedRdsBackend, kind: SnapshotKind, snapshot: Snapshot, filter_name: str, values: list[str]
) -> bool:
    if filter_name == "snapshot-type":
        return (snapshot.snapshot_type if snapshot.account_id == backend.account_id else "shared") in values
    if filter_name == "engine":
        return snapshot.engine in values
    if filter_name == "dbi-resource-id":
        return snapshot.facts.get("DbiResourceId") in values
    lowered = [value.lower() for value in values]
    if filter_name == kind.id_filter:
        return snapshot.identifier in lowered or snapshot.arn.lower() in lowered
    return any(value.rpartition(":")[2] == snapshot.database_identifier for value in lowered)
