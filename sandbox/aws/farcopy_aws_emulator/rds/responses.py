"""The RDS actions that behave differently from moto's; all others are moto's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from ..access.principal import Principal
from ..call import CURRENT_CALL
from .account_quotas import account_quotas
from .backend import EmulatedRdsBackend
from .copy_snapshot import copy_snapshot
from .create_instance import start_creation
from .create_snapshot import create_snapshot
from .delete_snapshot import delete_snapshot
from .describe_snapshots import matching_snapshots
from .export_calls import cancel_export, matching_exports, start_export
from .find_snapshot import find_own
from .global_clusters import (
    create_global_cluster,
    find_global_cluster,
    global_cluster_to_aws,
    global_clusters,
    leave,
)
from .kinds import CLUSTER, INSTANCE, SnapshotKind
from .paging import page
from .response_xml import response_xml
from .restore_snapshot import restore_cluster, restore_instance
from .share_snapshot import attributes_to_aws, share_snapshot


class EmulatedRdsResponse(RDSResponse):
    @property
    def backend(self) -> EmulatedRdsBackend:
        return cast(EmulatedRdsBackend, super().backend)

    @property
    def caller(self) -> Principal:
        principal = CURRENT_CALL.get().principal
        assert principal is not None
        return principal

    def create_db_cluster_snapshot(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._create(CLUSTER)

    def create_db_snapshot(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._create(INSTANCE)

    def copy_db_cluster_snapshot(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._copy(CLUSTER)

    def copy_db_snapshot(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._copy(INSTANCE)

    def delete_db_cluster_snapshot(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._delete(CLUSTER)

    def delete_db_snapshot(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._delete(INSTANCE)

    def describe_db_cluster_snapshots(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._describe(CLUSTER)

    def describe_db_snapshots(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._describe(INSTANCE)

    def describe_db_cluster_snapshot_attributes(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._describe_attributes(CLUSTER)

    def describe_db_snapshot_attributes(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._describe_attributes(INSTANCE)

    def modify_db_cluster_snapshot_attribute(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._modify_attribute(CLUSTER)

    def modify_db_snapshot_attribute(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._modify_attribute(INSTANCE)

    def describe_account_attributes(self) -> ActionResult:
        return ActionResult({"AccountQuotas": account_quotas(self.backend)})

    def restore_db_cluster_from_snapshot(self) -> ActionResult:
        return ActionResult({"DBCluster": restore_cluster(self.backend, self.caller, self.params)})

    def restore_db_instance_from_db_snapshot(self) -> ActionResult:
        return ActionResult({"DBInstance": restore_instance(self.backend, self.caller, self.params)})

    def create_db_instance(self) -> ActionResult:
        answer = super().create_db_instance()
        start_creation(self.backend, self.params["DBInstanceIdentifier"])
        return answer

    def create_db_instance_read_replica(self) -> ActionResult:
        answer = super().create_db_instance_read_replica()
        start_creation(self.backend, self.params["DBInstanceIdentifier"])
        return answer

    def create_global_cluster(self) -> TYPE_RESPONSE:  # type: ignore[override]
        created = create_global_cluster(self.backend, self.params)
        return self._answer({"GlobalCluster": global_cluster_to_aws(created)})

    def remove_from_global_cluster(self) -> TYPE_RESPONSE:  # type: ignore[override]
        left = leave(self.backend, self.params["GlobalClusterIdentifier"], self.params["DbClusterIdentifier"])
        return self._answer({"GlobalCluster": global_cluster_to_aws(left)})

    def describe_global_clusters(self) -> TYPE_RESPONSE:  # type: ignore[override]
        """[!] Any region answers with all of the account's."""
        account, identifier = self.backend.account_id, self.params.get("GlobalClusterIdentifier")
        found = [find_global_cluster(account, identifier)] if identifier else list(global_clusters(account).values())
        shown, marker = page(found, lambda database: str(database.global_cluster_identifier), self.params)
        return self._answer({"GlobalClusters": [global_cluster_to_aws(one) for one in shown], "Marker": marker})

    def start_export_task(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._answer(start_export(self.backend, self.caller, self.params).to_aws())

    def cancel_export_task(self) -> TYPE_RESPONSE:  # type: ignore[override]
        return self._answer(cancel_export(self.backend, self.params.get("ExportTaskIdentifier")).to_aws())

    def describe_export_tasks(self) -> TYPE_RESPONSE:  # type: ignore[override]
        found = matching_exports(self.backend, self.params)
        shown, marker = page(found, lambda task: task.identifier, self.params)
        return self._answer({"ExportTasks": [task.to_aws() for task in shown], "Marker": marker})

    def describe_db_clusters(self) -> ActionResult:
        found = super().describe_db_clusters()
        return self._paged("DBClusters", cast(Mapping[str, Any], found.result)["DBClusters"])

    def describe_db_instances(self) -> ActionResult:
        found = super().describe_db_instances()
        return self._paged("DBInstances", cast(Mapping[str, Any], found.result)["DBInstances"])

    def _create(self, kind: SnapshotKind) -> TYPE_RESPONSE:
        snapshot = create_snapshot(
            self.backend,
            kind,
            self.params.get(kind.id_member),
            self.params[kind.database_member],
            self.params.get("Tags"),
        )
        return self._answer({kind.shape: snapshot.to_aws(self.backend.account_id)})

    def _copy(self, kind: SnapshotKind) -> TYPE_RESPONSE:
        snapshot = copy_snapshot(self.backend, kind, self.caller, self.params)
        return self._answer({kind.shape: snapshot.to_aws(self.backend.account_id)})

    def _delete(self, kind: SnapshotKind) -> TYPE_RESPONSE:
        snapshot = delete_snapshot(self.backend, kind, self.params.get(kind.id_member))
        return self._answer({kind.shape: snapshot.to_aws(self.backend.account_id, status="deleted")})

    def _describe(self, kind: SnapshotKind) -> TYPE_RESPONSE:
        found = matching_snapshots(self.backend, kind, self.params)
        shown, marker = page(found, lambda snapshot: snapshot.arn, self.params)
        viewer = self.backend.account_id
        return self._answer({f"{kind.shape}s": [snapshot.to_aws(viewer) for snapshot in shown], "Marker": marker})

    def _describe_attributes(self, kind: SnapshotKind) -> TYPE_RESPONSE:
        return self._answer(attributes_to_aws(find_own(self.backend, kind, self.params.get(kind.id_member))))

    def _modify_attribute(self, kind: SnapshotKind) -> TYPE_RESPONSE:
        snapshot = share_snapshot(
            self.backend,
            kind,
            self.params.get(kind.id_member),
            self.params.get("AttributeName"),
            self.params.get("ValuesToAdd") or [],
            self.params.get("ValuesToRemove") or [],
        )
        return self._answer(attributes_to_aws(snapshot))

    def _paged(self, name: str, items: list[Any]) -> ActionResult:
        shown, marker = page(items, lambda item: str(item.arn), self.params)
        return ActionResult({name: shown, "Marker": marker})

    def _answer(self, result: Mapping[str, Any]) -> TYPE_RESPONSE:
        body = response_xml(self._get_action(), result)
        return 200, {**self.response_headers, "Content-Type": "text/xml"}, body
