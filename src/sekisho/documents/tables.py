"""How wide the columns of a table are, by kind and content, the same on every paper."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from sekisho.documents.model import Cell, Column, ColumnKind, LevelMark, MarkState, Picture, Table
from sekisho.documents.pictures import picture_size

if TYPE_CHECKING:
    from sekisho.documents.layout import Layout

__all__ = ["breakable", "column_shares", "display_width", "natural_widths", "reference_slots", "wants_landscape", "wide_picture"]

FIGURES: Final = frozenset({ColumnKind.NUMBER, ColumnKind.PERCENT})
UNIT: Final = 12  # half-width characters that a column of width 1 takes
WIDEST: Final = 64
SAMPLE: Final = 400  # rows that are looked at
PORTRAIT: Final = 108  # half-width characters in a portrait line of table type
LANDSCAPE_COLUMNS: Final = 12
WIDE_PICTURE: Final = 900  # CSS pixels
WIDE_RATIO: Final = 1.25
PADDING: Final = 3
REFERENCE: Final = 4
MARK: Final = 7
STALE: Final = 5
AIR: Final = 3
SHORT_TITLE: Final = 12
SHORT_TEXT: Final = 18
LEAST_TEXT: Final = 16
BOLD: Final = 1.15  # heads are bold, and their capitals wider than half a character
TOKEN: Final = 14

_LONG_TOKEN = re.compile(rf"[!-~]{{{TOKEN + 1},}}")
_AFTER = re.compile(r"(?<=[/_.?&=:;,@-])(?=[^/_.?&=:;,@-])")


def display_width(text: str) -> int:
    """Width in half-width characters: a full-width one counts two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def breakable(text: str) -> str:
    """``text`` with zero-width spaces inside long unbroken ASCII (addresses, hashes, paths), for paper."""

    def _broken(found: re.Match[str]) -> str:
        pieces = _AFTER.split(found[0])
        return "\u200b".join("\u200b".join(piece[at : at + TOKEN] for at in range(0, len(piece), TOKEN)) for piece in pieces)

    return _LONG_TOKEN.sub(_broken, text)


def reference_slots(table: Table) -> list[int]:
    """For each column of figures, how many references its cells carry at most (0 elsewhere): room to keep them aligned."""
    return [
        max((len(row[n].refs) for row in table.rows), default=0) if column.kind in FIGURES else 0
        for n, column in enumerate(table.columns)
    ]


def _cell_width(cell: Cell, column: Column, layout: Layout) -> tuple[int, int]:
    """Least and natural width of a cell."""
    if isinstance(cell.value, LevelMark):
        width = MARK + (STALE if cell.value.state is MarkState.STALE else 0)
        return width, width
    text = layout.cell(cell, column)
    references = REFERENCE * len(cell.refs)
    natural = max((display_width(line) for line in text.split("\n")), default=0) + references
    if column.kind is not ColumnKind.TEXT:
        # Word sets a little air between the numbers and the characters of a date.
        natural += AIR if column.kind is ColumnKind.DATE else 0
        return natural, natural
    return min(natural, SHORT_TEXT if natural <= SHORT_TEXT else LEAST_TEXT), min(natural, WIDEST)


def natural_widths(table: Table, layout: Layout) -> list[tuple[int, int]]:
    """For each column its least and its natural width, in half-width characters, without padding."""
    out = []
    slots = reference_slots(table)
    for number, column in enumerate(table.columns):
        title = math.ceil(max(display_width(column.title), display_width(column.unit)) * BOLD)
        least = min(title, SHORT_TITLE) + REFERENCE * slots[number]
        natural = max(least, min(title, WIDEST))
        cells = [_cell_width(row[number], column, layout) for row in table.rows[:SAMPLE]]
        least = max([least, *(cell[0] for cell in cells)])
        natural = max([natural, *(cell[1] for cell in cells)])
        if column.width is not None and column.kind is ColumnKind.TEXT:
            # What the author asks for, but no more than the words need.
            natural = min(natural, max(round(column.width * UNIT), title))
            least = min(least, natural)
        out.append((least, max(natural, least)))
    return out


def column_shares(table: Table, layout: Layout) -> list[float]:
    """The share (0–1) of the table's width that each column takes; figures keep their width, words give and take."""
    widths = natural_widths(table, layout)
    available = PORTRAIT * (1.5 if wants_landscape(table) else 1.0)
    naturals = [natural + PADDING for _, natural in widths]
    missing = available - sum(naturals)
    elastic = [n for n, column in enumerate(table.columns) if column.kind is ColumnKind.TEXT] or list(range(len(naturals)))
    if missing >= 0:
        base = sum(naturals[n] for n in elastic)
        # Words take at most double what they need; what is left is shared by all, so that short tables stay calm.
        grown = [natural + (min(natural, missing * natural / base) if n in elastic else 0) for n, natural in enumerate(naturals)]
    else:
        room = {n: naturals[n] - widths[n][0] - PADDING for n in elastic}
        give = sum(room.values()) or 1
        grown = [natural + max(missing, -give) * room.get(n, 0) / give for n, natural in enumerate(naturals)]
    total = sum(grown)
    return [width / total for width in grown]


def wants_landscape(table: Table) -> bool:
    """Whether the table gets its own wide pages: the author says so, or it has more than twelve columns."""
    return table.landscape or len(table.columns) > LANDSCAPE_COLUMNS


def wide_picture(picture: Picture) -> bool:
    """Whether a picture gets its own landscape page: its words would be too small across a portrait one."""
    width, height = picture_size(picture.svg)
    return width > WIDE_PICTURE and width > height * WIDE_RATIO
