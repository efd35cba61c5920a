"""Reading plain text and Markdown: UTF-8 (with or without a byte order mark), UTF-16 with one, or CP932."""

from __future__ import annotations

import re
from typing import Final

from sekisho.engines.draftreview.container import refuse
from sekisho.engines.draftreview.draft import Block, Notice
from sekisho.engines.draftreview.lines import Line, join_lines

__all__ = ["decode_text", "read_text"]

_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Python's CP932 takes any single byte; these are none that a text has. Other encodings of Japanese turn into half-width kana.
_NOT_CP932: Final = re.compile("[\x80-\x9f\xa0\uf8f0-\uf8f3]")
_HALF_KANA: Final = re.compile("[\uff61-\uff9f]")
_MOST_HALF_KANA: Final = 0.5
_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*$")
_UNDERLINE: Final = re.compile(r"(=+|-{3,})\s*")
_RULE: Final = re.compile(r"\s*\|?[\s:|-]+\|[\s:|-]*")
_EMPHASIS: Final = re.compile(r"\*\*|__|`|(?<![*\s])\*(?!\s)|(?<!\S)\*(?=\S)")


def decode_text(untrusted: bytes, file: str) -> tuple[str, str]:
    """The text and the name of its encoding. Refuses with file and line what is neither UTF-8 nor CP932, or is no text."""
    if untrusted.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return _checked(untrusted.decode("utf-16"), file), "UTF-16"
        except UnicodeDecodeError:
            refuse("encoding", file, row=1)
    try:
        return _checked(untrusted.decode("utf-8-sig"), file), "UTF-8"
    except UnicodeDecodeError as error:
        at = error.start
    try:
        text = untrusted.decode("cp932")
    except UnicodeDecodeError as error:
        refuse("encoding", file, row=untrusted[: max(at, error.start)].count(b"\n") + 1)
    if _NOT_CP932.search(text) or len(_HALF_KANA.findall(text)) > _MOST_HALF_KANA * sum(c > "\x7f" for c in text):
        refuse("encoding", file, row=untrusted[:at].count(b"\n") + 1)
    return _checked(text, file), "CP932"


def _checked(text: str, file: str) -> str:
    found = _CONTROL.search(text)
    if found:
        refuse("binary", file, row=text[: found.start()].count("\n") + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")


def read_text(untrusted: bytes, file: str, *, markdown: bool) -> tuple[tuple[Block, ...], tuple[Notice, ...]]:
    """The blocks and notices of a text. Markdown: headings, tables row by row, and emphasis marks left out."""
    text, encoding = decode_text(untrusted, file)
    notices = (Notice(code="review.encoding_used", fields={"encoding": encoding}),) if encoding != "UTF-8" else ()
    lines = [Line(text=line, page=None, number=n) for n, line in enumerate(text.split("\n"), start=1)]
    return tuple(_markdown(lines) if markdown else join_lines(lines)), notices


def _markdown(lines: list[Line]) -> list[Block]:
    blocks: list[Block] = []
    waiting: list[Line] = []
    table = row = 0

    def flush() -> None:
        blocks.extend(join_lines(waiting, first=len(blocks) + 1))
        waiting.clear()

    for line in lines:
        text = _EMPHASIS.sub("", line.text)
        heading = _HEADING.fullmatch(text.strip())
        if heading:
            flush()
            if heading.group(2):
                level = len(heading.group(1)) - 1
                blocks.append(Block(kind="heading", text=heading.group(2), number=len(blocks) + 1, line=line.number, level=level))
        elif text.strip().startswith("|"):
            if not row:
                flush()
                table += 1
            row += 1
            if not _RULE.fullmatch(text):
                cells = " | ".join(cell.strip() for cell in text.strip().strip("|").split("|"))
                if cells.replace("|", "").strip():
                    blocks.append(Block(kind="row", text=cells, number=len(blocks) + 1, line=line.number, table=table, row=row))
            continue
        elif not _UNDERLINE.fullmatch(text.strip()) or not text.strip():
            waiting.append(Line(text=text, page=None, number=line.number))
        row = 0
    flush()
    return blocks
