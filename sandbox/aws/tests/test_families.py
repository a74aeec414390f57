"""Clusters that are not Aurora's: DocumentDB, Neptune and Multi-AZ DB clusters."""

from __future__ import annotations

import boto3
import pytest

from .conftest import HOME, KEY, OTHER_REGION, REGION, VAULT

MASTER = {"MasterUsername": "panda", "MasterUserPassword": "not-a-secret"}
ENGINES = {"documentdb-cluster": "docdb", "neptune-cluster": "neptune", "multi-az-cluster": "postgres"}
GRAPH_AND_DOCUMENTS = ("documentdb-cluster", "neptune-cluster")
COMPUTE = {"DBClusterInstanceClass": "db.m6gd.large", "AllocatedStorage": 100, "Iops": 1000}


@pytest.fixture(autouse=True)
def at_once(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0})


@pytest.fixture
def plant(sandbox):
    """Plants a cluster of a kind; gives its ARN back."""

    def planted(kind, name="docs", **more):
        resource = {"kind": kind, "account": HOME, "region": REGION, "id": name, "sizeGiB": 20, "encryption": "cmk"}
        return sandbox.seed(resources=[{**resource, **more}])["resources"][0]

    return planted


@pytest.fixture
def shared(sandbox, plant):
    """A snapshot of a new cluster, shared with the vault; its ARN."""

    def made(kind, **more):
        plant(kind, **more)
        arn = _snap(sandbox.home)["DBClusterSnapshotArn"]
        sandbox.home.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier="s1", AttributeName="restore", ValuesToAdd=[VAULT]
        )
        return arn

    return made


def _snap(client, cluster="docs", name="s1", **more):
    return client.create_db_cluster_snapshot(DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=name, **more)[
        "DBClusterSnapshot"
    ]


def _copy(client, source, target="c1", **more):
    return client.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=source, TargetDBClusterSnapshotIdentifier=target, **more
    )["DBClusterSnapshot"]


def _restore(client, source="s1", name="back", **more):
    return client.restore_db_cluster_from_snapshot(DBClusterIdentifier=name, SnapshotIdentifier=source, **more)[
        "DBCluster"
    ]


def _cluster(client, name="docs"):
    return client.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def _create(client, name, engine, **more):
    return client.create_db_cluster(DBClusterIdentifier=name, Engine=engine, **{**MASTER, **more})["DBCluster"]


@pytest.mark.parametrize(
    ("engine", "version", "port", "group"),
    [("docdb", "5.0.0", 27017, "default.docdb5.0"), ("neptune", "1.3.2.1", 8182, "default.neptune1.3")],
)
def test_a_new_cluster_has_the_defaults_of_its_engine(sandbox, engine, version, port, group):
    made = _create(sandbox.home, "docs", engine)
    assert (made["EngineVersion"], made["Port"], made["DBClusterParameterGroup"]) == (version, port, group)
    assert "ScalingConfigurationInfo" not in made
    assert "GlobalWriteForwardingRequested" not in made


@pytest.mark.parametrize("service", ["docdb", "neptune"])
def test_the_own_clients_of_both_services_see_their_clusters(sandbox, plant, service):
    kind = "documentdb-cluster" if service == "docdb" else "neptune-cluster"
    plant(kind)
    keys = sandbox.home._request_signer._credentials
    client = boto3.client(
        service,
        region_name=REGION,
        endpoint_url=sandbox.url,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
    )
    assert [one["DBClusterIdentifier"] for one in client.describe_db_clusters()["DBClusters"]] == ["docs"]
    assert _snap(client)["Engine"] == service


def test_the_list_of_clusters_is_narrowed_by_engine(sandbox, plant):
    for kind in ENGINES:
        plant(kind, name=kind)
    sandbox.cluster("panda")

    def of(*engines):
        found = sandbox.home.describe_db_clusters(Filters=[{"Name": "engine", "Values": list(engines)}])
        return sorted(one["DBClusterIdentifier"] for one in found["DBClusters"])

    assert of("docdb") == ["documentdb-cluster"]
    assert of("neptune", "postgres") == ["multi-az-cluster", "neptune-cluster"]
    assert len(sandbox.home.describe_db_clusters()["DBClusters"]) == 4


@pytest.mark.parametrize("kind", list(ENGINES))
def test_a_snapshot_says_of_which_engine_it_is(sandbox, plant, kind):
    plant(kind)
    shown = _snap(sandbox.home, Tags=[{"Key": "a", "Value": "1"}])
    assert (shown["Engine"], shown["AllocatedStorage"], shown["StorageEncrypted"]) == (ENGINES[kind], 20, True)
    assert shown["TagList"] == [{"Key": "a", "Value": "1"}]
    filters = [{"Name": "engine", "Values": [ENGINES[kind]]}, {"Name": "snapshot-type", "Values": ["manual"]}]
    listed = sandbox.home.describe_db_cluster_snapshots(Filters=filters)["DBClusterSnapshots"]
    assert [one["DBClusterSnapshotIdentifier"] for one in listed] == ["s1"]
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")


