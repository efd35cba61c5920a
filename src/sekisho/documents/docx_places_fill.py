"""Puts text and whole fragments into spots: the run's formatting stays, controls and bookmarks stay, nothing is left half.

What is replaced may have held one half of a pair (bookmark, comment range); the other half goes with it. Fields and sections are
never cut: :func:`unfit_region` finds these before anything is changed.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from docx.oxml.ns import qn

from sekisho.documents.docx_parts import element
from sekisho.documents.docx_places_find import BookmarkSpot, ControlSpot, MarkerSpot, Spot, paragraph_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["fill_blocks", "fill_text", "place_width", "unfit_region"]

_PAIRS: Final = {
    qn(f"w:{family}{side}"): family
    for family in ("bookmark", "commentRange", "perm", "moveFromRange", "moveToRange", "customXmlInsRange", "customXmlDelRange")
    for side in ("Start", "End")
}
# Kinds of control that hold one line of text: with more in them they become controls of rich text.
_PLAIN: Final = ("text", "date", "comboBox", "dropDownList")
_LENGTH: Final = re.compile(r"-?\d{1,7}")
_TWIP: Final = 635
_A4: Final = (11906, 1134)
_CELL_MARGINS: Final = 216
_NARROWEST: Final = 1134


def unfit_region(spot: Spot, *, block: bool) -> str:
    """The code of what filling this spot would cut in two, or ""."""
    region = spot.region(block=block)
    if isinstance(spot, ControlSpot) and not block:
        region = [spot.element.find(qn("w:sdtContent"))]
    marks = Counter(mark.get(qn("w:fldCharType")) for part in region for mark in part.iter(qn("w:fldChar")))
    if marks["begin"] != marks["end"]:
        return "places.cuts_field"
    # A marker's paragraph, and that of a control in it, keeps its section break.
    kept = isinstance(spot, MarkerSpot) or (isinstance(spot, ControlSpot) and spot.level == "run")
    if not kept and any(next(part.iter(qn("w:sectPr")), None) is not None for part in region):
        return "places.cuts_section"
    return ""


def fill_text(spot: Spot, text: str) -> None:
    """Text in place of what the spot holds, in the formatting of its first run; line breaks and tabs are kept."""
    for above in spot.anchors()[0].iterancestors(qn("w:sdt")):
        _settle(above)
    if isinstance(spot, MarkerSpot):
        _marker_text(spot, text)
    elif isinstance(spot, ControlSpot):
        _control_text(spot, text)
    elif isinstance(spot, BookmarkSpot):
        _bookmark_text(spot, text)


def fill_blocks(spot: Spot, blocks: Sequence[Any]) -> None:
    """Whole paragraphs and tables in place of what the spot holds; there is at least a paragraph."""
    blocks = blocks or [element("p")]
    for above in spot.anchors()[0].iterancestors(qn("w:sdt")):
        _settle(above)
    if isinstance(spot, ControlSpot):
        _control_blocks(spot, blocks)
    elif isinstance(spot, BookmarkSpot):
        _bookmark_blocks(spot, blocks)
    elif isinstance(spot, MarkerSpot):
        _instead(spot.paragraph, blocks, spot.story.root)
    cell = next(blocks[-1].iterancestors(qn("w:tc")), None)
    if cell is not None and cell[-1].tag == qn("w:tbl"):
        cell.append(element("p"))  # a cell ends with a paragraph


def _pieces(text: str) -> list[Any]:
    """The text as the children of a run."""
    out = []
    for piece in re.split(r"([\n\t])", text):
        if piece == "\n":
            out.append(element("br"))
        elif piece == "\t":
            out.append(element("tab"))
        elif piece:
            made = element("t")
            made.text = piece
            made.set(qn("xml:space"), "preserve")
            out.append(made)
    return out


def _run(text: str, look: Any) -> Any:
    run = element("r")
    if look is not None:
        run.append(copy.deepcopy(look))
    run.extend(_pieces(text))
    return run


def _look(elements: Iterable[Any]) -> Any:
    """The properties of the first run that shows something, or of the first run."""
    runs = [run for part in elements for run in part.iter(qn("w:r"))]
    shown = [run for run in runs if run.find(qn("w:t")) is not None]
    return next((run.find(qn("w:rPr")) for run in (*shown, *runs)), None)


def _marker_text(spot: MarkerSpot, text: str) -> None:
    first, begin, end = spot.pieces[0]
    whole = first.text or ""
    after = whole[end:] if len(spot.pieces) == 1 else ""
    for piece, _, stop in spot.pieces[1:]:
        piece.text = (piece.text or "")[stop:]
        piece.set(qn("xml:space"), "preserve")
        if not piece.text:
            piece.getparent().remove(piece)
    # What stands before keeps the element: markers further left in the same text still point to it.
    first.text = whole[:begin]
    first.set(qn("xml:space"), "preserve")
    at = first
    for made in _pieces(text + after):
        at.addnext(made)
        at = made


def _settle(control: Any) -> None:
    """A control that shows a prompt, or what a data store says, from now on shows what is in it."""
    properties = control.find(qn("w:sdtPr"))
    if properties is None:
        return
    for name in ("showingPlcHdr", "dataBinding"):
        for found in properties.findall(qn(f"w:{name}")):
            properties.remove(found)
    for found in properties.findall(qn("w:date")):
        found.attrib.pop(qn("w:fullDate"), None)
    for bound in properties.findall("{http://schemas.microsoft.com/office/word/2012/wordml}dataBinding"):
        properties.remove(bound)


def _control_look(control: Any, content: Any) -> Any:
    """The formatting for text in a control: a prompt's own grey does not count."""
    properties = control.find(qn("w:sdtPr"))
    own = properties.find(qn("w:rPr"))
    if properties.find(qn("w:showingPlcHdr")) is None:
        return _look([content]) if _look([content]) is not None else own
    if own is not None:
        return own
    look = copy.deepcopy(_look([content]))
    for style in () if look is None else look.findall(qn("w:rStyle")):
        look.remove(style)
    return look


