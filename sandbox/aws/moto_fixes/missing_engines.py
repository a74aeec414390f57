"""moto 5.2.5 refuses DocumentDB, although its API is the one of RDS, and knows no default version of MariaDB.

Source: API model of docdb (botocore): the endpoint and the signing name are `rds`; `StorageType` is `standard` unless
given. DocumentDB developer guide: port 27017. [!] Which version is the default changes with time.
"""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBCluster, DBInstance
from moto.rds.utils import ClusterEngine, DbInstanceEngine

_DOCUMENTDB = "docdb"
_VERSION = "5.0.0"
_PORT = 27017
_STORAGE_TYPE = "standard"


def apply() -> None:
    list_cluster_engines = ClusterEngine.list_cluster_engines
    list_instance_engines = DbInstanceEngine.valid_db_instance_engine
    cluster_version, cluster_port = DBCluster.default_engine_version, DBCluster.default_port
    cluster_storage = DBCluster.default_allocated_storage
    instance_port = DBInstance.default_port
    initialise = DBCluster.__init__

    def __init__(self: DBCluster, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("engine") == _DOCUMENTDB and not kwargs.get("storage_type"):
            kwargs["storage_type"] = _STORAGE_TYPE
        initialise(self, *args, **kwargs)

    def default_engine_version(engine: str) -> str:
        return _VERSION if engine == _DOCUMENTDB else cluster_version(engine)

    def default_cluster_port(engine: str) -> int:
        return _PORT if engine == _DOCUMENTDB else cluster_port(engine)

    def default_instance_port(engine: str) -> int:
        return _PORT if engine == _DOCUMENTDB else instance_port(engine)

    def default_allocated_storage(engine: str, storage_type: str) -> int:
        return 1 if engine == _DOCUMENTDB else cluster_storage(engine, storage_type)

    ClusterEngine.list_cluster_engines = lambda: sorted([*list_cluster_engines(), _DOCUMENTDB])  # type: ignore
    DbInstanceEngine.valid_db_instance_engine = lambda: sorted([*list_instance_engines(), _DOCUMENTDB])  # type: ignore
    DBCluster.__init__ = __init__  # type: ignore[method-assign]
    DBCluster.default_engine_version = staticmethod(default_engine_version)  # type: ignore[method-assign]
    DBCluster.default_port = staticmethod(default_cluster_port)  # type: ignore[method-assign]
    DBCluster.default_allocated_storage = staticmethod(default_allocated_storage)  # type: ignore[method-assign]
    DBInstance.default_port = staticmethod(default_instance_port)  # type: ignore[method-assign]
    DBInstance.default_engine_versions.setdefault("mariadb", "10.6.14")
