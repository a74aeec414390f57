"""Copies in a region, across regions and across accounts."""

from __future__ import annotations

import pytest

from .conftest import HOME, KEY, OTHER_REGION, REGION, VAULT

A_HUNDRED_SECONDS = {"base": 100, "perGiB": 0}


@pytest.fixture(autouse=True)
def durations(sandbox):
    kinds = ("snapshot", "copy-same-region", "copy-cross-region", "restore")
    sandbox.control("PATCH", "settings", {"durations": dict.fromkeys(kinds, A_HUNDRED_SECONDS)})


@pytest.fixture
def ready(sandbox):
    """Makes an available snapshot of a new cluster and shares it with the vault; gives its ARN back."""

    def make(name="s1", cluster="panda", encryption="cmk", share=True, tags=()):
        sandbox.cluster(cluster, encryption=encryption)
        made = sandbox.home.create_db_cluster_snapshot(
            DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=name, Tags=list(tags)
        )
        sandbox.clock.advance(100)
        if share:
            _share(sandbox, name)
        return made["DBClusterSnapshot"]["DBClusterSnapshotArn"]

    return make


@pytest.fixture
def ready_instance(sandbox):
    def make(name="i1", instance="koala", encryption="cmk", share=True):
        sandbox.instance(instance, encryption=encryption)
        made = sandbox.home.create_db_snapshot(DBInstanceIdentifier=instance, DBSnapshotIdentifier=name)
        sandbox.clock.advance(100)
        if share:
            sandbox.home.modify_db_snapshot_attribute(
                DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=[VAULT]
            )
        return made["DBSnapshot"]["DBSnapshotArn"]

    return make


def _share(sandbox, name, *accounts):
    sandbox.home.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=list(accounts) or [VAULT]
    )


def _copy(client, source, target="c1", **more):
    return client.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=source, TargetDBClusterSnapshotIdentifier=target, **more
    )["DBClusterSnapshot"]


def _copy_instance(client, source, target="c1", **more):
    return client.copy_db_snapshot(SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier=target, **more)[
        "DBSnapshot"
    ]


def _describe(client, name="c1"):
    return client.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)["DBClusterSnapshots"][0]


def test_a_copy_within_a_region_takes_time_and_keeps_the_key(sandbox, ready):
    source = ready()
    copy = _copy(sandbox.home, "s1")
    assert (copy["Status"], copy["PercentProgress"]) == ("copying", 0)
    assert copy["SourceDBClusterSnapshotArn"] == source
    assert copy["KmsKeyId"] == _describe(sandbox.home, "s1")["KmsKeyId"]
    sandbox.clock.advance(25)
    assert _describe(sandbox.home)["PercentProgress"] == 25
    sandbox.clock.advance(75)
    done = _describe(sandbox.home)
    assert (done["Status"], done["PercentProgress"]) == ("available", 100)
    assert done["SnapshotCreateTime"] > _describe(sandbox.home, "s1")["SnapshotCreateTime"]


def test_the_vault_pulls_a_shared_snapshot_and_then_copies_it_to_its_other_region(sandbox, ready):
    source = ready()
    copy = _copy(sandbox.vault, source, KmsKeyId=KEY)
    assert copy["DBClusterSnapshotArn"] == f"arn:aws:rds:{REGION}:{VAULT}:cluster-snapshot:c1"
    assert copy["KmsKeyId"].startswith(f"arn:aws:kms:{REGION}:{VAULT}:key/")
    assert (copy["DBClusterIdentifier"], copy["AllocatedStorage"]) == ("panda", 100)
    sandbox.clock.advance(100)
    far = _copy(sandbox.vault_elsewhere, copy["DBClusterSnapshotArn"], KmsKeyId=KEY, SourceRegion=REGION)
    assert far["KmsKeyId"].startswith(f"arn:aws:kms:{OTHER_REGION}:{VAULT}:key/")
    sandbox.clock.advance(100)
    assert _describe(sandbox.vault_elsewhere)["Status"] == "available"


def test_the_vault_pulls_instance_snapshots_too(sandbox, ready_instance):
    source = ready_instance()
    copy = _copy_instance(sandbox.vault, source, KmsKeyId=KEY)
    assert (copy["Status"], copy["Encrypted"]) == ("copying", True)
    assert (copy["SourceDBSnapshotIdentifier"], copy["SourceRegion"]) == (source, REGION)
    original = sandbox.home.describe_db_snapshots(DBSnapshotIdentifier="i1")["DBSnapshots"][0]
    assert copy["OriginalSnapshotCreateTime"] == original["SnapshotCreateTime"] != copy["SnapshotCreateTime"]


