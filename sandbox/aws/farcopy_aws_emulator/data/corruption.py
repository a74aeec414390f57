"""Makes one page of a table unreadable, as a medium that forgets does."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from .database_data import DatabaseData
from .snapshot_data import SnapshotData
from .workspace import Workspace

#: PostgreSQL's, unless it was built with another.
_PAGE_BYTES = 8192

_LARGEST = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    ORDER BY pg_relation_size(c.oid) DESC, 1 LIMIT 1
"""


class NothingToCorrupt(ValueError):
    """There is no such table, or it has no row; the message says which."""


@dataclass(frozen=True)
class CorruptedPage:
    table: str
    #: From 0, as PostgreSQL counts pages when it complains of one.
    block: int


def corrupt(workspace: Workspace, snapshot: SnapshotData, table: str | None) -> tuple[SnapshotData, CorruptedPage]:
    """The same data but for one bit in the middle page of a table, the largest unless it is named.

    The page's checksum is left as it was, so what is restored from it works until the page is read. Raises
    NothingToCorrupt.
    """
    restored = DatabaseData(workspace, snapshot.names)
    try:
        restored.fill_from(snapshot)
        restored.start()
        with closing(restored.connect_as_superuser(snapshot.names.database)) as connection:
            named = table or _single(connection.execute(_LARGEST).fetchone())
            found = connection.execute(
                "SELECT pg_relation_filepath(t), pg_relation_size(t) FROM to_regclass(%s) AS t WHERE t IS NOT NULL",
                [named],
            ).fetchone()
            if found is None or found[0] is None:
                raise NothingToCorrupt(f"there is no table {named} in {snapshot.names.database}")
            # What would be replayed at the next start would bring the page back.
            connection.execute("CHECKPOINT")
        file, size = str(found[0]), int(found[1])
        if size == 0:
            raise NothingToCorrupt(f"table {named} has no row")
        restored.stop()
        block = size // _PAGE_BYTES // 2
        # Rows fill a page from its end.
        restored.flip_bit(file, (block + 1) * _PAGE_BYTES - 10)
        return restored.capture(), CorruptedPage(str(named), block)
    finally:
        restored.remove()


def _single(row: tuple[object, ...] | None) -> str:
    if row is None:
        raise NothingToCorrupt("there is no table")
    return str(row[0])
