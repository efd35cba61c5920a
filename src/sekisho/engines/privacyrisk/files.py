"""Tables in files: read whole through the readers of masking, written through its writers (all or nothing)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa

from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import ColumnInfo, Reading, Table
from sekisho.engines.masking.targets import Writing, open_target
from sekisho.errors import InputError

__all__ = ["MOST_CELLS", "read_table", "write_table"]

MOST_CELLS: Final = 400_000_000
"""Cells that are held at once; a larger table needs a sample or fewer columns."""


def read_table(
    location: str | Path, *, columns: tuple[str, ...] | None = None, encoding: str = "auto", sheet: str = ""
) -> pa.Table:
    """The one table at ``location`` (CSV, Parquet, XLSX, JSON lines, SQLite, PostgreSQL), or the one named ``sheet``.

    ``columns``: only these. Raises InputError ``privacy.several_tables``, ``privacy.table_too_large``,
    ``privacy.column_missing``, and what the readers raise: every error names file, row and column, never a value.
    """
    how = Reading(encoding=encoding, mixed_as_text=True, tables=(sheet,) if sheet else ())
    with open_source(location, how) as source:
        if len(source.tables) != 1:
            names = ", ".join(table.name for table in source.tables)
            raise InputError("privacy.several_tables", location=source.location, tables=names)
        table = source.tables[0]
        wanted = list(columns) if columns is not None else [c.name for c in table.columns]
        missing = [name for name in wanted if name not in table.schema.names]
        if missing:
            known = ", ".join(table.schema.names)
            raise InputError("privacy.column_missing", columns=", ".join(missing), known=known)
        schema = pa.schema([table.schema.field(name) for name in wanted])
        batches, cells = [], 0
        for batch in source.batches(table.name):
            cells += batch.num_rows * max(len(wanted), 1)
            if cells > MOST_CELLS:
                raise InputError("privacy.table_too_large", location=source.location, limit=MOST_CELLS)
            batches.append(batch.select(wanted))
        return pa.Table.from_batches(batches, schema)


def write_table(table: pa.Table, location: str | Path, *, source: str | Path | None = None, force: bool = False) -> None:
    """Write ``table``; the form is told by the ending. CSV is written as its ``source`` was (encoding, separator, line ends).

    Raises Conflict for a place that is taken (without ``force``) or that is the source; InputError for what the form cannot hold.
    """
    columns = tuple(ColumnInfo(field.name, field.type) for field in table.schema)
    if source is None:
        described = Table("data", columns, str(location))
        with open_target(location, (described,), None, Writing(force=force)) as target:
            _write(target, described, table)
        return
    with open_source(source, Reading(mixed_as_text=True)) as opened:
        dialect = opened.tables[0].dialect if opened.tables else None
        described = Table("data", columns, str(location), dialect=dialect)
        with open_target(location, (described,), opened, Writing(force=force)) as target:
            _write(target, described, table)


def _write(target: object, described: Table, table: pa.Table) -> None:
    from sekisho.engines.masking.targets import Target  # noqa: PLC0415 - for the type only

    assert isinstance(target, Target)
    target.begin(described)
    for batch in table.to_batches(max_chunksize=32_768):
        target.write(batch)
    target.end()
