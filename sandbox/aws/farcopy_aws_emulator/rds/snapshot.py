"""A snapshot of either kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.rds.models import RDSBaseModel

from ..clock import Clock, iso, naive_utc
from ..data.snapshot_data import SnapshotData
from ..operations import Operation
from .kinds import SnapshotKind
from .tags import Tags

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend


class Snapshot(RDSBaseModel):
    """Status and percentage follow the operation that makes it.

    Lives in moto's own collections, so it has the attributes by which the rest of moto knows snapshots.
    """

    def __init__(
        self,
        *,
        backend: EmulatedRdsBackend,
        clock: Clock,
        kind: SnapshotKind,
        identifier: str,
        snapshot_type: str,
        database_identifier: str,
        size_gib: int,
        facts: Mapping[str, Any],
        configuration: Mapping[str, Any],
        tags: Tags,
        kms_key_arn: str | None,
        source_arn: str | None = None,
        original_created_at: float | None = None,
        data: SnapshotData | None = None,
    ) -> None:
        super().__init__(backend=backend)
        self._clock = clock
        self.kind = kind
        self.resource_type = kind.arn_type
        self.identifier = identifier
        self.snapshot_type = snapshot_type
        self.database_identifier = database_identifier
        self.size_gib = size_gib
        #: Members of the response that are the database's and never change.
        self.facts = facts
        #: What a restore needs to know of the database.
        self.configuration = configuration
        #: What the database held; None for one that has no data.
        self.data = data
        self.tags = tags
        self.kms_key_id = kms_key_arn
        self.source_arn = source_arn
        self.created_at = clock.now()
        self.original_created_at = self.created_at if original_created_at is None else original_created_at
        self.created = naive_utc(self.created_at)
        self.attributes: dict[str, list[str]] = {"restore": []}
        #: None: it was there from the start, like an automated snapshot.
        self.operation: Operation | None = None
        self.forced_status: str | None = None
        self._arn: str = super().arn

    @property
    def arn(self) -> str:
        return self._arn

    @property
    def resource_id(self) -> str:
        return self.identifier

    @property
    def engine(self) -> str:
        return str(self.facts["Engine"])

    @property
    def is_encrypted(self) -> bool:
        return self.kms_key_id is not None

    @property
    def status(self) -> str:
        if self.forced_status:
            return self.forced_status
        outcome = self.operation.outcome(self._clock.now()) if self.operation else "done"
        if outcome == "running":
            assert self.operation is not None
            return "creating" if self.operation.kind == "snapshot" else "copying"
        return "available" if outcome == "done" else "failed"

    @property
    def percent_progress(self) -> int:
        return self.operation.percent(self._clock.now()) if self.operation else 100

    def age(self, seconds: float) -> None:
        """Makes it so much older; when the data of a copy was taken stays as it is."""
        if self.original_created_at == self.created_at:
            self.original_created_at -= seconds
        self.created_at -= seconds
        self.created = naive_utc(self.created_at)

    def is_shared_with(self, account: str) -> bool:
        permitted = self.attributes["restore"]
        return self.snapshot_type == "manual" and (account in permitted or "all" in permitted)

    def is_visible_to(self, account: str) -> bool:
        return account == self.account_id or self.is_shared_with(account)

    @property
    def db_snapshot_identifier(self) -> str:
        return self.identifier

    @property
    def db_instance_identifier(self) -> str:
        return self.database_identifier

    def to_aws(self, viewer: str, status: str | None = None) -> dict[str, Any]:
        """The snapshot as Describe shows it to an account.

        [!] To an account it is shared with, AWS calls it `shared`, by its ARN, and keeps the owner's tags to itself.
        """
        own = viewer == self.account_id
        shown: dict[str, Any] = {
            self.kind.id_member: self.identifier if own else self.arn,
            f"{self.kind.shape}Arn": self.arn,
            self.kind.database_member: self.database_identifier,
            "SnapshotCreateTime": iso(self.created_at),
            "Status": status or self.status,
            "SnapshotType": self.snapshot_type if own else "shared",
            "PercentProgress": self.percent_progress,
            "AllocatedStorage": self.size_gib,
            self.kind.encrypted_member: self.is_encrypted,
            "StorageEncryptionType": "sse-kms" if self.is_encrypted else "none",
            "TagList": self.tags if own else [],
            **self.facts,
        }
        if self.kms_key_id:
            shown["KmsKeyId"] = self.kms_key_id
        shown.update(self._copy_facts())
        return shown

    def _copy_facts(self) -> dict[str, Any]:
        """Where a copy comes from. An instance's names its source only if that is in another account or region."""
        if self.kind.shape == "DBClusterSnapshot":
            return {"SourceDBClusterSnapshotArn": self.source_arn} if self.source_arn else {}
        facts: dict[str, Any] = {"OriginalSnapshotCreateTime": iso(self.original_created_at)}
        if self.source_arn:
            region, account = self.source_arn.split(":")[3:5]
            if (region, account) != (self.region, self.account_id):
                facts |= {"SourceDBSnapshotIdentifier": self.source_arn, "SourceRegion": region}
        return facts
