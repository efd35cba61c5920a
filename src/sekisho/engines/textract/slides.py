"""PPTX: slides in order with their tables, notes, comments, hidden slides and what lies behind charts (ISO/IEC 29500-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract import openxml
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.openxml import A
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.tables import rows_of

if TYPE_CHECKING:
    from sekisho.engines.textract.package import Package
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_pptx"]

_SLIDE_ID: Final = re.compile(r"\{[^}]*\}sldId")
_RELATION: Final = re.compile(r"\{[^}]*relationships\}id")
_BESIDE: Final = {"notesSlide": "notes", "comments": "comment"}
_MASTER: Final = re.compile(r"ppt/(slideMasters|slideLayouts|notesMasters|handoutMasters)/[^/]+\.xml")


def read_pptx(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of a PPTX, slide by slide."""
    with openxml.opened_package(source, reading, place) as package:
        main = next((t for k, t in openxml.relations(package, "").values() if k == "officeDocument"), "ppt/presentation.xml")
        if not package.has(main):
            raise Unreadable("not_pptx")
        for number, name in enumerate(_order(package, main), start=1):
            where = place.at(slide=number)
            yield from openxml.attempt(
                reading, where, lambda name=name, where=where: _slide(package, reading, where, name)  # type: ignore[misc]
            )  # fmt: skip
        for name in sorted(package.names):
            if _MASTER.fullmatch(name):
                where = place.at(part="master")
                yield from openxml.attempt(
                    reading, where, lambda name=name, where=where: _shapes(package.xml(name), reading, where)  # type: ignore[misc]
                )  # fmt: skip
        yield from openxml.properties(package, reading, place)
        yield from openxml.extras(package, reading, place, "ppt/")
        yield from openxml.embedded(package, reading, place, "ppt/")


def _order(package: Package, main: str) -> list[str]:
    """The slides' parts in the order of the presentation; slides that it does not list follow."""
    known = {i: target for i, (kind, target) in openxml.relations(package, main).items() if kind == "slide"}
    listed = []
    for element in package.xml(main).iter():
        if isinstance(element.tag, str) and _SLIDE_ID.fullmatch(element.tag):
            ids = [value for key, value in element.attrib.items() if _RELATION.fullmatch(key)]
            listed += [known[i] for i in ids if i in known and package.has(known[i])]
    rest = sorted(n for n in package.names if re.fullmatch(r"ppt/slides/slide\d+\.xml", n) and n not in listed)
    return [*dict.fromkeys(listed), *rest]


def _slide(package: Package, reading: Reading, place: Place, name: str) -> Iterator[Piece]:
    root = package.xml(name)
    if root.get("show") in {"0", "false"}:
        place = place.at(hidden=True)
        reading.note("slide_hidden", place, slide=place.slide)
    yield from _shapes(root, reading, place)
    for kind, target in openxml.relations(package, name).values():
        if kind in _BESIDE and package.has(target):
            where = place.at(part=_BESIDE[kind])
            yield from openxml.attempt(
                reading, where, lambda target=target, where=where: _beside(package, reading, where, target)  # type: ignore[misc]
            )  # fmt: skip


def _beside(package: Package, reading: Reading, place: Place, name: str) -> Iterator[Piece]:
    root = package.xml(name)
    yield from _shapes(root, reading, place)
    if place.part == "comment":
        for element in root.iter():
            if openxml.local(element) == "text" and (text := (element.text or "").strip()):
                yield Part(text, place)


def _shapes(root: Any, reading: Reading, place: Place) -> Iterator[Piece]:
    """Tables as rows; every other paragraph as a part; the alternative texts of pictures."""
    for element in root.iter():
        name = openxml.local(element)
        if name == "tbl":
            rows = [
                ["\n".join(_text(p) for p in cell.iter(f"{A}p")) for cell in row.findall(f"{A}tc")]
                for row in element.findall(f"{A}tr")
            ]
            yield from rows_of((row for row in rows if row), place.at(part="table"), most=reading.limits.rows)
        elif element.tag == f"{A}p" and next(element.iterancestors(f"{A}tbl"), None) is None:
            if (text := _text(element)).strip() and not (place.part == "master" and _is_placeholder(element)):
                yield Part(text, place)
        elif name == "cNvPr" and (text := " ".join(filter(None, (element.get("title"), element.get("descr"))))):
            yield Part(text, place.at(part="attribute"))


def _is_placeholder(paragraph: Any) -> bool:
    """Whether a text of a master only shows what slides put there ("Click to edit …")."""
    shape = next((a for a in paragraph.iterancestors() if openxml.local(a) == "sp"), None)
    return shape is not None and any(openxml.local(e) == "ph" for e in shape.iter())


def _text(paragraph: Any) -> str:
    texts = []
    for element in paragraph.iter():
        name = openxml.local(element)
        if name == "t":
            texts.append(element.text or "")
        elif name == "br":
            texts.append("\n")
    return "".join(texts)
