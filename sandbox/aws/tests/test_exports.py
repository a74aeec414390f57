"""Exporting snapshots to S3."""

from __future__ import annotations

import io
import json

import pytest
from pyarrow import parquet

from .conftest import BASE, HOME, KEY, OTHER_REGION, REGION, VAULT
from .until import until

BUCKET = "panda-exports"
ROLE = f"arn:aws:iam::{HOME}:role/export"


@pytest.fixture(autouse=True)
def place(sandbox):
    """A bucket, a role that RDS may assume, and durations of 100 seconds."""
    sandbox.control(
        "PATCH",
        "settings",
        {
            "durations": {
                "snapshot": {"base": 1, "perGiB": 0},
                "export": {"base": 100, "perGiB": 0},
                "cancel-export": {"base": 10, "perGiB": 0},
            }
        },
    )
    sandbox.seed(roles=[_export_role()])
    _s3(sandbox).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def _export_role(**more):
    return {"account": HOME, "name": "export", "trustedServices": ["export.rds.amazonaws.com"], **more}


def _s3(sandbox):
    return sandbox.role("s3", HOME)


def _snapshot(sandbox, name="s1"):
    sandbox.cluster("panda", encryption="cmk")
    made = sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier=name)
    sandbox.clock.advance(1)
    return made["DBClusterSnapshot"]["DBClusterSnapshotArn"]


def _start(sandbox, source, task="e1", **more):
    request = {
        "ExportTaskIdentifier": task,
        "SourceArn": source,
        "S3BucketName": BUCKET,
        "S3Prefix": "exports",
        "IamRoleArn": ROLE,
        "KmsKeyId": KEY,
    }
    return sandbox.home.start_export_task(**{**request, **more})


def _task(sandbox, task="e1"):
    return sandbox.home.describe_export_tasks(ExportTaskIdentifier=task)["ExportTasks"][0]


def _reach(sandbox, status, task="e1"):
    return until(lambda: (found := _task(sandbox, task))["Status"] == status and found)


def _complete(sandbox, task="e1"):
    sandbox.clock.advance(100)
    return _reach(sandbox, "COMPLETE", task)


def _objects(sandbox, prefix="exports/e1/"):
    found = _s3(sandbox).list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {one["Key"].removeprefix(prefix): one for one in found}


def _read(sandbox, key):
    return _s3(sandbox).get_object(Bucket=BUCKET, Key=f"exports/e1/{key}")["Body"].read()


def _reports(sandbox):
    names = [name for name in _objects(sandbox) if name.startswith("export_tables_info_e1_from_")]
    return [entry for name in names for entry in json.loads(_read(sandbox, name))["perTableStatus"]]


def _rows(sandbox, table):
    """The rows of all parts of a table, in their order."""
    keys = [key for key in _objects(sandbox) if key.startswith(f"{table}/") and key.endswith(".gz.parquet")]
    return [row for key in keys for row in parquet.read_table(io.BytesIO(_read(sandbox, key))).to_pylist()]


def test_an_export_takes_its_time_and_ends_with_objects_under_the_key(sandbox):
    source = _snapshot(sandbox)
    started = _start(sandbox, source)
    assert (started["Status"], started["PercentProgress"], started["SourceArn"]) == ("STARTING", 0, source)
    assert started["KmsKeyId"].startswith(f"arn:aws:kms:{REGION}:{HOME}:key/")
    sandbox.clock.advance(39)
    assert _task(sandbox)["Status"] == "STARTING"
    sandbox.clock.advance(31)
    running = _task(sandbox)
    assert (running["Status"], running["PercentProgress"]) == ("IN_PROGRESS", 50)
    sandbox.clock.advance(30)
    done = _reach(sandbox, "COMPLETE")
    assert done["PercentProgress"] == 100
    assert "WarningMessage" not in done
    assert done["TaskEndTime"] > done["TaskStartTime"]
    parts = [key for key in _objects(sandbox) if key.endswith(".gz.parquet")]
    assert len(parts) == 1
    assert parts[0].startswith("postgres/public.farcopy_sample/1/part-00000-")
    assert set(_objects(sandbox)) == {
        *parts,
        "postgres/public.farcopy_sample/1/_SUCCESS",
        "export_info_e1.json",
        "export_tables_info_e1_from_1_to_1.json",
    }
    head = _s3(sandbox).head_object(Bucket=BUCKET, Key=f"exports/e1/{parts[0]}")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", done["KmsKeyId"])
    assert json.loads(_read(sandbox, "export_info_e1.json"))["status"] == "COMPLETE"
    assert [row["id"] for row in _rows(sandbox, "postgres/public.farcopy_sample")] == [1, 2, 3]


