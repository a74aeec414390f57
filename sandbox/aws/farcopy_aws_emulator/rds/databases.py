"""Clusters and instances: their status in time, and what a snapshot remembers of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from moto.rds import models as moto_rds

from ..clock import iso
from ..data.database_data import DatabaseData
from ..data.server import ADDRESS
from ..operations import Operation
from .families import MULTI_AZ, family_of
from .serverless import SERVERLESS_V1
from .status import StatusInTime

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend

#: What a snapshot of a cluster can give back to a restored one.
_CLUSTER_CONFIGURATION = (
    "engine",
    "engine_version",
    "database_name",
    "allocated_storage",
    "iops",
    "license_model",
    "master_username",
    "network_type",
    "storage_type",
)

_INSTANCE_CONFIGURATION = (
    "engine",
    "engine_version",
    "allocated_storage",
    "character_set_name",
    "db_instance_class",
    "db_name",
    "iops",
    "license_model",
    "master_username",
    "multi_az",
    "storage_type",
)

#: A cluster is in these states together with its instances.
_OF_THE_CLUSTER = ("creating", "stopping", "stopped", "starting")

#: moto wants a password for every database; a restored one keeps the one inside its data.
_RESTORED_PASSWORD = "kept-inside-the-data"


class DBCluster(StatusInTime, moto_rds.DBCluster):
    backend: EmulatedRdsBackend
    restore: Operation | None = None
    data: DatabaseData | None = None
    configured_port: int
    #: Only a secondary cluster of a global database has one.
    global_write_forwarding_status: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._status = "available"

    @property
    def is_secondary(self) -> bool:
        """Whether it follows the primary of a global database, and so has readers only."""
        return bool(self.global_cluster_identifier) and not self.is_writer

    def designate_writer(self) -> None:
        if not self.is_secondary:
            super().designate_writer()

    @property
    def scaling_configuration_info(self) -> dict[str, Any] | None:  # type: ignore[override]
        """None, where moto has an empty one, for clusters that are not of Serverless v1."""
        return super().scaling_configuration_info if self.scaling_configuration else None

    @property
    def global_write_forwarding_requested(self) -> bool | None:  # type: ignore[override]
        """Source: model, `DBCluster.GlobalWriteForwardingRequested`: of secondary clusters."""
        return self.global_write_forwarding_status == "enabled" if self.is_secondary else None

    @property
    def multi_az(self) -> bool:
        """Whether its instances are in several zones; moto takes replicas for it as well."""
        return len({member.availability_zone for member in self._members}) > 1

    @property
    def capacity(self) -> int | None:
        """Source: model, `DBCluster.Capacity`: of Serverless v1 only."""
        if self.engine_mode != SERVERLESS_V1:
            return None
        return int((self.scaling_configuration or {}).get("min_capacity") or 1)

    @property
    def reachable_port(self) -> int | None:
        """Where its data is served on this machine; a cluster answers once it has an instance."""
        if self.data is None or all(member.status == "creating" for member in self._members):
            return None
        return self.data.port

    @property
    def endpoint(self) -> str:
        return ADDRESS if self.reachable_port else super().endpoint

    @property
    def reader_endpoint(self) -> str:
        return ADDRESS if self.reachable_port else super().reader_endpoint

    @property
    def port(self) -> int:
        return self.reachable_port or self.configured_port

    @port.setter
    def port(self, value: int) -> None:
        self.configured_port = value

    @property
    def made_by(self) -> Operation | None:
        return self.restore

    @property
    def storage_encryption_type(self) -> str:
        return "sse-kms" if self.storage_encrypted else "none"


class DBInstance(StatusInTime, moto_rds.DBInstance):
    backend: EmulatedRdsBackend
    #: Its restore or creation.
    restore: Operation | None = None
    data: DatabaseData | None = None
    configured_port: int | None

    @property
    def made_by(self) -> Operation | None:
        return self.restore

    @property
    def storage_encryption_type(self) -> str:
        return "sse-kms" if self.storage_encrypted else "none"

    def remove_replica(self, replica: moto_rds.DBInstance) -> None:
        """Also one of another region, which moto knows by its ARN."""
        self.replicas = [name for name in self.replicas if name not in (replica.db_instance_identifier, replica.arn)]

    @property
    def reachable_port(self) -> int | None:
        return self.data.port if self.data and self.status != "creating" else None

    @property
    def address(self) -> str:
        return ADDRESS if self.reachable_port else super().address

    @property
    def endpoint(self) -> dict[str, Any] | None:  # type: ignore[override]
        """None until it is created. Source: model, `DBInstance.Endpoint`: "might not be shown" while creating."""
        return None if self.status == "creating" else super().endpoint

    @property
    def port(self) -> int | None:
        return self.reachable_port or self.configured_port

    @port.setter
    def port(self, value: int | None) -> None:
        self.configured_port = value


class DBInstanceClustered(StatusInTime, moto_rds.DBInstanceClustered):
    """An instance of a cluster, which is where its data is."""

    backend: EmulatedRdsBackend
    creation: Operation | None = None
    configured_port: int | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if cast("DBCluster", self.cluster).is_secondary:
            self.is_cluster_writer = False

    @property
    def made_by(self) -> Operation | None:
        return self.creation

    @property
    def own_status(self) -> str:
        status = super().own_status
        # Created beside a cluster that is still being restored, it comes after it; and it rests when its cluster does.
        of_cluster = cast("DBCluster", self.cluster).own_status
        return of_cluster if status == "available" and of_cluster in _OF_THE_CLUSTER else status

    @property
    def storage_encryption_type(self) -> str:
        return "sse-kms" if self.storage_encrypted else "none"

    @property
    def storage_type(self) -> str:
        return str(self.cluster.storage_type) if family_of(self.engine) is MULTI_AZ else "aurora"

    @storage_type.setter
    def storage_type(self, value: str) -> None:
        raise NotImplementedError("It is the cluster's.")

    @property
    def address(self) -> str:
        return ADDRESS if self._reachable_port else super().address

    @property
    def endpoint(self) -> dict[str, Any] | None:  # type: ignore[override]
        return None if self.status == "creating" else super().endpoint

    @property
    def port(self) -> int | None:
        return self._reachable_port or self.configured_port

    @port.setter
    def port(self, value: int | None) -> None:
        self.configured_port = value

    @property
    def _reachable_port(self) -> int | None:
        # moto asks for the port before it knows the cluster.
        cluster = cast("DBCluster | None", getattr(self, "cluster", None))
        return cluster.data.port if cluster and cluster.data and self.status != "creating" else None


def all_databases() -> Iterator[DBCluster | DBInstance]:
    """Every cluster and every instance that is not of a cluster, of all accounts and regions."""
    for regions in list(moto_rds.rds_backends.values()):
        for backend in list(regions.values()):
            yield from cast("list[DBCluster]", list(backend.clusters.values()))
            for instance in list(backend.databases.values()):
                if isinstance(instance, DBInstance):
                    yield instance


def cluster_configuration(cluster: Any) -> Mapping[str, Any]:
    return _configuration(cluster, _CLUSTER_CONFIGURATION)


def instance_configuration(instance: Any) -> Mapping[str, Any]:
    return _configuration(instance, _INSTANCE_CONFIGURATION)


def _configuration(database: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    values = {name: getattr(database, name) for name in names} | {"port": database.configured_port}
    present = {name: value for name, value in values.items() if value is not None}
    return {**present, "master_user_password": _RESTORED_PASSWORD}


def cluster_facts(cluster: Any) -> Mapping[str, Any]:
    """What a cluster snapshot shows of its cluster."""
    return _present(
        {
            "AvailabilityZones": cluster.availability_zones,
            "Engine": cluster.engine,
            "EngineMode": cluster.engine_mode,
            "EngineVersion": cluster.engine_version,
            "Port": cluster.configured_port,
            "ClusterCreateTime": _iso(cluster.created),
            "MasterUsername": cluster.master_username,
            "LicenseModel": cluster.license_model,
            "IAMDatabaseAuthenticationEnabled": cluster.iam_database_authentication_enabled,
            "StorageType": cluster.storage_type,
            "DbClusterResourceId": cluster.db_cluster_resource_id,
        }
    )


def instance_facts(instance: Any) -> Mapping[str, Any]:
    """What an instance snapshot shows of its instance."""
    return _present(
        {
            "Engine": instance.engine,
            "EngineVersion": instance.engine_version,
            "Port": instance.configured_port,
            "AvailabilityZone": instance.availability_zone,
            "InstanceCreateTime": _iso(instance.created),
            "MasterUsername": instance.master_username,
            "LicenseModel": instance.license_model,
            "Iops": instance.iops,
            "OptionGroupName": instance.option_group_name,
            "StorageType": instance.storage_type,
            "IAMDatabaseAuthenticationEnabled": instance.iam_database_authentication_enabled,
            "DbiResourceId": instance.dbi_resource_id,
        }
    )


def _present(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _iso(created: datetime) -> str:
    return iso(created.replace(tzinfo=timezone.utc).timestamp())
