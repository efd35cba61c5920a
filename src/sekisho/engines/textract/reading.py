"""One reading of one file: its budget, its problems, and the way from a content to its reader."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sekisho.engines.textract.model import Limits, Place
from sekisho.errors import Problem

if TYPE_CHECKING:
    from sekisho.engines.textract.model import Extracted, Piece
    from sekisho.engines.textract.source import Source

__all__ = ["Reading", "Unreadable"]

_BLOCK: Final = 1 << 20
_SPOOL: Final = 16 << 20
_LEAST_BUDGET: Final = 512 << 20


class Unreadable(Exception):
    """A content, or a part of one, cannot be read: code and fields of the problem. Never leaves the engine."""

    def __init__(self, code: str, *, row: int | None = None, column: str = "", **fields: Any) -> None:
        """``code`` without its topic."""
        super().__init__(code)
        self.code = code
        self.row = row
        self.column = column
        self.fields = fields


class _Metered:
    """A stream that takes what it gives from the budget of the file."""

    def __init__(self, reading: Reading, stream: Any) -> None:
        self._reading = reading
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if self._reading.budget <= 0:
            self._reading.exhausted = True
            return b""
        got: bytes = self._stream.read(size)
        self._reading.budget -= len(got)
        return got

    def close(self) -> None:
        self._stream.close()


class Reading:
    """What the readers of one file share. ``file`` is how the file is named to people."""

    def __init__(
        self,
        file: str,
        limits: Limits,
        told: Extracted,
        size: int | None,
        *,
        dive: Callable[[Source, Reading, Place], Iterator[Piece]],
        encoding: str = "",
    ) -> None:
        """``size`` of the outer file in bytes; ``dive`` reads what is inside it; ``encoding`` holds where nothing else says."""
        self.file = file
        self._dive = dive
        self.limits = limits
        self.told = told
        self.encoding = encoding
        self.entries = 0
        self.budget = min(limits.unpacked_bytes, max(_LEAST_BUDGET, limits.ratio * (size or limits.unpacked_bytes)))
        self.exhausted = False
        self.hollow = False
        """A reader found that what the content is about could not be read (a PDF of images)."""

    def problem(
        self, code: str, place: Place, *, row: int | None = None, column: str = "", unread: bool = True, **fields: Any
    ) -> None:
        """Tell that something could not be read (``unread``), or is otherwise than it claims; ``fields`` fill the sentence."""
        self.told.unread += unread
        if len(self.told.problems) >= self.limits.problems:
            self.told.more_problems += 1
            return
        self.told.problems.append(self._made(code, place, row, column, fields))

    def note(self, code: str, place: Place, *, column: str = "", **fields: Any) -> None:
        """Tell what a reader should know though all was read."""
        if len(self.told.notes) < self.limits.problems:
            self.told.notes.append(self._made(code, place, None, column, fields))

    def _made(self, code: str, place: Place, row: int | None, column: str, fields: dict[str, Any]) -> Problem:
        return Problem(f"textract.{code}", fields, "!".join((self.file, *place.inside)), row, column)

    def unreadable(self, error: Unreadable, place: Place) -> None:
        """Tell an :class:`Unreadable` as a problem."""
        self.problem(error.code, place, row=error.row, column=error.column, **error.fields)

    def refuse(self, name: str, file: str, *, row: int | None = None, column: str = "", **fields: Any) -> NoReturn:
        """Raise :class:`Unreadable`; the signature is that of :class:`~sekisho.engines.textract.package.Refuse`."""
        del file
        raise Unreadable(name, row=row, column=column, **fields)

    @contextmanager
    def opened(self, source: Source, place: Place) -> Iterator[Any]:
        """A stream over ``source``, counted when it lies inside another file; what ended it too early is told."""
        stream = source.open()
        try:
            yield _Metered(self, stream) if place.inside else stream
        finally:
            stream.close()
            if code := getattr(stream, "problem", ""):
                self.problem(code.partition(".")[2], place, position=getattr(stream, "count", 0))
            if self.exhausted:
                self.exhausted = False
                self.problem("budget", place, limit=self.limits.unpacked_bytes)

    def whole(self, source: Source, place: Place) -> bytes:
        """All bytes; raises :class:`Unreadable` above the limit for documents."""
        limit = self.limits.document
        if source.size is not None and source.size > limit:
            raise Unreadable("too_large", size=source.size, limit=limit)
        parts, size = [], 0
        with self.opened(source, place) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > limit:
                    raise Unreadable("too_large", size=size, limit=limit)
                parts.append(block)
        return b"".join(parts)

    @contextmanager
    def seekable(self, source: Source, place: Place) -> Iterator[Any]:
        """A stream in which one can go back and forth: the file itself, or a copy in a temporary file."""
        if source.path is not None:
            with source.path.open("rb") as file:
                yield file
            return
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as room:
            with self.opened(source, place) as stream:
                shutil.copyfileobj(stream, room, _BLOCK)
            room.seek(0)
            yield room

    def dive(self, source: Source, place: Place) -> Iterator[Piece]:
        """The pieces of what stands inside: ``source`` under its own name, at ``place``."""
        return self._dive(source, self, place.within(source.name))

    def entry(self) -> None:
        """Count one entry inside the file; raises :class:`Unreadable` when there are too many."""
        self.entries += 1
        if self.entries > self.limits.entries:
            raise Unreadable("too_many_entries", limit=self.limits.entries)
