"""Real PostgreSQL behind databases, snapshots and restores."""

from __future__ import annotations

import threading

import psycopg
import pytest

from .conftest import HOME, KEY, OTHER_REGION, REGION, VAULT
from .until import until

pytestmark = pytest.mark.usefixtures("postgres")

PASSWORD = "correct-horse"


def _give(sandbox, name="panda", kind="aurora-cluster", **more):
    body = {"account": HOME, "region": REGION, "id": name, "kind": kind}
    return sandbox.control("POST", "data", {**body, **more})


def _new(sandbox, name="panda", kind="aurora-cluster", **more):
    return _give(
        sandbox,
        name,
        kind,
        masterUsername="panda",
        masterPassword=PASSWORD,
        database="shop",
        secrets=[{"name": "master"}, {"name": "elsewhere", "account": VAULT, "region": OTHER_REGION}],
        **more,
    )


def _ask(where, query, password=PASSWORD):
    """The answer of a database as its describer names it."""
    host, port = where.get("Endpoint"), where.get("Port")
    if isinstance(host, dict):
        host, port = host["Address"], host["Port"]
    with psycopg.connect(
        host=host, port=port, user="panda", password=password, dbname="shop", connect_timeout=2
    ) as connection:
        return connection.execute(query).fetchall()


def _cluster(client, name):
    return client.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def _available_cluster(client, name):
    return until(lambda: (found := _cluster(client, name))["Status"] == "available" and found)


def _available_instance(client, name):
    def ask():
        found = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return found["DBInstanceStatus"] == "available" and found

    return until(ask)


def test_a_cluster_is_a_postgres_with_the_data_it_was_given(sandbox):
    arn = sandbox.cluster("panda")
    given = _new(sandbox, sql="CREATE TABLE t (i int); INSERT INTO t VALUES (1)")
    assert (given["arn"], given["created"], given["database"]) == (arn, True, "shop")
    cluster = _cluster(sandbox.home, "panda")
    assert (cluster["Endpoint"], cluster["Port"]) == ("127.0.0.1", given["port"])
    assert (cluster["DatabaseName"], cluster["MasterUsername"]) == ("shop", "panda")
    member = sandbox.home.describe_db_instances(DBInstanceIdentifier="panda-instance-1")["DBInstances"][0]
    assert (member["Endpoint"]["Address"], member["Endpoint"]["Port"]) == ("127.0.0.1", given["port"])
    secret = sandbox.role("secretsmanager", HOME).get_secret_value(SecretId="master")["SecretString"]
    assert secret == '{"username": "panda", "password": "correct-horse"}'
    elsewhere = sandbox.role("secretsmanager", VAULT, region=OTHER_REGION)
    assert elsewhere.get_secret_value(SecretId=given["secretArns"][1])["SecretString"] == secret
    assert _give(sandbox, sql=["INSERT INTO t VALUES (2)"])["created"] is False
    assert _ask(cluster, "SELECT i FROM t ORDER BY i") == [(1,), (2,)]
    assert _ask(cluster, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_what_makes_no_sense_is_said(sandbox):
    sandbox.cluster("panda")
    with pytest.raises(AssertionError, match="404 .*there is no aurora-cluster koala"):
        _new(sandbox, name="koala")
    with pytest.raises(AssertionError, match="400 .*masterUsername is missing"):
        _give(sandbox)
    _new(sandbox)
    with pytest.raises(AssertionError, match='400 .*the SQL failed: syntax error at or near .*"SELEC'):
        _give(sandbox, sql="SELEC 1")
    with pytest.raises(AssertionError, match="400 .*database is shop already"):
        _give(sandbox, database="other")


def test_data_follow_a_snapshot_through_copies_into_another_account_and_region(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0.01})
    sandbox.cluster("panda", encryption="cmk")
    _new(sandbox, sql="CREATE TABLE t AS SELECT generate_series(1, 1000) AS i")
    first = sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    _give(sandbox, sql="DELETE FROM t")
    sandbox.clock.advance(100)
    sandbox.home.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="s1", AttributeName="restore", ValuesToAdd=[VAULT]
    )
    second = sandbox.vault.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=first["DBClusterSnapshot"]["DBClusterSnapshotArn"],
        TargetDBClusterSnapshotIdentifier="s2",
        KmsKeyId=KEY,
    )
    sandbox.clock.advance(100)
    sandbox.vault_elsewhere.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=second["DBClusterSnapshot"]["DBClusterSnapshotArn"],
        TargetDBClusterSnapshotIdentifier="s3",
        KmsKeyId=KEY,
        SourceRegion=REGION,
    )
    sandbox.clock.advance(100)
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")
    sandbox.vault.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s2")

    client = sandbox.vault_elsewhere
    restored = client.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="back", SnapshotIdentifier="s3", Engine="aurora-postgresql"
    )["DBCluster"]
    assert (restored["Status"], restored["DatabaseName"], restored["MasterUsername"]) == ("creating", "shop", "panda")
    sandbox.clock.advance(100)
    alone = _available_cluster(client, "back")
    assert alone["Endpoint"].endswith(f".{OTHER_REGION}.rds.amazonaws.com")

    created = client.create_db_instance(
        DBInstanceIdentifier="back-1",
        DBClusterIdentifier="back",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )["DBInstance"]
    assert (created["DBInstanceStatus"], created.get("Endpoint")) == ("creating", None)
    assert _cluster(client, "back")["Endpoint"] == alone["Endpoint"]
    sandbox.clock.advance(100)
    member = _available_instance(client, "back-1")
    back = _cluster(client, "back")
    assert (back["Endpoint"], member["Endpoint"]["Port"]) == ("127.0.0.1", back["Port"])
    assert _ask(back, "SELECT count(*), sum(i) FROM t") == [(1000, 500500)]
    assert _ask(_cluster(sandbox.home, "panda"), "SELECT count(*) FROM t") == [(0,)]

    client.modify_db_cluster(DBClusterIdentifier="back", MasterUserPassword="battery-staple", ApplyImmediately=True)
    assert _ask(back, "SELECT 1", password="battery-staple") == [(1,)]
    client.delete_db_instance(DBInstanceIdentifier="back-1", SkipFinalSnapshot=True)
    with pytest.raises(psycopg.OperationalError):
        _ask(back, "SELECT 1")
    client.delete_db_cluster(DBClusterIdentifier="back", SkipFinalSnapshot=True)
    assert [one["id"] for one in sandbox.control("GET", "data")["databases"]] == ["panda"]


