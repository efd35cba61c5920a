"""Does it concern us? A score with reasons, from what the organisation has; a person decides."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Band", "Held", "Holdings", "Information", "Relevance", "relevance"]

# Points of each kind of reason, and how many of the kind count. Our own proposal; a sighting alone is enough for "high".
_POINTS: Final = {
    "sighting": (70, 1), "own": (60, 1), "vulnerability": (50, 2), "product": (35, 2), "supplier": (30, 2), "sector": (20, 1),
    "region": (10, 1),
}  # fmt: skip
_RECENT: Final = timedelta(days=30)
_RECENT_POINTS: Final = 5
_FULL: Final = 100
_SHORTEST: Final = 3  # a shorter name stands everywhere
_SHOWN_SUBJECTS: Final = 5


class Band(StrEnum):
    """The score in words."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


_BANDS: Final = ((60, Band.HIGH), (30, Band.MEDIUM), (1, Band.LOW), (0, Band.NONE))


@dataclass(frozen=True, slots=True)
class Held:
    """A product or component in use: its name (with the maker's, if it stands in the name), and which subjects have it."""

    name: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the organisation has and is. ``names``: its own, and domains; ``open_vulnerabilities``: CVE ids not yet treated."""

    products: tuple[Held, ...] = ()
    open_vulnerabilities: frozenset[str] = frozenset()
    suppliers: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Information:
    """What a piece of threat information says. ``sightings``: records of the organisation's own logs that hold its indicators."""

    title: str
    text: str = ""
    products: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()
    published: datetime | None = None
    sightings: int = 0


@dataclass(frozen=True, slots=True)
class Relevance:
    """``score`` 0–100, its band, and the reasons: codes of ``texts/threatintel.yaml`` with fields and the points each gave."""

    score: int
    band: Band
    reasons: tuple[tuple[str, dict[str, Any], int], ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The relevance as plain JSON values."""
        reasons = [{"code": code, "fields": fields, "points": points} for code, fields, points in self.reasons]
        return {"score": self.score, "band": self.band.value, "reasons": reasons}


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _mentions(name: str, folded: str) -> bool:
    """Whether ``folded`` names ``name``. ASCII names need borders, others none: Japanese has no word borders."""
    plain = _folded(name)
    if len(plain) < _SHORTEST or (plain.isascii() and not re.search("[a-z]", plain)):
        return False
    pattern = re.escape(plain).replace(r"\ ", r"[\s_-]{1,3}")
    left = r"(?<![a-z0-9])" if plain[0].isascii() else ""
    right = r"(?![a-z0-9])" if plain[-1].isascii() else ""
    return re.search(left + pattern + right, folded) is not None


def _found(information: Information, holdings: Holdings) -> Iterator[tuple[str, dict[str, Any]]]:
    said = _folded(f"{information.title}\n{information.text}\n" + "\n".join(information.products))
    if information.sightings:
        yield "sighting", {"count": information.sightings}
    yield from (("own", {"name": name}) for name in holdings.names if _mentions(name, said))
    wanted = {cve.upper() for cve in holdings.open_vulnerabilities}
    yield from (("vulnerability", {"cve": cve}) for cve in sorted({cve.upper() for cve in information.cves} & wanted))
    for one in holdings.products:
        if _mentions(one.name, said):
            yield "product", {"product": one.name, "subjects": ", ".join(one.subjects[:_SHOWN_SUBJECTS]) or "-"}
    yield from (("supplier", {"supplier": name}) for name in holdings.suppliers if _mentions(name, said))
    yield from (("sector", {"sector": name}) for name in holdings.sectors if _mentions(name, said))
    yield from (("region", {"region": name}) for name in holdings.regions if _mentions(name, said))


def relevance(information: Information, holdings: Holdings, *, now: datetime) -> Relevance:
    """The relevance of ``information`` for an organisation with ``holdings`` at ``now``.

    Nothing found means that nothing is *known* to relate: what stands in no inventory cannot be found, and the reason says so.
    """
    counted: dict[str, int] = {}
    reasons: list[tuple[str, dict[str, Any], int]] = []
    for kind, fields in _found(information, holdings):
        points, most = _POINTS[kind]
        counted[kind] = counted.get(kind, 0) + 1
        reasons.append((f"threatintel.relevance_{kind}", fields, points if counted[kind] <= most else 0))
    if not reasons:
        return Relevance(0, Band.NONE, (("threatintel.relevance_none", {}, 0),))
    if information.published is not None and timedelta(0) <= now - information.published <= _RECENT:
        reasons.append(("threatintel.relevance_recent", {"days": _RECENT.days}, _RECENT_POINTS))
    score = min(_FULL, sum(points for *_, points in reasons))
    return Relevance(score, _band(score), tuple(sorted(reasons, key=lambda one: -one[2])))


def _band(score: int) -> Band:
    return next(band for least, band in _BANDS if score >= least)