def test_what_cannot_be_exported_is_refused_as_aws_refuses_it(sandbox, refused):
    source = _snapshot(sandbox)
    sandbox.role("s3", HOME, region=OTHER_REGION).create_bucket(
        Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": OTHER_REGION}
    )
    sandbox.seed(
        roles=[
            _export_role(name="denied", denyActions=["s3:PutObject"]),
            {"account": HOME, "name": "untrusting", "trustedPrincipals": [f"arn:aws:iam::{BASE}:user/farcopy"]},
        ]
    )
    expected = [
        ({"S3BucketName": "nowhere"}, "InvalidS3BucketFault"),
        ({"S3BucketName": "elsewhere"}, "InvalidS3BucketFault"),
        ({"IamRoleArn": f"{ROLE}-missing"}, "IamRoleNotFound"),
        ({"IamRoleArn": f"arn:aws:iam::{HOME}:role/untrusting"}, "IamRoleNotFound"),
        ({"IamRoleArn": f"arn:aws:iam::{HOME}:role/denied"}, "IamRoleMissingPermissions"),
        ({"KmsKeyId": "alias/nothing"}, "KMSKeyNotAccessibleFault"),
        ({"KmsKeyId": "alias/aws/rds"}, "KMSKeyNotAccessibleFault"),
        ({"ExportOnly": ["a.b.c.d"]}, "InvalidExportOnly"),
        ({"S3Prefix": "a:b"}, "InvalidParameterValue"),
        ({"SourceArn": f"{source}-missing"}, "DBClusterSnapshotNotFoundFault"),
        ({"SourceArn": "s1"}, "InvalidParameterValue"),
        ({"ExportTaskIdentifier": "e" * 61}, "InvalidParameterValue"),
        ({"ExportTaskIdentifier": "1e"}, "InvalidParameterValue"),
        ({"ExportTaskIdentifier": "e--1"}, "InvalidParameterValue"),
    ]
    for change, code in expected:
        error = refused(_start, sandbox=sandbox, source=source, **change)
        assert (change, error["Code"]) == (change, code)
    _start(sandbox, source, "e" * 60)
    assert refused(_start, sandbox=sandbox, source=source, task="e" * 60)["Code"] == "ExportTaskAlreadyExists"


