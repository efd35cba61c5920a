"""What a source of tables is, whichever file or database it lies in: names, typed columns, keys, and batches of rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import pyarrow as pa

from sekisho.errors import InputError

__all__ = ["BATCH_ROWS", "ColumnInfo", "Dialect", "ForeignKey", "Reading", "Source", "Table", "chosen", "resliced"]

BATCH_ROWS: Final = 32_768
"""Rows that are held at a time: bounded memory, and long enough that a column's work outweighs its call."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written, so that its masked copy can be written alike.

    ``encoding`` is a Python codec's name without a byte order mark; ``quote_all`` says that every filled cell stands in quotes.
    """

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    newline: str = "\r\n"
    quote_all: bool = False
    heading: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read what does not say it itself.

    ``encoding``: a codec's name or ``auto`` (UTF-8 where the whole file is UTF-8, else CP932). ``delimiter``: one character or
    ``auto``. ``mixed_as_text``: a column of numbers and words is read as text instead of being refused. ``tables``: only these.
    ``schema``: of a PostgreSQL database. ``unescape_formulas``: take away the apostrophe that :mod:`.targets` puts before text
    which a spreadsheet would take for a formula (for our own outputs only).
    """

    encoding: str = "auto"
    delimiter: str = "auto"
    heading: bool = True
    mixed_as_text: bool = False
    tables: tuple[str, ...] = ()
    schema: str = ""
    unescape_formulas: bool = False


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column: its Arrow type; for databases the type as declared and the longest text (in characters) that it takes."""

    name: str
    type: pa.DataType
    declared: str = ""
    limit: int | None = None
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``columns`` of this table point to ``referred`` of ``table``."""

    columns: tuple[str, ...]
    table: str
    referred: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table. ``place`` names it in messages (file, or file and sheet); ``first_row`` is the number of its first row of data
    there, as a spreadsheet shows it.
    """

    name: str
    columns: tuple[ColumnInfo, ...]
    place: str
    first_row: int = 1
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    dialect: Dialect | None = field(default=None, compare=False)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of its batches."""
        return pa.schema([pa.field(c.name, c.type) for c in self.columns])

    def column(self, name: str) -> ColumnInfo:
        """The column of that name; KeyError when there is none."""
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)


class Source(ABC):
    """Tables that can be read again and again, in the same order of rows, a batch at a time."""

    kind: str = ""

    def __init__(self, location: str) -> None:
        """``location`` as the user wrote it, without a password."""
        self.location = location
        self.tables: tuple[Table, ...] = ()

    def table(self, name: str) -> Table:
        """The table of that name. Raises InputError ``masking_runs.table_missing``."""
        for one in self.tables:
            if one.name == name:
                return one
        known = ", ".join(t.name for t in self.tables)
        raise InputError("masking_runs.table_missing", table=name, location=self.location, known=known)

    @abstractmethod
    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """The rows of a table in their order, at most :data:`BATCH_ROWS` at a time, with :attr:`Table.schema`."""

    @abstractmethod
    def identities(self) -> frozenset[str]:
        """What a target must not be: files by device and inode, database tables by server, database, schema and name."""

    def close(self) -> None:  # noqa: B027 - files need nothing
        """Let go of connections."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def resliced(batches: Iterator[pa.RecordBatch], rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most ``rows``; empty batches left out."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def chosen(names: Sequence[str], reading: Reading, location: str) -> list[str]:
    """``names`` without those that the reader did not ask for. Raises InputError for one that is asked for and not there."""
    missing = [name for name in reading.tables if name not in names]
    if missing:
        known = ", ".join(names)
        raise InputError("masking_runs.table_missing", table=", ".join(missing), location=location, known=known)
    return [name for name in names if not reading.tables or name in reading.tables]
