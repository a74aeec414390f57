"""moto's RDS with snapshots that behave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from moto.rds import urls as rds_urls
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBSubnetGroup, RDSBackend, rds_backends

from ..access.keys import DEFAULT_RDS_KEY, find_key
from .create_snapshot import automated_snapshot, create_snapshot
from .databases import DBCluster, DBInstance, DBInstanceClustered
from .delete_snapshot import delete_snapshot
from .describe_snapshots import matching_snapshots
from .errors import invalid_combination, invalid_value, key_not_accessible
from .export_task import ExportTask
from .global_clusters import find_global_cluster, join, require_no_member
from .kinds import CLUSTER, INSTANCE, SnapshotKind
from .limit_names import limit_names
from .multi_az_cluster import checked_multi_az_properties, create_members, delete_members, is_multi_az_cluster
from .read_replica import create_read_replica, promote
from .serverless import encrypted_if_serverless, require_capacity_range
from .snapshot import Snapshot
from .stoppable import require_stoppable_cluster, require_stoppable_instance
from .surroundings import DEFAULT_SUBNET_GROUP, default_subnet_group, require_surroundings
from .tags import checked_tags, merged_tags

if TYPE_CHECKING:
    from ..emulator import Emulator


class EmulatedRdsBackend(RDSBackend):
    """RDS of one account and region.

    Methods that moto's other parts call (automated backups, final snapshots, deletions) keep moto's signatures.
    """

    emulator: ClassVar[Emulator]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exports: dict[str, ExportTask] = {}

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the module of the class.
        return rds_urls

    def snapshots(self, kind: SnapshotKind) -> MutableMapping[str, Snapshot]:
        collection = self.cluster_snapshots if kind is CLUSTER else self.database_snapshots
        return cast(MutableMapping[str, Snapshot], collection)

    def sibling(self, account: str, region: str) -> EmulatedRdsBackend:
        return cast(EmulatedRdsBackend, rds_backends[account][region])

    def others_in_region(self) -> Iterator[EmulatedRdsBackend]:
        for account, regions in list(rds_backends.items()):
            if account != self.account_id and dict.__contains__(regions, self.region_name):
                yield cast(EmulatedRdsBackend, regions[self.region_name])

    def manual_snapshot_count(self, stock_limit: str) -> int:
        """How many snapshots count under one of the limits on stocks."""
        return sum(
            snapshot.snapshot_type == "manual" and limit_names(kind, snapshot.engine).stock == stock_limit
            for kind in (CLUSTER, INSTANCE)
            for snapshot in self.snapshots(kind).values()
        )

    def create_db_cluster(self, kwargs: Mapping[str, Any]) -> DBCluster:
        identifier = kwargs["db_cluster_identifier"]
        self._validate_db_identifier(identifier)
        if identifier not in self.clusters:
            require_surroundings(self, kwargs)
        if has_own_members := is_multi_az_cluster(kwargs["engine"]):
            kwargs = checked_multi_az_properties(kwargs)
        global_identifier = kwargs.get("global_cluster_identifier")
        database = find_global_cluster(self.account_id, global_identifier) if global_identifier else None
        cluster = cast(DBCluster, super().create_db_cluster(self._with_key(encrypted_if_serverless(kwargs))))
        if has_own_members:
            create_members(self, cluster)
        if database is not None:
            # moto has made it a member in its own way.
            database.members.remove(cluster)
            join(database, cluster, bool(kwargs.get("enable_global_write_forwarding")))
        return cluster

    def create_db_instance(self, db_kwargs: Mapping[str, Any]) -> DBInstance:
        cluster_identifier = db_kwargs.get("db_cluster_identifier")
        if cluster_identifier is None:
            db_kwargs = self._with_key(db_kwargs)
            if db_kwargs["db_instance_identifier"] not in self.databases:
                require_surroundings(self, db_kwargs)
            return cast(DBInstance, super().create_db_instance(dict(db_kwargs)))
        cluster = self.clusters.get(cluster_identifier)
        if cluster is not None and is_multi_az_cluster(cluster.engine):
            # [!] The code.
            raise invalid_combination("DB instances cannot be added to a Multi-AZ DB cluster.")
        require_capacity_range(cluster, db_kwargs.get("db_instance_class"))
        return self.create_member(db_kwargs)

    def create_member(self, db_kwargs: Mapping[str, Any]) -> DBInstance:
        """An instance of a cluster, whoever makes it."""
        return cast(DBInstance, super().create_db_instance(dict(db_kwargs)))

    def delete_db_cluster(self, cluster_identifier: str, snapshot_name: str | None = None) -> DBCluster:
        doomed = cast("DBCluster | None", self.clusters.get(cluster_identifier))
        if doomed is not None:
            require_no_member(doomed)
        if doomed is not None and is_multi_az_cluster(doomed.engine) and not doomed.deletion_protection:
            delete_members(self, doomed)
        cluster = cast(DBCluster, super().delete_db_cluster(cluster_identifier, snapshot_name))
        if cluster.data:
            cluster.data.remove()
        return cluster

    def stop_db_cluster(self, cluster_identifier: str) -> Any:
        if cluster := self.clusters.get(cluster_identifier):
            require_stoppable_cluster(cast(DBCluster, cluster))
        return super().stop_db_cluster(cluster_identifier)

    def stop_db_instance(self, db_instance_identifier: str, db_snapshot_identifier: str | None = None) -> Any:
        instance = self.databases.get(db_instance_identifier)
        if isinstance(instance, DBInstance):
            require_stoppable_instance(instance)
        return super().stop_db_instance(db_instance_identifier, db_snapshot_identifier)

    def create_db_instance_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        return create_read_replica(self, db_kwargs)

    def promote_read_replica(self, db_kwargs: dict[str, Any]) -> Any:
        replica = super().promote_read_replica(db_kwargs)
        promote(self, cast(DBInstance, replica))
        return replica

    def delete_db_instance(self, db_instance_identifier: str, *args: Any, **kwargs: Any) -> Any:
        instance = super().delete_db_instance(db_instance_identifier, *args, **kwargs)
        if isinstance(instance, DBInstance) and instance.data:
            instance.data.remove()
        if isinstance(instance, DBInstanceClustered):
            cluster = cast(DBCluster, instance.cluster)
            if cluster.data and not cluster.members:
                cluster.data.stop()
        return instance

    def modify_db_cluster(self, kwargs: dict[str, Any]) -> Any:
        cluster = self.clusters.get(kwargs["db_cluster_identifier"])
        modified = super().modify_db_cluster(dict(kwargs))
        _change_password(cast("DBCluster | None", cluster), kwargs.get("master_user_password"))
        return modified

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> Any:
        password = db_kwargs.get("master_user_password")
        instance = super().modify_db_instance(db_instance_identifier, db_kwargs)
        if isinstance(instance, DBInstance):
            _change_password(instance, password)
        return instance

    def describe_db_subnet_groups(self, subnet_group_name: str) -> list[DBSubnetGroup]:
        if subnet_group_name == DEFAULT_SUBNET_GROUP and subnet_group_name not in self.subnet_groups:
            self.subnet_groups[subnet_group_name] = default_subnet_group(self)
        return super().describe_db_subnet_groups(subnet_group_name)

    def create_db_cluster_snapshot(  # type: ignore[override]
        self,
        db_cluster_identifier: str,
        db_cluster_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
    ) -> Snapshot:
        if snapshot_type == "automated":
            return automated_snapshot(self, CLUSTER, db_cluster_snapshot_identifier, db_cluster_identifier)
        return create_snapshot(self, CLUSTER, db_cluster_snapshot_identifier, db_cluster_identifier, tags)

    def create_db_snapshot(  # type: ignore[override]
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
        **_: Any,
    ) -> Snapshot:
        if snapshot_type == "automated":
            return automated_snapshot(self, INSTANCE, db_snapshot_identifier, db_instance_identifier)
        return create_snapshot(self, INSTANCE, db_snapshot_identifier, db_instance_identifier, tags)

    def create_auto_snapshot(self, db_instance_identifier: str, db_snapshot_identifier: str) -> Snapshot | None:  # type: ignore[override]
        """Instances of a cluster have none: their cluster has."""
        if isinstance(self.databases.get(db_instance_identifier), DBInstanceClustered):
            return None
        return self.create_db_snapshot(db_instance_identifier, db_snapshot_identifier, "automated")

    def delete_db_snapshot(self, db_snapshot_identifier: str) -> Snapshot:  # type: ignore[override]
        snapshot = self.snapshots(INSTANCE).get(db_snapshot_identifier)
        if snapshot is not None and snapshot.snapshot_type == "automated":
            # moto removes automated snapshots this way, together with their instance.
            return self.snapshots(INSTANCE).pop(db_snapshot_identifier)
        return delete_snapshot(self, INSTANCE, db_snapshot_identifier)

    def describe_db_snapshots(  # type: ignore[override]
        self,
        db_instance_identifier: str | None,
        db_snapshot_identifier: str | None = None,
        snapshot_type: str | None = None,
        filters: Mapping[str, list[str]] | None = None,
    ) -> list[Snapshot]:
        parameters = {
            "DBInstanceIdentifier": db_instance_identifier,
            "DBSnapshotIdentifier": db_snapshot_identifier,
            "SnapshotType": snapshot_type,
            "Filters": [{"Name": name, "Values": values} for name, values in (filters or {}).items()],
        }
        return matching_snapshots(self, INSTANCE, parameters)

    def list_tags_for_resource(self, arn: str) -> list[dict[str, str]]:
        return list(self._tagged(arn).get_tags())

    def add_tags_to_resource(self, arn: str, tags: Any) -> list[dict[str, str]]:
        resource = self._tagged(arn)
        resource.tags = merged_tags(resource.get_tags(), checked_tags(tags))
        return list(resource.tags)

    def remove_tags_from_resource(self, arn: str, tag_keys: list[str]) -> None:
        self._tagged(arn).remove_tags(tag_keys)

    def _tagged(self, arn: str) -> Any:
        """The caller's own resource of this region. Raises the not-found fault of what the ARN names."""
        parts = arn.split(":", 6)
        if len(parts) != 7 or parts[2] != "rds":
            raise invalid_value(f"Invalid resource name: {arn}")
        region, account, resource_type, name = parts[3:]
        here = (region or self.region_name, account) == (self.region_name, self.account_id)
        resource = self._find_resource(resource_type, name) if here else None
        if resource is not None:
            return resource
        for kind in (CLUSTER, INSTANCE):
            if resource_type == kind.arn_type:
                raise kind.not_found_error(name)
        if resource_type == "cluster":
            raise RDSClientError("DBClusterNotFoundFault", f"DBCluster {name} not found.")
        raise RDSClientError("DBInstanceNotFoundFault", f"{resource_type} {name} not found.")

    def _with_key(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Encryption as AWS does it: under the given key, under the account's default key, or not at all."""
        changed = dict(properties)
        name = changed.get("kms_key_id")
        if not name and not changed.get("storage_encrypted"):
            return {**changed, "storage_encrypted": False}
        key = find_key(name or DEFAULT_RDS_KEY, self.account_id, self.region_name)
        if key is None or key.key_state != "Enabled":
            raise key_not_accessible("Specified KMS key", name)
        return {**changed, "storage_encrypted": True, "kms_key_id": key.arn}


def backend_of(account: str, region: str) -> EmulatedRdsBackend:
    return cast(EmulatedRdsBackend, rds_backends[account][region])


def _change_password(database: DBCluster | DBInstance | None, password: str | None) -> None:
    if database is not None and password and database.reachable_port and database.data:
        database.data.set_password(password)
