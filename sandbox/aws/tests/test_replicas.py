"""Read replicas of instances."""

from __future__ import annotations

import pytest

from .conftest import HOME, KEY, OTHER_REGION, REGION


@pytest.fixture(autouse=True)
def at_once(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0})


def _shown(client, name):
    return client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def test_source_and_replica_name_each_other(sandbox):
    sandbox.instance("koala", encryption="cmk")
    sandbox.instance("koala-copy", encryption="cmk", replicaOf="koala")
    replica, source = _shown(sandbox.home, "koala-copy"), _shown(sandbox.home, "koala")
    assert (replica["ReadReplicaSourceDBInstanceIdentifier"], replica["BackupRetentionPeriod"]) == ("koala", 0)
    assert source["ReadReplicaDBInstanceIdentifiers"] == ["koala-copy"]
    assert replica["KmsKeyId"] == source["KmsKeyId"]
    assert replica["DBInstanceArn"] != source["DBInstanceArn"]
    assert replica["DbiResourceId"] != source["DbiResourceId"]


def test_a_replica_has_no_automated_snapshot(sandbox):
    sandbox.instance("koala")
    sandbox.instance("koala-copy", replicaOf="koala")
    automated = sandbox.home.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
    assert [one["DBInstanceIdentifier"] for one in automated] == ["koala"]


def test_across_regions_they_name_each_other_by_arn(sandbox, refused):
    source = sandbox.instance("koala", encryption="cmk")
    sandbox.seed(keys=[{"account": HOME, "region": OTHER_REGION, "alias": KEY}])
    there = sandbox.role("rds", HOME, region=OTHER_REGION)
    request = {"DBInstanceIdentifier": "far", "SourceDBInstanceIdentifier": source, "SourceRegion": REGION}
    assert refused(there.create_db_instance_read_replica, **request)["Code"] == "InvalidParameterValue"
    made = there.create_db_instance_read_replica(**request, KmsKeyId=KEY)["DBInstance"]
    assert made["ReadReplicaSourceDBInstanceIdentifier"] == source
    assert _shown(sandbox.home, "koala")["ReadReplicaDBInstanceIdentifiers"] == [made["DBInstanceArn"]]
    there.delete_db_instance(DBInstanceIdentifier="far", SkipFinalSnapshot=True)
    assert _shown(sandbox.home, "koala")["ReadReplicaDBInstanceIdentifiers"] == []


@pytest.mark.parametrize(
    ("engine", "taken"),
    [("postgres", True), ("mysql", True), ("mariadb", True), ("oracle-ee", True), ("sqlserver-ee", False)],
)
def test_which_replicas_are_snapshotted(sandbox, refused, engine, taken):
    sandbox.instance("koala", engine=engine)
    sandbox.instance("koala-copy", engine=engine, replicaOf="koala")
    request = {"DBInstanceIdentifier": "koala-copy", "DBSnapshotIdentifier": "s1"}
    if taken:
        assert sandbox.home.create_db_snapshot(**request)["DBSnapshot"]["Engine"] == engine
    else:
        assert refused(sandbox.home.create_db_snapshot, **request)["Code"] == "InvalidParameterCombination"


def test_a_source_needs_backups_and_has_to_be_there(sandbox, refused):
    sandbox.instance("koala")
    sandbox.instance("koala-copy", replicaOf="koala")
    create = sandbox.home.create_db_instance_read_replica
    error = refused(create, DBInstanceIdentifier="more", SourceDBInstanceIdentifier="koala-copy")
    assert error["Code"] == "InvalidDBInstanceState"
    error = refused(create, DBInstanceIdentifier="more", SourceDBInstanceIdentifier="nobody")
    assert error["Code"] == "DBInstanceNotFound"


def test_a_promoted_replica_is_an_instance_of_its_own(sandbox):
    sandbox.instance("koala")
    sandbox.instance("koala-copy", replicaOf="koala")
    sandbox.home.promote_read_replica(DBInstanceIdentifier="koala-copy")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in _shown(sandbox.home, "koala-copy")
    assert _shown(sandbox.home, "koala")["ReadReplicaDBInstanceIdentifiers"] == []


def test_what_is_restored_from_a_replica_is_none(sandbox):
    sandbox.instance("koala")
    sandbox.instance("koala-copy", replicaOf="koala")
    sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala-copy", DBSnapshotIdentifier="s1")
    restored = sandbox.home.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="back", DBSnapshotIdentifier="s1"
    )["DBInstance"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in restored
