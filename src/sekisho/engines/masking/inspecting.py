"""Columns of text through the leak scan: which rows hold what kind of personal data. No value is handed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.masking.tables import Table
from sekisho.engines.masking.targets.csvtext import words

if TYPE_CHECKING:
    from sekisho.engines.leakscan.scanner import Scanner

__all__ = ["Chooser", "ColumnInspector", "Found", "KindCount", "LeakInspector", "inspected"]

_ROWS_SHOWN: Final = 5
_JAPANESE: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\x{FF66}-\x{FF9F}]"


@dataclass(slots=True)
class KindCount:
    """How many cells of a column hold one kind, and the first rows that do."""

    cells: int = 0
    rows: list[int] = field(default_factory=list)


Found = dict[str, KindCount]


class LeakInspector:
    """The leak scan of this program as :class:`ColumnInspector`, with its recognisers of names and addresses.

    Equal cells are scanned once, and cells without a Japanese letter without the recognisers, which find nothing in them.
    """

    def __init__(self, *, names: bool = True) -> None:
        """``names``: whether names and addresses are looked for, too."""
        from sekisho.engines.leakscan.options import Options  # noqa: PLC0415 - its words load where it is used
        from sekisho.engines.leakscan.scanner import Scanner  # noqa: PLC0415

        self._plain = self._full = Scanner(Options())
        if names:
            from sekisho.engines.leakscan.names import NameRecogniser  # noqa: PLC0415 - its lexicon loads where it is used

            self._full = Scanner(Options(recognisers=(NameRecogniser(),)))

    def without_names(self) -> LeakInspector:
        """The same without the recognisers: for columns in which made-up names stand by plan."""
        other = LeakInspector.__new__(LeakInspector)
        other._plain = other._full = self._plain  # noqa: SLF001 - its own kind
        return other

    def column(self, heading: str, cells: pa.Array) -> list[tuple[int, str]]:
        """See :class:`ColumnInspector`."""
        encoded = pc.dictionary_encode(pc.fill_null(cells, ""))
        words = encoded.dictionary
        japanese = pc.match_substring_regex(words, _JAPANESE)
        found: dict[int, set[str]] = {}
        for scanner, chosen in ((self._full, japanese), (self._plain, pc.invert(japanese))):
            places = pc.indices_nonzero(chosen)
            if len(places):
                kinds = _kinds(scanner, heading, words.take(places).to_pylist())
                found.update({places[place].as_py(): labels for place, labels in kinds.items()})
        if not found:
            return []
        return [(row, label) for row, word in enumerate(encoded.indices.to_pylist()) for label in sorted(found.get(word, ()))]


def _kinds(scanner: Scanner, heading: str, texts: list[str]) -> dict[int, set[str]]:
    from sekisho.engines.leakscan.kinds import Kind  # noqa: PLC0415

    found = scanner.scan_many(texts, heading)
    kinds: dict[int, set[str]] = {}
    for place, kind in set(zip(found.document.tolist(), found.kind.tolist(), strict=True)):
        kinds.setdefault(place, set()).add(Kind(kind).label)
    return kinds


class ColumnInspector(Protocol):
    """Looks for personal data in the cells of a column."""

    def column(self, heading: str, cells: pa.Array) -> list[tuple[int, str]]:
        """(place in ``cells``, kind) of each cell that holds a kind, once a kind; kinds are named as the leak scan names them."""


Chooser = Callable[[str], ColumnInspector]
"""The inspector for a column."""


def inspected(batch: pa.RecordBatch, table: Table, done: int, chooser: Chooser, found: dict[str, Found]) -> None:
    """Add what is in a batch to ``found`` (by column). ``done``: rows of the table before this batch."""
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        kind = array.type
        if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_date(kind)):
            continue
        for place, label in chooser(name).column(name, words(array)):
            seen = found.setdefault(name, {}).setdefault(label, KindCount())
            seen.cells += 1
            if len(seen.rows) < _ROWS_SHOWN:
                seen.rows.append(table.first_row + done + place)
