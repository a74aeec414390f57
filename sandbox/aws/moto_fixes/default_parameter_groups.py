"""moto 5.2.5 gives every cluster the parameter group `default.aurora8.0`, has none of the default groups that AWS has,
and answers with an empty list where a parameter group does not exist."""

from __future__ import annotations

from typing import Any

from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import DBCluster, DBClusterParameterGroup, DBParameterGroup, RDSBackend

_PREFIX = "default."


def family_of(engine: str, version: str) -> str:
    """The family of parameter groups; since PostgreSQL 10 it is the major version that counts."""
    numbers = version.split(".")
    kept = numbers[:1] if "postgres" in engine else numbers[:2]
    return f"{engine}{'.'.join(kept)}"


def apply() -> None:
    initialise = DBCluster.__init__
    describe_of_clusters = RDSBackend.describe_db_cluster_parameter_groups
    describe_parameters = RDSBackend.describe_db_cluster_parameters
    describe_of_instances = RDSBackend.describe_db_parameter_groups

    def __init__(self: DBCluster, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        if not kwargs.get("db_cluster_parameter_group_name"):
            self.parameter_group = f"{_PREFIX}{family_of(self.engine, self.engine_version)}"

    def describe_db_cluster_parameter_groups(self: RDSBackend, group_name: str) -> list[DBClusterParameterGroup]:
        groups = self.db_cluster_parameter_groups
        if group_name and group_name.startswith(_PREFIX) and group_name not in groups:
            family = group_name.removeprefix(_PREFIX)
            description = f"Default cluster parameter group for {family}"
            groups[group_name] = DBClusterParameterGroup(self, group_name, description, family)  # type: ignore[abstract]
        return describe_of_clusters(self, group_name)

    def describe_db_cluster_parameters(self: RDSBackend, db_cluster_parameter_group_name: str) -> list[dict[str, Any]]:
        describe_db_cluster_parameter_groups(self, db_cluster_parameter_group_name)
        return describe_parameters(self, db_cluster_parameter_group_name)

    def describe_db_parameter_groups(self: RDSBackend, db_parameter_group_kwargs: Any) -> list[DBParameterGroup]:
        name = db_parameter_group_kwargs.get("db_parameter_group_name")
        if name and name.startswith(_PREFIX) and name not in self.db_parameter_groups:
            family = name.removeprefix(_PREFIX)
            description = f"Default parameter group for {family}"
            self.db_parameter_groups[name] = DBParameterGroup(self, name, description, family)  # type: ignore[abstract]
        found = describe_of_instances(self, db_parameter_group_kwargs)
        if name and not found:
            raise DBParameterGroupNotFoundError(name)
        return found

    DBCluster.__init__ = __init__  # type: ignore[method-assign]
    RDSBackend.describe_db_cluster_parameter_groups = describe_db_cluster_parameter_groups  # type: ignore[method-assign]
    RDSBackend.describe_db_cluster_parameters = describe_db_cluster_parameters  # type: ignore[method-assign]
    RDSBackend.describe_db_parameter_groups = describe_db_parameter_groups  # type: ignore[method-assign]
