"""Snapshots of clusters and instances: time, states, identifiers, limits, deletion."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from farcopy_aws_emulator.limits import LimitLedger

from .conftest import HOME, REGION


def _status(sandbox, name="s1"):
    snapshot = sandbox.home.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)["DBClusterSnapshots"][0]
    return snapshot["Status"], snapshot["PercentProgress"]


def _snap(sandbox, name, cluster="panda"):
    return sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=name)


def test_a_cluster_snapshot_takes_time_that_grows_with_the_size(sandbox):
    sandbox.control("PATCH", "settings", {"durations": {"snapshot": {"base": 10, "perGiB": 0.9}}})
    sandbox.cluster("panda", size=100)
    created = _snap(sandbox, "s1")["DBClusterSnapshot"]
    assert (created["Status"], created["PercentProgress"]) == ("creating", 0)
    sandbox.clock.advance(50)
    assert _status(sandbox) == ("creating", 50)
    sandbox.clock.advance(49.9)
    assert _status(sandbox) == ("creating", 99)
    sandbox.clock.advance(0.2)
    assert _status(sandbox) == ("available", 100)


def test_the_time_scale_shortens_everything(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0.001, "durations": {"snapshot": {"base": 1000, "perGiB": 0}}})
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    sandbox.clock.advance(1.01)
    assert _status(sandbox) == ("available", 100)


def test_a_snapshot_can_be_made_older(sandbox):
    sandbox.cluster("panda")
    made = _snap(sandbox, "s1")["DBClusterSnapshot"]
    s1 = {"DBClusterSnapshotIdentifier": "s1"}
    sandbox.clock.advance(1_000)
    before = sandbox.home.describe_db_cluster_snapshots(**s1)["DBClusterSnapshots"][0]["SnapshotCreateTime"]
    sandbox.control("POST", "snapshots/age", {"arn": made["DBClusterSnapshotArn"], "seconds": 86_400})
    after = sandbox.home.describe_db_cluster_snapshots(**s1)["DBClusterSnapshots"][0]["SnapshotCreateTime"]
    assert (before - after).total_seconds() == 86_400
    assert _status(sandbox) == ("available", 100)


def test_an_instance_snapshot_takes_time_too(sandbox):
    sandbox.control("PATCH", "settings", {"durations": {"snapshot": {"base": 100, "perGiB": 0}}})
    sandbox.instance("koala")
    created = sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="S1")["DBSnapshot"]
    assert (created["DBSnapshotIdentifier"], created["Status"]) == ("s1", "creating")
    sandbox.clock.advance(100)
    shown = sandbox.home.describe_db_snapshots(DBSnapshotIdentifier="s1")["DBSnapshots"][0]
    assert (shown["Status"], shown["AllocatedStorage"], shown["Engine"]) == ("available", 100, "postgres")
    assert shown["OriginalSnapshotCreateTime"] == shown["SnapshotCreateTime"]


def test_a_snapshot_keeps_what_it_knows_of_its_cluster(sandbox):
    sandbox.cluster("panda", size=42, encryption="cmk", engineVersion="15.4")
    shown = _snap(sandbox, "s1")["DBClusterSnapshot"]
    assert shown["DBClusterIdentifier"] == "panda"
    assert (shown["Engine"], shown["EngineVersion"]) == ("aurora-postgresql", "15.4")
    assert (shown["AllocatedStorage"], shown["SnapshotType"], shown["StorageEncrypted"]) == (42, "manual", True)
    assert shown["KmsKeyId"].startswith(f"arn:aws:kms:{REGION}:{HOME}:key/")
    assert shown["DBClusterSnapshotArn"] == f"arn:aws:rds:{REGION}:{HOME}:cluster-snapshot:s1"
    assert "SourceDBClusterSnapshotArn" not in shown


def test_a_database_is_backing_up_meanwhile_and_can_be_snapshotted_again(sandbox):
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    assert sandbox.home.describe_db_clusters()["DBClusters"][0]["Status"] == "backing-up"
    _snap(sandbox, "s2")
    sandbox.clock.advance(600)
    assert sandbox.home.describe_db_clusters()["DBClusters"][0]["Status"] == "available"


def test_a_database_that_is_not_available_is_not_snapshotted(sandbox, refused):
    arn = sandbox.cluster("panda")
    sandbox.control("POST", "resources/status", {"arn": arn, "status": "modifying"})
    error = refused(_snap, sandbox=sandbox, name="s1")
    assert (error["Code"], error["Status"]) == ("InvalidDBClusterStateFault", 400)
    arn = sandbox.instance("koala")
    sandbox.control("POST", "resources/status", {"arn": arn, "status": "stopped"})
    error = refused(sandbox.home.create_db_snapshot, DBInstanceIdentifier="koala", DBSnapshotIdentifier="s1")
    assert error["Code"] == "InvalidDBInstanceState"


def test_unknown_databases_and_snapshots_are_named(sandbox, refused):
    error = refused(_snap, sandbox=sandbox, name="s1", cluster="nobody")
    assert (error["Code"], error["Status"]) == ("DBClusterNotFoundFault", 404)
    error = refused(sandbox.home.create_db_snapshot, DBInstanceIdentifier="nobody", DBSnapshotIdentifier="s1")
    assert (error["Code"], error["Status"]) == ("DBInstanceNotFound", 404)
    error = refused(sandbox.home.describe_db_cluster_snapshots, DBClusterSnapshotIdentifier="nothing")
    assert error["Code"] == "DBClusterSnapshotNotFoundFault"
    error = refused(sandbox.home.delete_db_snapshot, DBSnapshotIdentifier="nothing")
    assert error["Code"] == "DBSnapshotNotFound"


def test_an_instance_of_a_cluster_has_no_snapshots_of_its_own(sandbox, refused):
    sandbox.cluster("panda")
    assert sandbox.home.describe_db_snapshots()["DBSnapshots"] == []
    error = refused(sandbox.home.create_db_snapshot, DBInstanceIdentifier="panda-instance-1", DBSnapshotIdentifier="s1")
    assert error["Code"] == "InvalidParameterValue"
    assert "CreateDBClusterSnapshot" in error["Message"]


@pytest.mark.parametrize("name", ["1st", "-a", "a-", "a--b", "a_b", "a.b", "a b", "a" * 64, "ä", "rds:panda"])
def test_identifiers_that_aws_refuses(sandbox, refused, name):
    sandbox.cluster("panda")
    assert refused(_snap, sandbox=sandbox, name=name)["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize("name", ["a", "a1", "A-b-3", "a" * 63])
def test_identifiers_that_aws_takes_in_lower_case(sandbox, name):
    sandbox.cluster("panda")
    assert _snap(sandbox, name)["DBClusterSnapshot"]["DBClusterSnapshotIdentifier"] == name.lower()


def test_an_identifier_of_an_instance_snapshot_may_be_longer(sandbox):
    sandbox.instance("koala")
    sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="a" * 255)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="a" * 256)


def test_an_identifier_is_taken_once(sandbox, refused):
    sandbox.cluster("panda")
    sandbox.instance("koala")
    _snap(sandbox, "s1")
    error = refused(_snap, sandbox=sandbox, name="S1")
    assert (error["Code"], error["Exception"]) == (
        "DBClusterSnapshotAlreadyExistsFault",
        "DBClusterSnapshotAlreadyExistsFault",
    )
    sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="s1")
    error = refused(sandbox.home.create_db_snapshot, DBInstanceIdentifier="koala", DBSnapshotIdentifier="s1")
    assert (error["Code"], error["Exception"]) == ("DBSnapshotAlreadyExists", "DBSnapshotAlreadyExistsFault")


def test_five_cluster_snapshots_are_created_at_a_time(sandbox, refused):
    sandbox.control("PATCH", "settings", {"durations": {"snapshot": {"base": 100, "perGiB": 0}}})
    sandbox.cluster("panda")
    for number in range(5):
        _snap(sandbox, f"s{number}")
    error = refused(_snap, sandbox=sandbox, name="s5")
    assert (error["Code"], error["Exception"]) == ("SnapshotQuotaExceeded", "SnapshotQuotaExceededFault")
    assert "in progress" in error["Message"]
    sandbox.clock.advance(100)
    _snap(sandbox, "s5")
    marks = {mark["limit"]: mark for mark in sandbox.control("GET", "limits")["limits"]}
    assert marks["cluster-snapshots-in-progress"] == {
        "account": HOME,
        "region": REGION,
        "limit": "cluster-snapshots-in-progress",
        "capacity": 5,
        "current": 1,
        "highWater": 5,
    }
    assert marks["manual-cluster-snapshots"]["current"] == 6


def test_instance_snapshots_are_counted_but_not_limited(sandbox):
    sandbox.instance("koala")
    for number in range(8):
        sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier=f"s{number}")
    marks = {mark["limit"]: mark for mark in sandbox.control("GET", "limits")["limits"]}
    assert marks["instance-snapshots-in-progress"]["highWater"] == 8
    assert marks["instance-snapshots-in-progress"]["capacity"] is None


def test_the_stock_of_manual_snapshots_is_limited_and_says_so_differently(sandbox, refused):
    sandbox.control("PATCH", "settings", {"limits": {"manual-cluster-snapshots": 2}})
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    _snap(sandbox, "s2")
    error = refused(_snap, sandbox=sandbox, name="s3")
    assert (error["Code"], error["Message"]) == ("SnapshotQuotaExceeded", "Cannot create more than 2 manual snapshots")
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")
    _snap(sandbox, "s3")


def test_an_account_is_told_how_full_its_stocks_are(sandbox):
    sandbox.control("PATCH", "settings", {"limits": {"manual-cluster-snapshots": 7}})
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    quotas = sandbox.home.describe_account_attributes()["AccountQuotas"]
    assert quotas == [
        {"AccountQuotaName": "ManualSnapshots", "Used": 0, "Max": 100},
        {"AccountQuotaName": "ManualClusterSnapshots", "Used": 1, "Max": 7},
    ]


def test_a_limit_of_one_account_and_region_can_differ(sandbox, refused):
    override = {"account": HOME, "region": REGION, "limit": "cluster-snapshots-in-progress", "capacity": 1}
    sandbox.control("PATCH", "settings", {"limitOverrides": [override]})
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    assert refused(_snap, sandbox=sandbox, name="s2")["Code"] == "SnapshotQuotaExceeded"


def test_the_high_water_mark_starts_again_from_what_runs(sandbox):
    sandbox.control("PATCH", "settings", {"durations": {"snapshot": {"base": 100, "perGiB": 0}}})
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    _snap(sandbox, "s2")
    sandbox.clock.advance(50)
    _snap(sandbox, "s3")
    sandbox.clock.advance(60)
    sandbox.control("DELETE", "limits")
    marks = {mark["limit"]: mark["highWater"] for mark in sandbox.control("GET", "limits")["limits"]}
    assert marks["cluster-snapshots-in-progress"] == 1


def test_deleting_a_snapshot_in_progress_frees_its_slot(sandbox, refused):
    sandbox.control("PATCH", "settings", {"limits": {"cluster-snapshots-in-progress": 1}})
    sandbox.cluster("panda")
    _snap(sandbox, "s1")
    deleted = sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")["DBClusterSnapshot"]
    assert deleted["Status"] == "deleted"
    _snap(sandbox, "s2")
    error = refused(sandbox.home.describe_db_cluster_snapshots, DBClusterSnapshotIdentifier="s1")
    assert error["Code"] == "DBClusterSnapshotNotFoundFault"


def test_automated_snapshots_exist_and_cannot_be_deleted(sandbox, refused):
    sandbox.cluster("panda")
    sandbox.instance("koala")
    automated = sandbox.home.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"][0]
    assert automated["DBClusterSnapshotIdentifier"].startswith("rds:panda-")
    assert automated["Status"] == "available"
    error = refused(
        sandbox.home.delete_db_cluster_snapshot,
        DBClusterSnapshotIdentifier=automated["DBClusterSnapshotIdentifier"],
    )
    assert error["Code"] == "InvalidDBClusterSnapshotStateFault"
    automated = sandbox.home.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"][0]
    error = refused(sandbox.home.delete_db_snapshot, DBSnapshotIdentifier=automated["DBSnapshotIdentifier"])
    assert error["Code"] == "InvalidDBSnapshotState"


def test_a_deleted_instance_takes_its_automated_snapshots_along(sandbox):
    sandbox.instance("koala")
    sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="s1")
    sandbox.home.delete_db_instance(DBInstanceIdentifier="koala", FinalDBSnapshotIdentifier="last")
    left = [snapshot["DBSnapshotIdentifier"] for snapshot in sandbox.home.describe_db_snapshots()["DBSnapshots"]]
    assert left == ["last", "s1"]


def test_a_limit_is_never_exceeded_by_simultaneous_requests(sandbox, monkeypatch):
    sandbox.cluster("panda")
    client = sandbox.home
    # Lets the threads of the server step on each other's toes wherever nothing keeps them apart.
    check = LimitLedger.is_full
    monkeypatch.setattr(LimitLedger, "is_full", lambda *key: (check(*key), threading.Event().wait(0.04))[0])

    def attempt(number):
        try:
            client.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier=f"s{number}")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "started"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(16)))
    assert outcomes.count("started") == 5
    assert outcomes.count("SnapshotQuotaExceeded") == 11
