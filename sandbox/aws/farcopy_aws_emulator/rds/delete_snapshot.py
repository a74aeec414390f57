"""DeleteDBClusterSnapshot and DeleteDBSnapshot.

Source: API model: "If the snapshot is being copied, the copy operation is terminated"; CopyDBClusterSnapshot: "To
cancel the copy operation once it is in progress, delete the target".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .find_snapshot import find_own
from .kinds import SnapshotKind
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend


def delete_snapshot(backend: EmulatedRdsBackend, kind: SnapshotKind, name: str | None) -> Snapshot:
    """Removes a manual snapshot, ends what was making it, and fails the copies being made of it.

    [!] The API model also says that a snapshot must be `available` to be deleted; one still `creating` is let go here
    all the same, as a copy is, because there is no other way to take a request back.
    """
    snapshot = find_own(backend, kind, name)
    if snapshot.snapshot_type != "manual":
        raise kind.invalid_state_error("Only manual snapshots may be deleted.")
    emulator = backend.emulator
    now = emulator.clock.now()
    if snapshot.operation:
        snapshot.operation.end(now, "cancelled")
    for copy in emulator.operations.running_from(snapshot.arn, now):
        copy.end(now, "failed")
    del backend.snapshots(kind)[snapshot.identifier]
    # The answer still shows the snapshot; its data may go.
    snapshot.data = None
    return snapshot