def test_a_copy_of_an_instance_snapshot_in_its_own_place_does_not_name_its_source(sandbox, ready_instance):
    ready_instance(share=False)
    assert "SourceDBSnapshotIdentifier" not in _copy_instance(sandbox.home, "i1")


def test_what_is_not_shared_is_not_there(sandbox, ready, ready_instance, refused):
    source = ready(share=False)
    error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)
    assert (error["Code"], error["Status"]) == ("DBClusterSnapshotNotFoundFault", 404)
    _share(sandbox, "s1", "333333333333")
    assert refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)["Code"] == "DBClusterSnapshotNotFoundFault"
    source = ready_instance(share=False)
    error = refused(_copy_instance, client=sandbox.vault, source=source, KmsKeyId=KEY)
    assert error["Code"] == "DBSnapshotNotFound"


def test_a_snapshot_of_the_same_name_in_the_own_account_is_not_mistaken_for_the_shared_one(sandbox, ready, refused):
    source = ready("same", share=False)
    sandbox.seed(
        resources=[
            {
                "kind": "aurora-cluster",
                "account": VAULT,
                "region": REGION,
                "id": "other",
                "sizeGiB": 1,
                "engine": "aurora-mysql",
            }
        ]
    )
    sandbox.vault.create_db_cluster_snapshot(DBClusterIdentifier="other", DBClusterSnapshotIdentifier="same")
    sandbox.clock.advance(100)
    assert refused(_copy, client=sandbox.vault, source=source)["Code"] == "DBClusterSnapshotNotFoundFault"
    assert refused(_copy, client=sandbox.vault, source="s-none")["Code"] == "DBClusterSnapshotNotFoundFault"


def test_a_source_has_to_be_available(sandbox, ready_instance, refused):
    sandbox.cluster("panda")
    sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    assert refused(_copy, client=sandbox.home, source="s1")["Code"] == "InvalidDBClusterSnapshotStateFault"
    arn = ready_instance()
    sandbox.control("POST", "resources/status", {"arn": arn, "status": "failed"})
    assert refused(_copy_instance, client=sandbox.home, source="i1")["Code"] == "InvalidDBSnapshotState"


def test_the_arn_of_something_else_is_not_a_snapshot(sandbox, ready, refused):
    ready()
    arn = f"arn:aws:rds:{REGION}:{HOME}:snapshot:s1"
    assert refused(_copy, client=sandbox.home, source=arn)["Code"] == "InvalidParameterValue"


def test_a_duplicate_is_answered_even_when_nothing_more_fits(sandbox, ready, refused):
    source = ready(encryption="none")
    sandbox.control("PATCH", "settings", {"limits": {"cluster-snapshot-cross-region-copies": 1}})
    _copy(sandbox.role("rds", HOME, region=OTHER_REGION), source)
    error = refused(_copy, client=sandbox.role("rds", HOME, region=OTHER_REGION), source=source)
    assert error["Code"] == "DBClusterSnapshotAlreadyExistsFault"


def test_one_step_across_accounts_and_regions_is_a_switch(sandbox, ready, refused):
    source = ready()
    error = refused(_copy, client=sandbox.vault_elsewhere, source=source, KmsKeyId=KEY)
    assert error["Code"] == "InvalidParameterCombination"
    sandbox.control("PATCH", "settings", {"singleStepCopy": True})
    assert _copy(sandbox.vault_elsewhere, source, KmsKeyId=KEY)["Status"] == "copying"


def test_five_cluster_copies_run_into_a_region_at_a_time(sandbox, ready, refused):
    source = ready(encryption="none")
    far = sandbox.role("rds", HOME, region=OTHER_REGION)
    for number in range(5):
        _copy(far, source, f"c{number}")
    error = refused(_copy, client=far, source=source, target="c5")
    assert error["Code"] == "SnapshotQuotaExceeded"
    assert error["Message"] == "Cannot copy more than 5 snapshots across regions"
    # Copies that stay in a region, and copies of instances, are not counted with them.
    _copy(sandbox.home, source, "near")
    sandbox.clock.advance(100)
    _copy(far, source, "c5")
    marks = [mark for mark in sandbox.control("GET", "limits")["limits"] if "cross-region" in mark["limit"]]
    assert [(mark["region"], mark["current"], mark["highWater"]) for mark in marks] == [(OTHER_REGION, 1, 5)]


