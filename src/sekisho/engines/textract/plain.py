"""Plain text, in blocks: the extracted text is the decoded content, unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sekisho.engines.textract.decoding import Decoding, decoded
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.reading import Unreadable

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["blocks_of", "read_plain", "tell", "text_of"]


def blocks_of(stream: Any, source: Source, reading: Reading, place: Place, *, declared: str = "") -> Iterator[str]:
    """The decoded text of a stream in blocks; how it was decoded is told at its end."""
    told = Decoding()
    yield from decoded(stream, told, declared=declared or source.declared or reading.encoding)
    tell(told, reading, place)


def tell(told: Decoding, reading: Reading, place: Place) -> None:
    """Problems and notes of a decoding."""
    if told.declared_wrong:
        reading.problem(
            "encoding_declared_wrong", place, unread=False,
            declared=told.declared_wrong, position=told.failed_at, encoding=told.encoding,
        )  # fmt: skip
    if told.undecodable:
        positions = ", ".join(map(str, told.positions))
        reading.problem(
            "encoding_broken", place,
            count=told.undecodable, position=told.positions[0], positions=positions, encoding=told.encoding,
        )  # fmt: skip
    if told.encoding not in {"", "utf-8"}:
        reading.note("encoding_used", place, encoding=told.encoding)


def text_of(source: Source, reading: Reading, place: Place, *, declared: str = "") -> str:
    """The whole text; raises Unreadable above the limit for documents."""
    if source.size is not None and source.size > reading.limits.document:
        raise Unreadable("too_large", size=source.size, limit=reading.limits.document)
    with reading.opened(source, place) as stream:
        return "".join(blocks_of(stream, source, reading, place, declared=declared))


def read_plain(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """Blocks of a plain text, each going on with the one before; the line of a place is that of its beginning."""
    with reading.opened(source, place) as stream:
        continues, line = False, 1
        for block in blocks_of(stream, source, reading, place):
            yield Part(block, place.at(line=line), continues=continues)
            continues = True
            line += block.count("\n")
