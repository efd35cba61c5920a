"""Targets of tables: CSV, Parquet, XLSX, JSON lines, SQLite, PostgreSQL, and folders of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from sekisho.engines.masking.places import kind_of
from sekisho.engines.masking.tables import Source, Table
from sekisho.engines.masking.targets.writing import Beside, FileWriter, Target, Writing
from sekisho.errors import InputError

__all__ = ["Target", "Writing", "open_target"]

_ENDINGS: Final = {"csv": ".csv", "parquet": ".parquet", "xlsx": ".xlsx", "jsonl": ".jsonl"}
_SINGLE: Final = frozenset({"csv", "parquet", "jsonl"})


@contextmanager
def open_target(location: str | Path, tables: tuple[Table, ...], source: Source | None, how: Writing) -> Iterator[Target]:
    """A place for ``tables``, which is published when the block ends well, and left as it was when it does not.

    Raises:
        Conflict: it is the source, by whatever name; it is there already (without ``force``); another run is writing it.
        InputError: several tables for a file that takes one.
    """
    text = str(location)
    identities = source.identities() if source else frozenset[str]()
    kind = kind_of(text)
    if kind == "postgresql":
        from sekisho.engines.masking.targets.postgres import PostgresTarget  # noqa: PLC0415 - SQLAlchemy only where it is used

        same = source is not None and source.kind == "postgresql"
        target: Target = PostgresTarget(text, how, tables, identities, same_kind=same)
    else:
        target = _Files(text, kind, tables, source, how)
    try:
        yield target
        target.publish()
    except BaseException:
        target.abandon()
        raise


class _Files(Target):
    """Files beside their final place: one of them, or a folder of them."""

    def __init__(self, location: str, kind: str, tables: tuple[Table, ...], source: Source | None, how: Writing) -> None:
        super().__init__(location)
        self.kind, self._tables, self._source, self._how = kind, tables, source, how
        self._final = Path(location.removeprefix("sqlite:///")) if location.startswith("sqlite://") else Path(location)
        if kind in _SINGLE and len(tables) > 1:
            raise InputError("masking_runs.one_table_only", location=location, kind=kind, count=len(tables))
        self._beside = Beside(self._final, source.identities() if source else frozenset(), force=how.force)
        self._made = self._beside.folder / ("tables" if kind == "folder" else self._final.name)
        if kind == "folder":
            self._made.mkdir()
        self._writer: FileWriter | None = None
        self._books: dict[str, FileWriter] = {}

    def begin(self, table: Table) -> None:
        """Begin the table's file, or its part of the one file."""
        form = self._form(table)
        path = self._made / f"{table.name}{_ENDINGS[form]}" if self.kind == "folder" else self._made
        if self.kind in {"xlsx", "sqlite"}:
            self._writer = self._books.get(self.kind) or self._new(path, form, table)
            self._books[self.kind] = self._writer
        else:
            self._writer = self._new(path, form, table)
        self._writer.begin(table)

    def _form(self, table: Table) -> str:
        if self.kind != "folder":
            return self.kind
        formats = getattr(self._source, "formats", {})
        form = self._how.form or formats.get(table.name) or (self._source.kind if self._source else "csv")
        return form if form in _ENDINGS else "csv"

    def _new(self, path: Path, form: str, table: Table) -> FileWriter:
        if form == "sqlite":
            from sekisho.engines.masking.targets.sqlitefile import SqliteWriter  # noqa: PLC0415 - only where it is used

            same = self._source is not None and self._source.kind == "sqlite"
            return SqliteWriter(path, frozenset(one.name for one in self._tables), same_kind=same)
        return _file(path, form, table, self._how, self)

    def write(self, batch: pa.RecordBatch) -> None:
        """Rows."""
        assert self._writer is not None
        self._writer.write(batch)

    def end(self) -> None:
        """Close the file where the table has its own."""
        if self._writer is not None and self.kind not in {"xlsx", "sqlite"}:
            self._writer.close(complete=True)
            self._writer = None

    def publish(self) -> None:
        """Move the files to their place."""
        for one in self._books.values():
            one.close(complete=True)
        self._books = {}
        self._beside.publish(self._made)

    def abandon(self) -> None:
        """Remove all of it."""
        try:
            for one in [*self._books.values(), *([self._writer] if self._writer and not self._books else [])]:
                one.close(complete=False)
        finally:
            self._books, self._writer = {}, None
            self._beside.abandon()


def _file(path: Path, form: str, table: Table, how: Writing, target: Target) -> FileWriter:
    from sekisho.engines.masking.targets import files, workbook  # noqa: PLC0415 - only where it is used

    if form == "xlsx":
        return workbook.WorkbookWriter(path)
    if form == "parquet":
        return files.ParquetWriter(path, table)
    if form == "jsonl":
        return files.JsonLinesWriter(path, table)
    return files.CsvWriter(path, table, how, target)
