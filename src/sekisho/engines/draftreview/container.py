"""What a file really is, and the limits it must keep, before any of it is interpreted."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from sekisho.engines.textract import package
from sekisho.errors import InputError, Problem

__all__ = ["MAX_BYTES", "Package", "kind_of", "refuse"]

MAX_BYTES: Final = 50_000_000
"""The largest draft that is opened, in bytes."""

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


class Package(package.Package):
    """A bounded ZIP whose refusals are of the topic ``review``."""

    def __init__(self, untrusted: bytes, file: str) -> None:
        """Refuses what is no whole ZIP, is encrypted, or unpacks to too much."""
        super().__init__(untrusted, file, refuse)
