"""How PostgreSQL's types become Parquet's.

Source: RDS user guide, "Data conversion when exporting to an Amazon S3 bucket", "PostgreSQL data type mapping to
Parquet": whole numbers, floating-point numbers and booleans keep their type, bytea stays binary, and everything else
becomes a string, numeric too, because of its precision and because of NaN. [!] What the strings look like is not
documented; here it is PostgreSQL's own output, in UTC, with ISO dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow

Physical = Literal["bool", "int16", "int32", "int64", "float", "double", "binary", "string"]

#: By the name of the type in pg_type. What is not here is a string; arrays, domains, enums, ranges and composites too.
_PHYSICAL: dict[str, Physical | None] = {
    "bool": "bool",
    "int2": "int16",
    "int4": "int32",
    "int8": "int64",
    "float4": "float",
    "float8": "double",
    "bytea": "binary",
    # "OBJECT IDENTIFIER: N/A": [!] taken to mean that such columns are left out.
    "oid": None,
}

#: What `expectedExportedType` says. [!] Undocumented; as public tools read it.
_EXPECTED: dict[Physical, str] = {
    "bool": "boolean",
    "int16": "int32 (INT_16)",
    "int32": "int32",
    "int64": "int64",
    "float": "float",
    "double": "double",
    "binary": "binary",
    "string": "binary (UTF8)",
}


def physical_type(type_name: str) -> Physical | None:
    """What a column of that type is exported as; None: it is not."""
    return _PHYSICAL.get(type_name, "string")


@dataclass(frozen=True)
class Column:
    name: str
    physical: Physical
    #: As information_schema.columns calls it.
    original_type: str
    char_length: int = 0
    numeric_precision: int = 0
    datetime_precision: int = 0

    @cached_property
    def arrow_type(self) -> pyarrow.DataType:
        import pyarrow

        types = {
            "bool": pyarrow.bool_(),
            "int16": pyarrow.int16(),
            "int32": pyarrow.int32(),
            "int64": pyarrow.int64(),
            "float": pyarrow.float32(),
            "double": pyarrow.float64(),
            "binary": pyarrow.binary(),
            "string": pyarrow.string(),
        }
        return types[self.physical]

    def to_json(self) -> dict[str, str | int]:
        """The column's entry in export_tables_info. [!] Undocumented; members as public tools read them."""
        return {
            "columnName": self.name,
            "originalType": self.original_type,
            "expectedExportedType": _EXPECTED[self.physical],
            "originalCharMaxLength": self.char_length,
            "originalNumPrecision": self.numeric_precision,
            "originalDateTimePrecision": self.datetime_precision,
        }
