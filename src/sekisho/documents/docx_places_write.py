"""Fragments of documents written with the template's own styles by the ordinary Word writer, ready to be put into places.

All fragments of a filling are laid out as one document, so that 表3 and 根12 occur once; each is written at the end of the body
and then taken from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from docx.oxml.ns import qn

from sekisho.documents.docx import Writer
from sekisho.documents.docx_parts import element
from sekisho.documents.docx_places_fill import place_width
from sekisho.documents.docx_styles import QuickWord, list_number, missing_styles
from sekisho.documents.layout import lay_out
from sekisho.documents.model import Block, BulletList, Chart, Document, Heading, ProvenanceNotes, Reference, Table
from sekisho.errors import InputError, Problem
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.documents.docx_places_find import Spot

__all__ = ["FragmentWriter", "Merged", "merged", "prepare"]

MARGINS: Final = dict(top="1701", right="1134", bottom="1417", left="1134", header="851", footer="567", gutter="0")  # noqa: C408


@dataclass(frozen=True, slots=True)
class Merged:
    """One document of several fragments; ``ranges``: which of its blocks each fragment has (begin, end)."""

    document: Document
    ranges: tuple[tuple[int, int], ...]


def merged(fragments: Sequence[tuple[str, Document]], filename: str) -> Merged:
    """The fragments (name of the place, document) as one document. References that no fragment lists are listed after the last
    fragment that cites any. Errors: InputError ``places.wrong_places`` when languages or references contradict each other,
    ``documents.broken_document``.
    """
    first = fragments[0][1]
    problems: list[Problem] = []
    references: dict[str, Reference] = {}
    lists: list[list[Block]] = []
    citing = None
    for number, (name, document) in enumerate(fragments):
        for key in ("language", "era", "base_url"):
            if getattr(document, key) != getattr(first, key):
                problems += [Problem("places.fragments_differ", {"name": name, "what": key}, file=filename)]
        for reference in document.references:
            if references.setdefault(reference.id, reference) != reference:
                problems += [Problem("places.references_differ", {"name": name, "id": reference.id}, file=filename)]
        lists.append([*document.blocks])
        silent = msgspec.structs.replace(document, blocks=(*document.blocks, ProvenanceNotes()))
        citing = number if lay_out(silent).cited else citing
    if problems:
        raise InputError("places.wrong_places", file=filename, problems=tuple(problems))
    if citing is not None and not any(isinstance(block, ProvenanceNotes) for blocks in lists for block in blocks):
        title = texts.render("documents.provenance", lang=first.language)
        lists[citing] += [Heading(title, numbered=False), ProvenanceNotes()]
    ranges, blocks = [], list[Block]()
    for part in lists:
        ranges.append((len(blocks), len(blocks) + len(part)))
        blocks += part
    if citing is None:
        blocks.append(ProvenanceNotes())  # in no range: says to the layout that there is nothing to list
    metadata = {key: value for _, document in fragments for key, value in document.metadata.items()}
    whole = msgspec.structs.replace(first, blocks=tuple(blocks), references=tuple(references.values()), metadata=metadata)
    return Merged(whole, tuple(ranges))


def prepare(word: Any) -> None:
    """Styles that the template lacks, and a last section; its tables of contents count again when Word opens the file."""
    body = word.element.body
    if body.find(qn("w:sectPr")) is None:
        section = element("sectPr")
        section.append(element("pgSz", w="11906", h="16838"))
        section.append(
            element("pgMar", top="1701", right="1134", bottom="1417", left="1134", header="851", footer="567", gutter="0")
        )
        body.append(section)
    missing_styles(word)
    begin = None
    for mark in body.iter(qn("w:fldChar"), qn("w:instrText")):
        if mark.get(qn("w:fldCharType")) == "begin":
            begin = mark
        elif mark.tag == qn("w:instrText") and begin is not None and (mark.text or "").split()[:1] == ["TOC"]:
            begin.set(qn("w:dirty"), "true")


class FragmentWriter(Writer):
    """The ordinary writer; widths are those of the place, the paper stays the template's, each ordered list begins with 1."""

    def __init__(self, word: Any, fragments: Merged) -> None:
        super().__init__(QuickWord(word), lay_out(fragments.document), own=False)
        self.ranges = fragments.ranges
        self.place_width = 0
        starts = list(_everywhere(word, "bookmarkStart"))
        self.taken = {start.get(qn("w:name")) for start in starts}
        numbers = [start.get(qn("w:id")) or "" for start in starts]
        self.bookmarks = max((int(n) for n in numbers if n.isascii() and n.isdigit()), default=0)

    @property
    def width(self) -> int:
        """Width of the place that is being written for (EMU)."""
        return self.place_width

    def fragments(self, spots: Sequence[Spot]) -> list[list[Any]]:
        """The paragraphs and tables of each fragment, taken out of the body again."""
        out = []
        for spot, (begin, end) in zip(spots, self.ranges, strict=True):
            self.place_width = place_width(spot)
            first = len(self.word.element.body)
            for index in range(begin, end):
                self.block(index, self.layout.blocks[index])
            out.append(self._take(first))
        self._rename([block for blocks in out for block in blocks])
        return out

    def block(self, index: int, block: Block) -> None:
        """A block; lists get a number of their own."""
        first = len(self.word.element.body)
        super().block(index, block)
        if isinstance(block, Table | Chart):  # the template's own style may let a caption stand alone at the foot of a page
            for caption in self._since(first)[:1]:
                if caption.tag == qn("w:p") and caption.style == self.word.styles["Caption"].style_id:
                    caption.get_or_add_pPr().get_or_add_keepNext().val = True
        if isinstance(block, BulletList):
            level, number = list_number(self.word, ordered=block.ordered)
            for paragraph in self._since(first):
                properties = paragraph.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = level, number

    def _since(self, first: int) -> list[Any]:
        body = self.word.element.body
        return list(body)[first - 1 : len(body) - 1]  # the last element is the section

    def _take(self, first: int) -> list[Any]:
        blocks = self._since(first)
        for block in blocks:
            block.getparent().remove(block)
        return blocks

    def _rename(self, blocks: Sequence[Any]) -> None:
        """Bookmarks of earlier fillings keep their names; ours with the same name get another, and so do links to them."""
        names = {}
        for block in blocks:
            for start in block.iter(qn("w:bookmarkStart")):
                name = new = start.get(qn("w:name"))
                number = 2
                while new in self.taken:
                    new, number = f"{name}_{number}", number + 1
                names[name] = new
                start.set(qn("w:name"), new)
        for block in blocks:
            for link in block.iter(qn("w:hyperlink")):
                anchor = link.get(qn("w:anchor"))
                if anchor in names:
                    link.set(qn("w:anchor"), names[anchor])
            for code in block.iter(qn("w:instrText")):
                words = (code.text or "").split(" ")
                code.text = " ".join(names.get(word, word) for word in words)


def _everywhere(word: Any, name: str) -> list[Any]:
    roots = [word.element.body]
    roots += [
        part.element for rel in word.part.rels.values() if not rel.is_external and hasattr(part := rel.target_part, "element")
    ]
    return [found for root in roots for found in root.iter(qn(f"w:{name}"))]
