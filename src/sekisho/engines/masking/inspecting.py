"""Columns of text through the leak scan: which rows hold what kind of personal data. No value is handed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import pyarrow as pa

from sekisho.engines.masking.tables import Table
from sekisho.engines.masking.targets.csvtext import words

__all__ = ["ColumnInspector", "Found", "KindCount", "inspected"]

_ROWS_SHOWN: Final = 5


@dataclass(slots=True)
class KindCount:
    """How many cells of a column hold one kind, and the first rows that do."""

    cells: int = 0
    rows: list[int] = field(default_factory=list)


Found = dict[str, KindCount]


class ColumnInspector(Protocol):
    """Looks for personal data in the cells of a column."""

    def column(self, heading: str, cells: pa.Array) -> list[tuple[int, str]]:
        """(place in ``cells``, kind) of each cell that holds a kind, once a kind; kinds are named as the leak scan names them."""


def inspected(batch: pa.RecordBatch, table: Table, done: int, inspector: ColumnInspector, found: dict[str, Found]) -> None:
    """Add what is in a batch to ``found`` (by column). ``done``: rows of the table before this batch."""
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        kind = array.type
        if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_date(kind)):
            continue
        for place, label in inspector.column(name, words(array)):
            seen = found.setdefault(name, {}).setdefault(label, KindCount())
            seen.cells += 1
            if len(seen.rows) < _ROWS_SHOWN:
                seen.rows.append(table.first_row + done + place)
