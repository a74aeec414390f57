"""Gives databases real data: a PostgreSQL server, and what SQL makes in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto.rds.models import rds_backends
from moto.secretsmanager.models import secretsmanager_backends

from .data.corruption import corrupt
from .data.database_data import DatabaseData
from .data.server import ADDRESS
from .data.snapshot_data import DatabaseNames
from .rds.databases import DBCluster, DBInstance, all_databases
from .rds.multi_az_cluster import is_multi_az_cluster
from .rds.resources import find_resource
from .rds.snapshot import Snapshot

if TYPE_CHECKING:
    from .emulator import Emulator

Document = Mapping[str, Any]

#: Kinds whose databases may be PostgreSQL.
_KINDS = ("aurora-cluster", "multi-az-cluster", "rds-instance")


class InvalidData(ValueError):
    """What cannot be given to a database; the message says why."""


class NoSuchDatabase(Exception):
    """There is no database to give data to."""


def give_data(emulator: Emulator, body: Document) -> dict[str, Any]:
    """Answers when the SQL is done; the emulator is held only in between, since SQL may take long.

    Raises InvalidData, NoSuchDatabase, or KeyError for a missing member.
    """
    import psycopg

    with emulator.lock:
        database = _find(body)
        data = database.data
        names = _checked_names(data, body)
        created = data is None
        if data is None:
            data = database.data = DatabaseData(emulator.workspace, names)
            try:
                data.create(body["masterPassword"])
            except Exception:
                data.remove()
                database.data = None
                raise
            _name(database, names)
        secrets = [_keep_secret(place, body, names) for place in _places_of_secrets(body)]
    texts = body.get("sql") or []
    try:
        for text in [texts] if isinstance(texts, str) else texts:
            data.execute(text)
    except psycopg.Error as error:
        raise InvalidData(f"the SQL failed: {error}") from error
    return {
        "arn": database.arn,
        "created": created,
        "endpoint": ADDRESS,
        "port": data.port,
        "database": names.database,
        "masterUsername": names.master_username,
        "secretArns": secrets,
    }


def corrupt_data(emulator: Emulator, body: Document) -> dict[str, Any]:
    """Makes a page of a table unreadable in one snapshot; its source and its copies keep theirs.

    Raises InvalidData, NothingToCorrupt, NoSuchDatabase, or KeyError for a missing member.
    """
    with emulator.lock:
        snapshot = find_resource(body["arn"])
        if not isinstance(snapshot, Snapshot):
            raise NoSuchDatabase(f"there is no snapshot {body['arn']}")
        if snapshot.data is None:
            raise InvalidData(f"{snapshot.identifier} has no data")
        whole = snapshot.data
    data, page = corrupt(emulator.workspace, whole, body.get("table"))
    with emulator.lock:
        snapshot.data = data
    return {"arn": snapshot.arn, "table": page.table, "block": page.block}


def list_data() -> dict[str, Any]:
    return {"databases": list(_listed())}


def _listed() -> Iterator[dict[str, Any]]:
    for database in all_databases():
        if database.data is None:
            continue
        port = database.reachable_port
        yield {
            "arn": database.arn,
            "kind": _kind(database),
            "account": database.account_id,
            "region": database.region,
            "id": database.resource_id,
            "endpoint": ADDRESS if port else None,
            "port": port,
            "database": database.data.names.database,
            "masterUsername": database.data.names.master_username,
            "running": port is not None,
        }


def _kind(database: DBCluster | DBInstance) -> str:
    if isinstance(database, DBCluster):
        return "multi-az-cluster" if is_multi_az_cluster(database.engine) else "aurora-cluster"
    return "rds-instance"


def _find(body: Document) -> DBCluster | DBInstance:
    account, region, identifier = body["account"], body["region"], body["id"]
    kind = body.get("kind", "aurora-cluster")
    if kind not in _KINDS:
        raise InvalidData(f"there is no kind {kind} with data, only {', '.join(_KINDS)}")
    backend = rds_backends[account][region]
    database = (backend.databases if kind == "rds-instance" else backend.clusters).get(identifier)
    if not isinstance(database, (DBCluster, DBInstance)):
        raise NoSuchDatabase(f"there is no {kind} {identifier} in {account}/{region}")
    if "postgres" not in database.engine:
        raise InvalidData(f"{identifier} is of engine {database.engine}; only PostgreSQL can be given data")
    return database


def _checked_names(data: DatabaseData | None, body: Document) -> DatabaseNames:
    if data is None:
        return DatabaseNames(str(body["masterUsername"]), str(body["database"]))
    if data.port is None:
        raise InvalidData(f"{body['id']} does not run")
    for member, present in (("masterUsername", data.names.master_username), ("database", data.names.database)):
        if body.get(member, present) != present:
            raise InvalidData(f"{member} is {present} already")
    return data.names


def _name(database: DBCluster | DBInstance, names: DatabaseNames) -> None:
    database.master_username = names.master_username
    if isinstance(database, DBCluster):
        database.database_name = names.database
    else:
        database.db_name = names.database


def _places_of_secrets(body: Document) -> list[Document]:
    if body.get("secrets") and "masterPassword" not in body:
        raise InvalidData("a secret needs masterPassword")
    here = {"account": body["account"], "region": body["region"]}
    return [{**here, **place} for place in body.get("secrets", ())]


def _keep_secret(place: Document, body: Document, names: DatabaseNames) -> str:
    """Source of the form: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager"."""
    name = place["name"]
    backend = secretsmanager_backends[place["account"]][place["region"]]
    text = json.dumps({"username": names.master_username, "password": body["masterPassword"]})
    if name in backend.secrets:
        backend.put_secret_value(name, text, "", "", ["AWSCURRENT"])
    else:
        backend.create_secret(
            name=name,
            secret_string=text,
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
    return str(backend.secrets[name].arn)
