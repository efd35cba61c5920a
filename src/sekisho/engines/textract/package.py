"""A bounded ZIP package (Open XML, ODF) and its XML parts: looked at before anything in it is interpreted."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, BinaryIO, Final, NoReturn, Protocol

from lxml import etree

__all__ = ["ZIP_DAMAGE", "Package", "Refuse", "parse_xml"]

_BLOCK: Final = 1 << 20
_MAX_MEMBERS: Final = 5_000
_MAX_PART: Final = 40_000_000
_MAX_UNPACKED: Final = 400_000_000
_MAX_RATIO: Final = 250
_RATIO_MATTERS_FROM: Final = 2_000_000
ZIP_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, EOFError, RuntimeError, OverflowError,
)  # fmt: skip
"""What the ZIP library raises for hostile or damaged archives."""


class Refuse(Protocol):
    """How the caller refuses: raises an error of its own topic that names file and place."""

    def __call__(self, name: str, file: str, *, row: int | None = None, column: str = "", **fields: Any) -> NoReturn:
        """Never returns."""


class Package:
    """A bounded ZIP: parts are read only when asked for, never more than their limit."""

    def __init__(self, untrusted: bytes | BinaryIO, file: str, refuse: Refuse) -> None:
        """Refuses (``not_zip``, ``encrypted``, ``bomb``) what is no whole ZIP, is encrypted, or unpacks to too much."""
        self.file = file
        self.refuse = refuse
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(untrusted) if isinstance(untrusted, bytes) else untrusted)
        except ZIP_DAMAGE:
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
        except ZIP_DAMAGE:
            self.refuse("damaged", self.file, column=name)
        if len(content) > _MAX_PART:
            self.refuse("bomb", self.file, column=name, size=len(content), limit=_MAX_PART)
        return content

    def tail(self, name: str, size: int) -> bytes:
        """The last ``size`` bytes of a part, however large it is; refuses what is damaged."""
        kept = b""
        try:
            with self._zip.open(self.names[name]) as part:
                while block := part.read(_BLOCK):
                    kept = (kept + block)[-size:]
        except ZIP_DAMAGE:
            self.refuse("damaged", self.file, column=name)
        return kept

    def xml(self, name: str) -> Any:
        """The root element of one XML part."""
        return parse_xml(self.read(name), self.file, name, self.refuse)


def parse_xml(untrusted: bytes, file: str, part: str, refuse: Refuse) -> Any:
    """The root of an XML text; no DTD, no entities, no network. Refuses (``doctype``, ``damaged``) with file and part."""
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