@pytest.mark.parametrize("kind", GRAPH_AND_DOCUMENTS)
def test_a_shared_snapshot_is_pulled_in_two_steps(sandbox, shared, kind):
    pulled = _copy(sandbox.vault, shared(kind), KmsKeyId=KEY)
    assert pulled["SourceDBClusterSnapshotArn"].endswith(f":{HOME}:cluster-snapshot:s1")
    away = _copy(sandbox.vault_elsewhere, pulled["DBClusterSnapshotArn"], "c2", KmsKeyId=KEY, SourceRegion=REGION)
    assert (away["Engine"], away["StorageEncrypted"]) == (ENGINES[kind], True)


@pytest.mark.parametrize("kind", GRAPH_AND_DOCUMENTS)
def test_a_shared_encrypted_snapshot_needs_a_key(sandbox, shared, refused, kind):
    assert refused(_copy, client=sandbox.vault, source=shared(kind))["Code"] == "KMSKeyNotAccessibleFault"


@pytest.mark.parametrize("kind", GRAPH_AND_DOCUMENTS)
def test_a_key_on_a_plain_snapshot_is_an_error(sandbox, shared, refused, kind):
    source = shared(kind, encryption="none")
    assert refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)["Code"] == "InvalidParameterCombination"
    assert _copy(sandbox.vault, source)["StorageEncrypted"] is False


def test_documentdb_never_crosses_accounts_and_regions_at_once(sandbox, shared, refused):
    sandbox.control("PATCH", "settings", {"singleStepCopy": True})
    step = {"client": sandbox.vault_elsewhere, "KmsKeyId": KEY, "SourceRegion": REGION}
    assert refused(_copy, source=shared("documentdb-cluster"), **step)["Code"] == "InvalidParameterCombination"


def test_neptune_crosses_accounts_and_regions_at_once_where_that_is_set(sandbox, shared):
    sandbox.control("PATCH", "settings", {"singleStepCopy": True})
    source = shared("neptune-cluster")
    assert _copy(sandbox.vault_elsewhere, source, KmsKeyId=KEY, SourceRegion=REGION)["Engine"] == "neptune"


def test_documentdb_wants_a_presigned_url_across_regions(sandbox, plant, refused):
    plant("documentdb-cluster")
    source = _snap(sandbox.home)["DBClusterSnapshotArn"]
    sandbox.seed(keys=[{"account": HOME, "region": OTHER_REGION, "alias": KEY}])
    there = sandbox.role("rds", HOME, region=OTHER_REGION)
    assert refused(_copy, client=there, source=source, KmsKeyId=KEY)["Code"] == "InvalidParameterValue"
    assert _copy(there, source, KmsKeyId=KEY, SourceRegion=REGION)["Engine"] == "docdb"


def test_stocks_are_counted_apart(sandbox, plant, refused):
    names = ("manual-cluster-snapshots", "manual-documentdb-cluster-snapshots", "manual-neptune-cluster-snapshots")
    sandbox.control("PATCH", "settings", {"limits": dict.fromkeys(names, 1)})
    sandbox.cluster("panda")
    for kind in ENGINES:
        plant(kind, name=kind)
    for number, cluster in enumerate(("panda", *GRAPH_AND_DOCUMENTS)):
        _snap(sandbox.home, cluster, f"s{number}")
    for cluster in ("panda", *ENGINES):
        error = refused(_snap, client=sandbox.home, cluster=cluster, name="more")
        assert (error["Code"], error["Message"]) == (
            "SnapshotQuotaExceeded",
            "Cannot create more than 1 manual snapshots",
        )
    marks = {mark["limit"]: mark["current"] for mark in sandbox.control("GET", "limits")["limits"]}
    assert [marks[name] for name in names] == [1, 1, 1]


def test_what_is_in_progress_is_counted_apart(sandbox, plant, refused):
    sandbox.control("PATCH", "settings", {"timeScale": 1})
    sandbox.cluster("panda")
    plant("documentdb-cluster")
    for number in range(5):
        _snap(sandbox.home, "docs", f"d{number}")
        _snap(sandbox.home, "panda", f"p{number}")
    assert "in progress" in refused(_snap, client=sandbox.home, cluster="docs", name="more")["Message"]


