"""Aurora global databases."""

from __future__ import annotations

import pytest

from .conftest import HOME, OTHER_REGION, REGION

PRIMARY = f"arn:aws:rds:{REGION}:{HOME}:cluster:panda"
SECONDARY = f"arn:aws:rds:{OTHER_REGION}:{HOME}:cluster:panda-far"


@pytest.fixture(autouse=True)
def at_once(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0})


@pytest.fixture
def there(sandbox):
    return sandbox.role("rds", HOME, region=OTHER_REGION)


@pytest.fixture
def plant(sandbox):
    """A global database of two regions; the secondary comes first in the seed."""

    def planted(instances=1, **more):
        common = {"kind": "aurora-cluster", "account": HOME, "sizeGiB": 20}
        secondary = {"id": "panda-far", "region": OTHER_REGION, "instances": instances}
        membership = {"id": "world", "role": "secondary", **more}
        return sandbox.seed(
            resources=[
                {**common, **secondary, "global": membership},
                {**common, "id": "panda", "region": REGION, "global": {"id": "world", "role": "primary"}},
            ]
        )["resources"]

    return planted


def test_members_say_who_writes_in_every_region(sandbox, there, plant):
    assert plant() == [SECONDARY, PRIMARY]
    for client in (sandbox.home, there):
        (found,) = client.describe_global_clusters()["GlobalClusters"]
        assert (found["GlobalClusterIdentifier"], found["Engine"]) == ("world", "aurora-postgresql")
        assert found["GlobalClusterArn"] == f"arn:aws:rds::{HOME}:global-cluster:world"
        members = [
            (one["DBClusterArn"], one["IsWriter"], one["Readers"], one.get("GlobalWriteForwardingStatus"))
            for one in found["GlobalClusterMembers"]
        ]
        assert members == [(PRIMARY, True, [SECONDARY], None), (SECONDARY, False, [], "disabled")]


def test_a_secondary_cluster_names_its_primary_and_has_readers_only(sandbox, there, plant):
    plant(writeForwarding=True)
    shown = there.describe_db_clusters()["DBClusters"][0]
    assert (shown["ReplicationSourceIdentifier"], shown["GlobalClusterIdentifier"]) == (PRIMARY, "world")
    assert (shown["GlobalWriteForwardingStatus"], shown["GlobalWriteForwardingRequested"]) == ("enabled", True)
    assert [member["IsClusterWriter"] for member in shown["DBClusterMembers"]] == [False]
    primary = sandbox.home.describe_db_clusters()["DBClusters"][0]
    assert primary["ReadReplicaIdentifiers"] == [SECONDARY]
    assert [member["IsClusterWriter"] for member in primary["DBClusterMembers"]] == [True]
    assert "GlobalWriteForwardingStatus" not in primary
    assert "ReplicationSourceIdentifier" not in primary


@pytest.mark.parametrize("instances", [0, 1])
def test_a_secondary_cluster_is_snapshotted_and_restored_also_without_instances(there, plant, instances):
    plant(instances=instances)
    assert len(there.describe_db_clusters()["DBClusters"][0]["DBClusterMembers"]) == instances
    there.create_db_cluster_snapshot(DBClusterIdentifier="panda-far", DBClusterSnapshotIdentifier="s1")
    restored = there.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="back", SnapshotIdentifier="s1", Engine="aurora-postgresql"
    )["DBCluster"]
    assert "GlobalClusterIdentifier" not in restored


def test_it_is_made_through_the_api_as_well(sandbox, there):
    sandbox.cluster("panda")
    sandbox.home.create_global_cluster(GlobalClusterIdentifier="world", SourceDBClusterIdentifier=PRIMARY)
    made = there.create_db_cluster(
        DBClusterIdentifier="panda-far", Engine="aurora-postgresql", GlobalClusterIdentifier="world"
    )["DBCluster"]
    assert made["ReplicationSourceIdentifier"] == PRIMARY
    (found,) = sandbox.home.describe_global_clusters(GlobalClusterIdentifier="world")["GlobalClusters"]
    assert len(found["GlobalClusterMembers"]) == 2


def test_a_member_is_removed_before_it_is_deleted(there, plant, refused):
    plant(instances=0)
    delete = {"DBClusterIdentifier": "panda-far", "SkipFinalSnapshot": True}
    error = refused(there.delete_db_cluster, **delete)
    assert error["Code"] == "InvalidDBClusterStateFault"
    assert "part of a global cluster" in error["Message"]
    there.remove_from_global_cluster(GlobalClusterIdentifier="world", DbClusterIdentifier=SECONDARY)
    assert "ReplicationSourceIdentifier" not in there.describe_db_clusters()["DBClusters"][0]
    there.delete_db_cluster(**delete)
    (found,) = there.describe_global_clusters()["GlobalClusters"]
    assert [one["DBClusterArn"] for one in found["GlobalClusterMembers"]] == [PRIMARY]


def test_a_global_database_that_is_not_there_is_named(sandbox, refused):
    error = refused(sandbox.home.describe_global_clusters, GlobalClusterIdentifier="nothing")
    assert (error["Code"], error["Status"]) == ("GlobalClusterNotFoundFault", 404)
    error = refused(
        sandbox.home.create_db_cluster,
        DBClusterIdentifier="c",
        Engine="aurora-postgresql",
        GlobalClusterIdentifier="nothing",
    )
    assert error["Code"] == "GlobalClusterNotFoundFault"
    assert sandbox.home.describe_db_clusters()["DBClusters"] == []


def test_seeding_again_changes_nothing(sandbox, plant):
    assert plant() == plant()
    (found,) = sandbox.home.describe_global_clusters()["GlobalClusters"]
    assert len(found["GlobalClusterMembers"]) == 2


def test_a_secondary_without_a_primary_is_not_seeded(sandbox):
    with pytest.raises(AssertionError, match=r"^400.*one primary"):
        sandbox.cluster("panda", **{"global": {"id": "world", "role": "secondary"}})
