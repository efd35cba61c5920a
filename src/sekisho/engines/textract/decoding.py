"""Bytes to text: byte-order marks, UTF-8, UTF-16, ISO-2022-JP, EUC-JP and CP932, recognised by content and decoded in blocks.

What cannot be decoded becomes U+FFFD and is told with its byte position. The rows of JIS X 0208 that vendors added (①, ㈱)
are read in EUC-JP and ISO-2022-JP, too, where Python's own decoders refuse them.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SAMPLE", "Decoding", "decode", "decoded", "is_text", "recognise", "usable"]

SAMPLE: Final = 1 << 16
"""Bytes by which an encoding is recognised."""
_BLOCK: Final = 1 << 20
_KEPT: Final = 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPES: Final = re.compile(rb"\x1b(?:\$[@B]|\$\([@BDOPQ]|\([BJI])")
_HALF_KANA: Final = re.compile("[｡-ﾟ]")
_OTHERS: Final = re.compile("[^\x00-\x7f]")
_USUAL: Final = re.compile("[\t\r\n -~ぁ-んァ-ヶー一-龠、。・「」（）　０-９]")
_ODD: Final = re.compile("[\x80-\x9f\xa0\uf8f0-\uf8f3\ufffd]")
_UNDECIDED: Final = re.compile(rb"[\x00\x1b\x80-\xff]")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL: Final = 0.02
_MOST_HALF_KANA: Final = 0.5
_LEAST_USUAL: Final = 0.7
_FROM: Final = 0x21
_TO: Final = 0x7E
_ALIASES: Final = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "ms932": "cp932",
    "ms_kanji": "cp932", "shift_jisx0213": "cp932", "cp51932": "euc_jp", "eucjp-ms": "euc_jp", "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext", "iso2022-jp": "iso2022_jp_ext", "iso2022_jp": "iso2022_jp_ext",
    "iso2022jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext", "cp50222": "iso2022_jp_ext", "iso-2022-jp-1": "iso2022_jp_ext",
    "utf8": "utf-8", "utf-8-sig": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4-1968": "utf-8",
    "utf-16": "utf-16-le", "utf16": "utf-16-le", "unicode": "utf-16-le", "utf-32": "utf-32-le",
}  # fmt: skip


@dataclass(slots=True)
class Decoding:
    """How a text was decoded: ``encoding`` that was used ("" for empty), the ``declared`` one when it was wrong and the byte
    position at which it failed, byte positions (the first twenty) and number of what could not be decoded.
    """

    encoding: str = ""
    declared_wrong: str = ""
    failed_at: int = 0
    positions: list[int] = field(default_factory=list)
    undecodable: int = 0
    marked: bool = False

    def bad(self, position: int) -> None:
        """Count one undecodable place."""
        self.undecodable += 1
        if len(self.positions) < _KEPT:
            self.positions.append(position)


def usable(name: str) -> str:
    """Python's name of the decoder for a declared charset; "" if there is none for text."""
    name = name.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text_encoding = getattr(found, "_is_text_encoding", True)
    return (
        found.name
        if is_text_encoding and found.name not in {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7"}
        else ""
    )


def _jis_row(first: int, second: int) -> str:
    """The character at a place of JIS X 0208 with the vendors' rows (both bytes 0x21–0x7E); "" if there is none."""
    if not (_FROM <= first <= _TO and _FROM <= second <= _TO):
        return ""
    lead = ((first - _FROM) >> 1) + 0x81
    if lead > 0x9F:  # noqa: PLR2004 - Shift_JIS has its lead bytes in two ranges
        lead += 0x40
    trail = second + 0x1F + (second >= 0x60) if first & 1 else second + 0x7E  # noqa: PLR2004 - 0x7F is left out
    try:
        return bytes((lead, trail)).decode("cp932")
    except UnicodeDecodeError:
        return ""


def _handler(told: Decoding, base: Callable[[], int]) -> Callable[[UnicodeError], tuple[str, int]]:
    """What a decoder does with bytes that it refuses: vendors' rows become characters, the rest U+FFFD and a position."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        at, data = error.start, error.object
        if error.encoding.startswith(("euc", "iso2022")) and at + 1 < len(data):
            mask = 0x7F if error.encoding.startswith("euc") else 0xFF
            if char := _jis_row(data[at] & mask, data[at + 1] & mask):
                return char, at + 2
        told.bad(base() + at)
        return "\ufffd", max(error.end, at + 1)

    return handle


def _strict(sample: bytes, encoding: str, *, whole: bool) -> tuple[str, Decoding]:
    """The sample decoded; a character cut off at its end counts as none."""
    told = Decoding(encoding)
    name = f"sekisho-sample-{id(told)}"
    codecs.register_error(name, _handler(told, int))
    try:
        decoder = codecs.getincrementaldecoder(encoding)(name)
        return decoder.decode(sample, whole), told
    finally:
        _forget(name)


def _forget(name: str) -> None:
    """Python has no way to take back an error handler: leave one that holds nothing."""
    codecs.register_error(name, codecs.replace_errors)


def recognise(sample: bytes, *, whole: bool = True) -> str:
    """The encoding of ``sample`` by its bytes: "" when it looks like none that we know. ``whole``: nothing follows the sample."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if sample.isascii():
        return "iso2022_jp_ext" if _ESCAPES.search(sample) else "utf-8"
    wide = _wide(sample)
    if wide:
        return wide
    ranked = []
    for order, name in enumerate(("utf-8", "euc_jp", "cp932")):
        text = codecs.getincrementaldecoder(name)("replace").decode(sample, whole)
        others = len(_OTHERS.findall(text)) or 1
        odd = len(_ODD.findall(text))
        if name == "utf-8" and not odd:
            return name
        half = len(_HALF_KANA.findall(text))
        score = odd / others + (0.4 * half / others if name != "utf-8" else 0)
        ranked.append((round(score, 3), order, name))
    best = min(ranked)
    return best[2] if best[0] < _MOST_HALF_KANA else ""


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: line breaks and ASCII show as zero bytes on one side."""
    if b"\0" not in sample:
        return ""
    even = sample[: len(sample) // 2 * 2][: 1 << 16]
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = even.decode(name)
        except UnicodeDecodeError as error:
            if error.end < len(even):
                continue
            text = even[: error.start].decode(name)
        if text and len(_USUAL.findall(text)) >= _LEAST_USUAL * len(text):
            return name
    return ""


def is_text(sample: bytes, *, whole: bool) -> bool:
    """Whether the beginning of a file is text in one of the encodings."""
    name = recognise(sample, whole=whole)
    if name.startswith(("utf-16", "utf-32")):
        return True
    return bool(name) and len(_CONTROL.findall(sample)) <= _MOST_CONTROL * len(sample)


def decoded(stream: Any, told: Decoding, *, declared: str = "") -> Iterator[str]:
    """The text of a stream of bytes in blocks of about a million characters, the byte-order mark dropped; ``told`` is filled.

    ``declared`` is tried first: it holds unless a mark says otherwise or the first block that is not plain ASCII contradicts it.
    """
    block = stream.read(_BLOCK)
    decoder: Any = None
    done = 0
    name = ""
    while block:
        following = stream.read(_BLOCK)
        if decoder is None:
            if not done:
                block, done = _unmarked(block, told)
            encoding = told.encoding or _chosen(block, following, declared, told, base=done)
            if encoding:
                told.encoding = encoding
                name = f"sekisho-decode-{id(told)}"
                start = [done]
                codecs.register_error(name, _handler(told, lambda start=start: start[0]))  # type: ignore[misc]
                decoder = codecs.getincrementaldecoder(encoding)(name)
        if decoder is None:
            yield block.decode("ascii")
        else:
            start[0] = done - len(decoder.getstate()[0])
            yield decoder.decode(block, not following)
        done += len(block)
        block = following
    if name:
        _forget(name)
    told.encoding = told.encoding or ("utf-8" if done else "")


def _unmarked(block: bytes, told: Decoding) -> tuple[bytes, int]:
    for mark, name in _MARKS:
        if block.startswith(mark):
            told.encoding, told.marked = name, True
            return block[len(mark) :], len(mark)
    return block, 0


def _chosen(block: bytes, following: bytes, declared: str, told: Decoding, *, base: int) -> str:
    """The encoding from this block on; "" while all is ASCII and nothing is decided."""
    wanted = usable(declared)
    begins = _UNDECIDED.search(block)
    if begins is None and not wanted.startswith(("utf-16", "utf-32")):
        return ""
    at = begins.start() & ~1 if begins else 0  # even, so that UTF-16 is not halved
    sample = (block + following)[at : at + SAMPLE] if len(block) - at < SAMPLE else block[at : at + SAMPLE]
    whole = not following and at + SAMPLE >= len(block)
    found = recognise(sample, whole=whole) or "utf-8"
    if not wanted:
        if declared:
            told.declared_wrong, told.failed_at = declared, base
        return found
    tried = _strict(sample, wanted, whole=whole)[1]
    if not tried.undecodable or found == wanted or _strict(sample, found, whole=whole)[1].undecodable >= tried.undecodable:
        return wanted
    told.declared_wrong, told.failed_at = declared, base + at + tried.positions[0]
    return found


def decode(untrusted: bytes, *, declared: str = "") -> tuple[str, Decoding]:
    """The text of ``untrusted`` bytes, and how it was decoded."""
    told = Decoding()
    return "".join(decoded(io.BytesIO(untrusted), told, declared=declared)), told
