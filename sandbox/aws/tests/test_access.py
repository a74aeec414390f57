"""Roles, sessions, denials, keys of other accounts, the organisation."""

from __future__ import annotations

import pytest

from .conftest import BASE, HOME, KEY, REGION, VAULT

ROLE = f"arn:aws:iam::{HOME}:role/farcopy"


def _assume(client, role=ROLE, **more):
    return client.assume_role(RoleArn=role, RoleSessionName="test", **{"ExternalId": "farcopy", **more})


def test_the_caller_is_who_the_credentials_say(sandbox):
    assert sandbox.user("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{BASE}:user/farcopy"
    identity = sandbox.role("sts", VAULT).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (VAULT, f"arn:aws:sts::{VAULT}:assumed-role/farcopy/test")
    assert sandbox.client("sts", "AKIAUNKNOWN", "x").get_caller_identity()["Account"] == "123456789012"


def test_a_role_that_does_not_exist_or_does_not_trust_the_caller_is_not_assumed(sandbox, refused):
    sandbox.seed(roles=[{"account": HOME, "name": "closed", "trustedPrincipals": [f"arn:aws:iam::{VAULT}:root"]}])
    for name in ("nobody", "closed"):
        role = f"arn:aws:iam::{HOME}:role/{name}"
        error = refused(_assume, client=sandbox.user("sts"), role=role)
        assert (error["Code"], error["Status"]) == ("AccessDenied", 403)
        assert error["Message"] == (
            f"User: arn:aws:iam::{BASE}:user/farcopy is not authorized to perform: sts:AssumeRole on resource: {role}"
        )


def test_the_external_id_has_to_be_right(sandbox, refused):
    assert refused(_assume, client=sandbox.user("sts"), ExternalId="wrong")["Code"] == "AccessDenied"
    error = refused(sandbox.user("sts").assume_role, RoleArn=ROLE, RoleSessionName="test")
    assert error["Code"] == "AccessDenied"
    assert _assume(sandbox.user("sts"))["Credentials"]["AccessKeyId"]


@pytest.mark.parametrize("principal", [BASE, f"arn:aws:iam::{BASE}:root", "*"])
def test_trust_can_name_an_account_or_everybody(sandbox, principal):
    sandbox.seed(roles=[{"account": HOME, "name": "open", "trustedPrincipals": [principal]}])
    assert _assume(sandbox.user("sts"), f"arn:aws:iam::{HOME}:role/open")


def test_roles_made_through_iam_are_asked_too(sandbox, refused):
    import json

    iam = sandbox.role("iam", HOME)
    trusting = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{VAULT}:role/farcopy"}, "Action": "sts:*"}
    iam.create_role(RoleName="made", AssumeRolePolicyDocument=json.dumps({"Statement": [trusting]}))
    role = f"arn:aws:iam::{HOME}:role/made"
    assert refused(_assume, client=sandbox.user("sts"), role=role)["Code"] == "AccessDenied"
    assert _assume(sandbox.role("sts", VAULT), role)


def test_roles_can_be_chained_for_an_hour_at_most(sandbox, refused):
    vault = f"arn:aws:iam::{VAULT}:role/farcopy"
    sandbox.seed(roles=[{"account": HOME, "name": "second", "trustedPrincipals": [vault]}])
    second = f"arn:aws:iam::{HOME}:role/second"
    assert _assume(sandbox.role("sts", VAULT), second)["AssumedRoleUser"]["Arn"].endswith("assumed-role/second/test")
    error = refused(_assume, client=sandbox.role("sts", VAULT), role=second, DurationSeconds=7200)
    assert error["Code"] == "ValidationError"


@pytest.mark.parametrize("name", ["a b", "a" * 65, "ä-session"])
def test_session_names_have_rules(sandbox, refused, name):
    error = refused(sandbox.user("sts").assume_role, RoleArn=ROLE, RoleSessionName=name, ExternalId="farcopy")
    assert error["Code"] == "ValidationError"


def test_credentials_expire_when_they_were_asked_to(sandbox, refused):
    credentials = _assume(sandbox.user("sts"), DurationSeconds=900)["Credentials"]
    assert credentials["Expiration"].timestamp() == pytest.approx(sandbox.clock.now() + 900, abs=1)
    keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    rds, kms = sandbox.client("rds", *keys), sandbox.client("kms", *keys)
    rds.describe_db_clusters()
    sandbox.clock.advance(900)
    error = refused(rds.describe_db_clusters)
    assert (error["Code"], error["Status"]) == ("ExpiredToken", 403)
    assert refused(kms.list_keys)["Code"] == "ExpiredTokenException"


def test_a_setting_shortens_all_sessions(sandbox, refused):
    sandbox.control("PATCH", "settings", {"sessionSeconds": 5})
    credentials = _assume(sandbox.user("sts"))["Credentials"]
    assert credentials["Expiration"].timestamp() == pytest.approx(sandbox.clock.now() + 5, abs=1)
    rds = sandbox.client("rds", credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    sandbox.clock.advance(6)
    assert refused(rds.describe_db_clusters)["Code"] == "ExpiredToken"


def test_what_a_role_is_denied_is_refused_in_the_service_s_own_words(sandbox, refused):
    principal = f"arn:aws:iam::{BASE}:user/farcopy"
    denied = ["rds:Create*", "kms:DescribeKey"]
    sandbox.seed(roles=[{"account": HOME, "name": "weak", "trustedPrincipals": [principal], "denyActions": denied}])
    sandbox.cluster("panda")
    weak = sandbox.role("rds", HOME, "weak")
    weak.describe_db_clusters()
    error = refused(weak.create_db_cluster_snapshot, DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    assert (error["Code"], error["Status"]) == ("AccessDenied", 403)
    assert error["Message"].startswith(
        f"User: arn:aws:sts::{HOME}:assumed-role/weak/test is not authorized to perform: rds:CreateDBClusterSnapshot"
    )
    error = refused(sandbox.role("kms", HOME, "weak").describe_key, KeyId=KEY)
    assert (error["Code"], error["Status"]) == ("AccessDeniedException", 400)
    # Seeding again without a denial takes it away.
    sandbox.seed(roles=[{"account": HOME, "name": "weak", "trustedPrincipals": [principal]}])
    weak.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")


def test_a_role_that_may_not_use_keys_cannot_copy_encrypted_snapshots(sandbox, refused):
    principal = f"arn:aws:iam::{BASE}:user/farcopy"
    role = {"account": HOME, "name": "keyless", "trustedPrincipals": [principal], "denyActions": ["kms:CreateGrant"]}
    sandbox.seed(roles=[role])
    sandbox.control("PATCH", "settings", {"timeScale": 0})
    sandbox.cluster("panda", encryption="cmk")
    keyless = sandbox.role("rds", HOME, "keyless")
    keyless.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    error = refused(
        keyless.copy_db_cluster_snapshot,
        SourceDBClusterSnapshotIdentifier="s1",
        TargetDBClusterSnapshotIdentifier="c1",
    )
    assert error["Code"] == "KMSKeyNotAccessibleFault"


def test_the_key_of_another_account_is_seen_if_it_permits(sandbox, refused):
    arn = sandbox.role("kms", HOME).describe_key(KeyId=KEY)["KeyMetadata"]["Arn"]
    kms = sandbox.role("kms", VAULT)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["AWSAccountId"] == HOME
    assert kms.describe_key(KeyId=f"arn:aws:kms:{REGION}:{HOME}:{KEY}")["KeyMetadata"]["Arn"] == arn
    grant = kms.create_grant(KeyId=arn, GranteePrincipal=f"arn:aws:iam::{VAULT}:role/x", Operations=["Decrypt"])
    assert grant["GrantId"]
    sandbox.seed(keys=[{"account": HOME, "region": REGION, "alias": KEY}])
    assert refused(kms.describe_key, KeyId=arn)["Code"] == "AccessDeniedException"


def test_a_key_that_is_denied_to_one_role_is_seen_by_the_others(sandbox, refused):
    arn = sandbox.role("kms", HOME).describe_key(KeyId=KEY)["KeyMetadata"]["Arn"]
    role = f"arn:aws:iam::{VAULT}:role/farcopy"
    key = {"account": HOME, "region": REGION, "alias": KEY, "grantAccounts": [VAULT], "denyPrincipals": [role]}
    sandbox.seed(keys=[key])
    assert sandbox.role("kms", HOME).describe_key(KeyId=KEY)["KeyMetadata"]["Arn"] == arn
    assert refused(sandbox.role("kms", VAULT).describe_key, KeyId=arn)["Code"] == "AccessDeniedException"


def test_every_account_and_region_has_the_default_key_of_rds(sandbox):
    one = sandbox.role("kms", HOME).describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    other = sandbox.role("kms", VAULT).describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    assert one["KeyManager"] == other["KeyManager"] == "AWS"
    assert one["Arn"] != other["Arn"]


def test_the_organisation_lists_its_accounts(sandbox):
    accounts = [{"id": HOME, "name": "home"}, {"id": VAULT, "name": "vault"}, {"id": BASE, "name": "base"}]
    for _ in range(2):
        sandbox.seed(principal={"account": BASE, "userName": "farcopy"}, organization={"accounts": accounts})
    listed = sandbox.user("organizations", "us-east-1").list_accounts()["Accounts"]
    assert {(account["Id"], account["Name"], account["Status"]) for account in listed} == {
        (HOME, "home", "ACTIVE"),
        (VAULT, "vault", "ACTIVE"),
        (BASE, "base", "ACTIVE"),
    }


def test_every_secret_that_was_given_out_is_listed_with_its_owner(sandbox):
    session = _assume(sandbox.user("sts"))["Credentials"]
    manager = sandbox.role("secretsmanager", HOME)
    manager.create_secret(Name="panda", SecretString='{"username": "panda", "password": "first-password"}')
    manager.put_secret_value(SecretId="panda", SecretString="second-password")
    listed = {secret["value"]: secret["name"] for secret in sandbox.control("GET", "secrets")["secrets"]}
    arn = f"arn:aws:sts::{HOME}:assumed-role/farcopy/test"
    assert listed[sandbox.credentials["secretAccessKey"]] == f"secret access key of user {BASE}/farcopy"
    assert listed[session["SecretAccessKey"]] == f"secret access key of {arn}"
    assert listed[session["SessionToken"]] == f"session token of {arn}"
    assert listed["first-password"] == listed["second-password"] == f"secret panda ({HOME}/{REGION})"


def test_a_reset_forgets_secrets(sandbox):
    _assume(sandbox.user("sts"))
    sandbox.control("POST", "reset")
    assert sandbox.control("GET", "secrets") == {"secrets": []}
