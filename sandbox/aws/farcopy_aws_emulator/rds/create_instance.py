"""CreateDBInstance: takes time, and gives a cluster the first server that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.database_data import DatabaseData
from ..operations import Operation
from ..work import Work
from .databases import DBCluster, DBInstance, DBInstanceClustered

if TYPE_CHECKING:
    from .backend import EmulatedRdsBackend


def start_creation(backend: EmulatedRdsBackend, identifier: str) -> None:
    """Lets a new instance be `creating` for a while."""
    instance = backend.databases[identifier]
    assert isinstance(instance, (DBInstance, DBInstanceClustered))
    work = _serve(instance.cluster) if isinstance(instance, DBInstanceClustered) else None
    operation = backend.emulator.start_operation(
        "create-instance", instance.arn, instance.arn, instance.allocated_storage, work
    )
    if isinstance(instance, DBInstanceClustered):
        instance.creation = operation
    else:
        instance.restore = operation


def _serve(cluster: object) -> Work | None:
    """Starts the server of the cluster's data, as soon as the data is there."""
    assert isinstance(cluster, DBCluster)
    if cluster.data is None:
        return None
    data: DatabaseData = cluster.data
    restore: Operation | None = cluster.restore

    def work() -> None:
        if restore and restore.work:
            restore.work.wait()
        data.start()

    return Work(work).start()
