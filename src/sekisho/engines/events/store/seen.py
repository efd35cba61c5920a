"""What a store has read before: files by hash, packed or renamed ones by content, grown ones from where they had ended.

A content is remembered by the SHA-256 of its whole lines and, where its last line has no end, also of all of it. A new content
that begins with a remembered one is read from there. Chunks of Windows logs are remembered by their first record, which never
changes, with the last record id that was read: a log exported twice, or again later, adds only what is new.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Any, Final

from sekisho.engines.events.content import Content
from sekisho.engines.events.evtx_reader import FILE_MAGIC
from sekisho.engines.events.options import FileReport
from sekisho.engines.events.store.manifest import Manifest

__all__ = ["Mark", "StoreSeen"]

_BLOCK: Final = 1 << 20
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Mark:
    """A beginning that was read: its size in bytes, SHA-256, whole lines, and whether its last line had no end."""

    size: int
    sha256: str
    lines: int
    tail: bool


@dataclass(slots=True)
class _Walk:
    """One pass over a content: its own marks, and the longest known mark that it begins with."""

    sizes: list[int]
    known: dict[tuple[int, str], Mark]
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    lines: int = 0
    whole: Mark | None = None
    best: Mark | None = None
    doubtful: Mark | None = None
    last: bytes = b""

    def block(self, block: bytes) -> None:
        """The next bytes."""
        if self.doubtful is not None:
            if block[:1] in {b"\n", b"\r"}:
                self.best = self.doubtful
            self.doubtful = None
        begin = self.size
        places = [size - begin for size in self.sizes[bisect_left(self.sizes, begin + 1) :] if size <= begin + len(block)]
        end_of_lines = block.rfind(b"\n") + 1
        at = 0
        for place in sorted({*places, end_of_lines, len(block)} - {0}):
            piece = block[at:place]
            self.digest.update(piece)
            self.lines += piece.count(b"\n")
            self.size += len(piece)
            at = place
            if place in places:
                self._compare(block[place : place + 1])
            if place == end_of_lines:
                self.whole = Mark(self.size, self.digest.hexdigest(), self.lines, tail=False)
        self.last = block[-2:]

    def _compare(self, following: bytes) -> None:
        mark = self.known.get((self.size, self.digest.hexdigest()))
        if mark is None:
            return
        if not mark.tail or following in {b"\n", b"\r"}:
            self.best = mark
        elif not following:
            self.doubtful = mark  # the next block tells, or the end

    def marks(self) -> list[Mark]:
        """What identifies this content."""
        found = [self.whole] if self.whole is not None else []
        if self.whole is None or self.whole.size != self.size:
            found.append(Mark(self.size, self.digest.hexdigest(), self.lines, tail=self.last not in {b"\n\0", b"\0\n"}))
        return found


class StoreSeen:
    """Answers a reading's questions from the manifest, and remembers what this run adds to it."""

    def __init__(self, manifest: Manifest) -> None:
        """Read what is known."""
        self._db = manifest.db
        rows = self._db.execute("SELECT sha256, member FROM files WHERE records + known > 0 OR rejects = '{}'")
        self._files: set[tuple[str, str]] = set(rows)
        self._marks: dict[tuple[int, str], Mark] = {}
        self._sizes: list[int] = []
        for row in self._db.execute("SELECT size, sha256, lines, tail FROM contents"):
            self._remember(Mark(row[0], row[1], row[2], bool(row[3])))
        self.marks: list[Mark] = []
        self.new_marks: list[Mark] = []
        self.new_chunks: dict[tuple[bytes, int, bytes], int] = {}
        self._firsts: set[bytes] = set()

    def _remember(self, mark: Mark) -> None:
        if (mark.size, mark.sha256) not in self._marks:
            if mark.size not in self._sizes[bisect_left(self._sizes, mark.size) :][:1]:
                insort(self._sizes, mark.size)
            self._marks[mark.size, mark.sha256] = mark

    def start(self, content: Content, report: FileReport) -> tuple[int, int] | None:
        """See :class:`sekisho.engines.events.reading.Seen`."""
        self.marks = []
        key = (content.sha256, content.member)
        if key in self._files:
            report.skipped = "events.known_file"
            return None
        self._files.add(key)
        stream = content.open()
        try:
            block = stream.read(_BLOCK)
            if block.startswith(FILE_MAGIC) or not block:
                return 0, 0
            walk = _Walk([] if block.startswith(_UTF16) and not self._sizes else self._sizes, self._marks)
            while block:
                walk.block(block)
                block = stream.read(_BLOCK)
        finally:
            stream.close()
        best = walk.doubtful or walk.best  # at the end of the content a last line without end is the same line
        self.marks = walk.marks()
        if best is None:
            return 0, 0
        report.known = best.lines + best.tail
        if best.size == walk.size:
            report.skipped = "events.known_content"
            return None
        return best.size, best.lines

    def chunk(self, first: bytes, heads: bytes) -> int:
        """See :class:`sekisho.engines.events.evtx_reader.SeenChunks`."""
        key = hashlib.sha256(first).digest()
        rows = self._db.execute("SELECT size, sha256, last FROM chunks WHERE first = ?", (key,)).fetchall()
        if key in self._firsts:
            rows += [(size, digest, last) for (found, size, digest), last in self.new_chunks.items() if found == key]
        known = 0
        for size, digest, last in rows:
            if last > known and size <= len(heads) and hashlib.sha256(heads[:size]).digest() == digest:
                known = last
        return known

    def chunk_done(self, first: bytes, heads: bytes, last: int) -> None:
        """See :class:`sekisho.engines.events.evtx_reader.SeenChunks`."""
        key = hashlib.sha256(first).digest()
        self._firsts.add(key)
        self.new_chunks[key, len(heads), hashlib.sha256(heads).digest()] = last

    def content_done(self) -> None:
        """The content that was asked for last has been read."""
        for mark in self.marks:
            self._remember(mark)
        self.new_marks += self.marks
        self.marks = []

    def saved(self) -> None:
        """Everything new is in the manifest."""
        self.new_marks.clear()
        self.new_chunks.clear()
        self._firsts.clear()
