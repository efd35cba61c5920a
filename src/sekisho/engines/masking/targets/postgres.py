"""A PostgreSQL schema as target: new tables, filled by COPY, keys added, in one transaction: seen whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy

from sekisho.engines.masking.places import shown_url
from sekisho.engines.masking.postgres import connected, identity, quoted, sql_type
from sekisho.engines.masking.tables import ColumnInfo, Table
from sekisho.engines.masking.targets.csvtext import lines, words
from sekisho.engines.masking.targets.files import text_bytes
from sekisho.engines.masking.targets.writing import Target, Writing, rows_problem, too_long
from sekisho.errors import Conflict, InputError, SekishoError, Unavailable

__all__ = ["PostgresTarget"]


class PostgresTarget(Target):
    """Tables in a schema, which is made where there is none."""

    kind = "postgresql"

    def __init__(
        self, location: str, how: Writing, tables: tuple[Table, ...], identities: frozenset[str], *, same_kind: bool
    ) -> None:
        """Raises Conflict where a table is the source's or is there already (without ``force``)."""
        super().__init__(shown_url(location))
        self._same, self._made = same_kind, list[Table]()
        self._copy: Any = None
        self._table: Table | None = None
        self._row = 1
        self._connection, self._schema = connected(location)
        try:
            here = identity(self._connection)
            for one in tables:
                if f"{here}/{self._schema}/{one.name}" in identities:
                    raise Conflict("masking_runs.target_is_source", location=f"{self.location} {self._schema}.{one.name}")
            self._prepare(tables, force=how.force)
        except sqlalchemy.exc.SQLAlchemyError as error:
            self.abandon()
            reason = type(getattr(error, "orig", error)).__name__
            raise Unavailable("masking_runs.database_failed", location=self.location, reason=reason) from None
        except SekishoError:
            self.abandon()
            raise

    def _prepare(self, tables: tuple[Table, ...], *, force: bool) -> None:
        run = self._connection.exec_driver_sql
        there = set(
            run(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s",
                {"schema": self._schema},
            ).scalars()
        )
        found = [one.name for one in tables if one.name in there]
        if found and not force:
            raise Conflict("masking_runs.target_exists", location=f"{self.location} {self._schema}: {', '.join(found)}")
        run(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._schema)}")
        if found:
            run("DROP TABLE " + ", ".join(quoted(self._schema, one) for one in found))

    def begin(self, table: Table) -> None:
        """Make the table and open the COPY."""
        columns = ", ".join(self._column(one) for one in table.columns)
        name = quoted(self._schema, table.name)
        self._connection.exec_driver_sql(f"CREATE TABLE {name} ({columns})")
        self._made.append(table)
        self._table, self._row = table, 1
        listed = ", ".join(quoted(one.name) for one in table.columns)
        raw: Any = self._connection.connection.dbapi_connection
        self._copy = raw.cursor().copy(f"COPY {name} ({listed}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')")
        self._stream = self._copy.__enter__()

    def _column(self, one: ColumnInfo) -> str:
        declared = one.declared if self._same and one.declared else sql_type(one.type)
        return f"{quoted(one.name)} {declared}{'' if one.nullable else ' NOT NULL'}"

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows. Raises InputError naming row and column for a text that is too long or holds U+0000."""
        assert self._table is not None
        limits = {one.name: one.limit if self._same else None for one in self._table.columns}
        too_long(batch, self._table, self._row, limits.__getitem__)
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_string(array.type):
                wrong = pc.fill_null(pc.match_substring(array, "\0"), False)  # noqa: FBT003 - Arrow's own signature
                if pc.any(wrong).as_py():
                    raise rows_problem("masking_runs.zero_character", wrong, self._table, name, self._row)
        rows = lines([words(one) for one in batch.columns], delimiter=",", newline="\n", quote_all=False)
        with self._explained():
            self._stream.write(text_bytes(rows))
        self._row += batch.num_rows

    def end(self) -> None:
        """Close the COPY; the server says now what it refuses."""
        with self._explained():
            copy, self._copy = self._copy, None
            copy.__exit__(None, None, None)

    def publish(self) -> None:
        """Add the keys, commit."""
        names = {one.name for one in self._made}
        with self._explained():
            for table in self._made:
                name = quoted(self._schema, table.name)
                keys = [f"PRIMARY KEY ({_list(table.primary_key)})"] if table.primary_key else []
                keys += [f"UNIQUE ({_list(one)})" for one in table.unique]
                for key in keys:
                    self._table = table
                    self._connection.exec_driver_sql(f"ALTER TABLE {name} ADD {key}")
            for table in self._made:
                for one in table.foreign_keys:
                    if one.table in names:
                        self._table = table
                        referred = f"{quoted(self._schema, one.table)} ({_list(one.referred)})"
                        key = f"FOREIGN KEY ({_list(one.columns)}) REFERENCES {referred}"
                        self._connection.exec_driver_sql(f"ALTER TABLE {quoted(self._schema, table.name)} ADD {key}")
            self._connection.commit()
        self._close()

    def abandon(self) -> None:
        """Roll back: the server forgets all of it."""
        if self._connection.closed:
            return
        if self._copy is not None:
            copy, self._copy = self._copy, None
            given_up = InputError("masking_runs.abandoned")
            driver: Any = self._connection.dialect.dbapi
            with suppress(driver.Error):  # the server confirms that the COPY has ended
                copy.__exit__(type(given_up), given_up, None)
        self._connection.rollback()
        self._close()

    def _close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The server's errors quote values; ours name the table and the columns."""
        driver: Any = self._connection.dialect.dbapi
        try:
            yield
        except (sqlalchemy.exc.DBAPIError, driver.Error) as error:
            raise self._error(getattr(error, "orig", error)) from None

    def _error(self, error: Any) -> SekishoError:
        state = str(getattr(error, "sqlstate", "") or "")
        diagnosis = getattr(error, "diag", None)
        fields: dict[str, Any] = {
            "table": self._table.name if self._table else "",
            "columns": str(getattr(diagnosis, "column_name", "") or getattr(diagnosis, "constraint_name", "") or ""),
        }
        codes = {"23505": "unique_broken", "23502": "null_broken", "23503": "foreign_broken"}
        if state in codes:
            return Conflict(f"masking_runs.{codes[state]}", **fields)
        if state.startswith("22"):
            return InputError("masking_runs.value_refused", state=state, **fields)
        return Unavailable("masking_runs.database_failed", location=self.location, reason=state or type(error).__name__)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(one) for one in names)
