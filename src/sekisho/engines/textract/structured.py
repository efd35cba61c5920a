"""JSON, JSON lines and XML: every value with its key; what is not well formed is read as plain text and said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from sekisho.engines.textract.headers import showable
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.plain import blocks_of, read_plain, text_of

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["pieces_of_xml", "read_json", "read_json_lines", "read_xml"]

_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]*?\?>")
_ENCODING: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)[\"']")
_HEAD: Final = 1024
_MOST: Final = 64 << 20
_LINE: Final = 8 << 20


def _too_large(source: Source) -> bool:
    return source.once or source.size is None or source.size > _MOST


def read_json(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The values of a JSON text in order. One over 64 MiB, or broken, is read as plain text."""
    if _too_large(source):
        yield from read_plain(source, reading, place)
        return
    text = text_of(source, reading, place)
    try:
        value = _loads(text)
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", None)
        reading.problem("json_as_text", place, row=row, unread=False)
        yield Part(text, place)
        return
    yield from _values(value, place)


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _values(root: Any, place: Place) -> Iterator[Part]:
    """Leaves in the order of the text, each with its key; without recursion."""
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((str(k), v) for k, v in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((key, v) for v in reversed(value))
        elif isinstance(value, str) and value.strip():
            yield Part(value, place.at(name=key if showable(key) else ""), context=key)


def read_json_lines(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The values of JSON lines, line by line; a broken line is read as it stands."""
    number, rest = 0, ""
    broken: list[int] = []
    with reading.opened(source, place) as stream:
        for block in blocks_of(stream, source, reading, place):
            lines = (rest + block).split("\n")
            rest = lines.pop()
            if len(rest) > _LINE:
                lines.append(rest)
                rest = ""
            for line in lines:
                number += 1
                yield from _line(line, place.at(line=number), broken)
    if rest.strip():
        yield from _line(rest, place.at(line=number + 1), broken)
    if broken:
        reading.problem("json_lines_as_text", place, row=broken[0], unread=False, count=len(broken))


def _line(line: str, place: Place, broken: list[int]) -> Iterator[Piece]:
    if not line.strip():
        return
    try:
        value = _loads(line)
    except (ValueError, RecursionError):
        broken.append(place.line or 0)
        yield Part(line, place)
        return
    yield from _values(value, place)


def read_xml(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """Texts, attributes and comments of an XML document."""
    if _too_large(source):
        yield from read_plain(source, reading, place)
        return
    with reading.opened(source, place) as stream:
        found = _ENCODING.search(stream.read(_HEAD))
    declared = found.group(1).decode("ascii") if found and not source.declared else ""
    yield from pieces_of_xml(text_of(source, reading, place, declared=declared), reading, place)


def pieces_of_xml(text: str, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of XML that was decoded already; declared entities are never expanded: such a text is read as it stands."""
    root = None
    if "<!ENTITY" not in text:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8")
        try:
            root = etree.fromstring(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            row = getattr(error, "lineno", None)
            reading.problem("xml_as_text", place, row=row if isinstance(row, int) else None, unread=False)
    else:
        reading.problem("xml_entities", place, unread=False)
    if root is None:
        yield Part(text, place)
        return
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment":
            if content := (element.text or "").strip():
                yield Part(content, place.at(part="comment"))
        elif event == "start":
            yield from _element(element, place)
        if event != "start":
            yield from _tail(element, place)


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if element is not None and isinstance(element.tag, str) else ""


def _element(element: Any, place: Place) -> Iterator[Piece]:
    name = _name(element)
    if content := (element.text or "").strip():
        yield Part(content, place.at(name=name), context=name)
    for key, value in element.attrib.items():
        if content := str(value).strip():
            attribute = str(key).rpartition("}")[2]
            yield Part(content, place.at(part="attribute", name=attribute), context=attribute)


def _tail(element: Any, place: Place) -> Iterator[Piece]:
    if content := (element.tail or "").strip():
        within = _name(element.getparent())
        yield Part(content, place.at(name=within), context=within)