def _control_text(spot: ControlSpot, text: str) -> None:
    control, content = spot.element, spot.element.find(qn("w:sdtContent"))
    run = _run(text, _control_look(control, content))
    _settle(control)
    plain = control.find(qn("w:sdtPr")).find(qn("w:text"))
    if plain is not None and "\n" in text:
        plain.set(qn("w:multiLine"), "1")
    if spot.level == "run":
        _clear(content, (), spot.story.root)
        content.append(run)
    else:
        holder = content.find(qn("w:tc")) if spot.level == "cell" else content
        paragraph = holder.find(qn("w:p"))
        if paragraph is None:
            paragraph = element("p")
            holder.append(paragraph)
        _clear(holder, (qn("w:tcPr"), paragraph), spot.story.root)
        _clear(paragraph, (qn("w:pPr"),), spot.story.root)
        paragraph.append(run)
    _dissolve(spot)


def _control_blocks(spot: ControlSpot, blocks: Sequence[Any]) -> None:
    control, content, root = spot.element, spot.element.find(qn("w:sdtContent")), spot.story.root
    _settle(control)
    properties = control.find(qn("w:sdtPr"))
    for name in _PLAIN:
        for found in properties.findall(qn(f"w:{name}")):
            properties.remove(found)
    if spot.level == "cell":
        cell = content.find(qn("w:tc"))
        _clear(cell, (qn("w:tcPr"),), root)
        cell.extend(blocks)
    else:
        _clear(content, (), root)
        if spot.level == "run":  # alone in its paragraph: from now on it stands around paragraphs
            _instead(paragraph_of(control), [control], root)
        content.extend(blocks)
    _dissolve(spot)


def _dissolve(spot: ControlSpot) -> None:
    if spot.place.locked:
        for child in list(spot.element.find(qn("w:sdtContent"))):
            spot.element.addprevious(child)
        spot.element.getparent().remove(spot.element)