def test_a_snapshot_is_consistent_while_others_write(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0.01})
    sandbox.instance("koala")
    given = _new(sandbox, "koala", "rds-instance", sql="CREATE TABLE a (i int); CREATE TABLE b (i int, filler text)")
    written, stop = [], threading.Event()

    def write():
        where = {"host": given["endpoint"], "port": given["port"], "user": "panda", "dbname": "shop"}
        with psycopg.connect(**where, password=PASSWORD, autocommit=True) as connection:
            while not stop.is_set():
                number = len(written)
                with connection.transaction():
                    connection.execute("INSERT INTO a VALUES (%s)", [number])
                    connection.execute("INSERT INTO b VALUES (%s, repeat('x', 4000))", [number])
                written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(written) > 20)
        before = len(written)
        sandbox.home.create_db_snapshot(DBInstanceIdentifier="koala", DBSnapshotIdentifier="i1")
        after = len(written) + 1
        until(lambda: len(written) > after + 5)
    finally:
        stop.set()
        writer.join()
    sandbox.clock.advance(100)
    sandbox.home.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="back", DBSnapshotIdentifier="i1")
    sandbox.clock.advance(100)
    back = _available_instance(sandbox.home, "back")
    [(first, second, together)] = _ask(
        back, "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM a JOIN b USING (i))"
    )
    assert first == second == together
    assert before <= first <= after
    sandbox.home.delete_db_instance(DBInstanceIdentifier="back", SkipFinalSnapshot=True)
    with pytest.raises(psycopg.OperationalError):
        _ask(back, "SELECT 1")


