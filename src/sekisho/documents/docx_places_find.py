"""Where a template names its places: content controls (w:sdt), bookmarks and markers ``{{名前}}``, in all its stories.

A *spot* is a place with its live elements; :mod:`.docx_places_fill` fills spots. ECMA-376-1, 17.5.2 (controls), 17.13.6
(bookmarks).
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sekisho.documents.docx_places_package import W, parse_part
from sekisho.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = [
    "BookmarkSpot",
    "ControlSpot",
    "MarkerSpot",
    "Place",
    "PlaceKind",
    "Spot",
    "Spots",
    "Story",
    "Where",
    "canonical",
    "find_spots",
    "stories",
]


class PlaceKind(StrEnum):
    """By what a place is named."""

    CONTENT_CONTROL = "content_control"
    BOOKMARK = "bookmark"
    MARKER = "marker"


class Where(StrEnum):
    """In which part of the document a place lies."""

    BODY = "body"
    TABLE = "table"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Place:
    """A named place. ``block``: it may take a whole fragment; otherwise text only. ``locked``: a control that does not stay one
    when it is filled (its contents are locked, or it is marked as temporary).
    """

    name: str
    kind: PlaceKind
    where: Where
    block: bool
    locked: bool = False


@dataclass(eq=False, slots=True)
class Story:
    """A run of text of its own: the body, a header, a footer, the notes. ``part`` takes ``root`` back when it is a plain part."""

    root: Any
    where: Where
    part: Any = None


@dataclass(eq=False, slots=True, kw_only=True)
class Spot(ABC):
    """A place in a story; ``shadow``: the old drawing's copy of the same text box."""

    place: Place
    story: Story
    shadow: bool = False

    @abstractmethod
    def anchors(self) -> list[Any]:
        """The elements that must still be there when the spot is filled."""

    @abstractmethod
    def region(self, *, block: bool) -> list[Any]:
        """The elements that filling replaces; ``block`` with a fragment."""


@dataclass(eq=False, slots=True, kw_only=True)
class ControlSpot(Spot):
    """``level``: run (in a paragraph), block (around paragraphs) or cell (around one cell)."""

    element: Any
    level: str

    def anchors(self) -> list[Any]:
        """The control."""
        return [self.element]

    def region(self, *, block: bool) -> list[Any]:
        """The control, or its paragraph, which a fragment replaces."""
        return [paragraph_of(self.element)] if block and self.level == "run" else [self.element]


@dataclass(eq=False, slots=True, kw_only=True)
class BookmarkSpot(Spot):
    """``inline``: what lies between start and end in their paragraph; ``blocks``: the paragraphs and tables held whole."""

    start: Any
    end: Any
    inline: list[Any] | None
    blocks: list[Any]

    def anchors(self) -> list[Any]:
        """Its two ends."""
        return [self.start, self.end]

    def region(self, *, block: bool) -> list[Any]:
        """What it holds."""
        return self.blocks if block or self.inline is None else self.inline


@dataclass(eq=False, slots=True, kw_only=True)
class MarkerSpot(Spot):
    """``pieces``: the texts that hold the marker, with the first and the last character in each."""

    paragraph: Any
    pieces: list[tuple[Any, int, int]]

    def anchors(self) -> list[Any]:
        """The texts."""
        return [piece[0] for piece in self.pieces]

    def region(self, *, block: bool) -> list[Any]:
        """Its paragraph for a fragment; text goes between what stands beside it."""
        return [self.paragraph] if block else []


@dataclass(eq=False, slots=True)
class Spots:
    """All spots in the document's order, and what is odd."""

    found: list[Spot] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


MARKER: Final = re.compile(r"\{\{([^{}\n]{1,100})\}\}|｛｛([^｛｝\n]{1,100})｝｝")
_BRACES: Final = re.compile(r"\{\{|\}\}|｛｛|｝｝")
_EXCERPT: Final = 30
_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Controls that hold something other than text.
_UNFIT: Final = frozenset(
    {"picture", "checkbox", "docPartObj", "docPartList", "equation", "citation", "bibliography", "group", "repeatingSection"}
)
_STORIES: Final = {
    "header": Where.HEADER,
    "footer": Where.FOOTER,
    "footnotes": Where.FOOTNOTE,
    "endnotes": Where.FOOTNOTE,
}
_OBJECTS: Final = tuple(f"{W}{n}" for n in ("drawing", "pict", "object", "footnoteReference", "endnoteReference", "sdt"))
_BREAKS: Final = tuple(f"{W}{n}" for n in ("tab", "br", "cr", "noBreakHyphen", "softHyphen", "sym", "ptab"))


