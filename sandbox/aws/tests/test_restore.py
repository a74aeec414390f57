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


def test_what_a_restore_needs_around_it_has_to_be_there(sandbox, refused):
    _snapshot(sandbox)
    expected = [
        ({"DBSubnetGroupName": "nothing"}, "DBSubnetGroupNotFoundFault"),
        ({"DBClusterParameterGroupName": "nothing"}, "DBClusterParameterGroupNotFound"),
        ({"VpcSecurityGroupIds": ["sg-0"]}, "InvalidParameterValue"),
    ]
    for more, code in expected:
        assert refused(_restore, client=sandbox.home, source="s1", **more)["Code"] == code
    _instance_snapshot(sandbox)
    for more, code in (*expected[:1], ({"DBParameterGroupName": "nothing"}, "DBParameterGroupNotFound"), expected[2]):
        restore = sandbox.home.restore_db_instance_from_db_snapshot
        error = refused(restore, DBInstanceIdentifier="r", DBSnapshotIdentifier="i1", **more)
        assert (more, error["Code"]) == (more, code)
    taken = refused(restore, DBInstanceIdentifier="koala", DBSnapshotIdentifier="i1")
    assert taken["Code"] == "DBInstanceAlreadyExists"


def test_a_restore_is_put_where_it_was_asked_to_be(sandbox, refused):
    _snapshot(sandbox)
    ec2 = sandbox.role("ec2", HOME)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
    sandbox.home.create_db_subnet_group(
        DBSubnetGroupName="private",
        DBSubnetGroupDescription="private",
        SubnetIds=[subnet["SubnetId"] for subnet in subnets],
    )
    sandbox.home.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="tuned", DBParameterGroupFamily="aurora-postgresql12", Description="tuned"
    )
    restored = _restore(
        sandbox.home,
        "s1",
        DBSubnetGroupName="private",
        DBClusterParameterGroupName="tuned",
        VpcSecurityGroupIds=[group],
        DeletionProtection=True,
        Port=5999,
    )
    assert (restored["DBSubnetGroup"], restored["DBClusterParameterGroup"]) == ("private", "tuned")
    assert [one["VpcSecurityGroupId"] for one in restored["VpcSecurityGroups"]] == [group]
    assert (restored["DeletionProtection"], restored["Port"]) == (True, 5999)
    delete = {"DBClusterIdentifier": "restored", "SkipFinalSnapshot": True}
    assert refused(sandbox.home.delete_db_cluster, **delete)["Code"] == "InvalidParameterCombination"
    sandbox.clock.advance(100)
    sandbox.home.modify_db_cluster(DBClusterIdentifier="restored", DeletionProtection=False)
    sandbox.home.delete_db_cluster(**delete)


def test_the_defaults_a_database_names_can_be_described(sandbox, refused):
    sandbox.cluster("panda", engineVersion="15.4")
    cluster = sandbox.home.describe_db_clusters()["DBClusters"][0]
    group = cluster["DBClusterParameterGroup"]
    assert group == "default.aurora-postgresql15"
    described = sandbox.home.describe_db_cluster_parameter_groups(DBClusterParameterGroupName=group)
    assert described["DBClusterParameterGroups"][0]["DBParameterGroupFamily"] == "aurora-postgresql15"
    sandbox.home.describe_db_cluster_parameters(DBClusterParameterGroupName=group)
    subnets = sandbox.home.describe_db_subnet_groups(DBSubnetGroupName=cluster["DBSubnetGroup"])
    assert len(subnets["DBSubnetGroups"][0]["Subnets"]) > 1
    missing = refused(sandbox.home.describe_db_parameter_groups, DBParameterGroupName="nothing")
    assert missing["Code"] == "DBParameterGroupNotFound"


def test_capacity_runs_out_for_given_classes_and_zones(sandbox, refused):
    _snapshot(sandbox)
    _restore(sandbox.home, "s1")
    sandbox.control(
        "POST",
        "faults",
        {
            "match": {"action": "CreateDBInstance", "parameters": {"DBInstanceClass": "db.r6g.large"}},
            "fault": {"type": "error", "code": "InsufficientDBInstanceCapacity"},
        },
    )
    sandbox.control(
        "POST",
        "faults",
        {
            "match": {"parameters": {"AvailabilityZones": f"{REGION}b"}},
            "fault": {"type": "error", "code": "InsufficientDBClusterCapacityFault", "status": 403},
        },
    )
    create = {"DBInstanceIdentifier": "r-1", "DBClusterIdentifier": "restored", "Engine": "aurora-postgresql"}
    error = refused(sandbox.home.create_db_instance, **create, DBInstanceClass="db.r6g.large")
    assert error["Exception"] == "InsufficientDBInstanceCapacityFault"
    created = sandbox.home.create_db_instance(**create, DBInstanceClass="db.r6g.xlarge")["DBInstance"]
    assert created["DBInstanceStatus"] == "creating"
    zones = [f"{REGION}a", f"{REGION}b"]
    full = refused(_restore, client=sandbox.home, source="s1", name="other", AvailabilityZones=zones)
    assert full["Exception"] == "InsufficientDBClusterCapacityFault"
    _restore(sandbox.home, "s1", name="other", AvailabilityZones=zones[:1])


def test_a_new_instance_takes_its_time_after_its_cluster(sandbox):
    sandbox.control("PATCH", "settings", {"durations": {"create-instance": {"base": 10}}})
    _snapshot(sandbox)
    _restore(sandbox.home, "s1")
    sandbox.home.create_db_instance(
        DBInstanceIdentifier="r-1",
        DBClusterIdentifier="restored",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )

    def status():
        return sandbox.home.describe_db_instances(DBInstanceIdentifier="r-1")["DBInstances"][0]["DBInstanceStatus"]

    sandbox.clock.advance(99)
    assert status() == "creating"
    sandbox.clock.advance(1)
    assert status() == "available"


def test_a_restore_needs_the_key(sandbox, refused):
    _snapshot(sandbox, encryption="cmk")
    kms = sandbox.role("kms", HOME)
    kms.disable_key(KeyId=kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"])
    assert refused(_restore, client=sandbox.home, source="s1")["Code"] == "KMSKeyNotAccessibleFault"