def test_a_snapshot_that_is_not_there_yet_is_not_exported(sandbox, refused):
    sandbox.cluster("panda", encryption="cmk")
    made = sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    arn = made["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    assert refused(_start, sandbox=sandbox, source=arn)["Code"] == "InvalidExportSourceState"


def test_five_run_at_once_and_never_two_of_one_snapshot(sandbox, refused):
    sources = [_snapshot(sandbox, f"s{number}") for number in range(6)]
    for number in range(5):
        _start(sandbox, sources[number], f"e{number}")
    again = refused(_start, sandbox=sandbox, source=sources[0], task="again")
    assert again["Code"] == "InvalidExportSourceState"
    assert refused(_start, sandbox=sandbox, source=sources[5], task="e5")["Code"] == "LimitExceeded"
    limits = {one["limit"]: one for one in sandbox.control("GET", "limits")["limits"]}
    assert (limits["export-tasks"]["capacity"], limits["export-tasks"]["highWater"]) == (5, 5)
    assert len(sandbox.control("GET", "calls/summary")["limitErrors"]) == 1
    for number in range(5):
        _complete(sandbox, f"e{number}")
    _start(sandbox, sources[5], "e5")


def test_a_cancelled_export_leaves_what_it_has_written(sandbox, refused):
    source = _snapshot(sandbox)
    _start(sandbox, source)
    sandbox.clock.advance(50)
    until(lambda: _objects(sandbox))
    cancelled = sandbox.home.cancel_export_task(ExportTaskIdentifier="e1")
    assert cancelled["Status"] == "CANCELING"
    sandbox.clock.advance(10)
    task = _task(sandbox)
    assert (task["Status"], "FailureCause" in task) == ("CANCELED", False)
    assert task["PercentProgress"] < 100
    assert [key for key in _objects(sandbox) if key.endswith(".parquet")]
    assert "export_info_e1.json" not in _objects(sandbox)
    again = refused(sandbox.home.cancel_export_task, ExportTaskIdentifier="e1")
    assert again["Code"] == "InvalidExportTaskStateFault"
    assert refused(sandbox.home.cancel_export_task, ExportTaskIdentifier="e2")["Code"] == "ExportTaskNotFound"


def test_tasks_are_found_by_filters_and_in_pages(sandbox, refused):
    sandbox.control("PATCH", "settings", {"limits": {"export-tasks": None}})
    sources = [_snapshot(sandbox, f"s{number:02}") for number in range(21)]
    for number, source in enumerate(sources):
        _start(sandbox, source, f"e{number:02}")
    describe = sandbox.home.describe_export_tasks
    first = describe(MaxRecords=20)
    assert (len(first["ExportTasks"]), len(describe(Marker=first["Marker"])["ExportTasks"])) == (20, 1)
    assert [one["ExportTaskIdentifier"] for one in describe(SourceArn=sources[3])["ExportTasks"]] == ["e03"]
    assert len(describe(Filters=[{"Name": "status", "Values": ["starting"]}])["ExportTasks"]) == 21
    assert describe(Filters=[{"Name": "s3-bucket", "Values": ["other"]}])["ExportTasks"] == []
    assert refused(describe, ExportTaskIdentifier="nothing")["Code"] == "ExportTaskNotFound"


def _fault(sandbox, **fault):
    sandbox.control("POST", "faults", {"match": {"action": "StartExportTask"}, "fault": fault, "times": 1})


def test_a_skipped_table_is_only_a_warning(sandbox):
    _fault(sandbox, type="skip-table", table="public.farcopy_sample", reason="ROW_TOO_LARGE")
    _start(sandbox, _snapshot(sandbox))
    warning = json.loads(_complete(sandbox)["WarningMessage"])
    assert warning["skippedTables"] == [{"tableName": "postgres.public.farcopy_sample", "reason": "ROW_TOO_LARGE"}]
    assert [(one["target"], one["status"], one["warningMessage"]) for one in _reports(sandbox)] == [
        ("postgres.public.farcopy_sample", "SKIPPED", "ROW_TOO_LARGE")
    ]
    assert [key for key in _objects(sandbox) if "farcopy_sample" in key] == []


def test_an_export_fails_with_its_cause(sandbox):
    _fault(sandbox, type="fail-operation", afterPercent=60, cause="S3 credential check failed.")
    _start(sandbox, _snapshot(sandbox))
    sandbox.clock.advance(100)
    task = _task(sandbox)
    assert (task["Status"], task["FailureCause"]) == ("FAILED", "S3 credential check failed.")


def test_an_export_hangs_and_can_be_cancelled(sandbox):
    _fault(sandbox, type="hang-operation", atPercent=70)
    _start(sandbox, _snapshot(sandbox))
    sandbox.clock.advance(2000)
    assert (_task(sandbox)["Status"], _task(sandbox)["PercentProgress"]) == ("IN_PROGRESS", 50)
    sandbox.home.cancel_export_task(ExportTaskIdentifier="e1")
    sandbox.clock.advance(10)
    assert _task(sandbox)["Status"] == "CANCELED"


def test_a_role_that_may_not_use_the_key_fails_the_export_later(sandbox):
    source = _snapshot(sandbox)
    sandbox.seed(keys=[{"account": HOME, "region": REGION, "alias": "alias/export", "denyPrincipals": [ROLE]}])
    _start(sandbox, source, KmsKeyId="alias/export")
    sandbox.clock.advance(50)
    assert "Error code: AccessDenied" in _reach(sandbox, "FAILED")["FailureCause"]
    assert _objects(sandbox) == {}


def test_an_object_is_corrupted_or_dropped_on_demand(sandbox):
    source = _snapshot(sandbox)
    _start(sandbox, source, S3Prefix="good")
    _complete(sandbox)
    _fault(sandbox, type="corrupt-object", object="farcopy_sample")
    _start(sandbox, source, "e2", S3Prefix="bad")
    _complete(sandbox, "e2")
    _fault(sandbox, type="drop-object")
    _start(sandbox, source, "e3", S3Prefix="less")
    _complete(sandbox, "e3")

    def part(prefix):
        keys = [key for key in _objects(sandbox, prefix) if key.endswith(".parquet")]
        body = (_s3(sandbox).get_object(Bucket=BUCKET, Key=f"{prefix}{key}")["Body"].read() for key in keys)
        return next(body, None)

    good, bad = part("good/e1/"), part("bad/e2/")
    assert [index for index, (one, other) in enumerate(zip(good, bad, strict=True)) if one != other] == [len(good) // 2]
    assert part("less/e3/") is None


def test_a_table_is_exported_as_aws_documents_it(sandbox, postgres):
    sandbox.cluster("panda", encryption="cmk")
    sandbox.control("PATCH", "settings", {"exportRowsPerPart": 1000})
    sandbox.control(
        "POST",
        "data",
        {
            "account": HOME,
            "region": REGION,
            "id": "panda",
            "masterUsername": "panda",
            "masterPassword": "correct-horse",
            "database": "shop",
            "sql": [_TYPES, _TABLES],
        },
    )
    _start(sandbox, _snapshot(sandbox))
    done = _complete(sandbox)

    full, nulls, odd = _rows(sandbox, "shop/public.types")
    assert full == {
        "i2": -32768,
        "i4": 2147483647,
        "i8": 9223372036854775807,
        "f4": 1.5,
        "f8": 0.1,
        "n": "12345678901234567890.123456789",
        "b": True,
        "t": 'it\'s "quoted", ünï\nnew line\\',
        "c": "ab  ",
        "by": b"\x00\xff\\",
        "d": "2026-11-21",
        "ts": "2026-11-21 01:02:03.4",
        "tz": "2026-11-21 01:02:03+00",
        "iv": "1 year 2 mons 3 days 04:05:06",
        "js": '{"a": 1}',
        "jb": '{"a": [1, null]}',
        "ar": '{1,NULL,"a b"}',
        "u": "00000000-0000-0000-0000-000000000001",
        "ip": "10.0.0.1",
        "r": "[1,5)",
        "e": "sad",
        "p": "(1,2)",
        "m": "$1,234.50",
    }
    assert set(nulls.values()) == {None}
    assert (odd["t"], odd["n"], odd["f8"], odd["by"], odd["ar"]) == ("", "NaN", float("-inf"), b"", "{}")

    assert [row["i"] for row in _rows(sandbox, "shop/public.many")] == list(range(1, 2501))
    assert len([key for key in _objects(sandbox) if key.startswith("shop/public.many/1/part-")]) == 3
    assert [key for key in _objects(sandbox) if key.startswith("shop/public.empty/")] == [
        "shop/public.empty/1/_SUCCESS"
    ]
    assert sorted(row["k"] for row in _rows(sandbox, "shop/public.split")) == [1, 11]
    assert any(key.startswith("shop/public.split/2/part-00000-") for key in _objects(sandbox))
    assert [row["x"] for row in _rows(sandbox, "shop/Odd_Schema.Odd_Table")] == [1]

    reports = {one["target"]: one for one in _reports(sandbox)}
    assert reports["shop.public.types"]["schemaMetadata"]["originalTypeMappings"][4:6] == [
        {
            "columnName": "f8",
            "originalType": "double precision",
            "expectedExportedType": "double",
            "originalCharMaxLength": 0,
            "originalNumPrecision": 53,
            "originalDateTimePrecision": 0,
        },
        {
            "columnName": "n",
            "originalType": "numeric",
            "expectedExportedType": "binary (UTF8)",
            "originalCharMaxLength": 0,
            "originalNumPrecision": 0,
            "originalDateTimePrecision": 0,
        },
    ]
    assert {name: one["status"] for name, one in reports.items() if one["status"] != "COMPLETE"} == {
        "shop.public.bad name": "SKIPPED",
        "shop.public.sla/sh": "SKIPPED",
        "shop.public.fleeting": "SKIPPED",
    }
    assert len(json.loads(done["WarningMessage"])["skippedTables"]) == 3


def test_only_what_was_asked_for_is_exported(sandbox, postgres):
    sandbox.instance("koala")
    sandbox.control(
        "POST",
        "data",
        {
            "account": HOME,
            "region": REGION,
            "kind": "rds-instance",
            "id": "koala",
            "masterUsername": "panda",
            "masterPassword": "correct-horse",
            "database": "shop",
            "sql": "CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE SCHEMA s; CREATE TABLE s.a (i int)",
        },
    )
    made = sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="i1")
    sandbox.clock.advance(1)
    _start(sandbox, made["DBSnapshot"]["DBSnapshotArn"], ExportOnly=["shop.public.b", "shop.s"])
    _complete(sandbox)
    assert [one["target"] for one in _reports(sandbox)] == ["shop.public.b", "shop.s.a"]


def test_a_vault_exports_into_its_own_bucket(sandbox):
    vault = sandbox.role("s3", VAULT)
    vault.create_bucket(Bucket="vault", CreateBucketConfiguration={"LocationConstraint": REGION})
    sandbox.seed(roles=[_export_role(account=VAULT)])
    first = _snapshot(sandbox)
    sandbox.home.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="s1", AttributeName="restore", ValuesToAdd=[VAULT]
    )
    sandbox.control("PATCH", "settings", {"timeScale": 0})
    copied = sandbox.vault.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=first, TargetDBClusterSnapshotIdentifier="s2", KmsKeyId=KEY
    )
    sandbox.vault.start_export_task(
        ExportTaskIdentifier="e1",
        SourceArn=copied["DBClusterSnapshot"]["DBClusterSnapshotArn"],
        S3BucketName="vault",
        IamRoleArn=f"arn:aws:iam::{VAULT}:role/export",
        KmsKeyId=KEY,
    )
    until(lambda: sandbox.vault.describe_export_tasks()["ExportTasks"][0]["Status"] == "COMPLETE")
    assert vault.head_object(Bucket="vault", Key="e1/export_info_e1.json")["ContentLength"] > 0


