"""A draft after reading: blocks of text in order, each with its place in the file. Nothing is judged here."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["MAX_CHARACTERS", "Block", "BlockKind", "Draft", "Format", "Notice"]

MAX_CHARACTERS = 3_000_000
"""The most text that is taken from one draft, in characters (a page of a Japanese specification has about 1,000)."""

Format = Literal["docx", "pdf", "text", "markdown"]
BlockKind = Literal["heading", "paragraph", "row", "footnote", "textbox"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something the reader should know about the reading: text code ``review.*`` and its fields."""

    code: str
    fields: dict[str, Any] = {}


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One paragraph, heading, table row, footnote or text box.

    ``text`` is the original text (may hold line breaks). ``number`` counts paragraphs and rows from 1 over the whole draft;
    ``page`` and ``line`` (1-based) are there where the format has them; ``table`` and ``row`` count from 1; ``label`` is an
    automatic number that the text itself does not hold; ``level`` is the depth of a heading (0 is the highest).
    """

    kind: BlockKind
    text: str
    number: int
    page: int | None = None
    line: int | None = None
    table: int | None = None
    row: int | None = None
    label: str = ""
    level: int | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that was read wholly. ``size`` in bytes, ``sha256`` in hex; ``pages`` only for a PDF."""

    name: str
    format: Format
    size: int
    sha256: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def characters(self) -> int:
        """Length of all texts."""
        return sum(len(block.text) for block in self.blocks)
