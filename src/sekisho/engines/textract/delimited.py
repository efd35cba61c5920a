"""CSV and TSV with positions (RFC 4180): the extracted text is the decoded content; every cell knows where it stands in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from sekisho.engines.textract.headers import LOOKED_AT, header_row
from sekisho.engines.textract.model import Piece, Place, Rows
from sekisho.engines.textract.plain import blocks_of

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_delimited"]

_DELIMITERS: Final = ",\t;|"
_QUOTE: Final = '"'
_TOLD: Final = 20
_SAMPLE: Final = 1 << 16


class _Table:
    """Takes text in blocks, gives rows; what is left of a block waits for the next one."""

    def __init__(self, reading: Reading, place: Place) -> None:
        self._reading = reading
        self._place = place
        self._delimiter = ","
        self._newline = "\n"
        self._field = re.compile("")
        self._header: tuple[str, ...] | None = None
        self._number = 1
        self._width = 0
        self._ragged: list[tuple[int, int]] = []
        self._ragged_count = 0
        self._rest = ""
        self._emitted = False

    def feed(self, block: str, *, last: bool) -> Iterator[Rows]:
        text = self._rest + block
        if not text:
            return
        if not self._width:
            self._settle(text)
        end = len(text) if last else self._complete(text)
        limit = self._reading.limits
        if not end and len(text) > limit.record:
            end = len(text)
        self._rest = text[end:]
        if end:
            yield from self._rows(text[:end])

    def finish(self) -> None:
        """Tell of rows with another number of cells."""
        for number, count in self._ragged:
            self._reading.problem("row_ragged", self._place, row=number, unread=False, expected=self._width, found=count)
        if self._ragged_count > len(self._ragged):
            more = self._ragged_count - len(self._ragged)
            self._reading.problem("rows_ragged_more", self._place, unread=False, count=more)

    def _settle(self, text: str) -> None:
        """Delimiter, line break and headings, by the first lines."""
        sample = text[:_SAMPLE]
        self._newline = "\n" if "\n" in sample or "\r" not in sample else "\r"
        lines = [line for line in sample.split(self._newline)[:LOOKED_AT] if line.strip()]
        unquoted = [re.sub(r'"(?:[^"]|"")*"', "", line) for line in lines]
        counts = {d: Counter(line.count(d) for line in unquoted).most_common(1)[0] for d in _DELIMITERS} if unquoted else {}
        usable = {d: (times, count) for d, (count, times) in counts.items() if count}
        self._delimiter = max(usable, key=lambda d: usable[d]) if usable else ","
        d = re.escape(self._delimiter)
        self._field = re.compile(rf'"((?:[^"]|"")*)"([^{d}\r\n]*)|([^{d}\r\n]*)')
        self._width = -1

    def _complete(self, text: str) -> int:
        """Where the last whole record ends; an open quotation mark holds its record back."""
        end = text.rfind(self._newline) + 1
        if end and text.count(_QUOTE, 0, end) % 2:
            at = text.rfind(_QUOTE, 0, end)
            end = text.rfind(self._newline, 0, at) + 1
            for _ in range(_TOLD):
                if not end or not text.count(_QUOTE, 0, end) % 2:
                    break
                at = text.rfind(_QUOTE, 0, end)
                end = text.rfind(self._newline, 0, at) + 1
        return end

    def _rows(self, text: str) -> Iterator[Rows]:
        cells, starts, quoted = self._split(text)
        if self._header is None:
            found = header_row(cells[:LOOKED_AT])
            self._header = tuple(cell.strip() for cell in cells[found]) if found is not None else ()
            filled = Counter(len(row) for row in cells[:LOOKED_AT] if row != [""])
            self._width = len(self._header) or (filled.most_common(1)[0][0] if filled else 1)
        at, step = 0, self._reading.limits.rows
        while at < len(cells):
            stop = min(at + step, len(cells))
            begin, end = starts[at], starts[stop] if stop < len(cells) else len(text)
            some = cells[at:stop]
            self._look(some)
            yield Rows(
                text=text[begin:end],
                cells=some,
                place=self._place,
                header=self._header,
                row_starts=[s - begin for s in starts[at:stop]],
                cell_starts={r - at: [c - begin for c in quoted[r]] for r in range(at, stop) if r in quoted} if quoted else {},
                numbers=range(self._number, self._number + stop - at),
                continues=self._emitted,
            )
            self._emitted = True
            self._number += stop - at
            at = stop

    def _look(self, rows: list[list[str]]) -> None:
        width = self._width
        for index, row in enumerate(rows):
            if len(row) != width and row != [""]:
                self._ragged_count += 1
                if len(self._ragged) < _TOLD:
                    self._ragged.append((self._number + index, len(row)))

    def _split(self, text: str) -> tuple[list[list[str]], list[int], dict[int, list[int]]]:
        if _QUOTE not in text:
            lines = text.split(self._newline)
            starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
            if not lines[-1]:
                lines.pop()
            tail = "\r" if self._newline == "\n" else ""
            cells = [(line.removesuffix(tail) if tail else line).split(self._delimiter) for line in lines]
            return cells, starts[: len(lines)], {}
        return self._split_quoted(text)

    def _split_quoted(self, text: str) -> tuple[list[list[str]], list[int], dict[int, list[int]]]:
        cells: list[list[str]] = []
        starts: list[int] = []
        quoted: dict[int, list[int]] = {}
        at, length = 0, len(text)
        while at < length:
            end = text.find(self._newline, at)
            end = length if end < 0 else end
            starts.append(at)
            if _QUOTE in (line := text[at:end]):
                row, places, end = self._record(text, at, len(cells))
                quoted[len(cells)] = places
                cells.append(row)
            else:
                cells.append(line.removesuffix("\r").split(self._delimiter))
            at = end + 1
        return cells, starts, quoted

    def _record(self, text: str, at: int, index: int) -> tuple[list[str], list[int], int]:
        """One record with quotation marks: its cells, where they begin, and where its line break stands."""
        begin = at
        row: list[str] = []
        places: list[int] = []
        while True:
            found = self._field.match(text, at)
            if found is None:  # cannot be: the pattern takes the empty text
                return row, places, len(text)
            if found.group(1) is not None:
                row.append(found.group(1) + found.group(2))
                places.append(found.start(1))
                if found.group(2):  # something follows the closing mark: keep the text as it stands, so that positions hold
                    row[-1] = text[found.start(1) : found.end(2)]
            else:
                if found.group(3).startswith(_QUOTE):
                    self._reading.problem("quote_open", self._place, row=self._number + index, unread=False)
                row.append(found.group(3))
                places.append(found.start(3))
            at = found.end()
            if text[at : at + 1] != self._delimiter:
                break
            at += 1
        if self._newline == "\n" and text[at : at + 2] == "\r\n":
            at += 1
        if at < len(text) and text[at] != self._newline:  # an open quotation mark: the line is taken as it is
            end = text.find(self._newline, begin)
            end = len(text) if end < 0 else end
            self._reading.problem("quote_open", self._place, row=self._number + index, unread=False)
            line = text[begin:end].removesuffix("\r")
            cells = line.split(self._delimiter)
            return cells, list(accumulate((len(c) + 1 for c in cells[:-1]), initial=begin)), end
        return row, places, at


def read_delimited(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """Rows of a CSV or TSV file, in pieces; rows with another number of cells are told with their number."""
    table = _Table(reading, place)
    with reading.opened(source, place) as stream:
        waiting: str | None = None
        for block in blocks_of(stream, source, reading, place):
            if waiting is not None:
                yield from table.feed(waiting, last=False)
            waiting = block
        yield from table.feed(waiting or "", last=True)
    table.finish()
