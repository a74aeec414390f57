"""Databases that are stopped or busy."""

from __future__ import annotations

import pytest

from .conftest import HOME, REGION

BUSY = ["modifying", "upgrading", "backing-up", "maintenance"]
NOT_AVAILABLE = "Cannot create a snapshot because the database instance koala is not currently in the available state."


def _status(sandbox, arn, status, **more):
    sandbox.control("POST", "resources/status", {"arn": arn, "status": status, **more})


def _snap_cluster(sandbox, name="s1"):
    return sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier=name)


def _snap_instance(sandbox, name="s1"):
    return sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier=name)


def _shown(sandbox):
    return sandbox.home.describe_db_clusters()["DBClusters"][0]["Status"]


def test_a_stopped_cluster_is_not_snapshotted(sandbox, refused):
    sandbox.cluster("panda", status="stopped")
    error = refused(_snap_cluster, sandbox=sandbox)
    assert (error["Code"], error["Status"]) == ("InvalidDBClusterStateFault", 400)
    assert error["Message"] == "DbCluster panda is in stopped state but expected it to be one of available."


def test_the_instances_of_a_stopped_cluster_are_stopped_too(sandbox):
    sandbox.cluster("panda", status="stopped")
    assert sandbox.home.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "stopped"


def test_a_stopped_instance_is_not_snapshotted(sandbox, refused):
    sandbox.instance("koala", status="stopped")
    error = refused(_snap_instance, sandbox=sandbox)
    assert (error["Code"], error["Message"]) == ("InvalidDBInstanceState", NOT_AVAILABLE)


def test_databases_are_stopped_and_started_through_the_api(sandbox, refused):
    sandbox.cluster("panda")
    sandbox.instance("koala")
    sandbox.home.stop_db_cluster(DBClusterIdentifier="panda")
    sandbox.home.stop_db_instance(DBInstanceIdentifier="koala")
    assert refused(_snap_cluster, sandbox=sandbox)["Code"] == "InvalidDBClusterStateFault"
    assert refused(_snap_instance, sandbox=sandbox)["Code"] == "InvalidDBInstanceState"
    sandbox.home.start_db_cluster(DBClusterIdentifier="panda")
    sandbox.home.start_db_instance(DBInstanceIdentifier="koala")
    _snap_cluster(sandbox)
    _snap_instance(sandbox)


def test_what_cannot_be_stopped(sandbox, refused):
    sandbox.cluster("multi", kind="multi-az-cluster", engine="postgres")
    sandbox.cluster("world", **{"global": {"id": "world", "role": "primary"}})
    sandbox.cluster("old", encryption="cmk", serverlessV1={"min": 2, "max": 8})
    for name in ("multi", "world", "old"):
        error = refused(sandbox.home.stop_db_cluster, DBClusterIdentifier=name)
        assert error["Code"] == "InvalidDBClusterStateFault"
    sandbox.instance("koala")
    sandbox.instance("copy", replicaOf="koala")
    for name in ("koala", "copy"):
        assert refused(sandbox.home.stop_db_instance, DBInstanceIdentifier=name)["Code"] == "InvalidDBInstanceState"


def test_an_instance_whose_storage_is_optimized_is_snapshotted(sandbox):
    sandbox.instance("koala", status="storage-optimization")
    assert _snap_instance(sandbox)["DBSnapshot"]["Status"] == "creating"


@pytest.mark.parametrize("status", BUSY)
def test_what_is_busy_is_refused_until_it_is_lifted(sandbox, refused, status):
    cluster, instance = sandbox.cluster("panda"), sandbox.instance("koala")
    for arn in (cluster, instance):
        _status(sandbox, arn, status)
    sandbox.clock.advance(1_000_000)
    assert _shown(sandbox) == status
    assert refused(_snap_cluster, sandbox=sandbox)["Code"] == "InvalidDBClusterStateFault"
    assert refused(_snap_instance, sandbox=sandbox)["Code"] == "InvalidDBInstanceState"
    for arn in (cluster, instance):
        _status(sandbox, arn, "available")
    assert _snap_cluster(sandbox)["DBClusterSnapshot"]["Status"] == "creating"
    assert _snap_instance(sandbox)["DBSnapshot"]["Status"] == "creating"


def test_a_status_passes_after_its_seconds(sandbox, refused):
    arn = sandbox.cluster("panda")
    sandbox.control("PATCH", "settings", {"timeScale": 0.1})
    _status(sandbox, arn, "upgrading", seconds=600)
    sandbox.clock.advance(59)
    assert refused(_snap_cluster, sandbox=sandbox)["Code"] == "InvalidDBClusterStateFault"
    sandbox.clock.advance(1)
    assert _shown(sandbox) == "available"
    _snap_cluster(sandbox)


def test_a_snapshot_in_progress_goes_on_and_shows_afterwards(sandbox):
    sandbox.control("PATCH", "settings", {"durations": {"snapshot": {"base": 100, "perGiB": 0}}})
    arn = sandbox.cluster("panda")
    _snap_cluster(sandbox)
    _status(sandbox, arn, "maintenance", seconds=50)
    assert _shown(sandbox) == "maintenance"
    sandbox.clock.advance(50)
    assert _shown(sandbox) == "backing-up"
    sandbox.clock.advance(50)
    assert _shown(sandbox) == "available"


def test_a_seed_says_for_how_long(sandbox):
    sandbox.cluster("panda", status="modifying", statusSeconds=60)
    assert _shown(sandbox) == "modifying"
    sandbox.clock.advance(60)
    assert _shown(sandbox) == "available"


@pytest.mark.parametrize(
    "body",
    [
        {"status": "modifying", "seconds": -1},
        {"status": "modifying", "seconds": "60"},
        {"status": "available", "seconds": 60},
        {"status": "Not A Status"},
    ],
)
def test_statuses_that_make_no_sense_are_refused(sandbox, body):
    arn = sandbox.cluster("panda")
    with pytest.raises(AssertionError, match="^400"):
        sandbox.control("POST", "resources/status", {"arn": arn, **body})


def test_what_is_not_there_has_no_status(sandbox):
    with pytest.raises(AssertionError, match="^404"):
        _status(sandbox, f"arn:aws:rds:{REGION}:{HOME}:cluster:nobody", "modifying", seconds=1)
