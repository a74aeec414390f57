"""Lists: pages, filters, tags, speed."""

from __future__ import annotations

import time

import pytest

from .conftest import HOME, REGION


@pytest.fixture
def many(sandbox):
    """45 available cluster snapshots of two clusters."""
    sandbox.control("PATCH", "settings", {"timeScale": 0, "limits": {"manual-cluster-snapshots": None}})
    sandbox.cluster("panda")
    sandbox.cluster("panda-2")
    for number in range(45):
        sandbox.home.create_db_cluster_snapshot(
            DBClusterIdentifier="panda" if number % 3 else "panda-2", DBClusterSnapshotIdentifier=f"s{number:03d}"
        )
    return sandbox.home


def _names(answer):
    return [snapshot["DBClusterSnapshotIdentifier"] for snapshot in answer["DBClusterSnapshots"]]


def test_pages_of_cluster_snapshots_are_complete_and_disjoint(many):
    first = many.describe_db_cluster_snapshots(SnapshotType="manual", MaxRecords=20)
    second = many.describe_db_cluster_snapshots(SnapshotType="manual", MaxRecords=20, Marker=first["Marker"])
    third = many.describe_db_cluster_snapshots(SnapshotType="manual", MaxRecords=20, Marker=second["Marker"])
    assert "Marker" not in third
    assert _names(first) + _names(second) + _names(third) == [f"s{number:03d}" for number in range(45)]


def test_a_deletion_between_two_pages_shifts_nothing(many):
    first = many.describe_db_cluster_snapshots(SnapshotType="manual", MaxRecords=20)
    many.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s003")
    second = many.describe_db_cluster_snapshots(SnapshotType="manual", MaxRecords=20, Marker=first["Marker"])
    assert _names(second)[0] == "s020"


@pytest.mark.parametrize("size", [19, 101])
def test_page_sizes_have_bounds(many, refused, size):
    assert refused(many.describe_db_cluster_snapshots, MaxRecords=size)["Code"] == "InvalidParameterValue"
    assert refused(many.describe_db_clusters, MaxRecords=size)["Code"] == "InvalidParameterValue"


def test_clusters_and_instances_are_paged(sandbox):
    for number in range(25):
        sandbox.cluster(f"c{number:02d}")
    for action, name in (("describe_db_clusters", "DBClusters"), ("describe_db_instances", "DBInstances")):
        call = getattr(sandbox.home, action)
        first = call(MaxRecords=20)
        second = call(MaxRecords=20, Marker=first["Marker"])
        assert (len(first[name]), len(second[name]), "Marker" in second) == (20, 5, False)
    snapshots = sandbox.home.get_paginator("describe_db_cluster_snapshots").paginate(PaginationConfig={"PageSize": 20})
    assert sum(len(page["DBClusterSnapshots"]) for page in snapshots) == 25


def test_filters_take_several_values_and_do_not_match_by_prefix(many):
    def names(**parameters):
        return len(_names(many.describe_db_cluster_snapshots(SnapshotType="manual", **parameters)))

    def by(name, *values):
        return {"Filters": [{"Name": name, "Values": list(values)}]}

    assert names(DBClusterIdentifier="panda") == 30
    assert names(DBClusterIdentifier="PANDA-2") == 15
    assert names(**by("db-cluster-id", "panda", "panda-2")) == 45
    assert names(**by("db-cluster-id", f"arn:aws:rds:{REGION}:{HOME}:cluster:panda")) == 30
    assert names(**by("db-cluster-snapshot-id", "s001", "S002", "s999")) == 2
    assert names(**by("snapshot-type", "manual")) == 45
    assert names(**by("engine", "aurora-mysql")) == 0
    assert names(**by("engine", "aurora-mysql", "aurora-postgresql")) == 45


def test_unknown_filters_are_refused(many, refused):
    error = refused(many.describe_db_cluster_snapshots, Filters=[{"Name": "colour", "Values": ["red"]}])
    assert error["Code"] == "InvalidParameterValue"


def test_instance_snapshots_have_their_own_filters(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0})
    sandbox.instance("koala")
    sandbox.instance("koala-2")
    for name in ("koala", "koala-2"):
        sandbox.home.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=f"of-{name}")
    found = sandbox.home.describe_db_snapshots(
        SnapshotType="manual", Filters=[{"Name": "db-instance-id", "Values": ["koala"]}]
    )["DBSnapshots"]
    assert [snapshot["DBSnapshotIdentifier"] for snapshot in found] == ["of-koala"]


def test_tags_come_with_the_list_and_can_be_changed_by_arn(sandbox, refused):
    sandbox.control("PATCH", "settings", {"timeScale": 0})
    cluster = sandbox.cluster("panda", tags={"backup": "true"})
    assert sandbox.home.describe_db_clusters()["DBClusters"][0]["TagList"] == [{"Key": "backup", "Value": "true"}]
    assert sandbox.home.list_tags_for_resource(ResourceName=cluster)["TagList"] == [{"Key": "backup", "Value": "true"}]
    arn = sandbox.home.create_db_cluster_snapshot(
        DBClusterIdentifier="panda",
        DBClusterSnapshotIdentifier="s1",
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    )["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    sandbox.home.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "9"}])
    sandbox.home.remove_tags_from_resource(ResourceName=arn, TagKeys=["b"])
    assert sandbox.home.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"][0]["TagList"] == [
        {"Key": "a", "Value": "9"}
    ]
    assert sandbox.home.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "a", "Value": "9"}]
    missing = arn.replace(":s1", ":s2")
    error = refused(sandbox.home.list_tags_for_resource, ResourceName=missing)
    assert error["Code"] == "DBClusterSnapshotNotFoundFault"
    error = refused(sandbox.vault.add_tags_to_resource, ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}])
    assert error["Code"] == "DBClusterSnapshotNotFoundFault"


@pytest.mark.parametrize(
    ("key", "value"), [("aws:x", "1"), ("a" * 129, "1"), ("a", "v" * 257), ("a", "{}"), ("a", "b,c")]
)
def test_tags_that_aws_refuses(sandbox, refused, key, value):
    arn = sandbox.cluster("panda")
    error = refused(sandbox.home.add_tags_to_resource, ResourceName=arn, Tags=[{"Key": key, "Value": value}])
    assert error["Code"] == "InvalidParameterValue"


def test_tags_of_a_cluster_are_taken_over_if_it_says_so(sandbox):
    sandbox.home.create_db_cluster(
        DBClusterIdentifier="mine",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="12345678",
        CopyTagsToSnapshot=True,
        Tags=[{"Key": "a", "Value": "1"}],
    )
    snapshot = sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="mine", DBClusterSnapshotIdentifier="s1")
    assert snapshot["DBClusterSnapshot"]["TagList"] == [{"Key": "a", "Value": "1"}]


def test_lists_stay_fast_with_a_thousand_snapshots(sandbox):
    sandbox.control(
        "PATCH",
        "settings",
        {"timeScale": 0, "limits": {"manual-cluster-snapshots": None, "cluster-snapshots-in-progress": None}},
    )
    sandbox.cluster("panda")
    for number in range(1000):
        sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier=f"s{number}")
    started = time.monotonic()
    for _ in range(5):
        assert len(sandbox.home.describe_db_cluster_snapshots()["DBClusterSnapshots"]) == 100
    # Generous, for busy machines; the goal is 20 a second.
    assert time.monotonic() - started < 2
