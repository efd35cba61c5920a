"""Pieces of a file gathered into what is worth a scan, and the way back from a finding to its place in the file.

A long text is scanned as a stream; paragraphs and rows without headings flow together; cells and values under one heading are
scanned together, each on its own, with the heading as context.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from sekisho.engines.textract import SEPARATOR, Part, Place, Rows

if TYPE_CHECKING:
    from sekisho.engines.leakscan.model import Finding, Findings
    from sekisho.engines.leakscan.scanner import Scanner
    from sekisho.engines.textract import Piece

__all__ = ["Located", "located"]

_FLUSH: Final = 1 << 20
"""Characters that wait before they are scanned."""
_BEFORE: Final = 2_000
_AFTER: Final = 10_000
_LINE: Final = "\n"


class Located(NamedTuple):
    """A finding in the file: code points of its extracted text, its place for people, and the cell where it stands in a table."""

    finding: Finding
    start: int
    end: int
    place: Place
    rows: Rows | None = None
    row: int = -1
    column: int = -1


def located(scanner: Scanner, pieces: Iterable[Piece]) -> Iterator[Located]:
    """All findings of the pieces of one file. Those under one heading come together, else in the order of the text."""
    flow, headed = _Flow(scanner), _Headed(scanner)
    source = iter(pieces)
    piece = next(source, None)
    while piece is not None:
        following = next(source, None)
        if isinstance(piece, Part) and not piece.context and following is not None and following.continues:
            yield from flow.drain(last=True)
            run = _Run(piece, following, source)
            yield from run.findings(scanner)
            following = run.following
        elif (isinstance(piece, Part) and piece.context) or (isinstance(piece, Rows) and piece.header):
            headed.add(piece)
        else:
            flow.add(piece)
        if flow.waiting >= _FLUSH:
            yield from flow.drain(last=False)
        if headed.waiting >= _FLUSH:
            yield from headed.drain()
        piece = following
    yield from flow.drain(last=True)
    yield from headed.drain()


class _Run:
    """The blocks of one long text."""

    def __init__(self, first: Piece, second: Piece, source: Iterator[Piece]) -> None:
        self._first = first
        self._second = second
        self._source = source
        self.following: Piece | None = None

    def _texts(self) -> Iterator[str]:
        yield self._first.text
        yield self._second.text
        for piece in self._source:
            if not piece.continues:
                self.following = piece
                return
            yield piece.text

    def findings(self, scanner: Scanner) -> Iterator[Located]:
        """What was found, with the lines counted block by block."""
        place, start = self._first.place, self._first.start
        plain = place.line is not None
        lines, text, offset = place.line or 0, "", 0
        for found in scanner.stream(self._texts()):
            lines += text.count(_LINE, 0, found.offset - offset)
            text, offset = found.texts[0], found.offset
            line, counted = lines, 0
            for one in found:
                if plain:
                    line += text.count(_LINE, counted, one.start - offset)
                    counted = one.start - offset
                yield Located(one, start + one.start, start + one.end, place.at(line=line) if plain else place)


class _Flow:
    """Texts that flow together: between two of them stands the separator, as in the extracted text."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._pieces: list[Piece] = []
        self._starts: list[int] = []
        self._length = 0
        self._done = 0

    @property
    def waiting(self) -> int:
        """Characters that were not scanned yet."""
        return self._length - self._done

    def add(self, piece: Piece) -> None:
        """Take one piece."""
        if self._pieces and not piece.continues:
            self._length += len(SEPARATOR)
        self._starts.append(self._length)
        self._pieces.append(piece)
        self._length += len(piece.text)

    def drain(self, *, last: bool) -> Iterator[Located]:
        """Scan; unless it is the last time, what stands at the end waits, and is seen again with what follows."""
        if not self._pieces:
            return
        starts = self._starts
        keep = len(starts) if last else max(bisect_right(starts, self._length - _AFTER) - 1, 1)
        stop = self._length if last or keep == len(starts) else starts[keep]
        begin = self._done
        lines = _Lines()
        for one in self._scanner.scan(self._text()):
            if begin <= one.start < stop:
                yield self._located(one, lines)
        cut = keep if last else max(bisect_right(starts, stop - _BEFORE) - 1, 0)
        base = starts[cut] if cut < len(starts) else self._length
        self._pieces, self._starts = self._pieces[cut:], [start - base for start in starts[cut:]]
        self._length -= base
        self._done = stop - base

    def _text(self) -> str:
        texts = [self._pieces[0].text]
        for piece in self._pieces[1:]:
            texts += [piece.text] if piece.continues else [SEPARATOR, piece.text]
        return "".join(texts)

    def _located(self, one: Finding, lines: _Lines) -> Located:
        first = bisect_right(self._starts, one.start) - 1
        last = bisect_right(self._starts, one.end - 1) - 1
        piece, start = self._pieces[first], one.start - self._starts[first]
        end = self._pieces[last].start + one.end - self._starts[last]
        if isinstance(piece, Rows):
            row = max(bisect_right(piece.row_starts, start) - 1, 0)
            column = max((c for c in range(len(piece.cells[row])) if piece.cell_start(row, c) <= start), default=0)
            return Located(one, piece.start + start, end, piece.cell_place(row, column), piece, row, column)
        place = piece.place
        if place.line is not None:
            place = place.at(line=place.line + lines.before(piece.text, start))
        return Located(one, piece.start + start, end, place)


@dataclass(slots=True)
class _Lines:
    """Line breaks before growing places of a text."""

    text: str = ""
    counted: int = 0
    lines: int = 0

    def before(self, text: str, place: int) -> int:
        if text is not self.text or place < self.counted:
            self.text, self.counted, self.lines = text, 0, 0
        self.lines += text.count(_LINE, self.counted, place)
        self.counted = place
        return self.lines


@dataclass(slots=True)
class _Column:
    """Texts under one heading, and where each comes from: a part, or a column of a table from some row on."""

    texts: list[str] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    origins: list[tuple[Piece, int]] = field(default_factory=list)

    def add(self, texts: list[str], piece: Piece, column: int) -> None:
        self.firsts.append(len(self.texts))
        self.origins.append((piece, column))
        self.texts += texts


class _Headed:
    """Texts that stand under headings."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._columns: dict[tuple[str, int], _Column] = {}
        self.waiting = 0

    def add(self, piece: Piece) -> None:
        """Take one piece."""
        self.waiting += len(piece.text) + 1
        if isinstance(piece, Part):
            self._columns.setdefault((piece.context, -1), _Column()).add([piece.text], piece, -1)
            return
        width = max(map(len, piece.cells), default=0)
        for column in range(width):
            texts = [row[column] if column < len(row) else "" for row in piece.cells]
            if any(texts):
                context = piece.header[column] if column < len(piece.header) else ""
                self._columns.setdefault((context, column), _Column()).add(texts, piece, column)

    def drain(self) -> Iterator[Located]:
        """Scan what waits."""
        columns, self._columns, self.waiting = self._columns, {}, 0
        for (context, _), column in columns.items():
            yield from _found(column, self._scanner.scan_many(column.texts, context))


def _found(column: _Column, findings: Findings) -> Iterator[Located]:
    for one in findings:
        which = bisect_right(column.firsts, one.document) - 1
        piece, number = column.origins[which]
        if isinstance(piece, Part):
            yield Located(one, piece.start + one.start, piece.start + one.end, piece.place)
            continue
        row = one.document - column.firsts[which]
        base = piece.start + piece.cell_start(row, number)
        yield Located(one, base + one.start, base + one.end, piece.cell_place(row, number), piece, row, number)
