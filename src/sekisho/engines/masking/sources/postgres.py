"""Tables of a PostgreSQL schema: one snapshot for all of them, read through COPY so that the server holds the rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import sqlalchemy
from pyarrow import csv

from sekisho.engines.masking.places import shown_url
from sekisho.engines.masking.postgres import arrow_type, connected, identity, quoted
from sekisho.engines.masking.tables import ColumnInfo, ForeignKey, Reading, Source, Table, chosen, resliced
from sekisho.errors import InputError, Problem, Unavailable

__all__ = ["PostgresSource"]

_BLOCK: Final = 4 << 20
_COLUMNS: Final = """
SELECT c.relname, a.attname, t.typname, a.atttypmod, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, a.attgenerated <> ''
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
_KEYS: Final = """
SELECT c.relname, k.contype, f.relname, k.conrelid, k.conkey, k.confrelid, k.confkey, k.conname, fn.nspname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE n.nspname = %(schema)s AND k.contype IN ('p', 'u', 'f') ORDER BY c.relname, k.conname
"""


class _Stream(io.RawIOBase):
    """The bytes of a COPY as a file, a block at a time."""

    def __init__(self, copy: Any) -> None:
        self._blocks, self._left = iter(copy), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._left = memoryview(block)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


class PostgresSource(Source):
    """All ordinary and partitioned tables of one schema, with their keys."""

    kind = "postgresql"

    def __init__(self, location: str, reading: Reading) -> None:
        """Connect and read the schema. Raises Unavailable, or InputError where the schema has no tables."""
        super().__init__(shown_url(location))
        self._connection, self._schema = connected(location)
        self._schema = reading.schema or self._schema
        try:
            self._connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for setting in ("TimeZone = 'UTC'", "DateStyle = ISO", "synchronize_seqscans = off", "extra_float_digits = 3"):
                self._connection.exec_driver_sql(f"SET LOCAL {setting}")
            self._identity = identity(self._connection)
            self.tables = self._look(reading)
        except sqlalchemy.exc.SQLAlchemyError as error:
            self.close()
            raise Unavailable(
                "masking_runs.database_failed", location=self.location, reason=type(error.__cause__).__name__
            ) from None
        except InputError:
            self.close()
            raise

    def identities(self) -> frozenset[str]:
        """Each table, by server, database, schema and name."""
        return frozenset(f"{self._identity}/{self._schema}/{one.name}" for one in self.tables)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._connection.engine.dispose()

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`. Rows come in the order of the primary key, or as they lie in the table."""
        found = self.table(table)
        columns = ", ".join(quoted(one.name) for one in found.columns)
        order = f" ORDER BY {', '.join(quoted(one) for one in found.primary_key)}" if found.primary_key else ""
        question = f"SELECT {columns} FROM {quoted(self._schema, table)}{order}"  # noqa: S608 - quoted identifiers
        yield from self._copied(question, found.schema)

    def in_stored_order(self, table: str) -> Iterator[pa.RecordBatch]:
        """The rows as they were put in: for a table that was written once, by COPY, and never changed."""
        found = self.table(table)
        columns = ", ".join(quoted(one.name) for one in found.columns)
        question = f"SELECT {columns} FROM {quoted(self._schema, table)} ORDER BY ctid"  # noqa: S608 - quoted identifiers
        yield from self._copied(question, found.schema)

    def _copied(self, question: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        raw: Any = self._connection.connection.dbapi_connection
        kinds = {one.name: _travelling(one.type) for one in schema}
        with raw.cursor() as cursor, cursor.copy(f"COPY ({question}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')") as copy:
            stream = io.BufferedReader(_Stream(copy), _BLOCK)
            if not stream.peek(1):
                return
            reader = csv.open_csv(
                stream,
                read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK * 4, column_names=schema.names),
                parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(schema) > 1),
                convert_options=csv.ConvertOptions(
                    column_types=kinds,
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                    null_values=[""],
                    true_values=["t"],
                    false_values=["f"],
                ),
            )
            for batch in resliced(reader):
                yield pa.RecordBatch.from_arrays(
                    [a.cast(f.type) for a, f in zip(batch.columns, schema, strict=True)], schema=schema
                )

    def _look(self, reading: Reading) -> tuple[Table, ...]:
        where = {"schema": self._schema}
        columns: dict[str, list[ColumnInfo]] = {}
        for table, column, kind, modifier, declared, nullable, _generated in self._connection.exec_driver_sql(_COLUMNS, where):
            limit = modifier - 4 if kind in {"varchar", "bpchar"} and modifier > 0 else None
            columns.setdefault(table, []).append(ColumnInfo(column, arrow_type(kind, modifier), declared, limit, nullable))
        names = chosen(list(columns), reading, self.location)
        if not names:
            problem = Problem("masking_runs.no_columns", {}, f"{self.location}/{self._schema}")
            raise InputError("masking_runs.file_bad", problems=(problem,), file=self.location)
        keys = self._keys(where)
        return tuple(
            Table(name, tuple(columns[name]), f"{self._schema}.{name}", 1, *keys.get(name, ((), (), ()))) for name in names
        )

    def _keys(self, where: dict[str, str]) -> dict[str, tuple[Any, Any, Any]]:
        names: dict[tuple[int, int], str] = {
            (owner, number): name
            for owner, number, name in self._connection.exec_driver_sql(
                "SELECT attrelid, attnum, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            )
        }
        found: dict[str, tuple[Any, Any, Any]] = {}
        for table, kind, other, owner, key, referred, referred_key, _name, schema in self._connection.exec_driver_sql(
            _KEYS, where
        ):
            primary, unique, foreign = found.get(table, ((), (), ()))
            own = tuple(names[owner, number] for number in key)
            if kind == "p":
                primary = own
            elif kind == "u":
                unique = (*unique, own)
            elif schema == self._schema:
                foreign = (*foreign, ForeignKey(own, other, tuple(names[referred, number] for number in referred_key)))
            found[table] = (primary, unique, foreign)
        return found


def _travelling(kind: pa.DataType) -> pa.DataType:
    """The type in which a value comes out of the CSV parser before it is cast."""
    return pa.timestamp("us", "UTC") if pa.types.is_timestamp(kind) and kind.tz else kind
