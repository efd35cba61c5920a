"""Tables within a text: the cell of the first row above a number is its label, where the rows above have as many cells."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.forms import SCORES
from sekisho.engines.leakscan.headers import header_mask
from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.words import Words

__all__ = ["label_by_tables"]

_REACH: Final = 1_900
"""Code points above a number in which the first row is looked for; below the margin before a block."""
_WEAK: Final = 0.5
_LOSS: Final = 0.03
_SIGNS: Final = "\t|,｜"
_AGAINST: Final = int(Reason.CHECK_FAILED | Reason.OTHER_LABEL)
_SHORTEST: Final = 5
_AROUND: Final = " \u3000\"'"
_BEFORE_CELL: Final = np.isin(np.arange(0x10000), [ord(sign) for sign in _SIGNS + _AROUND + "\n"])


def label_by_tables(
    text: str, codes: NDArray[np.uint32], rows: NDArray[np.int32], scores: NDArray[np.float32], words: Words
) -> None:
    """Raise the scores of numbers without a label of their own that stand in a table; changes rows and scores."""
    weak = np.flatnonzero((scores < _WEAK) & (rows[:, 3] & _AGAINST == 0) & (rows[:, 2] - rows[:, 1] >= _SHORTEST))
    weak = weak[_BEFORE_CELL[np.minimum(codes[rows[weak, 1] - 1], 0xFFFF)]]
    if not len(weak):
        return
    known: dict[tuple[int, str], int] = {}
    masks: dict[str, int] = {}
    for index in weak.tolist():
        start = int(rows[index, 1])
        found = _cell(text, start)
        if found is None:
            continue
        sign, line, column = found
        first = _first_row(text, line, sign, known)
        header = text[first : text.find("\n", first)].split(sign) if 0 <= first < line else []
        if column >= len(header):
            continue
        cell = header[column].strip(_AROUND)
        if cell not in masks:
            masks[cell] = header_mask(cell, words) if len(cell) <= 40 else 0  # noqa: PLR2004 - no heading is longer
        possible = masks[cell] & (int(rows[index, 6]) | 1 << int(rows[index, 0]))
        if possible:
            kind = Kind(possible.bit_length() - 1)
            rows[index, 6] = (int(rows[index, 6]) | 1 << int(rows[index, 0])) & ~(1 << kind)
            rows[index, 0] = kind
            rows[index, 3] |= int(Reason.TABLE_HEADER)
            scores[index] = SCORES[kind, 0] - _LOSS


def _cell(text: str, start: int) -> tuple[str, int, int] | None:
    """The sign between cells, the start of the line and the column of a number that begins a cell; None: it begins none."""
    place = start - 1
    while place >= 0 and text[place] in _AROUND:
        place -= 1
    low = max(0, start - _REACH)
    line = max(text.rfind("\n", low, start), text.rfind("\0", low, start)) + 1
    if line == 0 and low:
        return None
    if place < line:
        ahead = text[start : start + 60]
        sign = next((one for one in _SIGNS if one in ahead.partition("\n")[0]), None)
        return (sign, line, 0) if sign else None
    if text[place] not in _SIGNS:
        return None
    return text[place], line, text.count(text[place], line, start)


def _first_row(text: str, line: int, sign: str, known: dict[tuple[int, str], int]) -> int:
    """The start of the topmost line above with as many cells as the one that begins at ``line``; -1: none, or too far away.

    ``known`` has what was found for other lines, so that a long table is gone through once.
    """
    end = text.find("\n", line, line + 2 * _REACH)
    count = text.count(sign, line, end if end >= 0 else line + 2 * _REACH)
    low, first, found = max(0, line - _REACH), line, -1
    while first > low:
        before = text.rfind("\n", low, first - 1) + 1
        if before == 0 and low and text[low - 1] != "\n":
            break
        row = text[before : first - 1].rpartition("\0")[2]
        before = first - 1 - len(row)
        if not row.strip() or (row.strip("|-: \t") and row.count(sign) != count):
            found = first
            break
        if (before, sign) in known:
            found = known[before, sign]
            break
        first = before
        if before == 0 or text[before - 1] == "\0":
            found = first
            break
    known[line, sign] = found if found >= 0 and line - found <= _REACH else -1
    return -1 if found == line else known[line, sign]
