"""The control interface, the call log, and answers to calls that nobody knows."""

from __future__ import annotations

import io
import ipaddress
import json
import urllib.error
import urllib.request

import pytest

from farcopy_aws_emulator.application import Application
from farcopy_aws_emulator.data.installation import BIN_VARIABLE
from farcopy_aws_emulator.emulator import Emulator

from .conftest import HOME, REGION, VAULT

CLUSTER = {
    "kind": "aurora-cluster",
    "account": VAULT,
    "region": "us-east-2",
    "id": "a",
    "sizeGiB": 1,
    "engine": "aurora-mysql",
}


def test_it_says_that_it_is_well_and_whether_it_can_keep_data(sandbox, monkeypatch):
    monkeypatch.delenv(BIN_VARIABLE, raising=False)
    assert sandbox.control("GET", "health") == {"ok": True, "version": "0.1.0", "data": False}
    monkeypatch.setenv(BIN_VARIABLE, "/somewhere")
    assert sandbox.control("GET", "health")["data"] is True


def test_settings_merge_by_name(sandbox):
    changed = sandbox.control(
        "PATCH",
        "settings",
        {"durations": {"snapshot": {"base": 7}}, "limits": {"manual-cluster-snapshots": None}, "jitter": 0.5},
    )
    assert changed["durations"]["snapshot"] == {"base": 7, "perGiB": 0.5}
    assert changed["limits"]["manual-cluster-snapshots"] is None
    assert changed["limits"]["cluster-snapshot-cross-region-copies"] == 5
    assert sandbox.control("GET", "settings") == changed


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "red"},
        {"timeScale": -1},
        {"timeScale": "fast"},
        {"jitter": 2},
        {"limits": {"nonsense": 1}},
        {"durations": {"nonsense": {"base": 1}}},
        {"limitOverrides": [{"account": HOME}]},
        {"singleStepCopy": "yes"},
    ],
)
def test_settings_that_make_no_sense_change_nothing(sandbox, body):
    before = sandbox.control("GET", "settings")
    with pytest.raises(AssertionError, match="^400"):
        sandbox.control("PATCH", "settings", {"seed": 99, **body})
    assert sandbox.control("GET", "settings") == before


def test_jitter_differs_by_snapshot_and_repeats(sandbox):
    sandbox.control("PATCH", "settings", {"jitter": 0.5, "durations": {"snapshot": {"base": 100, "perGiB": 0}}})
    sandbox.cluster("panda")
    for number in range(5):
        sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier=f"s{number}")

    def progress():
        listed = sandbox.home.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
        return [snapshot["PercentProgress"] for snapshot in listed]

    sandbox.clock.advance(45)
    first = progress()
    assert len(set(first)) > 1
    assert all(30 <= percent <= 90 for percent in first)


def test_every_call_is_recorded_with_its_caller(sandbox, refused):
    rds = sandbox.home
    sandbox.control("DELETE", "calls")
    rds.describe_db_clusters()
    refused(rds.create_db_cluster_snapshot, DBClusterIdentifier="no", DBClusterSnapshotIdentifier="s1")
    refused(sandbox.role("kms", VAULT).describe_key, KeyId="alias/nothing")
    answer = sandbox.control("GET", "calls")
    described, created, assumed, key = answer["calls"]
    assert (described["service"], described["action"], described["region"]) == ("rds", "DescribeDBClusters", REGION)
    assert (described["account"], described["status"], described["errorCode"]) == (HOME, 200, None)
    assert described["principal"] == f"arn:aws:sts::{HOME}:assumed-role/farcopy/test"
    assert "emulator-tests" in described["userAgent"]
    assert (created["resource"], created["status"], created["errorCode"]) == ("s1", 404, "DBClusterNotFoundFault")
    assert (assumed["action"], assumed["resource"]) == ("AssumeRole", f"arn:aws:iam::{VAULT}:role/farcopy")
    assert (key["action"], key["resource"], key["errorCode"]) == ("DescribeKey", "alias/nothing", "NotFoundException")
    assert sandbox.control("GET", f"calls?after={answer['next']}")["calls"] == []
    assert len(sandbox.control("GET", f"calls?after={created['seq']}")["calls"]) == 2


