"""Restoring clusters and instances, and creating them."""

from __future__ import annotations

import pytest

from .conftest import HOME, KEY, REGION, VAULT


@pytest.fixture(autouse=True)
def durations(sandbox):
    sandbox.control(
        "PATCH",
        "settings",
        {"durations": {"snapshot": {"base": 10, "perGiB": 0}, "restore": {"base": 100, "perGiB": 0}}},
    )


def _snapshot(sandbox, encryption="none", size=100):
    sandbox.cluster("panda", encryption=encryption, size=size)
    made = sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    sandbox.clock.advance(10)
    return made["DBClusterSnapshot"]["DBClusterSnapshotArn"]


def _instance_snapshot(sandbox, encryption="none"):
    sandbox.instance("koala", encryption=encryption)
    made = sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="i1")
    sandbox.clock.advance(10)
    return made["DBSnapshot"]["DBSnapshotArn"]


def _restore(client, source, name="restored", **more):
    return client.restore_db_cluster_from_snapshot(
        DBClusterIdentifier=name, SnapshotIdentifier=source, Engine="aurora-postgresql", **more
    )["DBCluster"]


def _share(sandbox):
    sandbox.home.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="s1", AttributeName="restore", ValuesToAdd=[VAULT]
    )


def test_a_cluster_comes_back_in_time_with_its_size_and_without_instances(sandbox, refused):
    _snapshot(sandbox, encryption="cmk", size=77)
    restored = _restore(sandbox.home, "s1", Tags=[{"Key": "drill", "Value": "1"}])
    assert (restored["Status"], restored["AllocatedStorage"], restored["StorageEncrypted"]) == ("creating", 77, True)
    assert (restored["DBClusterMembers"], restored["TagList"]) == ([], [{"Key": "drill", "Value": "1"}])
    error = refused(
        sandbox.home.create_db_cluster_snapshot, DBClusterIdentifier="restored", DBClusterSnapshotIdentifier="s2"
    )
    assert error["Code"] == "InvalidDBClusterStateFault"
    sandbox.clock.advance(100)
    shown = sandbox.home.describe_db_clusters(DBClusterIdentifier="restored")["DBClusters"][0]
    assert shown["Status"] == "available"
    assert shown["KmsKeyId"].startswith(f"arn:aws:kms:{REGION}:{HOME}:key/")


def test_an_instance_comes_back_in_time(sandbox):
    arn = _instance_snapshot(sandbox)
    for number, source in enumerate(("i1", arn)):
        restored = sandbox.home.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=f"r{number}", DBSnapshotIdentifier=source
        )["DBInstance"]
        assert (restored["DBInstanceStatus"], restored["AllocatedStorage"]) == ("creating", 100)
    sandbox.clock.advance(100)
    shown = sandbox.home.describe_db_instances(DBInstanceIdentifier="r0")["DBInstances"][0]
    assert (shown["DBInstanceStatus"], shown["Engine"]) == ("available", "postgres")


def test_a_shared_plain_snapshot_is_restored_by_its_arn(sandbox, refused):
    source = _snapshot(sandbox)
    assert refused(_restore, client=sandbox.vault, source=source)["Code"] == "DBClusterSnapshotNotFoundFault"
    _share(sandbox)
    restored = _restore(sandbox.vault, source)
    assert restored["DBClusterArn"] == f"arn:aws:rds:{REGION}:{VAULT}:cluster:restored"


def test_a_snapshot_is_restored_only_in_its_region(sandbox, refused):
    source = _snapshot(sandbox)
    elsewhere = sandbox.role("rds", HOME, region="eu-central-1")
    assert refused(_restore, client=elsewhere, source=source)["Code"] == "DBClusterSnapshotNotFoundFault"


def test_a_restore_can_be_put_under_another_key(sandbox):
    _snapshot(sandbox)
    restored = _restore(sandbox.home, "s1", KmsKeyId=KEY)
    assert restored["StorageEncrypted"] is True


def test_a_shared_encrypted_instance_snapshot_has_to_be_copied_first(sandbox, refused):
    source = _instance_snapshot(sandbox, encryption="cmk")
    sandbox.home.modify_db_snapshot_attribute(DBSnapshotIdentifier="i1", AttributeName="restore", ValuesToAdd=[VAULT])
    error = refused(
        sandbox.vault.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="r", DBSnapshotIdentifier=source
    )
    assert error["Code"] == "InvalidDBSnapshotState"


def test_a_restore_does_not_overwrite(sandbox, refused):
    _snapshot(sandbox)
    error = refused(_restore, client=sandbox.home, source="s1", name="panda")
    assert (error["Code"], error["Exception"]) == ("DBClusterAlreadyExistsFault", "DBClusterAlreadyExistsFault")


def test_creating_a_cluster_again_does_not_overwrite(sandbox, refused):
    sandbox.cluster("panda")
    error = refused(
        sandbox.home.create_db_cluster,
        DBClusterIdentifier="Panda",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="12345678",
    )
    assert error["Code"] == "DBClusterAlreadyExistsFault"


def test_new_databases_are_encrypted_as_asked(sandbox):
    create = sandbox.home.create_db_cluster
    common = {"Engine": "aurora-mysql", "MasterUsername": "admin", "MasterUserPassword": "12345678"}
    plain = create(DBClusterIdentifier="plain", **common)["DBCluster"]
    assert (plain["StorageEncrypted"], plain["StorageEncryptionType"], "KmsKeyId" in plain) == (False, "none", False)
    default = create(DBClusterIdentifier="default", StorageEncrypted=True, **common)["DBCluster"]
    aws_key = sandbox.role("kms", HOME).describe_key(KeyId="alias/aws/rds")["KeyMetadata"]["Arn"]
    assert (default["KmsKeyId"], default["StorageEncryptionType"]) == (aws_key, "sse-kms")
    own = create(DBClusterIdentifier="own", StorageEncrypted=True, KmsKeyId=KEY, **common)["DBCluster"]
    own_key = sandbox.role("kms", HOME).describe_key(KeyId=KEY)["KeyMetadata"]["Arn"]
    assert own["KmsKeyId"] == own_key


def test_seeded_databases_look_like_real_ones(sandbox):
    sandbox.cluster("panda", size=250, encryption="default")
    cluster = sandbox.home.describe_db_clusters()["DBClusters"][0]
    assert (cluster["Status"], cluster["AllocatedStorage"], cluster["StorageEncrypted"]) == ("available", 250, True)
    members = [(member["DBInstanceIdentifier"], member["IsClusterWriter"]) for member in cluster["DBClusterMembers"]]
    assert members == [("panda-instance-1", True)]
    sandbox.instance("koala")
    sandbox.instance("wombat")
    identifiers = {one["DbiResourceId"] for one in sandbox.home.describe_db_instances()["DBInstances"]}
    assert len(identifiers) == 3


def test_seeding_twice_changes_nothing_but_what_was_asked(sandbox):
    first = sandbox.cluster("panda", tags={"a": "1"})
    second = sandbox.cluster("panda", tags={"a": "2"}, status="stopped")
    assert first == second
    clusters = sandbox.home.describe_db_clusters()["DBClusters"]
    assert [(one["Status"], one["TagList"]) for one in clusters] == [("stopped", [{"Key": "a", "Value": "2"}])]
    assert len(sandbox.home.describe_db_instances()["DBInstances"]) == 1
