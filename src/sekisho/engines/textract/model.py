"""What comes out of a file: pieces of text in order, each with its place, and what could not be read.

**The extracted text of a file** is defined exactly, because every position counts its code points:

* a text-like file (plain text, CSV, TSV): its decoded content as it is, the byte-order mark dropped, line breaks kept;
* every other file: the texts of its pieces, in order, with one line feed between them. In a table the cells of a row are joined
  by a tab, the rows by a line feed.

What stands in an archive or is attached to a mail is a part of the outer file's text. A piece that ``continues`` the one before
(blocks of one long text) has no line feed before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from sekisho.errors import Problem

__all__ = ["SEPARATOR", "Extracted", "Limits", "Part", "Piece", "Place", "Rows", "State"]

SEPARATOR: Final = "\n"
"""Stands between two pieces of an extracted text."""
State = Literal["read", "partly", "unread"]
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep memory and time flat whatever comes in. Sizes in bytes, lengths in characters."""

    block: int = _MIB
    """Characters of one piece of a long text."""
    rows: int = 5_000
    """Most rows of one piece of a table."""
    record: int = _MIB
    """A longer record of a CSV file has an open quotation mark: it is read line by line."""
    document: int = 200 * _MIB
    """A larger Office document, PDF or mail is not opened."""
    member: int = 2_048 * _MIB
    """Most that one member of an archive may unpack to."""
    unpacked_bytes: int = 16_384 * _MIB
    """Most that everything inside one file may unpack to."""
    ratio: int = 1_000
    """Most that one compressed file may grow (looked at from 64 MiB on)."""
    entries: int = 20_000
    """Most entries inside one file, at all depths together."""
    depth: int = 8
    """Most levels of archives and attachments within each other."""
    pages: int = 20_000
    """Most pages of one PDF."""
    characters: int = 1 << 36
    """Most text that is taken from one file."""
    problems: int = 200
    """Problems of one file that are told in full; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands. ``inside``: names of the members and attachments that lead to it; ``part``: what it is when it is not
    the body (``comment``, ``header``, ``footnote``, ``deleted``, ``property``, ``attribute`` …); ``name``: its sheet, table, key.
    Counts begin at 1.
    """

    inside: tuple[str, ...] = ()
    part: str = ""
    name: str = ""
    page: int | None = None
    slide: int | None = None
    row: int | None = None
    column: int | None = None
    line: int | None = None
    hidden: bool = False

    def within(self, name: str) -> Place:
        """The place of a member ``name`` of what stands here."""
        return Place(inside=(*self.inside, name))

    def at(self, **changes: Any) -> Place:
        """The same place with changes."""
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; what is not known is left out."""
        value: dict[str, Any] = {"inside": "!".join(self.inside)} if self.inside else {}
        for key in ("part", "name", "page", "slide", "row", "column", "line", "hidden"):
            if (found := getattr(self, key)) not in {None, "", False}:
                value[key] = found
        return value


@dataclass(slots=True)
class Part:
    """A run of text. ``context`` is a heading under which it stands (a key, the name of a form field); ``start`` its first code
    point in the file's extracted text.
    """

    text: str
    place: Place
    context: str = ""
    continues: bool = False
    start: int = 0


@dataclass(slots=True)
class Rows:
    """Rows of one table.

    ``header``: the headings of its columns, empty where none were recognised; ``row_starts``: where each row begins in ``text``;
    ``cell_starts``: where the cells of a row begin in ``text``, only for rows whose cells are not simply one separator apart;
    ``numbers``: the number of each row, as a spreadsheet shows it; ``first_column``: that of the first cell.
    """

    text: str
    cells: list[list[str]]
    place: Place
    header: tuple[str, ...] = ()
    row_starts: list[int] = field(default_factory=list)
    cell_starts: dict[int, list[int]] = field(default_factory=dict)
    numbers: range | list[int] = field(default_factory=list)
    first_column: int = 1
    continues: bool = False
    start: int = 0

    def cell_start(self, row: int, column: int) -> int:
        """Where in :attr:`text` the cell begins; ``row`` and ``column`` are indices of :attr:`cells`."""
        if (starts := self.cell_starts.get(row)) is not None:
            return starts[column]
        return self.row_starts[row] + sum(map(len, self.cells[row][:column])) + column

    def cell_place(self, row: int, column: int) -> Place:
        """The place of one cell, by indices of :attr:`cells`."""
        return self.place.at(row=self.numbers[row], column=column + self.first_column)


Piece = Part | Rows


@dataclass(slots=True)
class Extracted:
    """The pieces of one file, to be taken once and in order; ``problems`` and ``state`` are complete when all were taken.

    ``problems``: what could not be read, or is otherwise than it claims (``textract.*``), with place. ``notes``: what a reader
    should know though all was read (hidden sheets, tracked deletions, an encoding that was recognised).
    """

    pieces: Iterator[Piece]
    kind: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    more_problems: int = 0
    unread: int = 0
    read: int = 0
    characters: int = 0

    @property
    def state(self) -> State:
        """``read`` wholly, ``partly``, or ``unread`` (nothing of it)."""
        if not self.unread:
            return "read"
        return "partly" if self.read and self.characters else "unread"

    def texts(self) -> Iterator[str]:
        """The extracted text in pieces: joined without anything between, it is the text that positions count in."""
        first = True
        for piece in self.pieces:
            if not first and not piece.continues:
                yield SEPARATOR
            first = False
            yield piece.text
