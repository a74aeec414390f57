"""Aurora Serverless, both versions."""

from __future__ import annotations

import pytest

from .conftest import HOME, KEY, REGION

RANGE = {"MinCapacity": 0.5, "MaxCapacity": 8.0}


@pytest.fixture(autouse=True)
def at_once(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0})


def _snap(sandbox):
    sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    return sandbox.home.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="s1")["DBClusterSnapshots"][0]


def _restore(sandbox, **more):
    return sandbox.home.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="back", SnapshotIdentifier="s1", Engine="aurora-postgresql", **more
    )["DBCluster"]


def _add_instance(sandbox, cluster):
    return sandbox.home.create_db_instance(
        DBInstanceIdentifier=f"{cluster}-1",
        DBClusterIdentifier=cluster,
        DBInstanceClass="db.serverless",
        Engine="aurora-postgresql",
    )["DBInstance"]


class TestVersion2:
    def test_a_cluster_shows_its_range_and_serverless_instances(self, sandbox):
        sandbox.cluster("panda", serverlessV2={"min": 0.5, "max": 8}, instances=2)
        shown = sandbox.home.describe_db_clusters()["DBClusters"][0]
        assert (shown["ServerlessV2ScalingConfiguration"], shown["EngineMode"]) == (RANGE, "provisioned")
        classes = [one["DBInstanceClass"] for one in sandbox.home.describe_db_instances()["DBInstances"]]
        assert classes == ["db.serverless", "db.serverless"]

    def test_a_restored_cluster_has_the_range_of_the_request(self, sandbox):
        sandbox.cluster("panda", serverlessV2={"min": 0.5, "max": 8})
        _snap(sandbox)
        assert _restore(sandbox, ServerlessV2ScalingConfiguration=RANGE)["ServerlessV2ScalingConfiguration"] == RANGE
        assert _add_instance(sandbox, "back")["DBInstanceClass"] == "db.serverless"

    def test_serverless_instances_need_the_range(self, sandbox, refused):
        sandbox.cluster("panda", serverlessV2={"min": 0.5, "max": 8})
        _snap(sandbox)
        assert "ServerlessV2ScalingConfiguration" not in _restore(sandbox)
        error = refused(_add_instance, sandbox=sandbox, cluster="back")
        assert error["Code"] == "InvalidDBClusterStateFault"
        assert error["Message"].startswith("Set the Serverless v2 scaling configuration on the parent DB cluster")


class TestVersion1:
    @pytest.fixture
    def panda(self, sandbox):
        sandbox.cluster("panda", encryption="cmk", serverlessV1={"min": 2, "max": 8})

    def test_a_cluster_has_a_mode_and_no_instances(self, sandbox, panda):
        shown = sandbox.home.describe_db_clusters()["DBClusters"][0]
        assert (shown["EngineMode"], shown["Capacity"], shown["DBClusterMembers"]) == ("serverless", 2, [])
        assert (shown["ScalingConfigurationInfo"]["MinCapacity"], shown["StorageEncrypted"]) == (2, True)

    def test_a_new_one_is_encrypted_without_being_asked(self, sandbox):
        made = sandbox.home.create_db_cluster(
            DBClusterIdentifier="panda",
            Engine="aurora-mysql",
            EngineMode="serverless",
            MasterUsername="panda",
            MasterUserPassword="not-a-secret",
        )["DBCluster"]
        assert made["StorageEncrypted"] is True

    def test_a_snapshot_remembers_the_mode(self, sandbox, panda):
        assert _snap(sandbox)["EngineMode"] == "serverless"

    def test_a_restored_cluster_is_provisioned_unless_told_otherwise(self, sandbox, panda):
        _snap(sandbox)
        assert _restore(sandbox)["EngineMode"] == "provisioned"

    def test_a_restored_cluster_has_the_mode_of_the_request(self, sandbox, panda):
        _snap(sandbox)
        scaling = {"MinCapacity": 4, "MaxCapacity": 16}
        restored = _restore(sandbox, EngineMode="serverless", ScalingConfiguration=scaling)
        assert (restored["EngineMode"], restored["ScalingConfigurationInfo"]["MinCapacity"]) == ("serverless", 4)

    def test_instances_are_not_added(self, sandbox, panda, refused):
        assert refused(_add_instance, sandbox=sandbox, cluster="panda")["Code"] in (
            "InvalidDBClusterStateFault",
            "InvalidParameterValue",
        )

    def test_a_plain_one_is_not_seeded(self, sandbox):
        with pytest.raises(AssertionError, match=r"^400.*always encrypted"):
            sandbox.cluster("panda", serverlessV1={"min": 2, "max": 8})


@pytest.mark.parametrize(
    ("more", "exported"),
    [
        ({"kind": "aurora-cluster", "encryption": "cmk"}, True),
        ({"kind": "aurora-cluster", "encryption": "cmk", "serverlessV2": {"min": 1, "max": 2}}, True),
        ({"kind": "multi-az-cluster"}, True),
        ({"kind": "aurora-cluster", "encryption": "cmk", "serverlessV1": {"min": 1, "max": 2}}, False),
        ({"kind": "documentdb-cluster"}, False),
        ({"kind": "neptune-cluster"}, False),
    ],
)
def test_which_snapshots_are_exported(sandbox, refused, more, exported):
    sandbox.seed(
        roles=[{"account": HOME, "name": "export", "trustedServices": ["export.rds.amazonaws.com"]}],
        resources=[{"account": HOME, "region": REGION, "id": "panda", "sizeGiB": 1, **more}],
    )
    sandbox.role("s3", HOME).create_bucket(
        Bucket="panda-exports", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    request = {
        "ExportTaskIdentifier": "e1",
        "SourceArn": _snap(sandbox)["DBClusterSnapshotArn"],
        "S3BucketName": "panda-exports",
        "IamRoleArn": f"arn:aws:iam::{HOME}:role/export",
        "KmsKeyId": KEY,
    }
    if exported:
        assert sandbox.home.start_export_task(**request)["Status"]
    else:
        assert refused(sandbox.home.start_export_task, **request)["Code"] == "InvalidParameterValue"
