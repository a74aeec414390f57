"""Describe- and Modify…SnapshotAttribute: who else may restore and copy a snapshot.

Sources: user guide, "Sharing a DB snapshot" (20 accounts, no automated ones, nothing under the account's default key)
and the description of ModifyDBClusterSnapshotAttribute in the API model (encrypted ones are never public).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from moto.rds.exceptions import RDSClientError

from ..access.keys import find_key, is_aws_managed
from .errors import invalid_combination, invalid_value
from .find_snapshot import find_own
from .kinds import SnapshotKind
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

MAX_ACCOUNTS = 20


def share_snapshot(
    backend: EmulatedRdsBackend,
    kind: SnapshotKind,
    name: str | None,
    attribute: str | None,
    to_add: Sequence[str],
    to_remove: Sequence[str],
) -> Snapshot:
    """Changes the accounts a manual snapshot is shared with; adding one twice changes nothing."""
    snapshot = find_own(backend, kind, name)
    if attribute != "restore":
        raise invalid_value(f"Invalid snapshot attribute {attribute}")
    if set(to_add) & set(to_remove):
        raise invalid_combination("A value may not appear in both the add list and remove list.")
    for account in (*to_add, *to_remove):
        if account != "all" and not re.fullmatch(r"\d{12}", account):
            raise invalid_value(f"Invalid account ID: {account}")
    if snapshot.snapshot_type != "manual":
        raise kind.invalid_state_error("Automated snapshots cannot be shared.")
    if snapshot.status != "available":
        raise kind.invalid_state_error(f"The snapshot is in {snapshot.status} state, not available.")
    if to_add and snapshot.kms_key_id:
        _require_shareable_key(snapshot, to_add)
    present = dict.fromkeys([*snapshot.attributes["restore"], *to_add])
    shared = [account for account in present if account not in to_remove]
    if len(shared) > MAX_ACCOUNTS:
        raise RDSClientError(
            "SharedSnapshotQuotaExceededFault",
            f"A manual snapshot can be shared with at most {MAX_ACCOUNTS} accounts.",
        )
    snapshot.attributes["restore"] = shared
    return snapshot


def attributes_to_aws(snapshot: Snapshot) -> dict[str, Any]:
    kind = snapshot.kind
    return {
        f"{kind.attributes_shape}sResult": {
            kind.id_member: snapshot.identifier,
            f"{kind.attributes_shape}s": [
                {"AttributeName": name, "AttributeValues": values} for name, values in snapshot.attributes.items()
            ],
        }
    }


def _require_shareable_key(snapshot: Snapshot, accounts: Sequence[str]) -> None:
    assert snapshot.kms_key_id is not None
    if "all" in accounts:
        raise invalid_value("Encrypted snapshots cannot be shared publicly.")
    key = find_key(snapshot.kms_key_id, snapshot.account_id, snapshot.region)
    if key is not None and is_aws_managed(key):
        raise snapshot.kind.invalid_state_error(
            "Sharing snapshots encrypted with the default service key for RDS is currently not supported."
        )