def _bookmark_text(spot: BookmarkSpot, text: str) -> None:
    start, end, root = spot.start, spot.end, spot.story.root
    if spot.inline is not None:
        look = _look(spot.inline)
        if look is None:  # an empty bookmark: as its neighbour
            paragraph = paragraph_of(start)
            look = _look([*start.itersiblings(qn("w:r"), preceding=True)][:1] or [*end.itersiblings(qn("w:r"))][:1])
            if look is None and paragraph.find(qn("w:pPr")) is not None:
                look = paragraph.find(qn("w:pPr")).find(qn("w:rPr"))
        _remove(spot.inline, root)
        start.addnext(_run(text, look))
        return
    first = next((block for block in spot.blocks if block.tag == qn("w:p")), None)
    paragraph = element("p")
    if first is not None and first.find(qn("w:pPr")) is not None:
        paragraph.append(copy.deepcopy(first.find(qn("w:pPr"))))
    look = _look(spot.blocks)
    _bookmark_blocks(spot, [paragraph])
    paragraph.extend([start, _run(text, look), end])


def _bookmark_blocks(spot: BookmarkSpot, blocks: Sequence[Any]) -> None:
    """The bookmark stays around what it now holds, beside paragraphs."""
    start, end = spot.start, spot.end
    outer = spot.blocks[0] if spot.blocks else start
    if outer is not start:
        outer.addprevious(start)
    at = start
    for block in (*blocks, end):
        at.addnext(block)
        at = block
    _remove(spot.blocks, spot.story.root)


def _instead(paragraph: Any, blocks: Sequence[Any], root: Any) -> None:
    """The blocks in place of a paragraph; one that ends a section stays, empty, behind them."""
    for block in blocks:
        paragraph.addprevious(block)
    if next(paragraph.iter(qn("w:sectPr")), None) is None:
        _remove([paragraph], root)
    else:
        _clear(paragraph, (qn("w:pPr"),), root)


def _clear(holder: Any, keep: Sequence[Any], root: Any) -> None:
    """Remove the children but those whose tag or self is in ``keep``."""
    _remove([child for child in holder if child.tag not in keep and not any(child is kept for kept in keep)], root)


def _remove(elements: Sequence[Any], root: Any) -> None:
    """Remove elements, and the other halves of pairs of which they held one."""
    halves: Counter[tuple[str, str | None]] = Counter()
    for part in elements:
        for inner in part.iter(*_PAIRS):
            halves[_PAIRS[inner.tag], inner.get(qn("w:id"))] += 1
    for part in elements:
        if part.getparent() is not None:
            part.getparent().remove(part)
    lonely = {key for key, count in halves.items() if count == 1}
    if lonely:
        for other in [e for e in root.iter(*_PAIRS) if (_PAIRS[e.tag], e.get(qn("w:id"))) in lonely]:
            other.getparent().remove(other)


def place_width(spot: Spot) -> int:
    """The width that blocks have at this place (EMU): that of its table cell, or between the margins of its section."""
    at = spot.region(block=True)[0] if spot.region(block=True) else spot.anchors()[0]
    cell = next(at.iterancestors(qn("w:tc")), None)
    if isinstance(spot, ControlSpot) and spot.level == "cell":
        cell = spot.element.find(qn("w:sdtContent")).find(qn("w:tc"))
    width = _cell_width(cell) if cell is not None else 0
    return max(width or _section_width(at, spot.story.root), _NARROWEST) * _TWIP


def _cell_width(cell: Any) -> int:
    """Twips; 0 when the cell does not say."""
    stated = cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
    if stated is None or stated.get(qn("w:type")) != "dxa":
        return 0
    return max(_twips(stated, "w", 0) - _CELL_MARGINS, 0)


def _section_width(at: Any, body: Any) -> int:
    """Twips between the margins, or of one column."""
    top = at
    while top.getparent() is not None and top.getparent() is not body:
        top = top.getparent()
    found = None
    for block in (top, *top.itersiblings()):
        found = next(block.iter(qn("w:sectPr")), None)
        if found is not None:
            break
    if found is None:
        return _A4[0] - 2 * _A4[1]
    size, margins, columns = (found.find(qn(f"w:{name}")) for name in ("pgSz", "pgMar", "cols"))
    width = _twips(size, "w", _A4[0]) - _twips(margins, "left", _A4[1]) - _twips(margins, "right", _A4[1])
    count = _twips(columns, "num", 1)
    return (width - (count - 1) * _twips(columns, "space", 425)) // count if count > 1 else width


def _twips(holder: Any, name: str, default: int) -> int:
    found = None if holder is None else _LENGTH.fullmatch(holder.get(qn(f"w:{name}")) or "")
    return default if found is None else int(found[0])
