"""Finds a snapshot as a caller may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .identifiers import ResourceName, parse_resource_name
from .kinds import SnapshotKind
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend


def find_visible(backend: EmulatedRdsBackend, kind: SnapshotKind, parameter: str, name: str | None) -> Snapshot:
    """The snapshot with an identifier (of the caller's account and region) or an ARN (of any).

    A snapshot of another account that is not shared with the caller is answered like one that does not exist [!].
    Raises the kind's not-found fault and InvalidParameterValue.
    """
    where = parse_resource_name(parameter, name, kind.arn_type, backend.account_id, backend.region_name)
    snapshot = _at(backend, kind, where)
    if snapshot is None or not snapshot.is_visible_to(backend.account_id):
        raise kind.not_found_error(name or "")
    return snapshot


def find_own(backend: EmulatedRdsBackend, kind: SnapshotKind, name: str | None) -> Snapshot:
    """The caller's own snapshot of this region. Raises the kind's not-found fault and InvalidParameterValue."""
    snapshot = find_visible(backend, kind, kind.id_member, name)
    if (snapshot.account_id, snapshot.region) != (backend.account_id, backend.region_name):
        raise kind.not_found_error(name or "")
    return snapshot


def _at(backend: EmulatedRdsBackend, kind: SnapshotKind, where: ResourceName) -> Snapshot | None:
    return backend.sibling(where.account, where.region).snapshots(kind).get(where.identifier)