_TYPES = """
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TABLE types (
  i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, b boolean, t text, c char(4), by bytea,
  d date, ts timestamp, tz timestamptz, iv interval, js json, jb jsonb, ar text[], u uuid, ip inet, r int4range, e mood,
  p point, m money
);
SET timezone = 'Asia/Tokyo';
INSERT INTO types VALUES (
  -32768, 2147483647, 9223372036854775807, 1.5, 0.1, 12345678901234567890.123456789, true,
  E'it\\'s "quoted", ünï\\nnew line\\\\', 'ab', '\\x00ff5c', '2026-11-21', '2026-11-21 01:02:03.4',
  '2026-11-21 10:02:03', '1 year 2 mons 3 days 04:05:06', '{"a": 1}', '{"a": [1, null]}', '{1,NULL,"a b"}',
  '00000000-0000-0000-0000-000000000001', '10.0.0.1', '[1,4]', 'sad', '(1,2)', '1234.50'
);
INSERT INTO types DEFAULT VALUES;
INSERT INTO types (t, n, f8, by, ar) VALUES ('', 'NaN', '-Infinity', '', '{}');
"""

_TABLES = """
CREATE TABLE many AS SELECT generate_series(1, 2500) AS i;
CREATE TABLE empty (i int);
CREATE TABLE split (k int) PARTITION BY RANGE (k);
CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (10);
CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM (10) TO (20);
INSERT INTO split VALUES (1), (11);
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."Odd Table" (x int);
INSERT INTO "Odd Schema"."Odd Table" VALUES (1);
CREATE TABLE "bad name" ("a column" int);
CREATE TABLE "sla/sh" (i int);
CREATE UNLOGGED TABLE fleeting (i int);
"""