def test_snapshot_data_go_with_the_last_that_refers_to_them(sandbox, working_directory):
    sandbox.control("PATCH", "settings", {"timeScale": 0})
    sandbox.cluster("panda")
    _new(sandbox)
    sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    sandbox.home.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier="s1", TargetDBClusterSnapshotIdentifier="s2"
    )
    kept = working_directory / "snapshots"
    assert len(list(kept.iterdir())) == 1
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s1")
    assert len(list(kept.iterdir())) == 1
    sandbox.home.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="s2")
    assert list(kept.iterdir()) == []
    sandbox.control("POST", "reset")
    assert list((working_directory / "databases").iterdir()) == []


def test_one_snapshot_has_a_page_that_cannot_be_read(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0.01})
    sandbox.cluster("panda")
    _new(
        sandbox,
        sql="CREATE SCHEMA s; CREATE TABLE s.small (i int); INSERT INTO s.small VALUES (1);"
        "CREATE TABLE s.large AS SELECT generate_series(1, 100000) AS i",
    )
    first = sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    arn = first["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    sandbox.clock.advance(100)
    copy = {"SourceDBClusterSnapshotIdentifier": "s1"}
    sandbox.home.copy_db_cluster_snapshot(TargetDBClusterSnapshotIdentifier="before", **copy)
    for body, message in [
        ({"arn": arn, "table": "s.nothing"}, "400 .*there is no table s.nothing in shop"),
        ({"arn": f"{arn}0"}, "404 .*there is no snapshot"),
        ({}, "400 .*arn is missing"),
    ]:
        with pytest.raises(AssertionError, match=message):
            sandbox.control("POST", "data/corrupt", body)
    corrupted = sandbox.control("POST", "data/corrupt", {"arn": arn})
    assert (corrupted["arn"], corrupted["table"]) == (arn, "s.large")
    sandbox.home.copy_db_cluster_snapshot(TargetDBClusterSnapshotIdentifier="after", **copy)
    sandbox.clock.advance(100)

    sums = {}
    for name in ("before", "s1", "after"):
        restore = {"DBClusterIdentifier": f"r-{name}", "SnapshotIdentifier": name, "Engine": "aurora-postgresql"}
        sandbox.home.restore_db_cluster_from_snapshot(**restore)
        sandbox.home.create_db_instance(
            DBInstanceIdentifier=f"r-{name}-1",
            DBClusterIdentifier=f"r-{name}",
            DBInstanceClass="db.r6g.large",
            Engine="aurora-postgresql",
        )
        sandbox.clock.advance(100)
        _available_instance(sandbox.home, f"r-{name}-1")
        restored = _cluster(sandbox.home, f"r-{name}")
        assert _ask(restored, "SELECT i FROM s.small") == [(1,)]
        try:
            sums[name] = _ask(restored, "SELECT sum(i) FROM s.large")[0][0]
        except psycopg.errors.DataCorrupted as error:
            sums[name] = str(error).split(" of relation")[0]
    broken = f"invalid page in block {corrupted['block']}"
    assert sums == {"before": 5000050000, "s1": broken, "after": broken}
    assert _ask(_cluster(sandbox.home, "panda"), "SELECT sum(i) FROM s.large") == [(5000050000,)]


def test_a_restored_multi_az_cluster_answers_without_anybody_creating_instances(sandbox):
    sandbox.control("PATCH", "settings", {"timeScale": 0})
    sandbox.cluster("panda", kind="multi-az-cluster", engine="postgres")
    _new(sandbox, kind="multi-az-cluster", sql="CREATE TABLE t (i int); INSERT INTO t VALUES (1)")
    sandbox.home.create_db_cluster_snapshot(DBClusterIdentifier="panda", DBClusterSnapshotIdentifier="s1")
    sandbox.home.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="back",
        SnapshotIdentifier="s1",
        Engine="postgres",
        DBClusterInstanceClass="db.m6gd.large",
    )
    assert _ask(_available_cluster(sandbox.home, "back"), "SELECT i FROM t") == [(1,)]
    kinds = {one["id"]: one["kind"] for one in sandbox.control("GET", "data")["databases"]}
    assert kinds == {"panda": "multi-az-cluster", "back": "multi-az-cluster"}
    sandbox.home.delete_db_cluster(DBClusterIdentifier="back", SkipFinalSnapshot=True)
