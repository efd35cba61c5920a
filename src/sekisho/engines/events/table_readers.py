"""Readers of tables: CSV (any delimiter), Zeek's TSV, the W3C extended log format (IIS)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from typing import Final

from sekisho.engines.events.options import EXCERPT_BYTES, Origin
from sekisho.engines.events.sink import Sink, folded
from sekisho.engines.events.textlines import Block
from sekisho.standards.event_maps import EventMap

__all__ = ["delimiter_of", "header_of", "read_csv", "read_w3c", "read_zeek"]

_DELIMITERS: Final = (",", "\t", ";", "|")
_LONGEST_RECORD: Final = 200  # lines of one quoted record; beyond, a quotation mark was never closed
_PREAMBLE: Final = 30  # lines in which the headings are looked for
_ESCAPED: Final = re.compile(r"\\x([0-9a-fA-F]{2})")


def delimiter_of(line: str) -> str:
    """The delimiter that stands most often in a line."""
    return max(_DELIMITERS, key=line.count)


def split(line: str, delimiter: str) -> list[str]:
    """The cells of one line."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def header_of(lines: list[str], the_map: EventMap) -> tuple[int, str, list[str]] | None:
    """Index, delimiter and cells of the first line that has the headings of the map; None where no line has."""
    groups = [{folded(name) for name in group} for group in the_map.recognise.columns]
    groups = groups or [{folded(name) for one in the_map.time.fields for name in one}]
    for index, line in enumerate(lines[:_PREAMBLE]):
        delimiter = delimiter_of(line)
        cells = [cell.strip() for cell in split(line, delimiter)]
        there = {folded(cell) for cell in cells}
        if len(cells) > 1 and all(group & there for group in groups):
            return index, delimiter, cells
    return None


class _Table:
    """Rows with headings; cells beyond the headings get numbered names."""

    def __init__(self, sink: Sink, headings: list[str]) -> None:
        self._sink = sink
        self._headings = [heading or f"column_{index}" for index, heading in enumerate(headings, start=1)]
        self._names: dict[int, tuple[str, ...]] = {}

    def row(self, record: int, cells: list[str], size: int) -> None:
        count = len(cells)
        names = self._names.get(count)
        if names is None:
            more = [f"column_{index}" for index in range(len(self._headings) + 1, count + 1)]
            names = (*self._headings[:count], *more)
            if len(self._names) < 1_000:  # noqa: PLR2004 - hostile rows must not fill the memory
                self._names[count] = names
        self._sink.put(record, names, cells, size)


def read_csv(
    blocks: Iterator[Block], origin: Origin, sink: Sink, header: tuple[int, str, list[str]], first: int
) -> Iterator[None]:
    """Records below the headings; ``first`` is the line number of the first line of ``blocks``.

    A quoted cell may go over several lines. Where a quotation mark is never closed, the lines are read one by one.
    """
    index, delimiter, headings = header
    table = _Table(sink, headings)
    below = index + 2
    waiting: list[tuple[int, str]] = []
    for block in blocks:
        for place, text in enumerate(block.texts):
            number = block.first + place
            if (number < below and first == 1) or (not text and not waiting):
                continue
            waiting.append((number, text))
            if len(waiting) == 1 and '"' not in text:
                table.row(number, text.split(delimiter), len(text))
            elif not _closed([one for _, one in waiting]):
                if len(waiting) < _LONGEST_RECORD:
                    continue
                _one_by_one(waiting, delimiter, table, origin)
            else:
                _record(waiting, delimiter, table, origin)
            waiting = []
        yield
    if waiting:
        _one_by_one(waiting, delimiter, table, origin)
    sink.done()


def _closed(lines: list[str]) -> bool:
    """Whether every quotation mark has its partner."""
    return sum(line.count('"') for line in lines) % 2 == 0


def _record(waiting: list[tuple[int, str]], delimiter: str, table: _Table, origin: Origin) -> None:
    text = "\n".join(line for _, line in waiting)
    try:
        cells = next(csv.reader([f"{line}\n" for line in text.split("\n")], delimiter=delimiter), [])
    except csv.Error:
        _one_by_one(waiting, delimiter, table, origin)
        return
    if cells:
        cells[-1] = cells[-1].removesuffix("\n")
    table.row(waiting[0][0], cells, len(text))


