"""Where snapshots of clusters and of instances differ; everything else about them is written once.

`families.py` has what differs between clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

from moto.rds.exceptions import RDSClientError


@dataclass(frozen=True)
class SnapshotKind:
    #: Name of the snapshot's shape in the API model, which is also how messages call it.
    shape: str
    #: The part of an ARN between account and identifier.
    arn_type: str
    #: Request parameter and response member that name the snapshot, and the database it is of.
    id_member: str
    #: Characters of a snapshot's identifier. Source: constraints in the API reference of Create… and Copy….
    longest_identifier: int
    database_member: str
    #: Filter names, besides snapshot-type and engine.
    id_filter: str
    database_filter: str
    attributes_shape: str
    encrypted_member: str
    not_found: str
    already_exists: str
    invalid_state: str
    database_not_found: str
    database_invalid_state: str
    #: How messages call the key that a copy is put under. Source: messages users quote in public issues.
    target_key: str
    #: Whether giving a key encrypts the copy of a plain snapshot, or is an error.
    key_encrypts_plain: bool
    #: Whether a shared snapshot can be restored without copying it first although it is encrypted.
    restores_shared_encrypted: bool

    def not_found_error(self, identifier: str) -> RDSClientError:
        return RDSClientError(self.not_found, f"{self.shape} {identifier} not found.")

    def already_exists_error(self, identifier: str) -> RDSClientError:
        return RDSClientError(
            self.already_exists,
            f"Cannot create the snapshot because a snapshot with the identifier {identifier} already exists.",
        )

    def invalid_state_error(self, message: str) -> RDSClientError:
        return RDSClientError(self.invalid_state, message)


CLUSTER = SnapshotKind(
    shape="DBClusterSnapshot",
    arn_type="cluster-snapshot",
    id_member="DBClusterSnapshotIdentifier",
    longest_identifier=63,
    database_member="DBClusterIdentifier",
    id_filter="db-cluster-snapshot-id",
    database_filter="db-cluster-id",
    attributes_shape="DBClusterSnapshotAttribute",
    encrypted_member="StorageEncrypted",
    not_found="DBClusterSnapshotNotFoundFault",
    already_exists="DBClusterSnapshotAlreadyExistsFault",
    invalid_state="InvalidDBClusterSnapshotStateFault",
    database_not_found="DBClusterNotFoundFault",
    database_invalid_state="InvalidDBClusterStateFault",
    target_key="Specified KMS key",
    key_encrypts_plain=False,
    restores_shared_encrypted=True,
)

INSTANCE = SnapshotKind(
    shape="DBSnapshot",
    arn_type="snapshot",
    id_member="DBSnapshotIdentifier",
    longest_identifier=255,
    database_member="DBInstanceIdentifier",
    id_filter="db-snapshot-id",
    database_filter="db-instance-id",
    attributes_shape="DBSnapshotAttribute",
    encrypted_member="Encrypted",
    not_found="DBSnapshotNotFoundFault",
    already_exists="DBSnapshotAlreadyExistsFault",
    invalid_state="InvalidDBSnapshotStateFault",
    database_not_found="DBInstanceNotFoundFault",
    database_invalid_state="InvalidDBInstanceStateFault",
    target_key="The target KMS key",
    key_encrypts_plain=True,
    restores_shared_encrypted=False,
)
