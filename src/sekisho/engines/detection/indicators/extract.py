"""Indicators in running text (a notice, a mail, a command line), each with its place. Japanese text has no word borders."""

# ruff: noqa: E501 - a pattern is read better in one line
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators.model import HASH_LENGTHS, Kind
from sekisho.engines.detection.indicators.normalise import normalise, recognise
from sekisho.engines.detection.indicators.refang import DEFANGED

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Extracted", "extract"]

_LONGEST: Final = 20_000_000
_DOT: Final = r"(?:\.|．|\s?\[\s?(?:\.|dot|ドット)\s?\]\s?|\s?\(\s?(?:\.|dot|ドット)\s?\)\s?|\{\.\}|\[\.|\.\]|\\\.)"
_AT: Final = r"(?:@|＠|\s?\[\s?(?:@|at|アットマーク)\s?\]\s?|\s?\(\s?(?:@|at|アットマーク)\s?\)\s?)"
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = rf"(?:{_LABEL}{_DOT}){{1,20}}[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])"
_QUAD: Final = rf"(?:[0-9]{{1,3}}{_DOT}){{3}}[0-9]{{1,3}}"
_WIDE: Final = r"[぀-ヿ一-鿿々〆ー][぀-ヿ一-鿿々〆ー0-9-]{0,40}"  # a label of Japanese letters, in a defanged name only
_WIDE_HOST: Final = r"[぀-ヿ一-鿿々〆ー][぀-ヿ一-鿿々〆ーA-Za-z0-9-]{0,40}"  # behind a scheme nothing else can stand
_BEFORE: Final = r"(?<![A-Za-z0-9_.@%/\\-])"
_PATTERNS: Final = (
    ("url", rf"(?<![A-Za-z0-9+.-])(?:h(?:tt|xx|\*\*|__)ps?|fxps?|ftps?|meows?|tcp|wss?)\s?(?:\[:\]|\[:|:\]?|_:)\s?(?:\[//?\]|[/\\]{{2}}|\[/\]\[/\]|\]//)(?:{_WIDE_HOST}(?:\.|\[\.\]))*(?:[^\s\"'<>「」『』（）、。，｡　|｜\[ぁ-ヿ一-鿿々〆]|\[\.\]|\[\.|\[dot\]|\[:\]|\[/\]|\[(?=[0-9A-Fa-f:]{{2,39}}\])|\]){{1,2048}}"),
    ("registry", r"(?<![A-Za-z])(?:HKEY_[A-Z_]{5,20}|HKLM|HKCU|HKCR|HKU|HKCC)(?::)?\\[^\n\r\"'<>|、。「」（）,;]{1,512}"),
    ("path", r"(?<![A-Za-z0-9])(?:[A-Za-z]:\\|%[A-Za-z()0-9]{3,30}%\\|\\\\(?=[A-Za-z0-9]))(?:[^\n\r\"<>|*?、。「」（）,;:\\]{1,255}\\){0,20}[^\n\r\"<>|*?、。「」（）,;:\\\s]{1,255}"),
    ("unix", r"(?<![A-Za-z0-9_.:/<\\-])/(?:bin|boot|dev|etc|home|lib|lib64|opt|root|run|sbin|srv|tmp|usr|var|Users|Library|Applications)(?:/[A-Za-z0-9_.@%+=~-]{1,255}){1,20}"),
    ("ssdeep", r"(?<![A-Za-z0-9:/+])[0-9]{1,10}:[A-Za-z0-9+/]{6,128}:[A-Za-z0-9+/]{3,128}(?![A-Za-z0-9:/+])"),
    ("hash", r"(?<![A-Za-z0-9])(?:imphash\s{0,3}[:=：]\s{0,3})?(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![A-Za-z0-9])"),
    ("email", rf"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}{_AT}{_NAME}"),
    ("network", rf"{_BEFORE}{_QUAD}\s?/\s?[0-9]{{1,2}}(?![0-9A-Za-z./])"),
    ("ip", rf"(?<![A-Za-z0-9_.@-]){_QUAD}(?![0-9A-Za-z_-])(?!\.[0-9])"),
    ("ip6", r"(?<![A-Za-z0-9:.])(?:::ffff:[0-9.]{7,15}|(?=[0-9A-Fa-f:]{2,39}(?![A-Za-z0-9:]))(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4})(?:/[0-9]{1,3})?(?![A-Za-z0-9:])"),
    ("wide", rf"{_BEFORE}{_WIDE}(?:\[\.\]|\[dot\]){_NAME.replace('{1,20}', '{0,20}')}"),
    ("name", rf"{_BEFORE}{_NAME}(?![A-Za-z0-9_-])"),
)  # fmt: skip
_FIND: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS), re.IGNORECASE)
_CLOSERS: Final = {")": "(", "]": "[", "}": "{", ">": "<"}
_TRAILING: Final = ".,;:!?'\"*_"
_AMBIGUOUS: Final = frozenset("sh py pl zip md rs so ps mov app".split())  # noqa: SIM905 - ends of files and of domains
_FILE_THEN_WORDS: Final = re.compile(r"(\.[A-Za-z0-9]{1,5})[ぁ-ヿ一-鿿].*")
_VERSION: Final = re.compile(r"(?:version|ver\.?|バージョン|v|版|build)\s{0,2}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Extracted:
    """One indicator in a text. ``start`` and ``end`` are indices into the text as it was handed in.

    ``defanged``: it was written so that nobody clicks on it, which says much about what the writer meant. ``ambiguous``: it may
    be something else (the name of a file or of a host, a version number).
    """

    kind: Kind
    value: str
    original: str
    start: int
    end: int
    defanged: bool
    ambiguous: bool


def _trimmed(text: str) -> str:
    """Without the punctuation of the sentence around it; brackets that open inside stay."""
    while text:
        last = text[-1]
        if last in _TRAILING or (last in _CLOSERS and text.count(last) > text.count(_CLOSERS[last])):
            text = text[:-1]
        else:
            break
    return text


def _one(group: str, raw: str) -> tuple[Kind, str] | None:
    if group == "url":
        value = normalise(Kind.URL, raw)
        return None if value is None else (Kind.URL, value)
    if group in {"path", "unix"}:
        value = normalise(Kind.FILE_PATH, raw)
        return None if value is None else (Kind.FILE_PATH, value)
    if group == "hash" and raw.lower().startswith("imphash"):
        return Kind.IMPHASH, raw[-32:].lower()
    if group == "hash":
        return HASH_LENGTHS[len(raw)], raw.lower()
    if group == "registry":
        value = normalise(Kind.REGISTRY, raw)
        return None if value is None else (Kind.REGISTRY, value)
    return recognise(raw.replace(" ", "") if group in {"network", "name", "email"} else raw)


def extract(text: str) -> Iterator[Extracted]:
    """Every indicator in ``text``, in order, also where it stands twice. At most 20 MB of text are read."""
    for found in _FIND.finditer(text, 0, min(len(text), _LONGEST)):
        group = found.lastgroup or ""
        raw = _trimmed(found[0]) if group in {"url", "path", "registry", "unix"} else found[0]
        if group == "registry":
            raw = raw.rstrip()
        elif group == "path":
            raw = _FILE_THEN_WORDS.sub(r"\1", raw)
        result = _one(group, raw)
        if result is None:
            continue
        kind, value = result
        defanged = DEFANGED.search(raw) is not None
        ending = value.rpartition(".")[2]
        ambiguous = group == "wide" or (
            not defanged
            and (
                (kind is Kind.DOMAIN and (ending in _AMBIGUOUS and value.count(".") == 1))
                or (kind is Kind.IP and _VERSION.search(text[max(0, found.start() - 12) : found.start()]) is not None)
            )
        )
        yield Extracted(kind, value, raw, found.start(), found.start() + len(raw), defanged, ambiguous)
