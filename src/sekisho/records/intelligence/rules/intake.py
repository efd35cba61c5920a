"""What a reader took out of a notice, before a person confirms any of it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sekisho.errors import Problem

__all__ = ["MOST_FOUND", "Found", "Material", "OwnNames", "content_digest", "find_cves", "segments"]

_CVE: Final = re.compile(r"(?<![A-Za-z0-9])CVE[-‐‑–‒−]([0-9]{4})[-‐‑–‒−]([0-9]{4,7})(?![0-9])", re.IGNORECASE)
_MOST_CVES: Final = 200
MOST_FOUND: Final = 100_000
"""Indicators of one notice. Larger lists are for ``sekisho intel``: nobody confirms a million."""


@dataclass(frozen=True, slots=True)
class OwnNames:
    """What is the organisation's own or needed: domains with all below them, addresses and networks."""

    domains: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One indicator in a material. ``start`` is None where it has no place in the text; ``facts``: what stands beside it."""

    kind: str
    value: str
    original: str = ""
    start: int | None = None
    end: int | None = None
    around: str = ""
    ambiguous: bool = False
    reasons: tuple[dict[str, Any], ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether it must not be used."""
        return any(reason.get("refuses") for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Material:
    """One notice as it was read. ``tlp`` is the label that stands in it (empty: none)."""

    form: str
    title: str
    text: str
    digest: str
    tlp: str = ""
    reference: str = ""
    published: datetime | None = None
    cves: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Kind → how many indicators, without the refused ones."""
        counts: dict[str, int] = {}
        for one in self.found:
            if not one.refused:
                counts[one.kind] = counts.get(one.kind, 0) + 1
        return counts


def content_digest(text: str | bytes) -> str:
    """What makes two receipts the same notice: bytes as they are; a text whatever its spaces, line ends and widths of letters."""
    if isinstance(text, bytes):
        return hashlib.sha256(text).hexdigest()
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def find_cves(text: str) -> tuple[str, ...]:
    """CVE numbers in a text, each once, in its order."""
    plain = unicodedata.normalize("NFKC", text)
    return tuple(dict.fromkeys(f"CVE-{year}-{number}" for year, number in _CVE.findall(plain)))[:_MOST_CVES]


def segments(text: str, places: Iterable[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """``text`` in pieces: (piece, key), key empty between the places. Places that overlap an earlier one are left out."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for start, end, key in sorted(places):
        if start < at or end > len(text):
            continue
        if start > at:
            pieces.append((text[at:start], ""))
        pieces.append((text[start:end], key))
        at = end
    if at < len(text):
        pieces.append((text[at:], ""))
    return pieces
