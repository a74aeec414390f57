"""Turns what a snapshot keeps into the tables and Parquet files of an export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore

from .database_data import DatabaseData
from .parquet_parts import prepare_session, write_parts, write_rows
from .parquet_types import Column
from .snapshot_data import SnapshotData
from .tables import Table, list_databases, list_tables
from .workspace import Workspace

#: Extractions at once: they are all work for the processor.
_SLOTS = Semaphore(2)

SAMPLE_TABLE = "farcopy_sample"

_SAMPLE_COLUMNS = (
    Column("id", "int64", "bigint", numeric_precision=64),
    Column("name", "string", "text"),
    Column("taken_at", "string", "timestamp with time zone", datetime_precision=6),
)

_SAMPLE_ROWS: dict[str, list[object]] = {
    "id": [1, 2, 3],
    "name": ["panda", "koala", None],
    "taken_at": ["2026-11-21 02:00:00+00", "2026-11-21 03:00:00+00", None],
}

#: Says why a table is not exported, or None.
Skip = Callable[[Table], "str | None"]


@dataclass(frozen=True)
class ExtractedTable:
    table: Table
    #: Why it was skipped.
    skipped: str | None
    #: Files by batch.
    batches: tuple[tuple[Path, ...], ...]
    size_bytes: int


def _extracted(table: Table, skipped: str | None, batches: Sequence[Sequence[Path]]) -> ExtractedTable:
    size = sum(file.stat().st_size for files in batches for file in files)
    return ExtractedTable(table, skipped, tuple(tuple(files) for files in batches), size)


def extract(
    workspace: Workspace,
    snapshot: SnapshotData | None,
    database: str,
    directory: Path,
    rows_per_part: int,
    skip: Skip,
    goes_on: Callable[[], bool],
) -> Iterator[ExtractedTable]:
    """Extracts table by table into a directory, for as long as it `goes_on`.

    A snapshot that has no data is exported as one small table in `database`.
    """
    directory.mkdir()
    with _SLOTS:
        if snapshot is None:
            yield _sample(database, directory, skip)
            return
        restored = DatabaseData(workspace, snapshot.names)
        try:
            restored.fill_from(snapshot)
            restored.start()
            with closing(restored.connect_as_superuser("postgres")) as connection:
                databases = list_databases(connection)
            number = 0
            for name in databases:
                with closing(restored.connect_as_superuser(name)) as connection:
                    prepare_session(connection)
                    for table in list_tables(connection, name, snapshot.names.master_username):
                        if not goes_on():
                            return
                        reason = table.skipped or skip(table)
                        batches: list[Sequence[Path]] = []
                        for relation in () if reason else table.batches:
                            number += 1
                            place = directory / str(number)
                            place.mkdir()
                            batches.append(list(write_parts(connection, relation, table.columns, rows_per_part, place)))
                        yield _extracted(table, reason, batches)
        finally:
            restored.remove()


def _sample(database: str, directory: Path, skip: Skip) -> ExtractedTable:
    table = Table(database, "public", SAMPLE_TABLE, _SAMPLE_COLUMNS, ("public.farcopy_sample",), None)
    if reason := skip(table):
        return _extracted(table, reason, ())
    place = directory / "sample.parquet"
    write_rows(_SAMPLE_ROWS, _SAMPLE_COLUMNS, place)
    return _extracted(table, None, ((place,),))
