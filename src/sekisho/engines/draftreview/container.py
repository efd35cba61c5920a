"""What a file really is, and the limits it must keep, before any of it is interpreted."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, Final, NoReturn

from lxml import etree

from sekisho.errors import InputError, Problem

__all__ = ["MAX_BYTES", "Package", "kind_of", "parse_xml", "refuse"]

MAX_BYTES: Final = 50_000_000
"""The largest draft that is opened, in bytes."""
_MAX_MEMBERS: Final = 5_000
_MAX_PART: Final = 40_000_000
_MAX_UNPACKED: Final = 400_000_000
_MAX_RATIO: Final = 250
_RATIO_MATTERS_FROM: Final = 2_000_000

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse(name: str, file: str, *, row: int | None = None, column: str = "", **fields: Any) -> NoReturn:
    """Raise InputError ``review.<name>`` that names file and place."""
    raise InputError(f"review.{name}", problems=(Problem(f"review.{name}", fields, file, row, column),), file=file, **fields)


def kind_of(untrusted: bytes, file: str) -> str:
    """``zip``, ``pdf`` or ``text`` by the first bytes; refuses what is empty, too large, or a known kind that we do not read."""
    if not untrusted:
        refuse("empty", file)
    if len(untrusted) > MAX_BYTES:
        refuse("too_large", file, size=len(untrusted), limit=MAX_BYTES)
    if untrusted.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in untrusted:
            refuse("encrypted", file)
        refuse("old_word" if "WordDocument".encode("utf-16-le") in untrusted else "old_office", file)
    if untrusted.startswith(b"{\\rtf"):
        refuse("not_supported", file, found="RTF")
    if b"%PDF-" in untrusted[:1024]:
        return "pdf"
    if untrusted.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "text"


class Package:
    """A bounded ZIP: parts are read only when asked for, never more than their limit."""

    def __init__(self, untrusted: bytes, file: str) -> None:
        """Refuses what is no whole ZIP, is encrypted, or unpacks to too much."""
        self.file = file
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(untrusted))
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
            refuse("not_zip", file)
        members = self._zip.infolist()
        self.names = {m.filename.replace("\\", "/"): m for m in members}
        if any(m.flag_bits & 0x1 for m in members):
            refuse("encrypted", file)
        total = sum(m.file_size for m in members)
        if len(members) > _MAX_MEMBERS or total > _MAX_UNPACKED:
            refuse("bomb", file, size=total, limit=_MAX_UNPACKED)
        for m in members:
            if m.file_size > _RATIO_MATTERS_FROM and m.file_size > _MAX_RATIO * max(m.compress_size, 1):
                refuse("bomb", file, column=m.filename, size=m.file_size, limit=_MAX_RATIO * max(m.compress_size, 1))

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name in self.names

    def read(self, name: str) -> bytes:
        """The bytes of one part; refuses a part over its limit or damaged."""
        try:
            with self._zip.open(self.names[name]) as part:
                content = part.read(_MAX_PART + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, EOFError, RuntimeError):
            refuse("damaged", self.file, column=name)
        if len(content) > _MAX_PART:
            refuse("bomb", self.file, column=name, size=len(content), limit=_MAX_PART)
        return content

    def xml(self, name: str) -> Any:
        """The root element of one XML part."""
        return parse_xml(self.read(name), self.file, name)


def parse_xml(untrusted: bytes, file: str, part: str) -> Any:
    """The root of an XML text; no DTD, no entities, no network. Refuses with file and part."""
    start = untrusted[:8192].replace(b"\0", b"")
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        refuse("doctype", file, column=part)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(untrusted, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        row = getattr(error, "lineno", None)
        refuse("damaged", file, row=row if isinstance(row, int) else None, column=part)
    tree: Any = root.getroottree()
    if tree.docinfo.doctype:
        refuse("doctype", file, column=part)
    return root
