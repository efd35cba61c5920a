r"""Bytes to lines: bounded, decoded line by line, numbered, each line's place known.

Nothing is substituted silently: a line that is neither UTF-8 nor CP932 shows its odd bytes as ``\xNN``, a NUL within a line as
``\x00``; both are counted. A line that is longer than the limit is a reject; so is one of NUL bytes alone (a log that was cut
while its writer held it open).
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sekisho.engines.events.options import EXCERPT_BYTES, Origin

__all__ = ["Block", "blocks", "decoded_head", "wide_encoding"]

_READ: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"
_TWO_BYTES: Final = "\u0800"  # characters below take two bytes in UTF-8: half-width kana in CP932 look like them


@dataclass(slots=True)
class Block:
    """Successive lines: their texts without line ends, the number of the first, and where each begins."""

    first: int
    offset: int | None
    raw: list[bytes]
    texts: list[str]

    def place(self, index: int) -> int | None:
        """The byte at which a line begins."""
        return None if self.offset is None else self.offset + sum(len(line) + 1 for line in self.raw[:index])


def wide_encoding(head: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` by byte-order mark, or by every other byte being NUL; "" for anything else."""
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    part = head[:1024]
    if len(part) >= 64:  # noqa: PLR2004 - fewer bytes tell nothing
        if part[1::2].count(0) > len(part) * 0.4 and part[::2].count(0) < len(part) * 0.1:
            return "utf-16-le"
        if part[::2].count(0) > len(part) * 0.4 and part[1::2].count(0) < len(part) * 0.1:
            return "utf-16-be"
    return ""


def decoded_head(head: bytes, encoding: str) -> str:
    """The beginning of a file as text, to recognise it by; odd bytes are written out."""
    wide = wide_encoding(head) if encoding == "auto" else ""
    if wide or encoding != "auto":
        return head.decode(wide or encoding, "backslashreplace").lstrip("\ufeff")
    head = head.removeprefix(_BOM).lstrip(b"\0")
    end = head.rfind(b"\n") + 1 or len(head)
    return "\n".join(_Decoder().line(line) for line in head[:end].split(b"\n"))


class _Decoder:
    """Decides for each line; remembers what the file is made of."""

    def __init__(self) -> None:
        self.cp932 = 0
        self.undecodable = 0

    def line(self, raw: bytes) -> str:
        """One line as text."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            try:
                text = raw.decode("cp932")
            except UnicodeDecodeError:
                self.undecodable += 1
                return raw.decode("utf-8", "backslashreplace")
            self.cp932 += 1
            return text
        if self.cp932 and not raw.isascii() and max(text) < _TWO_BYTES:
            try:
                text = raw.decode("cp932")
            except UnicodeDecodeError:
                return text
            self.cp932 += 1
        return text


class _Fixed(_Decoder):
    """One encoding for all lines."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def line(self, raw: bytes) -> str:
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError:
            self.undecodable += 1
            return raw.decode(self._encoding, "backslashreplace")


