"""From a file to its pieces: what it is, its reader, and the positions of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.engines.textract.model import SEPARATOR, Extracted, Limits, Piece, Place
from sekisho.engines.textract.reading import Reading, Unreadable
from sekisho.engines.textract.sniffing import expected, of_ole, of_zip, sniff
from sekisho.engines.textract.source import HEAD, Source, from_path

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["extract", "extract_file"]

Reader = Callable[[Source, Reading, Place], Iterator[Piece]]
_READERS: Final[dict[str, tuple[str, str]]] = {
    "text": ("plain", "read_plain"),
    "csv": ("delimited", "read_delimited"),
    "json": ("structured", "read_json"),
    "jsonl": ("structured", "read_json_lines"),
    "xml": ("structured", "read_xml"),
    "html": ("html", "read_html"),
    "mail": ("mail", "read_mail"),
    "mbox": ("mail", "read_mbox"),
    "msg": ("mail", "read_msg"),
    "pdf": ("pdf", "read_pdf"),
    "docx": ("word", "read_docx"),
    "pptx": ("slides", "read_pptx"),
    "xlsx": ("spreadsheets", "read_spreadsheet"),
    "xlsb": ("spreadsheets", "read_spreadsheet"),
    "xls": ("spreadsheets", "read_spreadsheet"),
    "ods": ("spreadsheets", "read_spreadsheet"),
    "odt": ("opendocument", "read_opendocument"),
    "odp": ("opendocument", "read_opendocument"),
    "sqlite": ("sqlitefile", "read_sqlite"),
    "zip": ("archives", "read_zip"),
    "tar": ("archives", "read_tar"),
}
_COMPRESSED: Final = frozenset({"gz", "bz2", "xz", "zst"})
_NOT_READ: Final = {
    "image": "image_not_read",
    "archive_unknown": "archive_not_read",
    "office_encrypted": "encrypted",
    "doc": "old_format",
    "ppt": "old_format",
    "ole": "ole_not_read",
    "rtf": "rtf_not_read",
    "binary": "binary_not_read",
}
_CONTAINERS: Final = frozenset({"zip", "tar", "mbox"}) | _COMPRESSED
_TEXT: Final = frozenset({"text", "csv", "json", "jsonl", "xml", "html", "mail", "mbox"})


def extract_file(path: Path, *, limits: Limits | None = None, encoding: str = "", name: str = "") -> Extracted:
    """The pieces of the file ``path``; ``name`` is how it is called in problems. Raises OSError only when the file cannot be
    opened at all; whatever is in it becomes problems.
    """
    return extract(from_path(path), limits=limits, encoding=encoding, name=name or path.name)


def extract(source: Source, *, limits: Limits | None = None, encoding: str = "", name: str = "") -> Extracted:
    """The pieces of untrusted content. ``encoding`` is what somebody declared for its text: used where it fits."""
    told = Extracted(iter(()), "")
    reading = Reading(name or source.name, limits or Limits(), told, source.size, dive=_pieces, encoding=encoding)
    told.pieces = _positioned(source, reading)
    return told


def _positioned(source: Source, reading: Reading) -> Iterator[Piece]:
    """The pieces with their places in the file's extracted text."""
    told = reading.told
    at, first = 0, True
    for piece in _pieces(source, reading, Place()):
        if not first and not piece.continues:
            at += len(SEPARATOR)
        piece.continues = piece.continues and not first
        first = False
        piece.start = at
        at += len(piece.text)
        told.characters = at
        yield piece
        if at > reading.limits.characters:
            reading.problem("too_much_text", Place(), limit=reading.limits.characters)
            return


def _pieces(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of one content, the file's own or of something inside it. Whatever it holds, nothing is raised for it."""
    told = reading.told
    try:
        _not_too_deep(reading, place)
        kind = _kind(source, reading, place)
        if not place.inside:
            told.kind = kind
        reader = _reader(kind)
        if reader is None:
            told.read += kind == "empty"
            if kind != "empty":
                reading.problem(_NOT_READ.get(kind, "binary_not_read"), place, kind=kind)
            return
        _differs(source.name, kind, reading, place)
        yield from _read(reader(source, reading, place), reading, place, kind)
    except Unreadable as error:
        reading.unreadable(error, place)


def _read(pieces: Iterator[Piece], reading: Reading, place: Place, kind: str) -> Iterator[Piece]:
    """The pieces of one content. It counts as read when something came out of it, or when nothing went wrong; of a
    container only what is in it counts.
    """
    told, unread, some = reading.told, reading.told.unread, False
    reading.hollow = False
    try:
        for piece in pieces:
            piece.continues = piece.continues and some
            some = True
            yield piece
    except Unreadable as error:
        reading.unreadable(error, place)
    except RecursionError:
        reading.problem("too_deep", place)
    if kind not in _CONTAINERS and ((some and not reading.hollow) or told.unread == unread):
        told.read += 1
    reading.hollow = False


def _not_too_deep(reading: Reading, place: Place) -> None:
    if len(place.inside) > reading.limits.depth:
        raise Unreadable("too_nested", limit=reading.limits.depth)


def _kind(source: Source, reading: Reading, place: Place) -> str:
    stream = source.open()
    try:
        head = _head(stream)
    finally:
        stream.close()
    problem = getattr(stream, "problem", "")
    if problem and not head:
        raise Unreadable(problem.partition(".")[2], position=0)
    kind = sniff(head, source.name)
    if kind == "zip":
        with reading.seekable(source, place) as file:
            return of_zip(file)
    if kind == "ole":
        return of_ole(reading.whole(source, place))
    return kind


def _head(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < HEAD and (more := stream.read(HEAD - len(head))):
        head += more
    return head


def _reader(kind: str) -> Reader | None:
    if kind in _COMPRESSED:
        archives = import_module("sekisho.engines.textract.archives")
        compressed: Reader = partial(archives.read_compressed, kind=kind)
        return compressed
    if kind not in _READERS:
        return None
    module, function = _READERS[kind]
    found: Reader = getattr(import_module(f"sekisho.engines.textract.{module}"), function)
    return found


def _differs(name: str, kind: str, reading: Reading, place: Place) -> None:
    claimed = expected(name)
    both_text = claimed in _TEXT and kind in _TEXT
    if claimed and claimed != kind and not both_text:
        reading.note("kind_differs", place, expected=claimed, found=kind)
