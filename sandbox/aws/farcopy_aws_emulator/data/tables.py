"""Which tables an export finds in a database, and which it skips.

Source: Aurora user guide, "Considerations for DB cluster snapshot exports", Limitations; RDS user guide,
"Troubleshooting PostgreSQL permissions errors".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .parquet_types import Column, physical_type

if TYPE_CHECKING:
    import psycopg

#: [!] AWS names the first; the others are made in its likeness.
PERMISSIONS_DO_NOT_EXIST = "PERMISSIONS_DO_NOT_EXIST"
UNSUPPORTED_TABLE_NAME = "UNSUPPORTED_TABLE_NAME"
UNSUPPORTED_COLUMN_NAME = "UNSUPPORTED_COLUMN_NAME"
UNSUPPORTED_TABLE = "UNSUPPORTED_TABLE"

_UNSUPPORTED_IN_COLUMNS = frozenset(",;{}()\n\t= ")

_DATABASES = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"

_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, has_table_privilege(%s, c.oid, 'SELECT'),
  format('%%I.%%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%%'
  AND n.nspname NOT LIKE 'pg\\_temp%%'
ORDER BY n.nspname, c.relname
"""

_COLUMNS = """
SELECT a.attname, t.typname, i.data_type, i.character_maximum_length, i.numeric_precision, i.datetime_precision
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN information_schema.columns i ON i.table_schema = %s AND i.table_name = %s AND i.column_name = a.attname
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

#: A partitioned table is read partition by partition, each of them a batch.
_PARTITIONS = """
SELECT format('%%I.%%I', n.nspname, c.relname)
FROM pg_partition_tree(%s) p JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.isleaf ORDER BY 1
"""


@dataclass(frozen=True)
class Table:
    database: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    #: What to read, each quoted as SQL wants it.
    batches: tuple[str, ...]
    #: Why it is not exported; None: it is.
    skipped: str | None

    @property
    def target(self) -> str:
        return f"{self.database}.{self.schema}.{self.name}"


def list_databases(connection: psycopg.Connection[Any]) -> list[str]:
    return [row[0] for row in connection.execute(_DATABASES)]


def list_tables(connection: psycopg.Connection[Any], database: str, master_username: str) -> list[Table]:
    """The tables of the database that the connection is to, in the order of their names."""
    tables = []
    for oid, schema, name, kind, persistence, permitted, quoted in connection.execute(
        _TABLES, [master_username]
    ).fetchall():
        columns = _columns(connection, oid, schema, name)
        batches = tuple(row[0] for row in connection.execute(_PARTITIONS, [oid])) if kind == "p" else (quoted,)
        skipped = _reason(name, columns, persistence, permitted)
        tables.append(Table(database, schema, name, columns, batches, skipped))
    return tables


def _columns(connection: psycopg.Connection[Any], oid: int, schema: str, name: str) -> tuple[Column, ...]:
    columns = []
    for column, type_name, original, length, precision, datetime in connection.execute(_COLUMNS, [schema, name, oid]):
        if physical := physical_type(type_name):
            columns.append(Column(column, physical, original, length or 0, precision or 0, datetime or 0))
    return tuple(columns)


def _reason(name: str, columns: tuple[Column, ...], persistence: str, permitted: bool) -> str | None:
    if not permitted:
        return PERMISSIONS_DO_NOT_EXIST
    if "/" in name:
        return UNSUPPORTED_TABLE_NAME
    if any(_UNSUPPORTED_IN_COLUMNS & set(column.name) for column in columns):
        return UNSUPPORTED_COLUMN_NAME
    return UNSUPPORTED_TABLE if persistence != "p" or not columns else None