def test_the_summary_counts_and_lists_limit_errors(sandbox, refused):
    sandbox.control("PATCH", "settings", {"limits": {"cluster-snapshots-in-progress": 0}})
    sandbox.cluster("panda")
    refused(sandbox.home.create_db_cluster_snapshot, DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    summary = sandbox.control("GET", "calls/summary")
    assert {
        "service": "rds",
        "action": "CreateDBClusterSnapshot",
        "errorCode": "SnapshotQuotaExceeded",
        "count": 1,
    } in summary["counts"]
    assert [call["resource"] for call in summary["limitErrors"]] == ["s1"]


def test_a_reset_forgets_everything(sandbox):
    sandbox.cluster("panda")
    sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    sandbox.control("POST", "reset")
    assert sandbox.control("GET", "limits") == {"limits": []}
    assert sandbox.control("GET", "calls")["calls"] == []
    assert sandbox.control("GET", "settings")["timeScale"] == 0.01
    sandbox.seed(principal={"account": HOME, "userName": "farcopy"})
    assert sandbox.user("rds").describe_db_clusters()["DBClusters"] == []


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nothing", 404), ("DELETE", "faults/99", 404)])
def test_what_is_not_there_is_said_to_be_missing(sandbox, method, path, status):
    with pytest.raises(AssertionError, match=f"^{status}"):
        sandbox.control(method, path)


@pytest.mark.parametrize(
    "body",
    [
        {"resources": [{"kind": "toaster", "account": HOME, "region": REGION, "id": "a", "sizeGiB": 1, "engine": "x"}]},
        {"resources": [{"kind": "aurora-cluster"}]},
        {"resources": ["panda"]},
        {"resources": [{**CLUSTER, "engine": "abacus"}]},
        {"resources": [{**CLUSTER, "encryption": "cmk"}]},
        {"resources": [{**CLUSTER, "tags": {"aws:a": "1"}}]},
        {"keys": [{"account": "1", "region": REGION, "alias": "alias/x"}]},
        {"keys": [{"account": HOME, "region": REGION, "alias": "x"}]},
    ],
)
def test_seeds_that_make_no_sense_are_refused(sandbox, body):
    with pytest.raises(AssertionError, match="^400"):
        sandbox.control("POST", "seed", body)


@pytest.mark.parametrize(
    ("networks", "expected"), [([], ["200", "200", "403", "403"]), (["10.0.0.0/8"], ["200", "200", "200", "403"])]
)
def test_only_this_machine_controls_it_unless_told_otherwise(server, networks, expected):
    application = Application(Emulator(), [ipaddress.ip_network(network) for network in networks])
    answers = []
    for address in ("127.0.0.1", "::1", "10.0.0.7", ""):
        environ = {
            "PATH_INFO": "/_sandbox/health",
            "REQUEST_METHOD": "GET",
            "REMOTE_ADDR": address,
            "wsgi.input": io.BytesIO(),
        }
        application(environ, lambda status, headers: answers.append(status.split()[0]))
    assert answers == expected


class TestUnknownCalls:
    """Nothing is ever answered in HTML."""

    def test_a_query_service_answers_in_xml(self, sandbox, refused):
        error = refused(sandbox.home.describe_source_regions)
        assert (error["Code"], error["Status"]) == ("InvalidAction", 400)
        assert "DescribeSourceRegions" in error["Message"]

    def test_a_json_service_answers_in_json(self, sandbox, refused):
        error = refused(sandbox.role("kms", HOME).describe_custom_key_stores)
        assert (error["Code"], error["Status"]) == ("UnknownOperationException", 400)

    def test_a_rest_service_answers_in_json(self, sandbox, refused):
        error = refused(sandbox.role("backup", HOME).list_copy_jobs)
        assert (error["Code"], error["Status"]) == ("UnknownOperationException", 400)

    def test_a_service_nobody_knows_answers_too(self, sandbox, refused):
        error = refused(sandbox.role("groundstation", HOME).list_configs)
        assert (error["Code"], error["Status"]) == ("UnknownOperationException", 400)

    def test_an_action_that_does_not_exist(self, sandbox):
        request = urllib.request.Request(
            sandbox.url,
            data=b"Action=Nonsense&Version=2014-10-31",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/rds/aws4_request, Signature=x",
            },
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == 400
        assert b"<Code>InvalidAction</Code>" in caught.value.read()

    def test_a_broken_request_is_an_internal_failure_not_a_page(self, sandbox):
        request = urllib.request.Request(
            sandbox.url,
            data=json.dumps({}).encode(),
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "TrentService.ScheduleKeyDeletion",
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/kms/aws4_request, Signature=x",
            },
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert json.loads(caught.value.read())["__type"] == "InternalFailure"


def test_a_seed_is_planted_whole_or_not_at_all_and_says_which_entry_is_wrong(sandbox):
    old = {**CLUSTER, "region": REGION, "id": "old"}
    sandbox.control("POST", "seed", {"resources": [{**old, "tags": {"kept": "yes"}}]})
    seed = [old, {**old, "id": "good"}, {**old, "id": "wrong", "encryption": "nonsense"}]
    with pytest.raises(AssertionError, match=f"^400 .*aurora-cluster/{VAULT}/{REGION}/wrong cannot be planted"):
        sandbox.control("POST", "seed", {"resources": seed})
    clusters = sandbox.vault.describe_db_clusters()["DBClusters"]
    assert [cluster["DBClusterIdentifier"] for cluster in clusters] == ["old"]
    assert clusters[0]["TagList"] == [{"Key": "kept", "Value": "yes"}]
    assert [one["DBInstanceIdentifier"] for one in sandbox.vault.describe_db_instances()["DBInstances"]] == [
        "old-instance-1"
    ]


def test_a_cluster_may_have_the_longest_name_there_is(sandbox):
    names = ["a" * 62 + "b", "a" * 62 + "c"]
    sandbox.control("POST", "seed", {"resources": [{**CLUSTER, "region": REGION, "id": name} for name in names]})
    found = sandbox.vault.describe_db_instances()["DBInstances"]
    assert {one["DBClusterIdentifier"] for one in found} == set(names)
    assert all(len(one["DBInstanceIdentifier"]) <= 63 for one in found)
