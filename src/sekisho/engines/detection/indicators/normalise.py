"""From a text to an indicator's kind and normal form, and from a normal form to what is compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import files, hosts, urls
from sekisho.engines.detection.indicators.model import HASH_LENGTHS, HASHES, Kind
from sekisho.engines.detection.indicators.refang import refang

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["match_key", "normalise", "recognise"]

_FILE_ENDINGS: Final = frozenset(
    [
        "7z",
        "ade",
        "adp",
        "apk",
        "app",
        "asp",
        "aspx",
        "bat",
        "bin",
        "bmp",
        "cab",
        "chm",
        "cmd",
        "cpl",
        "css",
        "csv",
        "dat",
        "dll",
        "dmg",
        "doc",
        "docm",
        "docx",
        "dot",
        "dotm",
        "dylib",
        "elf",
        "eml",
        "exe",
        "gif",
        "gz",
        "hta",
        "htm",
        "html",
        "ics",
        "img",
        "inf",
        "ini",
        "iso",
        "jar",
        "jpeg",
        "jpg",
        "js",
        "jse",
        "json",
        "jsp",
        "lib",
        "lnk",
        "log",
        "lzh",
        "mdb",
        "msc",
        "msg",
        "msi",
        "msp",
        "mst",
        "odt",
        "ocx",
        "one",
        "pdf",
        "php",
        "pif",
        "png",
        "ppt",
        "pptm",
        "pptx",
        "ps1",
        "psd1",
        "psm1",
        "rar",
        "reg",
        "rtf",
        "scr",
        "sct",
        "slk",
        "so",
        "svg",
        "swf",
        "sys",
        "tar",
        "tgz",
        "tmp",
        "ttf",
        "txt",
        "url",
        "vbe",
        "vbs",
        "vhd",
        "vhdx",
        "wav",
        "wim",
        "wsc",
        "wsf",
        "wsh",
        "xlam",
        "xll",
        "xls",
        "xlsb",
        "xlsm",
        "xlsx",
        "xml",
        "xps",
        "xz",
        "yaml",
        "yml",
    ]
)  # no top-level domains among them; .com .sh .py .pl .zip .md .rs .so stay names of hosts unless the source says otherwise
_DOTTED_FILE: Final = re.compile(r"[^\s/\\:*?\"<>|]+\.([A-Za-z0-9]{1,5})")


def _hash_of(kind: Kind) -> Callable[[str], str | None]:
    length = 32 if kind is Kind.IMPHASH else next(size for size, known in HASH_LENGTHS.items() if known is kind)

    def value(text: str) -> str | None:
        found = files.hash_value(text)
        return found if found is not None and len(found) == length else None

    return value


_NORMALISERS: Final[dict[Kind, Callable[[str], str | None]]] = {
    Kind.IP: hosts.ip,
    Kind.NETWORK: hosts.network,
    Kind.DOMAIN: hosts.domain,
    Kind.URL: urls.url,
    Kind.EMAIL: files.email,
    Kind.SSDEEP: files.ssdeep,
    Kind.FILE_NAME: files.file_name,
    Kind.FILE_PATH: files.file_path,
    Kind.REGISTRY: files.registry,
    **{kind: _hash_of(kind) for kind in HASHES - {Kind.SSDEEP}},
}
_VERBATIM: Final = frozenset({Kind.FILE_NAME, Kind.FILE_PATH, Kind.REGISTRY, Kind.SSDEEP})  # brackets are part of the value


def normalise(kind: Kind, text: str) -> str | None:
    """The normal form of ``text`` as an indicator of ``kind``; None when it is none. Defanged writing is understood."""
    return _NORMALISERS[kind](text if kind in _VERBATIM else refang(text))


def match_key(kind: Kind, value: str) -> str:
    """What is compared of a normal form: for URLs without http or https, for all others the value itself."""
    if kind is not Kind.URL:
        return value
    parts = urls.parse(value)
    return value if parts is None else parts.key


def recognise(text: str) -> tuple[Kind, str] | None:
    """Kind and normal form of a text whose kind nobody said; None when it is none of the kinds.

    What can be both the name of a file and of a host is a file only by an ending that is no top-level domain.
    """
    plain = refang(text)
    for kind in (Kind.REGISTRY, Kind.NETWORK, Kind.IP):
        if (value := _NORMALISERS[kind](plain)) is not None:
            return kind, value
    found = files.hash_value(plain)
    if found is not None:
        kind_of_hash = Kind.IMPHASH if plain.lower().startswith("imphash") else files.hash_kind(found)
        return None if kind_of_hash is None else (kind_of_hash, found)
    if (value := files.ssdeep(text)) is not None:
        return Kind.SSDEEP, value
    return _recognise_name(plain, text)


def _recognise_name(plain: str, text: str) -> tuple[Kind, str] | None:
    if "://" in plain or re.match(r"[A-Za-z][A-Za-z0-9+.-]+:[\\/]{2}", plain):
        value = urls.url(plain)
        return None if value is None else (Kind.URL, value)
    if "@" in plain and (value := files.email(plain)) is not None:
        return Kind.EMAIL, value
    if re.match(r"(?:[A-Za-z]:[\\/]|\\\\|%[A-Za-z()0-9]+%\\|/|~/)", text.strip().strip("\"'")):
        value = files.file_path(text)
        return None if value is None else (Kind.FILE_PATH, value)
    ending = _DOTTED_FILE.fullmatch(plain)
    if ending and ending[1].lower() in _FILE_ENDINGS:
        value = files.file_name(plain)
        return None if value is None else (Kind.FILE_NAME, value)
    if "/" in plain:
        value = urls.url(plain)
        return None if value is None else (Kind.URL, value)
    value = hosts.domain(plain)
    return None if value is None else (Kind.DOMAIN, value)
