"""From lines to paragraphs: a Japanese sentence broken at the edge of a page or a column is one sentence again."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from sekisho.engines.draftreview.draft import Block
from sekisho.engines.draftreview.headings import heading_level, is_contents_line, starts_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Line", "join_lines"]

_ENDS: Final = re.compile(r"[。．.：:！？」』】]\s*$|こと\s*$")
_FULL: Final = 0.8
_LONGEST: Final = 40


class Line(NamedTuple):
    """One line as the file has it: its page (None in a text) and its number, both from 1."""

    text: str
    page: int | None
    number: int


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def join_lines(lines: Sequence[Line], *, first: int = 1) -> list[Block]:
    """Paragraph blocks, numbered from ``first``. Line breaks stay in the blocks' texts.

    A line goes on with the next one when it neither ends a sentence nor is clearly shorter than the lines around it, and the
    next one does not begin an item or a heading. Lines of a table of contents (leaders and a page number) are left out.
    """
    widths = sorted(_width(line.text.rstrip()) for line in lines if line.text.strip())
    usual = widths[int(len(widths) * 0.9)] if widths else 0
    blocks: list[Block] = []
    open_lines: list[Line] = []

    def close() -> None:
        if open_lines:
            blocks.append(_block(open_lines, first + len(blocks)))
            open_lines.clear()

    previous = 0
    for line in lines:
        text = line.text.strip()
        if not text or is_contents_line(text):
            close()
            continue
        gap = open_lines and open_lines[-1].page == line.page and line.number > previous + 1
        if gap or starts_item(text) or (open_lines and not _goes_on(open_lines, usual)):
            close()
        open_lines.append(line)
        previous = line.number
    close()
    return blocks


def _goes_on(lines: Sequence[Line], usual: int) -> bool:
    last = lines[-1].text.rstrip()
    if _ENDS.search(last) or len(lines) >= _LONGEST:
        return False
    if len(lines) == 1 and heading_level(last) is not None and _width(last) < _FULL * usual:
        return False
    return _width(last) >= _FULL * usual


def _block(lines: Iterable[Line], number: int) -> Block:
    kept = list(lines)
    text = "\n".join(line.text.strip() for line in kept)
    return Block(kind="paragraph", text=text, number=number, page=kept[0].page, line=kept[0].number)
