"""What every target shares: how to write, what is refused before anything is written, and nothing half-written left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.masking.places import file_identity
from sekisho.engines.masking.tables import Dialect, Table
from sekisho.errors import Conflict, InputError, Problem

__all__ = ["ROWS_NAMED", "Beside", "FileWriter", "Target", "Writing", "rows_problem", "too_long"]

ROWS_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Writing:
    """How to write. ``form``: csv, parquet, xlsx or jsonl of the files of a folder ("": as the source's).

    ``dialect``: of CSV files (None: as the source's, else UTF-8 with CRLF). ``formulas``: what happens to text in CSV that a
    spreadsheet would take for a formula: ``text`` puts an apostrophe before it, ``keep`` leaves it, ``refuse`` names the cells.
    ``force``: what is there may be replaced.
    """

    form: str = ""
    dialect: Dialect | None = None
    formulas: str = "text"
    force: bool = False


class Target(ABC):
    """Tables are written one after another, then published all at once, or not at all."""

    kind: str = ""

    def __init__(self, location: str) -> None:
        """``location`` without a password."""
        self.location = location
        self.notes: dict[str, int] = {}

    @abstractmethod
    def begin(self, table: Table) -> None:
        """The rows of ``table`` (as it will be: masked types, remaining columns) come next."""

    @abstractmethod
    def write(self, batch: pa.RecordBatch) -> None:
        """Rows of the present table. Raises InputError naming row and column of what this kind of target cannot hold."""

    @abstractmethod
    def end(self) -> None:
        """The present table is complete."""

    @abstractmethod
    def publish(self) -> None:
        """All tables are complete: let them be seen at their place."""

    @abstractmethod
    def abandon(self) -> None:
        """Leave nothing."""

    def note(self, name: str, count: int) -> None:
        """Count something that the report says."""
        if count:
            self.notes[name] = self.notes.get(name, 0) + count


class FileWriter(ABC):
    """Writes one file; a workbook and a SQLite file take several tables."""

    def begin(self, table: Table) -> None:  # noqa: B027 - a file of one table has begun with its making
        """The rows of ``table`` come next."""

    @abstractmethod
    def write(self, batch: pa.RecordBatch) -> None:
        """Rows."""

    @abstractmethod
    def close(self, *, complete: bool) -> None:
        """The file is complete, or given up."""


class Beside:
    """A folder beside the final place, for this user alone, in which a run writes.

    It is locked, so that what a dead run left is told from what a live one writes.
    """

    def __init__(self, final: Path, identities: frozenset[str], *, force: bool) -> None:
        """Raises Conflict where the target is (in) the source, is there without ``force``, or is being written by another run."""
        self.final, self._force = final, force
        _unlike(final, identities)
        if final.exists() and not force:
            raise Conflict("masking_runs.target_exists", location=str(final))
        if not final.parent.is_dir():
            raise InputError("masking_runs.target_parent", location=str(final.parent))
        self.folder = final.parent / f".{final.name}.sekisho-partial"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise Conflict("masking_runs.target_busy", location=str(final)) from None
        self.rest_found = self._empty()

    def publish(self, made: Path) -> None:
        """Move what was made to its place; what was there goes only then. Raises Conflict when something appeared meanwhile."""
        if self.final.exists() and not self._force:
            raise Conflict("masking_runs.target_exists", location=str(self.final))
        _synced(made)
        if made.is_dir() and self.final.exists():
            old = self.folder / "replaced"
            self.final.rename(old)
            made.rename(self.final)
        elif self.final.is_dir():
            raise Conflict("masking_runs.target_exists", location=str(self.final))
        else:
            made.replace(self.final)
        _synced(self.final.parent)
        self.abandon()

    def abandon(self) -> None:
        """Remove the folder and all in it."""
        if self._lock < 0:
            return
        self._empty()
        self.folder.rmdir()
        os.close(self._lock)
        self._lock = -1

    def _empty(self) -> bool:
        found = list(self.folder.iterdir())
        for one in found:
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            else:
                one.unlink()
        return bool(found)


def _unlike(final: Path, identities: frozenset[str]) -> None:
    """Refuse a target that is the source by whatever name, lies inside a source folder, or would swallow one."""
    places = [final, *final.resolve().parents]
    inside = [one for one in final.rglob("*") if one.is_file()] if final.is_dir() else []
    own = {file_identity(one) for one in [*inside, final]}
    folders = {file_identity(one) for one in places if one.is_dir()}
    if identities & own or (final.is_dir() and identities & {file_identity(final)}) or _within(identities, folders):
        raise Conflict("masking_runs.target_is_source", location=str(final))


def _within(identities: frozenset[str], folders: set[str]) -> bool:
    return bool(identities & folders)


def _synced(path: Path) -> None:
    for one in [path, *path.rglob("*")] if path.is_dir() else [path]:
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def rows_problem(code: str, rows: pa.Array, table: Table, column: str, start: int, **fields: object) -> InputError:
    """The error that names the rows where ``rows`` (booleans) is true. ``start``: row number of the batch's first row."""
    places = pc.indices_nonzero(rows)
    problems = tuple(
        Problem(code, dict(fields), table.place, start + int(place.as_py()), column) for place in places[:ROWS_NAMED]
    )
    return InputError("masking_runs.cells_refused", problems=problems, table=table.name, count=len(places))


def too_long(batch: pa.RecordBatch, table: Table, start: int, length: Callable[[str], int | None]) -> None:
    """Refuse texts that are longer than their column takes (``length`` gives the limit of a column in characters, or None)."""
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        limit = length(name)
        if limit is not None and pa.types.is_string(array.type):
            wrong = pc.fill_null(pc.greater(pc.utf8_length(array), limit), False)  # noqa: FBT003 - Arrow's own signature
            if pc.any(wrong).as_py():
                raise rows_problem("masking_runs.too_long", wrong, table, name, start, limit=limit)
