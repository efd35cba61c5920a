"""From a file to a :class:`~sekisho.engines.draftreview.draft.Draft`: what it is, whether it may be read, what it says."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.engines.draftreview.container import MAX_BYTES, kind_of, refuse
from sekisho.engines.draftreview.docx import read_docx
from sekisho.engines.draftreview.draft import MAX_CHARACTERS, Draft
from sekisho.engines.draftreview.pdf import read_pdf
from sekisho.engines.draftreview.plain import read_text

if TYPE_CHECKING:
    from sekisho.engines.draftreview.draft import Block, Format, Notice

__all__ = ["SUFFIXES", "read_draft", "read_draft_file"]

SUFFIXES: Final = {".docx": "zip", ".pdf": "pdf", ".txt": "text", ".md": "text", ".markdown": "text", ".text": "text"}
"""Suffix → what the content must be."""
_SHOWN: Final = {"zip": "ZIP (DOCX)", "pdf": "PDF", "text": "text"}


def read_draft(untrusted: bytes, *, filename: str) -> Draft:
    """The draft in ``untrusted`` bytes; ``filename`` decides nothing but must fit the content.

    Raises InputError with a code ``review.*`` and a Problem naming file and place: empty, over 50 MB, renamed, an old or
    encrypted or macro-bearing file, a bomb, a remote include, a DTD, damaged, no text (scanned), neither UTF-8 nor CP932,
    over 3,000,000 characters. A draft is read wholly or not at all.
    """
    name = Path(filename).name
    suffix = Path(name).suffix.lower()
    found = kind_of(untrusted, name)
    if suffix in {".docm", ".dotm"}:
        refuse("macros", name)
    if suffix not in SUFFIXES:
        refuse("not_supported", name, found=suffix or "?")
    if SUFFIXES[suffix] != found:
        if suffix == ".docx":
            refuse("not_zip" if found == "text" else "renamed", name, expected="DOCX", found=_SHOWN[found])
        refuse("renamed", name, expected=suffix[1:].upper(), found=_SHOWN[found])
    blocks: tuple[Block, ...]
    notices: tuple[Notice, ...]
    pages: int | None = None
    form: Format
    if found == "zip":
        form = "docx"
        blocks, notices = read_docx(untrusted, name)
    elif found == "pdf":
        form = "pdf"
        blocks, notices, pages = read_pdf(untrusted, name)
    else:
        form = "markdown" if suffix in {".md", ".markdown"} else "text"
        blocks, notices = read_text(untrusted, name, markdown=form == "markdown")
    draft = Draft(
        name=name, format=form, size=len(untrusted), sha256=hashlib.sha256(untrusted).hexdigest(), blocks=blocks,
        pages=pages, notices=notices,
    )  # fmt: skip
    if not any(block.text.strip() for block in blocks):
        refuse("empty", name)
    if draft.characters > MAX_CHARACTERS:
        refuse("too_much_text", name, limit=MAX_CHARACTERS)
    return draft


def read_draft_file(path: Path) -> Draft:
    """The draft at ``path``; a file that is too large is refused before it is read. Raises InputError like :func:`read_draft`."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            refuse("no_file", path.name)
        if size > MAX_BYTES:
            refuse("too_large", path.name, size=size, limit=MAX_BYTES)
        content = path.read_bytes()
    except OSError:
        refuse("no_file", path.name)
    return read_draft(content, filename=path.name)