class _Narrow:
    """A stream of UTF-16 as UTF-8."""

    def __init__(self, stream: Any, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
        self._done = False

    def read(self, size: int) -> bytes:
        while not self._done:
            got = self._stream.read(size)
            self._done = not got
            text = self._decoder.decode(got, final=self._done)
            if text:
                return text.encode("utf-8", "backslashreplace")
        return b""


def blocks(stream: Any, head: bytes, origin: Origin, start: tuple[int, int] = (0, 0)) -> Iterator[Block]:
    """The lines of ``stream``, whose beginning is ``head``; ``start`` is the byte and the number of lines before it.

    Too long lines, and lines of NUL bytes alone, become rejects of ``origin``.
    """
    encoding = origin.options.encoding
    wide = wide_encoding(head) if encoding == "auto" else encoding if encoding.lower().startswith(("utf-16", "utf_16")) else ""
    decoder: _Decoder = _Decoder()
    if wide:
        stream = _Narrow(stream, wide)
    elif encoding != "auto":
        decoder = _Fixed(encoding)
    splitter = _Splitter(stream, origin, None if wide else start[0], start[1] + 1)
    for first, offset, raw in splitter.lines():
        yield _block(first, offset, raw, decoder, origin)
    for name, count in (("cp932_lines", decoder.cp932), ("undecodable_lines", decoder.undecodable)):
        if count:
            origin.report.notes[name] += count


def _block(first: int, offset: int | None, raw: list[bytes], decoder: _Decoder, origin: Origin) -> Block:
    whole = b"\n".join(raw)
    if b"\0" in whole:
        origin.report.notes["nul_bytes"] += whole.count(b"\0")
        texts = []
        for index, line in enumerate(raw):
            stripped = line.strip(b"\0")
            if line and not stripped.strip():
                place = Block(first, offset, raw, []).place(index)
                origin.reject("events.nul_bytes", record=first + index, offset=place, excerpt=line)
            texts.append(decoder.line(stripped.replace(b"\0", b"\\x00")))
    elif type(decoder) is _Decoder and not decoder.cp932:
        try:
            texts = whole.decode().split("\n")
        except UnicodeDecodeError:
            texts = [decoder.line(line) for line in raw]
    else:
        texts = [decoder.line(line) for line in raw]
    if first == 1 and texts and texts[0].startswith("\ufeff"):
        texts[0] = texts[0][1:]
    return Block(first, offset, raw, [text.removesuffix("\r") for text in texts])


class _Splitter:
    """Blocks of a stream at line ends, never holding more than a block and the longest line."""

    def __init__(self, stream: Any, origin: Origin, offset: int | None, first: int) -> None:
        self._stream = stream
        self._origin = origin
        self._offset = offset
        self._first = first
        self._most = origin.options.limits.line_bytes
        self._nul_line = 0  # the line whose NUL bytes have been told

    def lines(self) -> Iterator[tuple[int, int | None, list[bytes]]]:
        carry, dropped, excerpt = b"", 0, b""
        while part := self._stream.read(_READ):
            if dropped:
                end = part.find(b"\n")
                if end < 0:
                    dropped += len(part)
                    continue
                self._drop(dropped + end + 1, excerpt)
                part, dropped = part[end + 1 :], 0
            carry += part
            end = carry.rfind(b"\n")
            if end >= 0:
                yield from self._given(carry[:end].split(b"\n"))
                carry = carry[end + 1 :]
            if len(carry) > self._most:
                carry = self._without_nul(carry)
            if len(carry) > self._most:
                dropped, excerpt, carry = len(carry), carry[:EXCERPT_BYTES], b""
        if dropped:
            self._drop(dropped, excerpt)
        elif carry:
            yield from self._given([carry])

    def _without_nul(self, carry: bytes) -> bytes:
        """A run of NUL bytes before a line does not make it too long."""
        rest = carry.lstrip(b"\0")
        gone = len(carry) - len(rest)
        if gone:
            self._origin.report.notes["nul_bytes"] += gone
            if self._nul_line != self._first:
                self._nul_line = self._first
                self._origin.reject("events.nul_bytes", record=self._first, offset=self._offset, excerpt=carry)
            if self._offset is not None:
                self._offset += gone
        return rest

    def _given(self, raw: list[bytes]) -> Iterator[tuple[int, int | None, list[bytes]]]:
        fine: list[bytes] = []
        for line in raw:
            if len(line) <= self._most:
                fine.append(line)
                continue
            if fine:
                yield self._counted(fine)
                fine = []
            rest = self._without_nul(line)
            if len(rest) <= self._most:
                fine.append(rest)
            else:
                self._drop(len(rest) + 1, rest)
        if fine:
            yield self._counted(fine)

    def _counted(self, raw: list[bytes]) -> tuple[int, int | None, list[bytes]]:
        made = (self._first, self._offset, raw)
        self._first += len(raw)
        if self._offset is not None:
            self._offset += sum(map(len, raw)) + len(raw)
        return made

    def _drop(self, size: int, excerpt: bytes) -> None:
        self._origin.reject("events.line_too_long", record=self._first, offset=self._offset, excerpt=excerpt)
        self._first += 1
        if self._offset is not None:
            self._offset += size
