"""Reads tables of PostgreSQL and writes them as Parquet, in parts, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .parquet_types import Column

if TYPE_CHECKING:
    import psycopg
    import pyarrow

#: A row has to fit in; what is read at once.
_BLOCK_BYTES = 16 * 1024 * 1024

#: How values look as strings, whatever the database's own settings are.
_SESSION = """
SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
SET extra_float_digits = 1; SET client_encoding = 'UTF8'; SET lc_monetary = 'C'; SET xmloption = 'content'
"""


def prepare_session(connection: psycopg.Connection[Any]) -> None:
    connection.execute(_SESSION)


def write_parts(
    connection: psycopg.Connection[Any],
    relation: str,
    columns: Sequence[Column],
    rows_per_part: int,
    directory: Path,
) -> Iterator[Path]:
    """Writes the rows of a relation (quoted as SQL wants it) to files; none if it is empty."""
    part: _Part | None = None
    number = 0
    for batch in _batches(connection, relation, columns):
        while batch.num_rows:
            if part is None:
                part = _Part(directory / f"{number:05}.parquet", columns)
                number += 1
            taken = min(batch.num_rows, rows_per_part - part.rows)
            part.write(batch.slice(0, taken))
            batch = batch.slice(taken)
            if part.rows == rows_per_part:
                yield part.close()
                part = None
    if part is not None:
        yield part.close()


def write_rows(rows: Mapping[str, Sequence[object]], columns: Sequence[Column], place: Path) -> None:
    """Writes rows that are in memory, given as values by column."""
    import pyarrow

    part = _Part(place, columns)
    arrays = [pyarrow.array(rows[column.name], column.arrow_type) for column in columns]
    part.write(pyarrow.RecordBatch.from_arrays(arrays, names=[column.name for column in columns]))
    part.close()


class _Part:
    def __init__(self, place: Path, columns: Sequence[Column]) -> None:
        import pyarrow
        from pyarrow import parquet

        schema = pyarrow.schema([(column.name, column.arrow_type) for column in columns])
        self.rows = 0
        self._place = place
        self._writer = parquet.ParquetWriter(place, schema, compression="gzip", compression_level=3, store_schema=False)

    def write(self, batch: pyarrow.RecordBatch) -> None:
        self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def close(self) -> Path:
        self._writer.close()
        return self._place


def _batches(
    connection: psycopg.Connection[Any], relation: str, columns: Sequence[Column]
) -> Iterator[pyarrow.RecordBatch]:
    """Reads through COPY as CSV, in which only NULL is without quotes, and lets Arrow parse it."""
    import pyarrow
    from psycopg import sql
    from pyarrow import csv

    names = [f"c{index}" for index in range(len(columns))]
    read_as = {
        name: pyarrow.string() if column.physical == "binary" else column.arrow_type
        for name, column in zip(names, columns, strict=True)
    }
    wanted = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    query = sql.SQL("COPY (SELECT {} FROM ONLY {}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)").format(
        wanted,
        sql.SQL(relation),
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        source = _CopyStream(iter(copy))
        if source.is_empty():
            return
        reader = csv.open_csv(
            pyarrow.PythonFile(source, mode="r"),
            read_options=csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES, use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=read_as,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for batch in reader:
            arrays = [
                _unhex(array) if column.physical == "binary" else array
                for array, column in zip(batch.columns, columns, strict=True)
            ]
            yield pyarrow.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


def _unhex(array: Any) -> Any:
    import pyarrow

    values = [None if text is None else bytes.fromhex(text[2:]) for text in array.to_pylist()]
    return pyarrow.array(values, pyarrow.binary())


class _CopyStream(io.RawIOBase):
    """What COPY sends, as a file."""

    def __init__(self, blocks: Iterator[bytes | bytearray | memoryview]) -> None:
        super().__init__()
        self._blocks = blocks
        self._pending = bytearray()

    def is_empty(self) -> bool:
        self._fill(1)
        return not self._pending

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._fill(size if size >= 0 else _BLOCK_BYTES)
        taken = bytes(self._pending[:size]) if size >= 0 else bytes(self._pending)
        del self._pending[: len(taken)]
        return taken

    def _fill(self, size: int) -> None:
        while len(self._pending) < size:
            block = next(self._blocks, None)
            if block is None:
                return
            self._pending += block
