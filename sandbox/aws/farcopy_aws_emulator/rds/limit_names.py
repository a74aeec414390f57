"""The service limits that a snapshot counts under.

Source: Service Quotas: DocumentDB and Neptune have quotas of manual cluster snapshots of their own, 100 each; RDS user
guide, "Quotas": so have clusters and instances of RDS. [!] Whether what is in progress is counted apart as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .families import DOCUMENTDB, NEPTUNE, family_of
from .kinds import CLUSTER, SnapshotKind


@dataclass(frozen=True)
class LimitNames:
    in_progress: str
    cross_region: str
    stock: str


_INSTANCES = LimitNames(
    in_progress="instance-snapshots-in-progress",
    cross_region="instance-snapshot-cross-region-copies",
    stock="manual-instance-snapshots",
)

#: Aurora and Multi-AZ DB clusters.
_CLUSTERS = LimitNames(
    in_progress="cluster-snapshots-in-progress",
    cross_region="cluster-snapshot-cross-region-copies",
    stock="manual-cluster-snapshots",
)

_OWN: Mapping[str, LimitNames] = {
    DOCUMENTDB.name: LimitNames(
        in_progress="documentdb-cluster-snapshots-in-progress",
        cross_region="documentdb-cluster-snapshot-cross-region-copies",
        stock="manual-documentdb-cluster-snapshots",
    ),
    NEPTUNE.name: LimitNames(
        in_progress="neptune-cluster-snapshots-in-progress",
        cross_region="neptune-cluster-snapshot-cross-region-copies",
        stock="manual-neptune-cluster-snapshots",
    ),
}


def limit_names(kind: SnapshotKind, engine: str) -> LimitNames:
    return _OWN.get(family_of(engine).name, _CLUSTERS) if kind is CLUSTER else _INSTANCES
