"""Columns of text through the leak scan: which rows hold what kind of personal data. No value is handed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.masking.tables import Table
from sekisho.engines.masking.targets.csvtext import words

if TYPE_CHECKING:
    from sekisho.engines.leakscan.options import Options

__all__ = ["ColumnInspector", "Found", "KindCount", "LeakInspector", "inspected"]

_ROWS_SHOWN: Final = 5


@dataclass(slots=True)
class KindCount:
    """How many cells of a column hold one kind, and the first rows that do."""

    cells: int = 0
    rows: list[int] = field(default_factory=list)


Found = dict[str, KindCount]


class LeakInspector:
    """The leak scan of this program as :class:`ColumnInspector`, with its recognisers of names and addresses."""

    def __init__(self, options: Options | None = None) -> None:
        """``options``: the organisation's own (patterns, threshold); without them all kinds with all recognisers."""
        from sekisho.engines.leakscan.names import NameRecogniser  # noqa: PLC0415 - its lexicon loads where it is used
        from sekisho.engines.leakscan.options import Options as _Options  # noqa: PLC0415 - its words load where it is used
        from sekisho.engines.leakscan.scanner import Scanner  # noqa: PLC0415

        self._scanner = Scanner(options or _Options(recognisers=(NameRecogniser(),)))

    def column(self, heading: str, cells: pa.Array) -> list[tuple[int, str]]:
        """See :class:`ColumnInspector`."""
        from sekisho.engines.leakscan.kinds import Kind  # noqa: PLC0415

        texts = pc.fill_null(cells, "").to_pylist()
        found = self._scanner.scan_many(texts, heading)
        pairs = sorted(set(zip(found.document.tolist(), found.kind.tolist(), strict=True)))
        return [(place, Kind(kind).label) for place, kind in pairs]


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
