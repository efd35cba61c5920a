"""A folder of tables: every CSV, Parquet, XLSX and JSON lines file in it (not below it), each with its own source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from sekisho.engines.masking.places import FORMATS, file_identity
from sekisho.engines.masking.tables import Reading, Source, Table
from sekisho.errors import InputError, Problem

__all__ = ["FolderSource"]


class FolderSource(Source):
    """The tables of a folder, by the names of the files (sheets by their own names). Other files are refused, not passed over."""

    kind = "folder"

    def __init__(self, path: Path, reading: Reading, opener: Callable[[Path, Reading], Source]) -> None:
        """Open each file. Raises InputError for a file that is no table, and for two tables of one name."""
        super().__init__(str(path))
        self._path = path
        self._sources: dict[str, Source] = {}
        files = sorted(one for one in path.iterdir() if not one.name.startswith("."))
        strange = [one for one in files if one.is_dir() or FORMATS.get(one.suffix.lower(), "sqlite") == "sqlite"]
        if strange or not files:
            problems = tuple(Problem("masking_runs.not_a_table", {"known": ", ".join(FORMATS)}, str(one)) for one in strange)
            raise InputError("masking_runs.folder_bad", problems=problems, location=str(path))
        tables: list[Table] = []
        every = Reading(
            reading.encoding, reading.delimiter, reading.heading, reading.mixed_as_text, (), "", reading.unescape_formulas
        )
        for file in files:
            source = opener(file, every)
            for table in source.tables:
                if table.name in self._sources:
                    problem = Problem("masking_runs.table_twice", {"table": table.name}, str(file))
                    raise InputError("masking_runs.folder_bad", problems=(problem,), location=str(path))
                self._sources[table.name] = source
                tables.append(table)
        self.tables = tuple(one for one in tables if not reading.tables or one.name in reading.tables)
        for name in reading.tables:
            self.table(name)
        self.formats = {name: source.kind for name, source in self._sources.items()}

    def identities(self) -> frozenset[str]:
        """The folder and each file."""
        own = {file_identity(self._path)}
        return frozenset(own.union(*(source.identities() for source in self._sources.values())))

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """See :meth:`Source.batches`."""
        self.table(table)
        yield from self._sources[table].batches(table)

    def close(self) -> None:
        """Close all."""
        for source in self._sources.values():
            source.close()
