"""Synthetic data: tables made from a description, nothing real in them; and descriptions of real tables without their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.engines.masking.synthetic.describe import describe
from sekisho.engines.masking.synthetic.description import Description, SyntheticTable, parse_description, read_description
from sekisho.engines.masking.synthetic.making import TableMaker
from sekisho.engines.masking.tables import ColumnInfo, ForeignKey, Table
from sekisho.engines.masking.targets import Writing, open_target

__all__ = ["Description", "SyntheticResult", "describe", "make", "parse_description", "read_description"]

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class SyntheticResult:
    """Rows of each table that was made."""

    title: str
    seed: int
    target: str
    rows: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "schema": "sekisho.synthetic_made/1",
            "title": self.title,
            "seed": self.seed,
            "target": self.target,
            "rows": self.rows,
        }


def make(
    description: Description, target: str | Path, *, how: Writing | None = None, progress: Progress | None = None
) -> SyntheticResult:
    """Write the described tables into ``target``. The same description makes the same tables.

    Columns that other tables refer to are held in memory, all else goes batch by batch. Raises as :func:`.open_target`.
    """
    tables = tuple(_table(one, None) for one in description.tables.values())
    wanted = {
        (str(c.fields["table"]), str(c.fields["column"]))
        for t in description.tables.values()
        for c in t.columns.values()
        if "table" in c.fields
    }
    wanted |= {(t.parent, next(iter(description.tables[t.parent].columns))) for t in description.tables.values() if t.parent}
    known: dict[tuple[str, str], pa.Array] = {}
    rows: dict[str, int] = {}
    with open_target(target, tables, None, how or Writing()) as opened:
        for one in description.tables.values():
            maker = TableMaker(description, one, known)
            opened.begin(_table(one, maker.empty().schema))
            parts: dict[str, list[pa.Array]] = {name: [] for table, name in wanted if table == one.name}
            for batch in maker.batches():
                opened.write(batch)
                for name, found in parts.items():
                    found.append(batch.column(name))
                rows[one.name] = rows.get(one.name, 0) + batch.num_rows
                if progress is not None:
                    progress(one.name, rows[one.name])
            opened.end()
            rows.setdefault(one.name, 0)
            empty = maker.empty()
            for name, found in parts.items():
                known[one.name, name] = pa.chunked_array(found, empty.schema.field(name).type).combine_chunks()
    return SyntheticResult(description.title, description.seed, opened.location, rows)


def _table(one: SyntheticTable, schema: pa.Schema | None) -> Table:
    """The table with its keys: references are foreign keys."""
    kinds = {name: schema.field(name).type if schema is not None else pa.string() for name in one.columns}
    columns = tuple(ColumnInfo(name, kinds[name]) for name in one.columns)
    foreign = tuple(
        ForeignKey((c.name,), str(c.fields["table"]), (str(c.fields["column"]),))
        for c in one.columns.values()
        if c.kind == "reference"
    )
    return Table(one.name, columns, one.name, 1, one.primary_key, (), foreign)