def canonical(name: str) -> str:
    """The form in which names are compared: full-width and half-width letters are one, blanks around do not count."""
    return unicodedata.normalize("NFKC", name).strip()


def stories(word: Any, filename: str) -> Iterator[Story]:
    """Body, then headers, footers and notes in the order of their part names."""
    yield Story(word.element.body, Where.BODY)
    others = []
    for relation in word.part.rels.values():
        where = _STORIES.get(relation.reltype.rpartition("/")[2])
        if where is not None and not relation.is_external:
            others.append((str(relation.target_part.partname), where, relation.target_part))
    for name, where, part in sorted(others, key=lambda other: other[0]):
        # python-docx knows headers and footers; notes are plain parts to it.
        element = getattr(part, "element", None)
        yield Story(parse_part(part.blob, name, filename) if element is None else element, where, part)


def find_spots(story: Story, expected: Collection[str]) -> Spots:
    """The spots of one story; ``expected`` (canonical names) decides which of a control's two names counts."""
    spots = Spots()
    ends = {e.get(f"{W}id"): e for e in story.root.iter(f"{W}bookmarkEnd")}
    for element in story.root.iter(f"{W}sdt", f"{W}bookmarkStart", f"{W}p"):
        if element.tag == f"{W}sdt":
            _control(element, story, expected, spots)
        elif element.tag == f"{W}bookmarkStart":
            _bookmark(element, ends.get(element.get(f"{W}id")), story, spots)
        else:
            _markers(element, story, spots)
    return spots


def paragraph_of(element: Any) -> Any:
    """The paragraph in which an element stands, or None when it stands beside paragraphs."""
    for above in element.iterancestors():
        if above.tag == f"{W}p":
            return above
        if above.tag in {f"{W}body", f"{W}tc", f"{W}txbxContent", f"{W}hdr", f"{W}ftr"}:
            return None
    return None


def own_text(paragraph: Any, *, without: Any = None) -> str:
    """The paragraph's words but those of text boxes in it and those under ``without``; objects count as a character."""
    shown = []
    for element in paragraph.iter(f"{W}t", *_OBJECTS):
        inside = without is not None and (element is without or without in element.iterancestors())
        if paragraph_of(element) is paragraph and not inside and not (without is not None and element in without.iterancestors()):
            shown.append((element.text or "") if element.tag == f"{W}t" else "\ufffc")
    return "".join(shown)


def _ancestors(element: Any) -> set[str]:
    return {above.tag for above in element.iterancestors()}


def _where(element: Any, story: Story) -> Where:
    return Where.TABLE if story.where is Where.BODY and f"{W}tc" in _ancestors(element) else story.where


def _takes_blocks(element: Any, story: Story) -> bool:
    return story.where is Where.BODY and f"{W}txbxContent" not in _ancestors(element)


def _is_shadow(element: Any) -> bool:
    return f"{_MC}Fallback" in _ancestors(element)


def _setting(properties: Any, name: str) -> str:
    found = properties.find(f"{W}{name}") if properties is not None else None
    return "" if found is None else found.get(f"{W}val", "")


def _control(element: Any, story: Story, expected: Collection[str], spots: Spots) -> None:
    properties, content = element.find(f"{W}sdtPr"), element.find(f"{W}sdtContent")
    names = [name for name in (canonical(_setting(properties, key)) for key in ("tag", "alias")) if name]
    if not names or content is None:
        return
    name = next((n for n in names if n in expected), names[0])
    where = _where(element, story)
    kinds = {str(child.tag).rpartition("}")[2] for child in properties}
    cells = content.findall(f"{W}tc")
    if kinds & _UNFIT or content.find(f"{W}tr") is not None or len(cells) > 1:
        spots.problems.append(Problem("places.unfit_control", {"name": name, "where": where.value}))
        return
    paragraph = paragraph_of(element)
    level = "cell" if cells else "block" if paragraph is None else "run"
    alone = paragraph is None or (paragraph is element.getparent() and not own_text(paragraph, without=element).strip())
    locked = _setting(properties, "lock") in {"contentLocked", "sdtContentLocked"} or "temporary" in kinds
    place = Place(name, PlaceKind.CONTENT_CONTROL, where, alone and _takes_blocks(element, story), locked)
    spots.found.append(ControlSpot(place=place, story=story, shadow=_is_shadow(element), element=element, level=level))


