"""Tells the snapshots that StartExportTask takes from those that it refuses.

Sources: RDS user guide and Aurora user guide, "Supported Regions and DB engines for exporting snapshots to S3": Aurora,
MariaDB, MySQL and PostgreSQL, with Multi-AZ DB clusters (the 2023 edition still excluded those); Aurora user guide,
"Comparison of Aurora Serverless v2 and Aurora Serverless v1 feature support": not of version 1. [!] The code.
"""

from __future__ import annotations

from .errors import invalid_value
from .serverless import SERVERLESS_V1
from .snapshot import Snapshot

_ENGINES = ("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres")


def require_exportable(snapshot: Snapshot) -> None:
    """Raises InvalidParameterValue."""
    if snapshot.engine not in _ENGINES:
        raise invalid_value(f"Snapshots of engine {snapshot.engine} can't be exported.")
    if snapshot.facts.get("EngineMode") == SERVERLESS_V1:
        raise invalid_value("Snapshots of Aurora Serverless v1 can't be exported.")
