"""Tables in a SQLite file, opened read-only; keys as the schema declares them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from sekisho.engines.masking.places import file_identity
from sekisho.engines.masking.tables import BATCH_ROWS, ColumnInfo, ForeignKey, Reading, Source, Table, chosen
from sekisho.engines.masking.typing_of import as_text
from sekisho.errors import InputError, Problem

__all__ = ["SqliteSource", "quoted"]

_EXACT: Final = 2**53
_TYPES: Final = {"integer": pa.int64(), "real": pa.float64(), "text": pa.string(), "blob": pa.binary()}


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


class SqliteSource(Source):
    """All tables of a SQLite file (views are questions, not data). Each column has the type that its values have."""

    kind = "sqlite"

    def __init__(self, path: Path, reading: Reading) -> None:
        """Read the schema and the types. Raises InputError ``masking_runs.file_bad``."""
        super().__init__(str(path))
        self._path, self._reading = path, reading
        uri = f"file:{quote(str(path.resolve()))}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True)
        self._connection.text_factory = bytes
        try:
            self._connection.execute("BEGIN")  # one state of the data for all tables
            rows = self._connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
            )
            names = chosen([_text(name) for (name,) in rows], reading, str(path))
            problems: list[Problem] = []
            self.tables = tuple(self._table(name, problems) for name in names)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise _bad(path, Problem("masking_runs.sqlite_unreadable", {}, str(path))) from error
        if problems or not self.tables:
            self._connection.close()
            raise _bad(path, *(problems or [Problem("masking_runs.no_columns", {}, str(path))]))

    def identities(self) -> frozenset[str]:
        """The file."""
        return frozenset({file_identity(self._path)})

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`. Rows come in the order of the primary key, or as they were put in."""
        found = self.table(table)
        columns = ", ".join(quoted(one.name) for one in found.columns)
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(f"SELECT {columns} FROM {quoted(table)}{self._order(found)}")  # noqa: S608 - quoted identifiers
            while rows := cursor.fetchmany(BATCH_ROWS):
                arrays = [
                    pa.array([_fit(row[place], one.type) for row in rows], one.type) for place, one in enumerate(found.columns)
                ]
                yield pa.RecordBatch.from_arrays(arrays, schema=found.schema)

    def _order(self, table: Table) -> str:
        if self._has_rowid(table.name):
            return " ORDER BY rowid"
        return " ORDER BY " + ", ".join(quoted(one) for one in table.primary_key)

    def _has_rowid(self, name: str) -> bool:
        try:
            self._connection.execute(f"SELECT rowid FROM {quoted(name)} LIMIT 0")  # noqa: S608 - quoted identifier
        except sqlite3.OperationalError:
            return False
        return True

    def _table(self, name: str, problems: list[Problem]) -> Table:
        declared = [
            (number, _text(column), _text(kind), bool(must), key)
            for number, column, kind, must, _default, key in self._connection.execute(f"PRAGMA table_info({quoted(name)})")
        ]
        place = f"{self._path}#{name}"
        columns = tuple(
            ColumnInfo(column, self._type(name, column, place, problems), kind, _limit(kind), not must)
            for _, column, kind, must, _ in declared
        )
        key = tuple(column for _, column, _, _, order in sorted(declared, key=lambda one: one[4]) if order)
        return Table(name, columns, place, 1, key, self._unique(name), self._foreign(name))

    def _type(self, table: str, column: str, place: str, problems: list[Problem]) -> pa.DataType:
        one, whole = quoted(column), quoted(table)
        question = f"SELECT typeof({one}), min(rowid) FROM {whole} WHERE {one} IS NOT NULL GROUP BY 1"  # noqa: S608 - quoted
        if not self._has_rowid(table):
            question = question.replace("min(rowid)", "1")
        found = {_text(kind): row for kind, row in self._connection.execute(question)}
        if len(found) <= 1:
            return _TYPES[next(iter(found), "text")]
        if set(found) == {"integer", "real"}:
            largest = f"SELECT max(abs({one})) FROM {whole} WHERE typeof({one}) = 'integer'"  # noqa: S608 - quoted identifiers
            if self._connection.execute(largest).fetchone()[0] <= _EXACT:
                return pa.float64()
        if not (self._reading.mixed_as_text and "blob" not in found):
            ordered = sorted((row, kind) for kind, row in found.items())
            fields = {"first": ordered[0][1], "first_row": ordered[0][0], "other": ordered[-1][1]}
            problems.append(Problem("masking_runs.mixed", fields, place, ordered[-1][0], column))
        return pa.string()

    def _unique(self, table: str) -> tuple[tuple[str, ...], ...]:
        found = []
        for row in self._connection.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
            name, unique, origin, partial = row[1], row[2], _text(row[3]), row[4]
            if unique and not partial and origin != "pk":
                inside = self._connection.execute(f"PRAGMA index_info({quoted(_text(name))})").fetchall()
                if all(one[2] is not None for one in inside):  # an index over an expression is none over columns
                    found.append(tuple(_text(one[2]) for one in inside))
        return tuple(found)

    def _foreign(self, table: str) -> tuple[ForeignKey, ...]:
        parts: dict[int, list[tuple[int, str, str, str]]] = {}
        for row in self._connection.execute(f"PRAGMA foreign_key_list({quoted(table)})"):
            other = _text(row[4]) if row[4] is not None else _text(row[3])
            parts.setdefault(row[0], []).append((row[1], _text(row[2]), _text(row[3]), other))
        return tuple(
            ForeignKey(tuple(o[2] for o in sorted(one)), one[0][1], tuple(o[3] for o in sorted(one))) for one in parts.values()
        )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _limit(declared: str) -> int | None:
    match = re.fullmatch(r"\s*(?:N?VAR)?CHAR(?:ACTER)?2?\s*\(\s*([0-9]+)\s*\)\s*", declared, re.IGNORECASE | re.ASCII)
    return int(match[1]) if match else None


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_string(kind):
        return value.decode("utf-8") if isinstance(value, bytes) else as_text(value)
    return value


def _bad(path: Path, *problems: Problem) -> InputError:
    return InputError("masking_runs.file_bad", problems=problems, file=str(path))
