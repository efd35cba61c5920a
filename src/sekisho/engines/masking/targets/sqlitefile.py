"""A SQLite file as target: the same tables with the same keys, in one file that appears when it is complete."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.engines.masking.sources.sqlitefile import quoted
from sekisho.engines.masking.tables import ColumnInfo, Table
from sekisho.engines.masking.targets.csvtext import words
from sekisho.engines.masking.targets.writing import FileWriter, too_long
from sekisho.errors import Conflict

__all__ = ["SqliteWriter"]


class SqliteWriter(FileWriter):
    """Tables into one SQLite file. Keys are part of the tables, so that a collision ends the run before anything is published."""

    def __init__(self, path: Path, names: frozenset[str], *, same_kind: bool) -> None:
        """``names``: the tables of this run (foreign keys lead only to these). ``same_kind``: declared types are SQLite's own."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute("BEGIN")
        self._names, self._same = names, same_kind
        self._table: Table | None = None
        self._row = 1

    def begin(self, table: Table) -> None:
        """Make the table."""
        self._table, self._row = table, 1
        parts = [self._column(one) for one in table.columns]
        if table.primary_key:
            parts.append(f"PRIMARY KEY ({_list(table.primary_key)})")
        parts += [f"UNIQUE ({_list(one)})" for one in table.unique]
        parts += [
            f"FOREIGN KEY ({_list(one.columns)}) REFERENCES {quoted(one.table)} ({_list(one.referred)})"
            for one in table.foreign_keys
            if one.table in self._names
        ]
        self._connection.execute(f"CREATE TABLE {quoted(table.name)} ({', '.join(parts)})")

    def _column(self, one: ColumnInfo) -> str:
        declared = one.declared if self._same and one.declared else _type(one.type)
        if not (self._same and one.declared) and self._table is not None and self._table.primary_key == (one.name,):
            # An INTEGER PRIMARY KEY is the row's own place: the rows would lie in the order of a masked key, and the proof,
            # which compares row by row, could not be made. INT has the same values and leaves the order of writing.
            declared = declared.replace("INTEGER", "INT")
        return f"{quoted(one.name)} {declared}{'' if one.nullable else ' NOT NULL'}"

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows. Raises Conflict ``masking_runs.unique_broken`` for two rows of one key."""
        assert self._table is not None
        limits = {one.name: one.limit for one in self._table.columns}
        too_long(batch, self._table, self._row, limits.__getitem__)
        columns = [_values(array) for array in batch.columns]
        marks = ", ".join("?" * len(columns))
        try:
            self._connection.executemany(
                f"INSERT INTO {quoted(self._table.name)} VALUES ({marks})",  # noqa: S608 - quoted identifier
                zip(*columns, strict=True),
            )
        except sqlite3.IntegrityError as error:
            code = "null_broken" if "NOT NULL" in str(error) else "unique_broken"
            columns_named = str(error).partition(": ")[2].replace(f"{self._table.name}.", "")
            raise Conflict(f"masking_runs.{code}", table=self._table.name, columns=columns_named) from None
        self._row += batch.num_rows

    def close(self, *, complete: bool) -> None:
        """Commit, or give up."""
        if complete:
            self._connection.execute("COMMIT")
        self._connection.close()


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(one) for one in names)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "INTEGER"
    if pa.types.is_floating(kind):
        return "REAL"
    return "BLOB" if pa.types.is_binary(kind) else "TEXT"


def _values(array: pa.Array) -> list[Any]:
    kind = array.type
    if pa.types.is_boolean(kind):
        return [None if one is None else int(one) for one in array.to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_binary(kind):
        return [int(one) if isinstance(one, Decimal) else one for one in array.to_pylist()]
    found: list[Any] = words(array).to_pylist()
    return found
