"""Denials: calls that identities are not permitted."""

from __future__ import annotations

import pytest

from .conftest import HOME, REGION, VAULT

DOCUMENTS = f"arn:aws:rds:*:{HOME}:cluster:docs-*"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/farcopy/test"


@pytest.fixture(autouse=True)
def databases(sandbox):
    common = {"account": HOME, "region": REGION, "sizeGiB": 1}
    sandbox.seed(
        resources=[
            {**common, "kind": "documentdb-cluster", "id": "docs-1"},
            {**common, "kind": "aurora-cluster", "id": "panda"},
        ]
    )


def _deny(sandbox, **more):
    return sandbox.control("POST", "denials", {"account": HOME, **more})["id"]


def _snap(client, cluster="docs-1", name="s1"):
    return client.create_db_cluster_snapshot(DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=name)


def _engine(name):
    return [{"Name": "engine", "Values": [name]}]


def test_a_call_on_a_matching_resource_is_refused_in_aws_s_words(sandbox, refused):
    _deny(sandbox, role="farcopy", actions=["rds:CreateDBClusterSnapshot"], resources=[DOCUMENTS])
    error = refused(_snap, client=sandbox.home)
    assert (error["Code"], error["Status"]) == ("AccessDenied", 403)
    assert error["Message"] == (
        f"User: {SESSION} is not authorized to perform: rds:CreateDBClusterSnapshot on resource: "
        f"arn:aws:rds:{REGION}:{HOME}:cluster:docs-1 because no identity-based policy allows the "
        "rds:CreateDBClusterSnapshot action"
    )
    _snap(sandbox.home, "panda")


def test_every_resource_of_a_call_has_to_be_permitted(sandbox, refused):
    _deny(sandbox, actions=["rds:*"], resources=[f"arn:aws:rds:{REGION}:{HOME}:cluster-snapshot:s*"])
    assert "cluster-snapshot:s1 because" in refused(_snap, client=sandbox.home, cluster="panda")["Message"]
    _snap(sandbox.home, "panda", "other")


def test_describing_one_is_refused_and_the_list_is_not(sandbox, refused):
    _deny(sandbox, actions=["rds:Describe*"], resources=[DOCUMENTS])
    error = refused(sandbox.home.describe_db_clusters, DBClusterIdentifier="DOCS-1")
    assert error["Code"] == "AccessDenied"
    assert len(sandbox.home.describe_db_clusters()["DBClusters"]) == 2


def test_a_list_is_refused_as_a_whole(sandbox, refused):
    _deny(sandbox, actions=["rds:DescribeDBClusters"])
    error = refused(sandbox.home.describe_db_clusters, Filters=_engine("docdb"))
    assert error["Message"] == (
        f"User: {SESSION} is not authorized to perform: rds:DescribeDBClusters on resource: "
        f"arn:aws:rds:{REGION}:{HOME}:cluster:* because no identity-based policy allows the "
        "rds:DescribeDBClusters action"
    )
    sandbox.home.describe_db_instances()


def test_a_list_is_refused_by_the_value_of_a_filter(sandbox, refused):
    _deny(sandbox, actions=["rds:Describe*"], filter={"name": "engine", "value": "docdb"})
    both = [{"Name": "engine", "Values": ["neptune", "docdb"]}]
    for call in (sandbox.home.describe_db_clusters, sandbox.home.describe_db_cluster_snapshots):
        assert refused(call, Filters=_engine("docdb"))["Code"] == "AccessDenied"
        assert refused(call, Filters=both)["Code"] == "AccessDenied"
        call(Filters=_engine("neptune"))
        call()


def test_actions_are_matched_in_any_case(sandbox, refused):
    _deny(sandbox, actions=["RDS:describedbclusters"])
    assert refused(sandbox.home.describe_db_clusters)["Code"] == "AccessDenied"


