"""SQLite files: every table and column as rows with headings; opened for reading only."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.tables import as_text, rows_of

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_sqlite"]

_PICKED = 2_000


def read_sqlite(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The rows of every table of a SQLite file."""
    if source.path is not None:
        yield from _database(source.path, reading, place)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.sqlite")
        with reading.opened(source, place) as stream, copy.open("wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        yield from _database(copy, reading, place)


def _database(path: Path, reading: Reading, place: Place) -> Iterator[Piece]:
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            tables = [
                str(row[0])
                for row in database.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                )
            ]
            for name in tables:
                yield from _table(database, name, reading, place.at(name=name))
    except (sqlite3.Error, OverflowError, ValueError, MemoryError) as error:
        raise Unreadable("damaged") from error


def _table(database: sqlite3.Connection, name: str, reading: Reading, place: Place) -> Iterator[Piece]:
    quoted = '"' + name.replace('"', '""') + '"'
    try:
        cursor = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - a quoted name of the file's own table
        header = tuple(str(column[0]) for column in cursor.description)
        yield Part(name, place.at(part="table_name"))
        yield from rows_of(_rows(cursor), place, most=reading.limits.rows, header=header)
    except (sqlite3.Error, OverflowError, ValueError) as error:
        reading.problem("table_damaged", place, column=name, reason=type(error).__name__)


def _rows(cursor: Any) -> Iterator[list[str]]:
    while rows := cursor.fetchmany(_PICKED):
        for row in rows:
            yield [as_text(value) for value in row]
