"""Policies that are enforced: what they do not allow is refused, and what they mean is what AWS means by them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from farcopy_aws_emulator.access.conditions import UnknownPolicyElement, condition_holds
from farcopy_aws_emulator.access.policy import Request, identity_statements, resource_verdict
from farcopy_aws_emulator.access.principal import Principal

from .conftest import BASE, HOME, KEY, REGION, VAULT

USER = f"arn:aws:iam::{BASE}:user/farcopy"
SNAPSHOT = f"arn:aws:rds:{REGION}:{HOME}:cluster-snapshot"


def _document(*statements):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements]}


@pytest.fixture
def enforced(sandbox):
    """A sandbox where nothing is allowed that no policy allows; roles of one name, made by the test."""
    everything = _document({"Action": "sts:AssumeRole"})
    sandbox.seed(principal={"account": BASE, "userName": "farcopy", "policies": {"assume": everything}})
    sandbox.control("PATCH", "settings", {"timeScale": 0, "enforcePermissions": True})
    return sandbox


def _role(sandbox, *statements, account=HOME, name="bound", service="rds", **more):
    policies = {"own": _document(*statements)}
    sandbox.seed(roles=[{"account": account, "name": name, "trustedPrincipals": [USER], "policies": policies, **more}])
    return sandbox.role(service, account, name)


@pytest.mark.parametrize(
    ("operator", "wanted", "values", "held"),
    [
        ("StringEquals", ["a", "b"], ("b",), True),
        ("StringEquals", ["a"], None, False),
        ("StringEqualsIfExists", ["a"], None, True),
        ("StringNotEquals", ["a"], None, True),
        ("StringNotEquals", ["a"], ("a",), False),
        ("StringNotEqualsIfExists", ["a"], ("b",), True),
        ("StringLike", ["rds.*.amazonaws.com"], ("rds.eu-west-1.amazonaws.com",), True),
        ("StringLike", ["rds.*"], ("s3.rds.x",), False),
        ("StringLike", ["a[b]c"], ("abc",), False),
        ("StringNotLike", ["farcopy-*"], ("prod",), True),
        ("StringNotLike", ["20??-*Z *"], ("2026-12-03T02:00:00.000Z 0m4t approved",), False),
        ("StringNotLike", ["20??-*Z *"], ("none",), True),
        ("StringNotLike", ["20??-*Z *"], None, True),
        ("StringEqualsIgnoreCase", ["ABC"], ("abc",), True),
        ("ArnLike", ["arn:aws:iam::*:role/farcopy-vault"], ("arn:aws:iam::1:role/farcopy-vault",), True),
        ("ArnLike", ["arn:aws:iam::*"], ("arn:aws:iam::1:role/farcopy-vault",), False),
        ("ArnNotEquals", ["arn:aws:iam::1:role/a"], ("arn:aws:iam::1:role/b",), True),
        ("Bool", ["true"], ("true",), True),
        ("Bool", ["true"], None, False),
        ("Null", ["true"], None, True),
        ("Null", ["false"], None, False),
        ("Null", ["false"], ("",), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a"], ("a", "c"), False),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("ForAnyValue:StringEquals", ["a"], ("c", "a"), True),
        ("ForAnyValue:StringEquals", ["a"], None, False),
        ("ForAnyValue:StringNotEquals", ["a"], ("a",), False),
        ("ForAnyValue:StringNotEquals", ["a"], ("a", "c"), True),
        ("ForAnyValue:StringNotEquals", ["a"], None, False),
    ],
)
def test_conditions_mean_what_aws_means_by_them(operator, wanted, values, held):
    context = {} if values is None else {"aws:tagkeys": values}
    assert condition_holds(operator, "aws:TagKeys", wanted, context) is held


@pytest.mark.parametrize("condition", [{"StringEquls": {"aws:TagKeys": "a"}}, {"StringEquals": {"aws:Moon": "full"}}])
def test_what_is_not_understood_is_never_allowed(enforced, condition):
    for operator, tests in condition.items():
        for key, wanted in tests.items():
            with pytest.raises(UnknownPolicyElement):
                condition_holds(operator, key, [wanted], {"aws:tagkeys": ("a",)})
    with pytest.raises(AssertionError, match="the emulator does not know the condition"):
        _role(enforced, {"Action": "rds:*", "Condition": condition})
    # Put there past the seed, it refuses every call that it speaks of.
    role = _role(enforced, {"Action": "rds:*"})
    document = json.dumps(_document({"Action": "rds:*", "Condition": condition}))
    made = next(one for one in iam_backends[HOME]["aws"].roles.values() if one.name == "bound")
    made.policies = {"own": document}
    with pytest.raises(ClientError, match="UnsupportedPolicy"):
        role.describe_db_clusters()


def test_a_denial_of_all_but_some_actions_spares_those():
    statement = {"Effect": "Deny", "NotAction": ["rds:Describe*", "s3:GetObject"], "Resource": "*"}
    document = json.dumps({"Statement": [statement]})

    def denied(action):
        return len(list(identity_statements(document, Request(action, "*")))) == 1

    assert not denied("rds:DescribeDBClusters") and not denied("s3:GetObject")
    assert denied("rds:DeleteDBClusterSnapshot") and denied("s3:GetObjectVersion") and denied("iam:PassRole")


def test_a_resource_names_everything_with_a_star_and_nothing_with_brackets():
    document = json.dumps(_document({"Action": "s3:Get*", "Resource": "arn:aws:s3:::b-*/x?/[z]"}))
    request = Request("s3:getobject", "arn:aws:s3:::b-1/xa/z")
    assert list(identity_statements(document, request)) == []
    assert len(list(identity_statements(document, Request("s3:GetObject", "arn:aws:s3:::b-1/xa/[z]")))) == 1


def test_a_resource_s_policy_names_the_caller_or_leaves_it_to_its_account():
    role = f"arn:aws:iam::{HOME}:role/bound"
    caller = Principal(HOME, f"arn:aws:sts::{HOME}:assumed-role/bound/test", role)
    request = Request("kms:Decrypt", "*")

    def verdict(principal, effect="Allow"):
        statement = {"Effect": effect, "Action": "kms:*", "Resource": "*", "Principal": principal}
        return resource_verdict(json.dumps({"Statement": [statement]}), caller, request)

    assert verdict({"AWS": role}) == "named"
    assert verdict("*") == "named"
    assert verdict({"AWS": [HOME]}) == "account"
    assert verdict({"AWS": f"arn:aws:iam::{VAULT}:root"}) == "silent"
    assert verdict({"AWS": HOME}, "Deny") == "deny"


def test_nothing_is_allowed_that_no_policy_allows_in_the_words_of_iam(enforced, refused):
    enforced.cluster("panda")
    role = _role(enforced, {"Action": "rds:Describe*"})
    role.describe_db_clusters()
    error = refused(role.delete_db_cluster, DBClusterIdentifier="panda", SkipFinalSnapshot=True)
    assert (error["Code"], error["Status"]) == ("AccessDenied", 403)
    assert error["Message"] == (
        f"User: arn:aws:sts::{HOME}:assumed-role/bound/test is not authorized to perform: rds:DeleteDBCluster on "
        f"resource: arn:aws:rds:{REGION}:{HOME}:cluster:panda because no identity-based policy allows the "
        "rds:DeleteDBCluster action"
    )
    used = enforced.control("GET", "permissions")
    assert [(one["role"], one["policy"], one["action"]) for one in used["used"] if one["role"] == "bound"] == [
        ("bound", "own", "rds:DescribeDBClusters")
    ]
    assert [(one["action"], one["resource"]) for one in used["missing"]] == [
        ("rds:DeleteDBCluster", f"arn:aws:rds:{REGION}:{HOME}:cluster:panda")
    ]
    enforced.control("PATCH", "settings", {"enforcePermissions": False})
    # The cluster has an instance: RDS is asked now.
    assert refused(role.delete_db_cluster, DBClusterIdentifier="panda")["Code"] == "InvalidDBClusterStateFault"


def test_a_call_needs_every_resource_that_it_names_and_the_tags_that_it_gives(enforced, refused):
    enforced.cluster("panda")
    snapshots = {"Action": "rds:CreateDBClusterSnapshot", "Resource": f"{SNAPSHOT}:farcopy-*"}
    clusters = {"Action": "rds:CreateDBClusterSnapshot", "Resource": f"arn:aws:rds:*:{HOME}:cluster:*"}
    tagging = {
        "Action": "rds:AddTagsToResource",
        "Resource": f"{SNAPSHOT}:farcopy-*",
        "Condition": {
            "Null": {"aws:ResourceTag/mine": "true"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["mine"]},
        },
    }
    wanted = {"DBClusterIdentifier": "panda", "DBClusterSnapshotIdentifier": "farcopy-1"}
    assert "cluster:panda" in refused(_role(enforced, snapshots).create_db_cluster_snapshot, **wanted)["Message"]
    role = _role(enforced, snapshots, clusters)
    assert (
        "cluster-snapshot:other"
        in refused(role.create_db_cluster_snapshot, **{**wanted, "DBClusterSnapshotIdentifier": "other"})["Message"]
    )
    tags = [{"Key": "mine", "Value": "yes"}]
    assert "rds:AddTagsToResource" in refused(role.create_db_cluster_snapshot, **wanted, Tags=tags)["Message"]
    role = _role(enforced, snapshots, clusters, tagging)
    role.create_db_cluster_snapshot(**wanted, Tags=tags)
    again = refused(role.add_tags_to_resource, ResourceName=f"{SNAPSHOT}:farcopy-1", Tags=tags)
    assert "rds:AddTagsToResource" in again["Message"]


def test_a_denial_wins_and_counts_even_where_nothing_is_enforced(enforced, refused):
    enforced.cluster("panda")
    denied = {"Effect": "Deny", "Action": "rds:Delete*", "Resource": "arn:aws:rds:*:*:cluster:panda"}
    role = _role(enforced, {"Action": "rds:*"}, denied)
    for flag in (True, False):
        enforced.control("PATCH", "settings", {"enforcePermissions": flag})
        error = refused(role.delete_db_cluster, DBClusterIdentifier="panda", SkipFinalSnapshot=True)
        assert error["Message"].endswith("with an explicit deny in an identity-based policy")


def test_a_session_may_be_narrowed_by_a_policy_and_a_role_by_a_boundary(enforced, refused):
    _role(enforced, {"Action": "rds:*"})
    keys = enforced.user("sts").assume_role(
        RoleArn=f"arn:aws:iam::{HOME}:role/bound",
        RoleSessionName="test",
        Policy=json.dumps(_document({"Action": "rds:DescribeDBClusters"})),
    )["Credentials"]
    rds = enforced.client("rds", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    rds.describe_db_clusters()
    assert "because no session policy allows" in refused(rds.describe_db_instances)["Message"]


def test_service_control_policies_bind_everybody_of_the_account(enforced, refused):
    enforced.cluster("panda")
    role = _role(enforced, {"Action": "rds:*"})
    never = _document({"Effect": "Deny", "Action": "rds:DeleteDBCluster"})
    enforced.seed(controlPolicies={HOME: [never]})
    error = refused(role.delete_db_cluster, DBClusterIdentifier="panda", SkipFinalSnapshot=True)
    assert error["Message"].endswith("with an explicit deny in a service control policy")


def test_a_role_is_assumed_if_both_sides_allow_it(enforced, refused):
    _role(enforced, {"Action": "rds:*"})
    enforced.seed(principal={"account": BASE, "userName": "farcopy", "policies": {}})
    call = {"RoleArn": f"arn:aws:iam::{HOME}:role/bound", "RoleSessionName": "test"}
    assert refused(enforced.user("sts").assume_role, **call)["Code"] == "AccessDenied"


def test_a_key_leaves_it_to_the_policies_of_the_account_that_it_names(enforced, refused):
    own = {"Action": "kms:DescribeKey", "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": KEY}}}
    _role(enforced, own, service="kms").describe_key(KeyId=KEY)
    kms = _role(enforced, {"Action": "rds:*"}, name="keyless", service="kms")
    assert "no identity-based policy allows" in refused(kms.describe_key, KeyId=KEY)["Message"]
    # Another account's key needs both.
    arn = enforced.seed(keys=[{"account": VAULT, "region": REGION, "alias": KEY}])["keys"][0]["arn"]
    stranger = _role(enforced, {"Action": "kms:*"}, name="stranger", service="kms")
    assert "no resource-based policy allows" in refused(stranger.describe_key, KeyId=arn)["Message"]


def test_keys_are_used_through_a_service_where_a_policy_wants_it(enforced, refused):
    enforced.cluster("panda", encryption="cmk")
    rds = {"Action": "rds:*"}
    through = {
        "Action": ["kms:Decrypt", "kms:DescribeKey"],
        "Condition": {"StringLike": {"kms:ViaService": "rds.*.amazonaws.com"}},
    }
    grants = {
        "Action": "kms:CreateGrant",
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    }
    role = _role(enforced, rds, through, grants)
    role.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    copy = {"SourceDBClusterSnapshotIdentifier": "s1", "TargetDBClusterSnapshotIdentifier": "c1"}
    role.copy_db_cluster_snapshot(**copy)
    kms = enforced.role("kms", HOME, "bound")
    assert refused(kms.decrypt, KeyId=KEY, CiphertextBlob=b"x")["Code"] == "AccessDeniedException"
    stranger = {"GranteePrincipal": f"arn:aws:iam::{VAULT}:root", "Operations": ["Decrypt"]}
    assert refused(kms.create_grant, KeyId=KEY, **stranger)["Code"] == "AccessDeniedException"


def test_a_grant_for_one_restore_is_lent_and_retired_by_whom_it_names(enforced, refused):
    borrower = f"arn:aws:iam::{VAULT}:role/borrower"
    lender = f"arn:aws:iam::{HOME}:role/lender"
    lending = {
        "Action": "kms:CreateGrant",
        "Condition": {
            "StringEquals": {"kms:GranteePrincipal": borrower, "kms:RetiringPrincipal": lender},
            "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "DescribeKey"]},
        },
    }
    kms = _role(enforced, lending, {"Action": "kms:ListGrants"}, name="lender", service="kms")
    theirs = _role(enforced, {"Action": "s3:*"}, account=VAULT, name="borrower", service="kms")
    grant = {"KeyId": KEY, "GranteePrincipal": borrower, "RetiringPrincipal": lender, "Name": "one"}
    arn = enforced.seed(keys=[{"account": HOME, "region": REGION, "alias": KEY}])["keys"][0]["arn"]
    for wrong in ({"GranteePrincipal": USER}, {"RetiringPrincipal": USER}):
        error = refused(kms.create_grant, **{**grant, **wrong}, Operations=["Decrypt"])
        assert error["Code"] == "AccessDeniedException"
    assert refused(kms.create_grant, **grant, Operations=["Encrypt"])["Code"] == "AccessDeniedException"
    dry = refused(kms.create_grant, **grant, Operations=["DescribeKey"], DryRun=True)
    assert dry["Code"] == "DryRunOperationException"
    assert refused(theirs.describe_key, KeyId=arn)["Code"] == "AccessDeniedException"
    first = kms.create_grant(**grant, Operations=["DescribeKey"])["GrantId"]
    assert kms.create_grant(**grant, Operations=["DescribeKey"])["GrantId"] == first
    theirs.describe_key(KeyId=arn)
    assert [one["GrantId"] for one in kms.list_grants(KeyId=KEY, GranteePrincipal=borrower)["Grants"]] == [first]
    assert kms.list_grants(KeyId=KEY, GranteePrincipal=USER)["Grants"] == []
    assert refused(theirs.retire_grant, KeyId=arn, GrantId=first)["Code"] == "AccessDeniedException"
    kms.retire_grant(KeyId=arn, GrantId=first)
    assert refused(theirs.describe_key, KeyId=arn)["Code"] == "AccessDeniedException"


def test_the_key_of_rds_lets_everybody_of_its_account_in_through_rds_alone(enforced, refused):
    enforced.cluster("panda", encryption="default")
    role = _role(enforced, {"Action": ["rds:*", "kms:*"]})
    role.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    role.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier="s1", TargetDBClusterSnapshotIdentifier="c1", KmsKeyId=KEY
    )
    kms = enforced.role("kms", HOME, "bound")
    kms.describe_key(KeyId="alias/aws/rds")
    assert refused(kms.decrypt, KeyId="alias/aws/rds", CiphertextBlob=b"x")["Code"] == "AccessDeniedException"


def test_buckets_are_asked_with_their_owner_and_their_objects_with_their_keys(enforced, refused):
    own = {"Action": "s3:*", "Condition": {"StringEquals": {"aws:ResourceAccount": HOME}}}
    s3 = _role(enforced, own, service="s3")
    s3.create_bucket(Bucket="own", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="own", Key="a", Body=b"x")
    error = refused(s3.put_object, Bucket="own", Key="b", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY)
    assert "kms:GenerateDataKey" in error["Message"]
    other = _role(enforced, {"Action": "s3:*"}, account=VAULT, service="s3")
    other.create_bucket(Bucket="other", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert refused(s3.put_object, Bucket="other", Key="a", Body=b"x")["Code"] == "AccessDenied"
    opened = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    other.put_bucket_policy(Bucket="other", Policy=json.dumps(opened))
    # The bucket's owner lets it in; its own policy does not.
    assert refused(s3.put_object, Bucket="other", Key="a", Body=b"x")["Code"] == "AccessDenied"


def test_a_role_is_passed_only_where_that_is_allowed(enforced, refused):
    enforced.cluster("panda")
    attach = {"DBClusterIdentifier": "panda", "RoleArn": f"arn:aws:iam::{HOME}:role/database"}
    passing = {
        "Action": "iam:PassRole",
        "Resource": f"arn:aws:iam::{HOME}:role/database",
        "Condition": {"StringEquals": {"iam:PassedToService": "rds.amazonaws.com"}},
    }
    assert "iam:PassRole" in refused(_role(enforced, {"Action": "rds:*"}).add_role_to_db_cluster, **attach)["Message"]
    _role(enforced, {"Action": "rds:*"}, passing).add_role_to_db_cluster(**attach)