def test_other_roles_and_accounts_are_not_meant(sandbox, refused):
    principal = "arn:aws:iam::222222222222:user/farcopy"
    sandbox.seed(roles=[{"account": HOME, "name": "visitor", "trustedPrincipals": [principal]}])
    _deny(sandbox, role=f"arn:aws:iam::{HOME}:role/farcopy", actions=["rds:*"])
    assert refused(sandbox.home.describe_db_clusters)["Code"] == "AccessDenied"
    sandbox.role("rds", HOME, "visitor").describe_db_clusters()
    sandbox.vault.describe_db_clusters()


def test_another_account_s_snapshot_is_a_resource_by_its_arn(sandbox, refused):
    sandbox.control(
        "POST",
        "denials",
        {"account": VAULT, "actions": ["rds:Copy*"], "resources": [f"arn:aws:rds:*:{HOME}:cluster-snapshot:*"]},
    )
    source = f"arn:aws:rds:{REGION}:{HOME}:cluster-snapshot:s1"
    error = refused(
        sandbox.vault.copy_db_cluster_snapshot,
        SourceDBClusterSnapshotIdentifier=source,
        TargetDBClusterSnapshotIdentifier="c1",
    )
    assert f"on resource: {source} because" in error["Message"]


def test_other_services_are_refused_in_their_own_way(sandbox, refused):
    _deny(sandbox, actions=["kms:DescribeKey"])
    error = refused(sandbox.role("kms", HOME).describe_key, KeyId="alias/farcopy")
    assert (error["Code"], error["Status"]) == ("AccessDeniedException", 400)
    assert "on resource" not in error["Message"]


def test_denials_are_listed_and_taken_away(sandbox):
    first = _deny(sandbox, actions=["rds:*"], resources=[DOCUMENTS])
    _deny(sandbox, role="farcopy", actions=["rds:Describe*"], filter={"name": "engine", "value": "docdb"})
    listed = sandbox.control("GET", "denials")["denials"]
    assert listed[0] == {
        "id": first,
        "account": HOME,
        "role": None,
        "actions": ["rds:*"],
        "resources": [DOCUMENTS],
        "filter": None,
    }
    sandbox.control("DELETE", f"denials/{first}")
    assert len(sandbox.control("GET", "denials")["denials"]) == 1
    sandbox.control("DELETE", "denials")
    assert sandbox.control("GET", "denials") == {"denials": []}
    sandbox.home.describe_db_clusters(Filters=_engine("docdb"))


def test_a_seed_says_which_there_are(sandbox, refused):
    _deny(sandbox, actions=["rds:*"])
    denial = {"account": HOME, "actions": ["rds:CreateDBClusterSnapshot"], "resources": [DOCUMENTS]}
    for _ in range(2):
        sandbox.seed(denials=[denial])
    assert len(sandbox.control("GET", "denials")["denials"]) == 1
    assert refused(_snap, client=sandbox.home)["Code"] == "AccessDenied"
    sandbox.seed(roles=[])
    assert refused(_snap, client=sandbox.home)["Code"] == "AccessDenied"
    sandbox.seed(denials=[])
    _snap(sandbox.home)


@pytest.mark.parametrize(
    "body",
    [
        {"actions": ["rds:*"]},
        {"account": HOME},
        {"account": HOME, "actions": "rds:*"},
        {"account": HOME, "actions": []},
        {"account": HOME, "actions": ["rds:*"], "colour": "red"},
        {"account": HOME, "actions": ["rds:*"], "filter": {"name": "engine"}},
    ],
)
def test_denials_that_make_no_sense_are_refused(sandbox, body):
    with pytest.raises(AssertionError, match="^400"):
        sandbox.control("POST", "denials", body)


def test_a_reset_forgets_denials(sandbox):
    _deny(sandbox, actions=["rds:*"])
    sandbox.control("POST", "reset")
    assert sandbox.control("GET", "denials") == {"denials": []}
