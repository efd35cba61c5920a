"""What a content is, by its bytes; its name decides only between kinds of text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from sekisho.engines.textract.decoding import decode, is_text
from sekisho.engines.textract.package import ZIP_DAMAGE
from sekisho.engines.textract.source import HEAD
from sekisho.engines.unpacking import compression

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["expected", "of_ole", "of_zip", "sniff"]

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (_OLE, "ole"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\0", "sqlite"),
    (b"7z\xbc\xaf\x27\x1c", "archive_unknown"),
    (b"Rar!\x1a\x07", "archive_unknown"),
    (b"MSCF\0\0\0\0", "archive_unknown"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"\0\0\1\0", "image"),
)
_RIFF_IMAGE: Final = re.compile(rb"RIFF.{4}WEBP", re.DOTALL)
_HEIF: Final = re.compile(rb".{4}ftyp(?:hei[cx]|hevc|mif1|msf1|avif)", re.DOTALL)
_LZH: Final = re.compile(rb"..-l[hz][0-9ds]-", re.DOTALL)
_BMP: Final = re.compile(rb"BM.{4}\0{4}", re.DOTALL)
_TAR_AT: Final = 257
_TAR: Final = b"ustar"
_PDF_WITHIN: Final = 1024
_MAIL: Final = re.compile(
    r"(?:Received|Return-Path|From|To|Cc|Date|Subject|Message-ID|MIME-Version|Delivered-To|Reply-To|Sender|Content-Type"
    r"|Content-Transfer-Encoding|X-[A-Za-z0-9-]+|DKIM-Signature|Thread-Topic)[ \t]*:[^\n]*\n",
    re.IGNORECASE,
)
_MAIL_NEEDED: Final = re.compile(r"^(?:From|Received|Message-ID|MIME-Version)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MBOX: Final = re.compile(r"From [^\n]*\d{4}\s*\n[A-Za-z-]+:")
_HTML: Final = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML: Final = re.compile(r"\s*(?:<\?xml\b|<[A-Za-z_][\w.:-]*[\s/>])")
_BY_SUFFIX: Final = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".json": "json", ".geojson": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".har": "json", ".ipynb": "json",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mht": "mail", ".mhtml": "mail",
    ".xml": "xml", ".svg": "xml", ".rdf": "xml", ".rss": "xml", ".xsd": "xml", ".plist": "xml",
    ".eml": "mail", ".mbox": "mbox",
}  # fmt: skip
_OFFICE: Final = {
    ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xltx": "xlsx", ".xlsb": "xlsb",
    ".xls": "xls", ".ods": "ods", ".odt": "odt", ".odp": "odp", ".pptx": "pptx", ".pptm": "pptx", ".ppsx": "pptx",
    ".doc": "doc", ".ppt": "ppt", ".msg": "msg", ".pdf": "pdf", ".zip": "zip", ".gz": "gz", ".tgz": "gz", ".bz2": "bz2",
    ".xz": "xz", ".zst": "zst", ".tar": "tar", ".rtf": "rtf",
}  # fmt: skip
_ODF: Final = {"spreadsheet": "ods", "text": "odt", "presentation": "odp"}
_MAX_NAMES: Final = 20_000


def expected(name: str) -> str:
    """The kind that a name claims; "" if it claims none."""
    suffix = PurePath(name).suffix.lower()
    return _OFFICE.get(suffix) or _BY_SUFFIX.get(suffix, "")


def sniff(head: bytes, name: str) -> str:  # noqa: PLR0911 - one way out for each kind
    """The kind of a content by its first bytes (up to 64 KiB).

    ``zip`` and ``ole`` need a look inside (:func:`of_zip`, :func:`of_ole`); ``binary`` is what we know no reader for.
    """
    if not head:
        return "empty"
    if found := next((kind for magic, kind in _MAGIC if head.startswith(magic)), ""):
        return found
    if found := compression(head):
        return found
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return "tar"
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    if _RIFF_IMAGE.match(head) or _HEIF.match(head) or _BMP.match(head):
        return "image"
    if _LZH.match(head):
        return "archive_unknown"
    whole = len(head) < HEAD
    return _text_kind(decode(head)[0], name) if is_text(head, whole=whole) else "binary"


def _text_kind(text: str, name: str) -> str:
    claimed = _BY_SUFFIX.get(PurePath(name).suffix.lower(), "")
    if _HTML.match(text):
        return "mail" if claimed == "mail" else "html"
    if claimed == "mbox" or _MBOX.match(text):
        return "mbox" if _MBOX.match(text) else "text"
    if claimed == "mail" or (claimed in {"", "csv"} and _is_mail(text)):
        return "mail"
    if claimed == "xml" or (not claimed and text.lstrip().startswith("<?xml")):
        return "xml" if _XML.match(text) else "text"
    if claimed in {"json", "jsonl"}:
        return claimed if text.lstrip()[:1] in {"{", "["} or claimed == "json" else "text"
    return claimed or "text"


def _is_mail(text: str) -> bool:
    """At least three known header lines at the beginning, among them one that every message has."""
    lines, at = 0, 0
    while (found := _MAIL.match(text, at)) and lines < 3:  # noqa: PLR2004
        lines += 1
        at = found.end()
        while text[at : at + 1] in {" ", "\t"}:
            at = text.find("\n", at) + 1 or len(text)
    return lines >= 3 and bool(_MAIL_NEEDED.search(text[:at]))  # noqa: PLR2004


def of_zip(file: BinaryIO) -> str:
    """Which kind of ZIP: an Office document, ODF, or an archive. Damaged ones stay ``zip``: their reader says so."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:_MAX_NAMES]
            if "mimetype" in names:
                with archive.open("mimetype") as part:
                    media = part.read(100)
                if media.startswith(b"application/vnd.oasis.opendocument."):
                    return _ODF.get(media.decode("ascii", "replace").rpartition(".")[2].partition("-")[0].strip(), "zip")
    except ZIP_DAMAGE:
        return "zip"
    if "[Content_Types].xml" in names:
        for prefix, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
            if any(name.startswith(prefix) for name in names):
                return "xlsb" if "xl/workbook.bin" in names else kind
    return "zip"


def of_ole(untrusted: bytes) -> str:
    """Which kind of OLE file: ``xls``, ``doc``, ``ppt``, ``msg``, ``office_encrypted`` or ``ole``."""
    import olefile  # type: ignore[import-untyped]  # noqa: PLC0415 - of the extra

    try:
        with olefile.OleFileIO(io.BytesIO(untrusted)) as file:
            streams = {"/".join(entry).lower() for entry in file.listdir(streams=True, storages=True)}
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
        return "ole"
    for name, kind in (
        ("encryptedpackage", "office_encrypted"),
        ("__properties_version1.0", "msg"),
        ("workbook", "xls"),
        ("book", "xls"),
        ("worddocument", "doc"),
        ("powerpoint document", "ppt"),
    ):
        if name in streams:
            return kind
    return "ole"