def _bookmark(start: Any, end: Any, story: Story, spots: Spots) -> None:
    name = canonical(start.get(f"{W}name", ""))
    if not name or name.startswith("_"):  # Word's own: _Toc…, _Ref…, _GoBack
        return
    where = _where(start, story)
    held = None if end is None or start.get(f"{W}colFirst") is not None else _held(start, end)
    if held is None:
        spots.problems.append(Problem("places.crossing_bookmark", {"name": name, "where": where.value}))
        return
    inline, blocks = held
    whole = inline is None or bool(blocks)
    place = Place(name, PlaceKind.BOOKMARK, where, whole and _takes_blocks(start, story))
    spots.found.append(
        BookmarkSpot(place=place, story=story, shadow=_is_shadow(start), start=start, end=end, inline=inline, blocks=blocks)
    )


def _held(start: Any, end: Any) -> tuple[list[Any] | None, list[Any]] | None:
    """What a bookmark holds: the pieces in one paragraph, and whole paragraphs; None when it cuts something in two."""
    first, last = paragraph_of(start), paragraph_of(end)
    if first is not None and first is last:
        between = _between(start, end)
        if between is None:
            return None
        outside = _text_before(first, start) or _text_before(first, None) != _text_before(first, end)
        return between, [] if outside else [first]
    blocks = _between(start if first is None else first, end if last is None else last)
    if blocks is None or (first is not None and _text_before(first, start)):
        return None
    if first is not None:
        blocks = [first, *blocks]
    if last is not None and _text_before(last, end):
        if _text_before(last, None) != _text_before(last, end):
            return None
        blocks = [*blocks, last]
    return None, [block for block in blocks if block.tag in {f"{W}p", f"{W}tbl", f"{W}sdt"}]


def _between(start: Any, end: Any) -> list[Any] | None:
    """The siblings after ``start`` and before ``end``; None when ``end`` does not follow beside it."""
    out: list[Any] = []
    for sibling in start.itersiblings():
        if sibling is end:
            return out
        out.append(sibling)
    return None


def _text_before(paragraph: Any, stop: Any) -> int:
    """How many characters and objects stand in the paragraph before ``stop`` (None: in all of it)."""
    total = 0
    for element in paragraph.iter():
        if element is stop:
            break
        if element.tag == f"{W}t":
            total += len(element.text or "")
        elif element.tag in _OBJECTS:
            total += 1
    return total


def _markers(paragraph: Any, story: Story, spots: Spots) -> None:
    if not any("{" in (t.text or "") or "｛" in (t.text or "") or "}" in (t.text or "") for t in paragraph.iter(f"{W}t")):
        return
    texts: list[tuple[Any, int]] = []
    words = ""
    for element in paragraph.iter(f"{W}t", *_BREAKS):
        if paragraph_of(element) is not paragraph or element.getparent().tag != f"{W}r":
            continue
        if element.tag == f"{W}t":
            texts.append((element, len(words)))
            words += (element.text or "").replace("\n", " ")
        else:
            words += "\n"
    alone = own_text(paragraph).strip()
    for hit in MARKER.finditer(words):
        name = canonical(hit[1] or hit[2])
        if not name:
            continue
        pieces = []
        for text, begin in texts:
            low, high = max(hit.start() - begin, 0), min(hit.end() - begin, len(text.text or ""))
            if low < high:
                pieces.append((text, low, high))
        block = alone == hit[0].strip() and _takes_blocks(paragraph, story)
        place = Place(name, PlaceKind.MARKER, _where(paragraph, story), block)
        spots.found.append(MarkerSpot(place=place, story=story, shadow=_is_shadow(paragraph), paragraph=paragraph, pieces=pieces))
    rest = MARKER.sub(lambda hit: "\0" * len(hit[0]) if canonical(hit[1] or hit[2]) else hit[0], words)
    for hit in _BRACES.finditer(rest):
        excerpt = words[max(hit.start() - _EXCERPT // 2, 0) : hit.start() + _EXCERPT].replace("\n", " ")
        spots.problems.append(Problem("places.broken_marker", {"text": excerpt, "where": _where(paragraph, story).value}))
        break