def test_twenty_instance_copies_run_into_a_region_at_a_time(sandbox, ready_instance, refused):
    source = ready_instance(encryption="none")
    far = sandbox.role("rds", HOME, region=OTHER_REGION)
    for number in range(20):
        _copy_instance(far, source, f"c{number}")
    error = refused(_copy_instance, client=far, source=source, target="c20")
    assert error["Message"] == "Cannot copy more than 20 snapshots across regions"


def test_copies_fill_the_stock(sandbox, ready, refused):
    source = ready(encryption="none")
    sandbox.control("PATCH", "settings", {"limits": {"manual-cluster-snapshots": 1}})
    _copy(sandbox.vault, source)
    error = refused(_copy, client=sandbox.vault, source=source, target="c2")
    assert error["Message"] == "Cannot create more than 1 manual snapshots"


def test_deleting_the_target_cancels_a_copy_and_frees_its_slot(sandbox, ready):
    source = ready(encryption="none")
    sandbox.control("PATCH", "settings", {"limits": {"cluster-snapshot-cross-region-copies": 1}})
    far = sandbox.role("rds", HOME, region=OTHER_REGION)
    _copy(far, source)
    far.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="c1")
    _copy(far, source)


def test_deleting_the_source_fails_its_running_copies(sandbox, ready):
    source = ready(encryption="none")
    _copy(sandbox.vault, source)
    sandbox.clock.advance(40)
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")
    sandbox.clock.advance(1000)
    failed = _describe(sandbox.vault)
    assert (failed["Status"], failed["PercentProgress"]) == ("failed", 40)


def test_deleting_the_source_leaves_finished_copies_alone(sandbox, ready):
    source = ready(encryption="none")
    _copy(sandbox.vault, source)
    sandbox.clock.advance(100)
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")
    assert _describe(sandbox.vault)["Status"] == "available"


def test_tags_of_the_request_win_over_copied_ones(sandbox, ready):
    tag = {"Key": "fleet", "Value": "panda"}
    ready(encryption="none", share=False, tags=[tag])
    assert _copy(sandbox.home, "s1", "none")["TagList"] == []
    assert _copy(sandbox.home, "s1", "copied", CopyTags=True)["TagList"] == [tag]
    given = {"Key": "other", "Value": "1"}
    assert _copy(sandbox.home, "s1", "given", CopyTags=True, Tags=[given])["TagList"] == [given]


def test_the_owners_tags_stay_with_the_owner(sandbox, ready):
    source = ready(encryption="none", tags=[{"Key": "fleet", "Value": "panda"}])
    assert _describe(sandbox.vault, source)["TagList"] == []
    assert _copy(sandbox.vault, source, CopyTags=True)["TagList"] == []


