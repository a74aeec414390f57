"""Plants databases of every kind: Aurora, DocumentDB, Neptune, Multi-AZ DB clusters, instances and their replicas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from moto.kms.models import Key

from .access.keys import DEFAULT_RDS_KEY, find_key
from .rds.global_clusters import create_global_cluster, global_clusters, join
from .rds.serverless import SERVERLESS_V1, SERVERLESS_V2_CLASS
from .rds.status import StatusInTime
from .rds.tags import Tags, checked_tags
from .set_status import put_into

if TYPE_CHECKING:
    from .emulator import Emulator
    from .rds.backend import EmulatedRdsBackend
    from .rds.databases import DBCluster

Document = Mapping[str, Any]

DEFAULT_KEY = "alias/farcopy"


class InvalidSeed(ValueError):
    """A seed that cannot be planted; the message says why."""


@dataclass(frozen=True)
class _Kind:
    engines: tuple[str, ...]
    instance_class: str
    is_cluster: bool = True
    #: Unless the seed says otherwise; None: the service decides.
    instances: int | None = 1


#: By what seeds call them. An instance may be of any engine that RDS has.
_KINDS: Mapping[str, _Kind] = {
    "aurora-cluster": _Kind(("aurora-postgresql", "aurora-mysql"), "db.r6g.large"),
    "documentdb-cluster": _Kind(("docdb",), "db.r6g.large"),
    "neptune-cluster": _Kind(("neptune",), "db.r6g.large"),
    "multi-az-cluster": _Kind(("postgres", "mysql"), "db.m6gd.large", instances=None),
    "rds-instance": _Kind(("postgres",), "db.m6g.large", is_cluster=False, instances=None),
}

CLUSTER_KINDS = tuple(name for name, kind in _KINDS.items() if kind.is_cluster)

_MULTI_AZ_IOPS = 3000

#: Of clusters and instances alike: RDS API, CreateDBCluster and CreateDBInstance.
_LONGEST_IDENTIFIER = 63

_CLUSTER_MEMBERS = ("instances", "serverlessV1", "serverlessV2", "global")


def seed_databases(emulator: Emulator, resources: Sequence[Document]) -> list[str]:
    """ARNs, in the order of the seed; sources and primaries are planted before what follows them.

    Plants all of them or none. Raises InvalidSeed, which names the database.
    """
    order = sorted(range(len(resources)), key=lambda index: _follows(resources[index]))
    before = _Kept(resources)
    arns: dict[int, str] = {}
    for index in order:
        try:
            arns[index] = _seed_database(emulator, resources[index])
        except Exception as error:
            before.put_back()
            why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise InvalidSeed(f"{_name(resources[index])} cannot be planted: {why}; no database of the seed was") from error
    return [arns[index] for index in range(len(resources))]


def _name(resource: Document) -> str:
    return "/".join(str(resource.get(member, "?")) for member in ("kind", "account", "region", "id"))


class _Kept:
    """The databases of the accounts and regions of a seed, as they are before it."""

    def __init__(self, resources: Sequence[Document]) -> None:
        from .rds.backend import backend_of

        places = {(str(resource.get("account")), str(resource.get("region"))) for resource in resources}
        backends = [backend_of(account, region) for account, region in sorted(places)]
        collections: list[Any] = [global_clusters(account) for account in sorted({account for account, _ in places})]
        for backend in backends:
            collections += [backend.clusters, backend.databases]
        self._collections = [(collection, dict(collection)) for collection in collections]
        # Members of a global database and the like are lists that grow.
        self._members = [
            (one, {name: list(value) if isinstance(value, list) else value for name, value in vars(one).items()})
            for _, kept in self._collections
            for one in kept.values()
        ]

    def put_back(self) -> None:
        for collection, kept in self._collections:
            collection.clear()
            collection.update(kept)
        for one, members in self._members:
            vars(one).clear()
            vars(one).update(members)


def _follows(resource: Document) -> bool:
    if "replicaOf" in resource:
        return True
    membership = resource.get("global")
    return isinstance(membership, Mapping) and membership.get("role") == "secondary"


def _seed_database(emulator: Emulator, resource: Document) -> str:
    from .rds.backend import backend_of

    account, region, identifier = resource["account"], resource["region"], resource["id"]
    kind = _KINDS.get(resource["kind"])
    if kind is None:
        raise InvalidSeed(f"there is no kind {resource['kind']}, only {', '.join(_KINDS)}")
    _check_members(resource, kind)
    backend = backend_of(account, region)
    tags: Tags = checked_tags({"Key": key, "Value": value} for key, value in resource.get("tags", {}).items())
    present: Any = (backend.clusters if kind.is_cluster else backend.databases).get(identifier)
    if present is None:
        properties = _properties(resource, kind, tags)
        present = (_create_cluster if kind.is_cluster else _create_instance)(backend, resource, kind, properties)
    present.tags = tags
    present.allocated_storage = int(resource["sizeGiB"])
    put_into(emulator, cast(StatusInTime, present), resource.get("status", "available"), resource.get("statusSeconds"))
    return str(present.arn)


def _check_members(resource: Document, kind: _Kind) -> None:
    identifier, engine = resource["id"], resource.get("engine", kind.engines[0])
    if kind.is_cluster and engine not in kind.engines:
        raise InvalidSeed(f"{identifier}: a {resource['kind']} is of engine {' or '.join(kind.engines)}, not {engine}")
    if not kind.is_cluster and (present := [name for name in _CLUSTER_MEMBERS if name in resource]):
        raise InvalidSeed(f"{identifier}: {', '.join(present)} is for clusters")
    if kind.is_cluster and "replicaOf" in resource:
        raise InvalidSeed(f"{identifier}: replicaOf is for instances")
    if resource["kind"] != "aurora-cluster" and ("serverlessV1" in resource or "global" in resource):
        raise InvalidSeed(f"{identifier}: serverlessV1 and global are for Aurora")
    if resource["kind"] == "multi-az-cluster" and ("instances" in resource or "serverlessV2" in resource):
        raise InvalidSeed(f"{identifier}: a Multi-AZ DB cluster has three instances of its own")
    if "serverlessV1" in resource and resource.get("encryption", "none") == "none":
        raise InvalidSeed(f"{identifier}: Aurora Serverless v1 is always encrypted: default or cmk")
    if "serverlessV1" in resource and ("serverlessV2" in resource or resource.get("instances")):
        raise InvalidSeed(f"{identifier}: Aurora Serverless v1 has no instances")


def _properties(resource: Document, kind: _Kind, tags: Tags) -> dict[str, Any]:
    return {
        "engine": resource.get("engine", kind.engines[0]),
        "engine_version": resource.get("engineVersion"),
        "allocated_storage": int(resource["sizeGiB"]),
        "master_username": "farcopy",
        "master_user_password": "not-a-secret-here",
        "tags": tags,
        **_encryption(resource),
    }


def _create_cluster(
    backend: EmulatedRdsBackend, resource: Document, kind: _Kind, properties: dict[str, Any]
) -> DBCluster:
    identifier, instance_class = resource["id"], resource.get("instanceClass", kind.instance_class)
    instances = resource.get("instances", kind.instances)
    if kind.instances is None:
        properties |= {
            "db_cluster_instance_class": instance_class,
            "storage_type": resource.get("storageType"),
            "iops": resource.get("iops", _MULTI_AZ_IOPS),
        }
        instances = 0
    if "serverlessV1" in resource:
        properties |= {"engine_mode": SERVERLESS_V1, "scaling_configuration": _capacity(resource["serverlessV1"])}
        instances = 0
    if "serverlessV2" in resource:
        properties["serverless_v2_scaling_configuration"] = _capacity(resource["serverlessV2"])
        instance_class = SERVERLESS_V2_CLASS
    cluster = backend.create_db_cluster({"db_cluster_identifier": identifier, **properties})
    if "global" in resource:
        _join(backend, cluster, resource["global"])
    for number in range(1, int(instances or 0) + 1):
        backend.create_db_instance(
            {
                "db_instance_identifier": _instance_identifier(identifier, number),
                "db_cluster_identifier": identifier,
                "db_instance_class": instance_class,
                "engine": properties["engine"],
                "availability_zone": f"{backend.region_name}{'abc'[(number - 1) % 3]}",
            }
        )
    return cluster


def _instance_identifier(cluster: str, number: int) -> str:
    """Of at most 63 characters, which the name of a cluster may have too; what is cut is told apart by a checksum."""
    whole = f"{cluster}-instance-{number}"
    if len(whole) <= _LONGEST_IDENTIFIER:
        return whole
    suffix = f"-{crc32(cluster.encode()):08x}-instance-{number}"
    return cluster[: _LONGEST_IDENTIFIER - len(suffix)].rstrip("-") + suffix


def _create_instance(backend: EmulatedRdsBackend, resource: Document, kind: _Kind, properties: dict[str, Any]) -> Any:
    named = {
        "db_instance_identifier": resource["id"],
        "db_instance_class": resource.get("instanceClass", kind.instance_class),
    }
    if source := resource.get("replicaOf"):
        encryption = {"kms_key_id": properties.get("kms_key_id")}
        return backend.create_db_instance_read_replica({**named, "source_db_instance_identifier": source, **encryption})
    return backend.create_db_instance({**named, **properties})


def _join(backend: EmulatedRdsBackend, cluster: DBCluster, membership: Document) -> None:
    """The first member of a global database is its primary."""
    identifier, role = membership["id"], membership["role"]
    if role not in ("primary", "secondary"):
        raise InvalidSeed(f"the role in a global database is primary or secondary, not {role}")
    present = global_clusters(backend.account_id).get(identifier)
    if (role == "primary") != (present is None):
        raise InvalidSeed(f"the global database {identifier} has one primary, which is planted before the others")
    if present is None:
        create_global_cluster(
            backend, {"GlobalClusterIdentifier": identifier, "SourceDBClusterIdentifier": cluster.arn}
        )
    else:
        join(present, cluster, bool(membership.get("writeForwarding")))


def _capacity(bounds: Document) -> dict[str, Any]:
    """In moto's names."""
    return {"min_capacity": bounds["min"], "max_capacity": bounds["max"]}


def _encryption(resource: Document) -> dict[str, Any]:
    wanted = resource.get("encryption", "none")
    if wanted == "none":
        return {"storage_encrypted": False}
    if wanted == "default":
        return {"storage_encrypted": True, "kms_key_id": DEFAULT_RDS_KEY}
    if wanted != "cmk":
        raise InvalidSeed(f"encryption is none, default or cmk, not {wanted}")
    account, region, alias = resource["account"], resource["region"], resource.get("key", DEFAULT_KEY)
    key: Key | None = find_key(alias, account, region)
    if key is None:
        raise InvalidSeed(f"{resource['id']}: there is no key {alias} in {account}/{region}; list it under keys")
    return {"storage_encrypted": True, "kms_key_id": key.arn}