@pytest.mark.parametrize("kind", GRAPH_AND_DOCUMENTS)
def test_a_restore_brings_back_a_cluster_without_instances(sandbox, plant, kind):
    plant(kind)
    _snap(sandbox.home)
    restored = _restore(sandbox.home, Engine=ENGINES[kind])
    assert (restored["Engine"], restored["DBClusterMembers"], restored["Port"]) == (
        ENGINES[kind],
        [],
        _cluster(sandbox.home)["Port"],
    )
    made = sandbox.home.create_db_instance(
        DBInstanceIdentifier="back-1",
        DBClusterIdentifier="back",
        DBInstanceClass="db.r6g.large",
        Engine=ENGINES[kind],
    )["DBInstance"]
    assert made["Endpoint"]["Port"] == restored["Port"]


def test_a_restore_needs_the_engine_of_its_snapshot(sandbox, plant, refused):
    plant("documentdb-cluster")
    _snap(sandbox.home)
    assert refused(_restore, client=sandbox.home, Engine="neptune")["Code"] == "InvalidParameterCombination"


class TestMultiAzClusters:
    def test_it_has_a_writer_and_two_readers_in_three_zones(self, sandbox, plant):
        plant("multi-az-cluster", engine="mysql", iops=5000)
        shown = _cluster(sandbox.home)
        assert (shown["DBClusterInstanceClass"], shown["AllocatedStorage"]) == ("db.m6gd.large", 20)
        assert (shown["Iops"], shown["StorageType"], shown["MultiAZ"]) == (5000, "io1", True)
        assert [member["IsClusterWriter"] for member in shown["DBClusterMembers"]] == [True, False, False]
        members = sandbox.home.describe_db_instances()["DBInstances"]
        assert {one["AvailabilityZone"] for one in members} == {f"{REGION}{zone}" for zone in "abc"}
        assert {(one["DBInstanceClass"], one["StorageType"]) for one in members} == {("db.m6gd.large", "io1")}

    @pytest.mark.parametrize("missing", list(COMPUTE))
    def test_a_new_one_needs_class_storage_and_iops(self, sandbox, refused, missing):
        given = {name: value for name, value in COMPUTE.items() if name != missing}
        error = refused(_create, client=sandbox.home, name="docs", engine="postgres", **given)
        assert error["Code"] == "InvalidParameterCombination"
        assert missing in error["Message"]

    def test_no_instance_is_added(self, sandbox, plant, refused):
        plant("multi-az-cluster")
        error = refused(
            sandbox.home.create_db_instance,
            DBInstanceIdentifier="more",
            DBClusterIdentifier="docs",
            DBInstanceClass="db.m6gd.large",
            Engine="postgres",
        )
        assert error["Code"] == "InvalidParameterCombination"

    def test_its_snapshots_are_shared_but_not_copied(self, sandbox, shared, refused):
        source = shared("multi-az-cluster")
        for client in (sandbox.home, sandbox.vault):
            error = refused(_copy, client=client, source=source, KmsKeyId=KEY)
            assert error["Code"] == "InvalidParameterCombination"

    def test_a_shared_snapshot_is_restored_with_its_instances(self, sandbox, shared):
        source = shared("multi-az-cluster")
        sandbox.control("PATCH", "settings", {"timeScale": 1})
        restored = _restore(
            sandbox.vault, source, Engine="postgres", DBClusterInstanceClass="db.r6gd.xlarge", KmsKeyId=KEY
        )
        assert (restored["Status"], restored["DBClusterInstanceClass"]) == ("creating", "db.r6gd.xlarge")
        assert len(restored["DBClusterMembers"]) == 3
        assert {one["DBInstanceStatus"] for one in sandbox.vault.describe_db_instances()["DBInstances"]} == {"creating"}
        sandbox.clock.advance(1000)
        assert {one["DBInstanceStatus"] for one in sandbox.vault.describe_db_instances()["DBInstances"]} == {
            "available"
        }

    def test_a_restore_needs_a_class(self, sandbox, plant, refused):
        plant("multi-az-cluster")
        _snap(sandbox.home)
        assert refused(_restore, client=sandbox.home, Engine="postgres")["Code"] == "InvalidParameterCombination"

    def test_a_restore_does_not_encrypt_a_plain_one(self, sandbox, plant, refused):
        plant("multi-az-cluster", encryption="none")
        _snap(sandbox.home)
        error = refused(
            _restore, client=sandbox.home, Engine="postgres", DBClusterInstanceClass="db.m6gd.large", KmsKeyId=KEY
        )
        assert error["Code"] == "InvalidParameterCombination"

    def test_its_instances_go_with_it(self, sandbox, plant):
        plant("multi-az-cluster")
        sandbox.home.delete_db_cluster(DBClusterIdentifier="docs", SkipFinalSnapshot=True)
        assert sandbox.home.describe_db_instances()["DBInstances"] == []