class TestKeys:
    def test_a_cross_region_copy_of_an_encrypted_snapshot_needs_a_key(self, sandbox, ready, refused):
        source = ready()
        far = sandbox.role("rds", HOME, region=OTHER_REGION)
        error = refused(_copy, client=far, source=source)
        assert error["Code"] == "InvalidParameterValue"
        assert error["Message"] == "Must specify new KMS key for cross region encrypted snapshot copy."

    def test_a_cross_account_copy_of_an_encrypted_snapshot_needs_a_key(self, sandbox, ready, refused):
        source = ready()
        assert refused(_copy, client=sandbox.vault, source=source)["Code"] == "KMSKeyNotAccessibleFault"

    def test_a_key_has_to_be_of_the_destination_region(self, sandbox, ready, refused):
        source = ready()
        elsewhere = sandbox.role("kms", VAULT, region=OTHER_REGION).describe_key(KeyId=KEY)["KeyMetadata"]["Arn"]
        error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId=elsewhere)
        assert error["Code"] == "KMSKeyNotAccessibleFault"
        assert elsewhere in error["Message"]

    def test_a_key_can_be_called_by_any_of_its_names(self, sandbox, ready):
        source = ready()
        metadata = sandbox.role("kms", VAULT).describe_key(KeyId=KEY)["KeyMetadata"]
        names = [KEY, f"arn:aws:kms:{REGION}:{VAULT}:{KEY}", metadata["KeyId"], metadata["Arn"]]
        for number, name in enumerate(names):
            assert _copy(sandbox.vault, source, f"c{number}", KmsKeyId=name)["KmsKeyId"] == metadata["Arn"]

    def test_a_key_that_does_not_exist_or_is_disabled_is_not_accessible(self, sandbox, ready, refused):
        source = ready()
        error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId="alias/nobody")
        assert (error["Code"], error["Exception"]) == ("KMSKeyNotAccessibleFault", "KMSKeyNotAccessibleFault")
        kms = sandbox.role("kms", VAULT)
        key = kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"]
        kms.disable_key(KeyId=key)
        assert refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)["Code"] == "KMSKeyNotAccessibleFault"
        kms.enable_key(KeyId=key)
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        assert refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)["Code"] == "KMSKeyNotAccessibleFault"

    def test_a_disabled_source_key_is_not_accessible_and_the_message_names_it(self, sandbox, ready, refused):
        source = ready()
        kms = sandbox.role("kms", HOME)
        metadata = kms.describe_key(KeyId=KEY)["KeyMetadata"]
        kms.disable_key(KeyId=metadata["KeyId"])
        error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)
        assert error["Code"] == "KMSKeyNotAccessibleFault"
        assert error["Message"] == (
            f"The source snapshot KMS key [{metadata['Arn']}] does not exist, is not enabled or you do not have "
            "permissions to access it."
        )

    def test_a_source_key_that_does_not_grant_the_account_is_not_accessible(self, sandbox, ready, refused):
        source = ready()
        sandbox.seed(keys=[{"account": HOME, "region": REGION, "alias": KEY}])
        error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)
        assert error["Code"] == "KMSKeyNotAccessibleFault"

    def test_a_deny_for_the_role_wins_over_the_grant_for_its_account(self, sandbox, ready, refused):
        source = ready()
        role = f"arn:aws:iam::{VAULT}:role/farcopy"
        key = {"account": HOME, "region": REGION, "alias": KEY, "grantAccounts": [VAULT], "denyPrincipals": [role]}
        sandbox.seed(keys=[key])
        error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)
        assert error["Code"] == "KMSKeyNotAccessibleFault"
        # The owner's own role is not meant.
        assert _copy(sandbox.home, "s1", "c2")["Status"] == "copying"

    def test_a_policy_without_create_grant_is_not_enough(self, sandbox, ready, refused):
        import json

        source = ready()
        kms = sandbox.role("kms", HOME)
        key = kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"]
        own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "kms:*", "Resource": "*"}
        vault = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{VAULT}:root"},
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:ReEncrypt*"],
            "Resource": "*",
        }
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Statement": [own, vault]}))
        assert refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)["Code"] == "KMSKeyNotAccessibleFault"
        kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{VAULT}:role/farcopy", Operations=["CreateGrant"])
        assert _copy(sandbox.vault, source, KmsKeyId=KEY)["Status"] == "copying"

    def test_a_policy_that_forgets_its_own_account_locks_the_owner_out(self, sandbox, ready, refused):
        import json

        ready()
        kms = sandbox.role("kms", HOME)
        key = kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"]
        nobody = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"}, "Action": "kms:*"}
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Statement": [nobody]}))
        assert refused(_copy, client=sandbox.home, source="s1")["Code"] == "KMSKeyNotAccessibleFault"
        assert refused(kms.describe_key, KeyId=key)["Code"] == "AccessDeniedException"

    def test_a_key_for_a_plain_cluster_snapshot_is_an_error(self, sandbox, ready, refused):
        source = ready(encryption="none")
        error = refused(_copy, client=sandbox.vault, source=source, KmsKeyId=KEY)
        assert error["Code"] == "InvalidParameterCombination"
        copy = _copy(sandbox.vault, source)
        assert (copy["StorageEncrypted"], "KmsKeyId" in copy) == (False, False)

    def test_a_key_for_a_plain_instance_snapshot_encrypts_the_copy(self, sandbox, ready_instance):
        source = ready_instance(encryption="none")
        copy = _copy_instance(sandbox.vault, source, KmsKeyId=KEY)
        assert copy["Encrypted"] is True
        assert copy["KmsKeyId"].startswith(f"arn:aws:kms:{REGION}:{VAULT}:key/")

    def test_the_key_of_another_account_can_be_used_if_it_permits(self, sandbox, ready):
        source = ready()
        foreign = sandbox.role("kms", HOME).describe_key(KeyId=KEY)["KeyMetadata"]["Arn"]
        assert _copy(sandbox.vault, source, KmsKeyId=foreign)["KmsKeyId"] == foreign