def _one_by_one(waiting: list[tuple[int, str]], delimiter: str, table: _Table, origin: Origin) -> None:
    for number, text in waiting:
        if _closed([text]):
            try:
                table.row(number, next(csv.reader([text], delimiter=delimiter), []), len(text))
                continue
            except csv.Error:
                pass
        origin.reject("events.quote_open", record=number, excerpt=text.encode("utf-8", "backslashreplace")[:EXCERPT_BYTES])


class _Directives:
    """Headers in the lines that begin with ``#``."""

    def __init__(self) -> None:
        self.fields: tuple[str, ...] = ()
        self.separator = "\t"
        self.unset, self.empty, self.set_separator, self.path = "-", "(empty)", ",", ""
        self.date = ""

    def all(self, head: str, take: Callable[[str], None]) -> None:
        """The directives at the beginning of a file."""
        for line in head.split("\n"):
            if line.startswith("#"):
                take(line.rstrip("\r"))
            elif line:
                break

    def values(self, cells: list[str], lists: tuple[str, ...]) -> list[str | None]:
        """The cells of a Zeek line: nothing, emptiness, escapes and sets told apart."""
        made: list[str | None] = []
        for name, cell in zip(self.fields, cells, strict=True):
            if cell == self.unset:
                made.append(None)
            elif cell == self.empty:
                made.append("")
            else:
                made.append(_unescaped(cell.replace(self.set_separator, "\n") if name in lists else cell))
        return made

    def zeek(self, line: str) -> None:
        name, _, value = line.partition("\t" if "\t" in line else " ")
        if name == "#separator":
            self.separator = _unescaped(value.strip()) or "\t"
        name, _, value = line.partition(self.separator)
        if name == "#fields":
            self.fields = tuple(value.split(self.separator))
        elif name == "#path":
            self.path = value
        elif name == "#unset_field":
            self.unset = value
        elif name == "#empty_field":
            self.empty = value
        elif name == "#set_separator":
            self.set_separator = value

    def w3c(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name.lower() == "#fields":
            self.fields = tuple(value.split())
        elif name.lower() == "#date":
            self.date = value.split()[0] if value.split() else ""


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "\\x" in text else text


def read_zeek(blocks: Iterator[Block], origin: Origin, sink: Sink, head: str) -> Iterator[None]:
    """Zeek's own format: headers may change within a file; sets and vectors stand a line each in their column."""
    said = _Directives()
    said.all(head, said.zeek)
    for block in blocks:
        for index, text in enumerate(block.texts):
            if text.startswith("#"):
                said.zeek(text)
            elif text:
                cells = text.split(said.separator)
                if len(cells) != len(said.fields):
                    origin.reject(
                        "events.columns_differ", record=block.first + index, offset=block.place(index), excerpt=block.raw[index]
                    )
                    continue
                sink.put(block.first + index, said.fields, said.values(cells, sink.map.lists), len(text), said.path)
        yield
    sink.done()


def read_w3c(blocks: Iterator[Block], origin: Origin, sink: Sink, head: str) -> Iterator[None]:
    """W3C extended log format: times are in UTC unless the map says otherwise."""
    said = _Directives()
    said.all(head, said.w3c)
    for block in blocks:
        for index, text in enumerate(block.texts):
            if text.startswith("#"):
                said.w3c(text)
            elif text:
                cells: list[str | None] = [None if cell == "-" else cell for cell in text.split(" ")]
                if len(cells) != len(said.fields):
                    origin.reject(
                        "events.columns_differ", record=block.first + index, offset=block.place(index), excerpt=block.raw[index]
                    )
                    continue
                names = said.fields
                if "time" in names and "date" not in names and said.date:
                    names, cells = ("date", *names), [said.date, *cells]
                sink.put(block.first + index, (*names, "utc"), [*cells, "Z"], len(text))
        yield
    sink.done()
