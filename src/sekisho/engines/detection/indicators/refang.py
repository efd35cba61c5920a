"""Defanged writing (``hxxps://example[.]com``) back to what it means, and the other way round for people to read."""

# ruff: noqa: E501 - a pattern is read better in one line
from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["DEFANGED", "defang", "refang"]

_OPEN: Final = r"[\[({<]\s{0,2}"
_CLOSE: Final = r"\s{0,2}[\])}>]"
_DOT: Final = re.compile(
    rf"{_OPEN}(?:\.|dot|ドット)(?:{_CLOSE})|(?:\[\.|\.\]|\\\.)|\s(?:\[dot\]|\(dot\))\s", re.IGNORECASE
)  # [.] (.) {.} [dot] (ドット) "[." ".]" "\."
_AT: Final = re.compile(rf"\s?{_OPEN}(?:@|＠|at|アット(?:マーク)?){_CLOSE}\s?", re.IGNORECASE)
_COLON: Final = re.compile(rf"{_OPEN}:{_CLOSE}")
_SLASH: Final = re.compile(rf"{_OPEN}(/{{1,2}}|://){_CLOSE}")
_SCHEME: Final = re.compile(r"(?<![a-z0-9+.-])(?:h(?:xx|tt|\*\*|XX)p|h__p|meow|httx|ttp(?=s?:))(s?)(?=\s?(?:\[?:\]?|_?:)\s?\[?[/\\])", re.IGNORECASE)  # fmt: skip
_FTP: Final = re.compile(r"(?<![a-z0-9+.-])fxp(s?)(?=:)", re.IGNORECASE)
_SPLIT_SCHEME: Final = re.compile(r"(?<![a-z0-9+.-])(https?|ftp)\s?:\s?//\s?", re.IGNORECASE)
_IDEOGRAPHIC: Final = str.maketrans({"。": ".", "．": ".", "｡": "."})

_SUSPECT: Final = re.compile(
    r"[\[\](){}<>\\\s*_]|hxx|meow|httx|(?<!h)ttps?:|fxp", re.IGNORECASE
)  # without it nothing is to be undone
DEFANGED: Final = re.compile(
    rf"{_DOT.pattern}|{_AT.pattern}|{_COLON.pattern}|{_SLASH.pattern}|(?<![a-z0-9])(?:h(?:xx|\*\*)ps?|fxps?|meows?)(?=\[?:)",
    re.IGNORECASE,
)


def refang(text: str) -> str:
    """``text`` with the usual ways of defanging undone; full-width forms become half-width (NFKC).

    Meant for one value at a time: in running text positions would move.
    """
    if text.isascii() and not _SUSPECT.search(text):
        return text
    plain = text.translate(_IDEOGRAPHIC)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    plain = plain.strip()
    plain = _DOT.sub(".", plain)
    plain = _AT.sub("@", plain)
    plain = _COLON.sub(":", plain)
    plain = _SLASH.sub(r"\1", plain)
    plain = _SCHEME.sub(r"http\1", plain)
    plain = _FTP.sub(r"ftp\1", plain)
    return _SPLIT_SCHEME.sub(r"\1://", plain)


def defang(text: str) -> str:
    """``text`` so that no mail program turns it into a link: ``hxxps[:]//example[.]com``."""
    shown = re.sub(r"(?i)\bhttp(s?)://", r"hxxp\1[:]//", text)
    shown = re.sub(r"(?i)\bftp(s?)://", r"fxp\1[:]//", shown)
    return shown.replace("@", "[at]").replace(".", "[.]")