class TestSharing:
    def test_who_it_is_shared_with_is_listed_once(self, sandbox, ready):
        ready()
        _share(sandbox, "s1", VAULT, "333333333333")
        result = sandbox.home.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier="s1")
        attributes = result["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
        assert attributes == [{"AttributeName": "restore", "AttributeValues": [VAULT, "333333333333"]}]

    def test_a_share_can_be_taken_back(self, sandbox, ready, refused):
        source = ready()
        sandbox.home.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier="s1", AttributeName="restore", ValuesToRemove=[VAULT]
        )
        assert refused(_copy, client=sandbox.vault, source=source)["Code"] == "DBClusterSnapshotNotFoundFault"

    def test_twenty_accounts_at_most(self, sandbox, ready, refused):
        ready(encryption="none")
        accounts = [f"{number:012d}" for number in range(20)]
        sandbox.home.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier="s1", AttributeName="restore", ValuesToRemove=[VAULT], ValuesToAdd=accounts
        )
        error = refused(
            sandbox.home.modify_db_cluster_snapshot_attribute,
            DBClusterSnapshotIdentifier="s1",
            AttributeName="restore",
            ValuesToAdd=[VAULT],
        )
        assert error["Code"] == "SharedSnapshotQuotaExceeded"

    def test_what_is_under_the_default_key_is_not_shared(self, sandbox, ready, ready_instance, refused):
        ready(encryption="default", share=False)
        error = refused(
            sandbox.home.modify_db_cluster_snapshot_attribute,
            DBClusterSnapshotIdentifier="s1",
            AttributeName="restore",
            ValuesToAdd=[VAULT],
        )
        assert error["Code"] == "InvalidDBClusterSnapshotStateFault"
        ready_instance(encryption="default", share=False)
        error = refused(
            sandbox.home.modify_db_snapshot_attribute,
            DBSnapshotIdentifier="i1",
            AttributeName="restore",
            ValuesToAdd=[VAULT],
        )
        assert error["Code"] == "InvalidDBSnapshotState"

    def test_a_copy_under_an_own_key_of_what_is_under_the_default_key_can_be_shared(self, sandbox, ready):
        ready(encryption="default", share=False)
        copy = _copy(sandbox.home, "s1", KmsKeyId=KEY)
        sandbox.clock.advance(100)
        _share(sandbox, "c1")
        assert _copy(sandbox.vault, copy["DBClusterSnapshotArn"], KmsKeyId=KEY)["Status"] == "copying"

    def test_automated_snapshots_are_not_shared(self, sandbox, ready, refused):
        ready()
        automated = sandbox.home.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"][0]
        error = refused(
            sandbox.home.modify_db_cluster_snapshot_attribute,
            DBClusterSnapshotIdentifier=automated["DBClusterSnapshotIdentifier"],
            AttributeName="restore",
            ValuesToAdd=[VAULT],
        )
        assert error["Code"] == "InvalidDBClusterSnapshotStateFault"

    def test_encrypted_snapshots_are_not_made_public(self, sandbox, ready, refused):
        ready()
        error = refused(
            sandbox.home.modify_db_cluster_snapshot_attribute,
            DBClusterSnapshotIdentifier="s1",
            AttributeName="restore",
            ValuesToAdd=["all"],
        )
        assert error["Code"] == "InvalidParameterValue"

    def test_shared_snapshots_are_found_by_type_by_flag_and_by_arn(self, sandbox, ready):
        source = ready()
        by_type = sandbox.vault.describe_db_cluster_snapshots(SnapshotType="shared")["DBClusterSnapshots"]
        by_flag = sandbox.vault.describe_db_cluster_snapshots(IncludeShared=True)["DBClusterSnapshots"]
        by_arn = sandbox.vault.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=source)["DBClusterSnapshots"]
        for found in (by_type, by_flag, by_arn):
            assert [(one["DBClusterSnapshotArn"], one["SnapshotType"]) for one in found] == [(source, "shared")]
        assert sandbox.vault.describe_db_cluster_snapshots()["DBClusterSnapshots"] == []
