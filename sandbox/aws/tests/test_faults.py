"""Faults on demand."""

from __future__ import annotations

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from .conftest import HOME, OTHER_REGION, VAULT


@pytest.fixture(autouse=True)
def durations(sandbox):
    kinds = ("snapshot", "copy-same-region", "copy-cross-region", "restore")
    sandbox.control("PATCH", "settings", {"durations": {kind: {"base": 100, "perGiB": 0} for kind in kinds}})


def _fault(sandbox, fault, match=None, **more):
    return sandbox.control("POST", "faults", {"match": match or {}, "fault": fault, **more})["id"]


def _snap(sandbox, name="s1"):
    return sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier=name)


def _status(sandbox, name="s1"):
    shown = sandbox.home.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)["DBClusterSnapshots"][0]
    return shown["Status"], shown["PercentProgress"]


def test_an_error_strikes_as_often_as_asked(sandbox, refused):
    client = sandbox.home
    _fault(sandbox, {"type": "error", "code": "Odd", "message": "odd", "status": 418}, times=2)
    for _ in range(2):
        error = refused(client.describe_db_clusters)
        assert (error["Code"], error["Message"], error["Status"]) == ("Odd", "odd", 418)
    client.describe_db_clusters()
    assert sandbox.control("GET", "faults")["faults"][0]["times"] == 0


def test_a_fault_lets_calls_go_by_before_it_strikes(sandbox, refused):
    client = sandbox.home
    _fault(sandbox, {"type": "throttle"}, {"action": "DescribeDBClusters"}, skip=2, times=1)
    client.describe_db_clusters()
    client.describe_db_instances()
    client.describe_db_clusters()
    assert refused(client.describe_db_clusters)["Code"] == "Throttling"
    client.describe_db_clusters()


def test_faults_strike_only_what_they_match(sandbox, refused):
    sandbox.cluster("panda")
    sandbox.cluster("koala")
    _fault(
        sandbox,
        {"type": "throttle"},
        {"service": "rds", "action": "CreateDBClusterSnapshot", "account": HOME, "role": "farcopy", "resource": "pand"},
    )
    assert refused(_snap, sandbox=sandbox)["Code"] == "Throttling"
    sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="koala", DBClusterSnapshotIdentifier="s1")
    sandbox.home.describe_db_clusters(DBClusterIdentifier="panda")


def test_throttling_and_lack_of_capacity_speak_the_service_s_language(sandbox, refused):
    kms, rds = sandbox.role("kms", HOME), sandbox.home
    throttle = _fault(sandbox, {"type": "throttle"})
    assert refused(rds.describe_db_clusters)["Code"] == "Throttling"
    assert refused(kms.list_keys)["Code"] == "ThrottlingException"
    sandbox.control("DELETE", f"faults/{throttle}")
    _fault(sandbox, {"type": "capacity"})
    error = refused(rds.describe_db_clusters)
    assert error["Status"] == 500
    assert "sufficient capacity" in error["Message"]


def test_an_error_after_commit_leaves_the_work_done(sandbox, refused):
    sandbox.cluster("panda")
    _fault(sandbox, {"type": "error-after-commit"}, {"action": "CreateDBClusterSnapshot"}, times=1)
    assert refused(_snap, sandbox=sandbox)["Status"] == 500
    assert _status(sandbox)[0] == "creating"
    assert refused(_snap, sandbox=sandbox)["Code"] == "DBClusterSnapshotAlreadyExistsFault"


def test_a_region_that_is_down_hangs_up(sandbox):
    here, elsewhere = sandbox.vault, sandbox.vault_elsewhere
    _fault(sandbox, {"type": "region-down"}, {"region": OTHER_REGION})
    with pytest.raises(ConnectionClosedError):
        elsewhere.describe_db_clusters()
    here.describe_db_clusters()
    sandbox.control("DELETE", "faults")
    elsewhere.describe_db_clusters()
    calls = sandbox.control("GET", "calls")["calls"]
    assert [call["status"] for call in calls if call["region"] == OTHER_REGION] == [None, 200]


def test_a_timeout_never_answers(sandbox):
    rds = sandbox.user("rds", read_timeout=0.2)
    _fault(sandbox, {"type": "timeout", "seconds": 60}, times=1)
    with pytest.raises(ReadTimeoutError):
        rds.describe_db_clusters()
    sandbox.control("DELETE", "faults")
    rds.describe_db_clusters()


