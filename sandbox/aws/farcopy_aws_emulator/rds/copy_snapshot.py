"""CopyDBClusterSnapshot and CopyDBSnapshot, called in the region and by the account that gets the copy.

Sources: user guides, "Copying a DB cluster snapshot", "Copying a DB snapshot", "Sharing encrypted snapshots";
descriptions of both operations in the API model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..access.keys import find_key, forbidden_action
from ..access.principal import Principal
from ..limits import LimitKey
from .create_snapshot import require_stock
from .errors import invalid_combination, invalid_value, key_not_accessible, quota_exceeded
from .families import family_of
from .find_snapshot import find_visible
from .identifiers import checked_snapshot_identifier
from .kinds import CLUSTER, SnapshotKind
from .limit_names import limit_names
from .snapshot import Snapshot
from .tags import Tags, checked_tags

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

#: What the caller must be allowed to do with the key the source is under, and with the key of the copy.
#: Source: RDS user guide, "Sharing encrypted snapshots". [!] The smallest set AWS insists on is not documented.
SOURCE_KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant")
TARGET_KEY_ACTIONS = ("kms:DescribeKey", "kms:CreateGrant")


def copy_snapshot(
    backend: EmulatedRdsBackend, kind: SnapshotKind, caller: Principal, parameters: Mapping[str, Any]
) -> Snapshot:
    """Starts a copy. A duplicate is answered before a full limit, so that a repeated request learns of its copy."""
    target = checked_snapshot_identifier(
        f"Target{kind.id_member}", parameters.get(f"Target{kind.id_member}"), kind.longest_identifier
    )
    source_name = parameters.get(f"Source{kind.id_member}")
    source = find_visible(backend, kind, f"Source{kind.id_member}", source_name)
    crosses_accounts = source.account_id != backend.account_id
    crosses_regions = source.region != backend.region_name
    _require_copyable(backend, kind, source, parameters)
    if crosses_accounts and crosses_regions and not _in_one_step(backend, kind, source):
        # [!] Announced as possible in one step, while the page on copying across accounts still says: same region.
        raise invalid_combination(
            "Copying a snapshot that is shared from another account to another region in one step is not supported. "
            "Copy it in its region first."
        )
    if target in backend.snapshots(kind):
        raise kind.already_exists_error(target)
    if source.status != "available":
        raise kind.invalid_state_error(f"Source snapshot {source_name} is in {source.status} state, not available.")
    key_arn = _key_of_copy(backend, kind, caller, source, parameters.get("KmsKeyId"))
    limits = limit_names(kind, source.engine)
    require_stock(backend, limits)
    limit = LimitKey(backend.account_id, backend.region_name, limits.cross_region)
    if crosses_regions and backend.emulator.limits.is_full(limit):
        capacity = backend.emulator.limits.capacity(limit)
        raise quota_exceeded(f"Cannot copy more than {capacity} snapshots across regions")

    copy = Snapshot(
        backend=backend,
        clock=backend.emulator.clock,
        kind=kind,
        identifier=target,
        snapshot_type="manual",
        database_identifier=source.database_identifier,
        size_gib=source.size_gib,
        facts=source.facts,
        configuration=source.configuration,
        tags=_tags_of_copy(source, crosses_accounts, parameters),
        kms_key_arn=key_arn,
        source_arn=source.arn,
        original_created_at=source.original_created_at,
        data=source.data,
    )
    copy.operation = backend.emulator.start_operation(
        "copy-cross-region" if crosses_regions else "copy-same-region", copy.arn, source.arn, copy.size_gib
    )
    backend.snapshots(kind)[target] = copy
    if crosses_regions:
        backend.emulator.limits.occupy(limit, copy.operation)
    backend.emulator.limits.mark(LimitKey(backend.account_id, backend.region_name, limits.stock))
    return copy


def _require_copyable(
    backend: EmulatedRdsBackend, kind: SnapshotKind, source: Snapshot, parameters: Mapping[str, Any]
) -> None:
    """Raises for snapshots that their family keeps from being copied. [!] The codes are not documented."""
    if kind is not CLUSTER:
        return
    family = family_of(source.engine)
    if not family.copies:
        raise invalid_combination(f"Copying a snapshot of a {family.name} is not supported.")
    if family.needs_presigned_url and source.region != backend.region_name and not parameters.get("PreSignedUrl"):
        raise invalid_value("PreSignedUrl must be specified when copying a cluster snapshot from another region.")


def _in_one_step(backend: EmulatedRdsBackend, kind: SnapshotKind, source: Snapshot) -> bool:
    """Whether one copy may cross accounts and regions."""
    permitted = kind is not CLUSTER or family_of(source.engine).copies_shared_across_regions
    return permitted and backend.emulator.settings.single_step_copy


def _key_of_copy(
    backend: EmulatedRdsBackend, kind: SnapshotKind, caller: Principal, source: Snapshot, requested: str | None
) -> str | None:
    """The ARN of the key the copy is put under, or None for a plain copy."""
    if not source.is_encrypted:
        if requested is None:
            return None
        if not kind.key_encrypts_plain:
            # "If you copy an unencrypted DB cluster snapshot and specify a value for KmsKeyId, an error is returned."
            raise invalid_combination("KmsKeyId cannot be specified when copying an unencrypted DB cluster snapshot.")
        return usable_key(backend, kind.target_key, requested, caller, TARGET_KEY_ACTIONS)
    assert source.kms_key_id is not None
    if requested is None and source.region != backend.region_name:
        raise invalid_value("Must specify new KMS key for cross region encrypted snapshot copy.")
    if requested is None and source.account_id != backend.account_id:
        raise key_not_accessible(kind.target_key, None)
    _require_key(backend, source.kms_key_id, source.region, "The source snapshot KMS key", caller)
    if requested is None:
        return source.kms_key_id
    return usable_key(backend, kind.target_key, requested, caller, TARGET_KEY_ACTIONS)


def usable_key(backend: EmulatedRdsBackend, what: str, name: str, caller: Principal, actions: tuple[str, ...]) -> str:
    """The ARN of a key of the backend's region that the caller may use. Raises KMSKeyNotAccessibleFault."""
    key = find_key(name, backend.account_id, backend.region_name)
    authorization = backend.emulator.authorization
    if key is None or key.key_state != "Enabled" or forbidden_action(authorization, key, caller, actions, "rds"):
        raise key_not_accessible(what, name)
    return str(key.arn)


def _require_key(backend: EmulatedRdsBackend, arn: str, region: str, what: str, caller: Principal) -> None:
    key = find_key(arn, "", region)
    authorization = backend.emulator.authorization
    if (
        key is None
        or key.key_state != "Enabled"
        or forbidden_action(authorization, key, caller, SOURCE_KEY_ACTIONS, "rds")
    ):
        raise key_not_accessible(what, arn)


def _tags_of_copy(source: Snapshot, crosses_accounts: bool, parameters: Mapping[str, Any]) -> Tags:
    """Tags of the request win over CopyTags. [!] Another account neither sees nor copies the owner's tags."""
    given = checked_tags(parameters.get("Tags"))
    if given or not parameters.get("CopyTags") or crosses_accounts:
        return given
    return list(source.tags)
