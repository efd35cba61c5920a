"""What the three kinds of Open XML share: relationships, properties, embedded files, texts of drawings (ISO/IEC 29500)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.package import Package
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.source import from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = [
    "A",
    "attempt",
    "element_texts",
    "embedded",
    "extras",
    "local",
    "opened_package",
    "properties",
    "relations",
]

A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_RELATIONSHIP: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".emf", ".wmf", ".webp", ".svg")
_TOOLS: Final = frozenset({
    "Application", "AppVersion", "Template", "TotalTime", "Pages", "Words", "Characters", "Lines", "Paragraphs", "DocSecurity",
    "CharactersWithSpaces", "ScaleCrop", "LinksUpToDate", "SharedDoc", "HyperlinksChanged", "Slides", "Notes", "HiddenSlides",
    "MMClips", "PresentationFormat", "i4", "created", "modified", "revision", "lastPrinted", "version",
})  # fmt: skip


@contextmanager
def opened_package(source: Source, reading: Reading, place: Place) -> Iterator[Package]:
    """The package, whose refusals are :class:`Unreadable`."""
    if source.size is not None and source.size > reading.limits.document:
        raise Unreadable("too_large", size=source.size, limit=reading.limits.document)
    with reading.seekable(source, place) as file:
        yield Package(file, reading.file, reading.refuse)


def attempt(reading: Reading, place: Place, make: Callable[[], Iterator[Piece]]) -> Iterator[Piece]:
    """The pieces of one part; when it is damaged it is told, and the other parts are read all the same."""
    try:
        yield from make()
    except Unreadable as error:
        reading.unreadable(error, place)
    except RecursionError:
        reading.problem("too_deep", place)


def local(element: Any) -> str:
    """The name of an element without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Id → (kind, target as a name in the package) of what a part refers to inside the file."""
    folder, name = posixpath.split(part)
    rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    if not package.has(rels):
        return {}
    found = {}
    for relation in package.xml(rels).iter(_RELATIONSHIP):
        if relation.get("TargetMode") == "External":
            continue
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], path)
    return found


def element_texts(root: Any, place: Place, *, skip: frozenset[str] = frozenset()) -> Iterator[Part]:
    """Every element's own text, each with its name as context."""
    for element in root.iter():
        name = local(element)
        if name and name not in skip and (text := (element.text or "").strip()):
            yield Part(text, place, context=element.get("name") or name)


def properties(package: Package, reading: Reading, place: Place) -> Iterator[Piece]:
    """Title, author, keywords, company and the organisation's own properties."""
    where = place.at(part="property")
    for name in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"):
        if package.has(name):
            yield from attempt(reading, where, lambda name=name: _properties(package, name, where))  # type: ignore[misc]


def _properties(package: Package, name: str, place: Place) -> Iterator[Piece]:
    for element in package.xml(name).iter():
        key = local(element)
        if key and key not in _TOOLS and (text := (element.text or "").strip()):
            parent = element.getparent()
            yield Part(text, place, context=(parent.get("name", "") if parent is not None else "") or key)


def embedded(package: Package, reading: Reading, place: Place, folder: str) -> Iterator[Piece]:
    """Files inside the document (the workbook behind a chart, an attachment), each read as what it is; pictures are counted."""
    pictures = 0
    for name in package.names:
        lower = name.lower()
        if lower.startswith(f"{folder}media/"):
            pictures += lower.endswith(_PICTURES)
        elif lower.startswith(f"{folder}embeddings/") and not lower.endswith("/"):
            yield from attempt(reading, place, lambda name=name: _embedded(package, reading, place, name))  # type: ignore[misc]
    if pictures:
        reading.note("pictures_not_read", place, count=pictures)


def _embedded(package: Package, reading: Reading, place: Place, name: str) -> Iterator[Piece]:
    reading.entry()
    yield from reading.dive(from_bytes(package.read(name), name), place)


def extras(package: Package, reading: Reading, place: Place, folder: str) -> Iterator[Piece]:
    """Charts, diagrams (SmartArt) and the data behind a document's own fields."""
    for name in package.names:
        for prefix, part in ((f"{folder}charts/", "chart"), (f"{folder}diagrams/data", "diagram"), ("customXml/item", "custom")):
            if name.startswith(prefix) and name.endswith(".xml") and "/_rels/" not in name and "Props" not in name:
                where = place.at(part=part)
                yield from attempt(reading, where, lambda name=name, where=where: _extra(package, name, where))  # type: ignore[misc]


def _extra(package: Package, name: str, place: Place) -> Iterator[Piece]:
    root = package.xml(name)
    kept = ("t",) if place.part == "diagram" else ("v", "t")
    for element in root.iter():
        text = (element.text or "").strip()
        if text and (place.part == "custom" or local(element) in kept):
            yield Part(text, place, context=local(element) if place.part == "custom" else "")