def test_a_timeout_after_commit_leaves_the_work_done(sandbox):
    sandbox.cluster("panda")
    rds = sandbox.user("rds", read_timeout=0.2)
    _fault(sandbox, {"type": "timeout-after-commit", "seconds": 60}, times=1)
    with pytest.raises(ReadTimeoutError):
        rds.describe_db_clusters()
    _fault(sandbox, {"type": "timeout-after-commit", "seconds": 0}, {"action": "CreateDBClusterSnapshot"}, times=1)
    with pytest.raises(ConnectionClosedError):
        _snap(sandbox)
    assert _status(sandbox)[0] == "creating"


def test_a_hung_operation_stays_where_it_is_until_released(sandbox):
    sandbox.cluster("panda")
    _fault(sandbox, {"type": "hang-operation", "atPercent": 30}, {"action": "CreateDBClusterSnapshot"}, times=1)
    arn = _snap(sandbox)["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    sandbox.clock.advance(3000)
    assert _status(sandbox) == ("creating", 30)
    sandbox.control("POST", "operations/finish", {"arn": arn})
    assert _status(sandbox) == ("available", 100)


def test_a_hung_operation_keeps_its_slot(sandbox, refused):
    sandbox.control("PATCH", "settings", {"limits": {"cluster-snapshots-in-progress": 1}})
    sandbox.cluster("panda")
    _fault(sandbox, {"type": "hang-operation", "atPercent": 30}, times=1)
    arn = _snap(sandbox)["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    sandbox.clock.advance(3000)
    assert refused(_snap, sandbox=sandbox, name="s2")["Code"] == "SnapshotQuotaExceeded"
    sandbox.control("POST", "operations/fail", {"arn": arn})
    assert _status(sandbox) == ("failed", 30)
    _snap(sandbox, "s2")


def test_a_failing_operation_fails_half_way(sandbox, refused):
    sandbox.cluster("panda")
    _fault(sandbox, {"type": "fail-operation", "afterPercent": 50}, times=1)
    _snap(sandbox)
    sandbox.clock.advance(49)
    assert _status(sandbox) == ("creating", 49)
    sandbox.clock.advance(2)
    assert _status(sandbox) == ("failed", 50)
    error = refused(
        sandbox.home.copy_db_cluster_snapshot,
        SourceDBClusterSnapshotIdentifier="s1",
        TargetDBClusterSnapshotIdentifier="c1",
    )
    assert error["Code"] == "InvalidDBClusterSnapshotStateFault"


def test_a_probability_is_kept_roughly_and_repeats_with_the_seed(sandbox, refused):
    def outcomes():
        sandbox.control("DELETE", "faults")
        sandbox.control("PATCH", "settings", {"seed": 7})
        _fault(sandbox, {"type": "throttle"}, {"action": "DescribeDBClusters"}, probability=0.5)
        struck = []
        for _ in range(40):
            try:
                sandbox.vault.describe_db_clusters()
            except Exception:
                struck.append(True)
            else:
                struck.append(False)
        return struck

    first = outcomes()
    assert 8 <= sum(first) <= 32
    assert outcomes() == first


@pytest.mark.parametrize(
    "body",
    [
        {"fault": {"type": "nonsense"}},
        {"fault": {"type": "error"}},
        {"fault": {"type": "throttle", "seconds": 3}},
        {"match": {"colour": "red"}, "fault": {"type": "throttle"}},
        {"fault": {"type": "throttle"}, "times": 0},
        {"fault": {"type": "throttle"}, "skip": -1},
        {"fault": {"type": "timeout", "seconds": "long"}},
        {},
    ],
)
def test_faults_that_make_no_sense_are_refused(sandbox, body):
    with pytest.raises(AssertionError, match="^400"):
        sandbox.control("POST", "faults", body)


def test_struck_calls_are_marked_in_the_call_log(sandbox, refused):
    client = sandbox.vault
    fault = _fault(sandbox, {"type": "error", "code": "SnapshotQuotaExceeded", "message": "m", "status": 400})
    refused(client.describe_db_clusters)
    call = sandbox.control("GET", "calls")["calls"][-1]
    assert (call["account"], call["fault"], call["errorCode"]) == (VAULT, fault, "SnapshotQuotaExceeded")
