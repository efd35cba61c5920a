"""Decisions of leak scans as pure functions: when a plan runs again, what a decision covers, what a run changes, the figures."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from statistics import median
from typing import Final

from sekisho.errors import InputError

__all__ = [
    "LONGEST_DECISION",
    "PERSONAL",
    "Allowed",
    "Figures",
    "Found",
    "PlaceFacts",
    "covers",
    "figures",
    "mark_of",
    "next_run",
    "pattern_of",
    "still_open",
]

LONGEST_DECISION: Final = timedelta(days=366)
PERSONAL: Final = frozenset({
    "my_number", "resident_record_code", "addressee_number", "driving_licence", "passport", "residence_card", "pension_number",
    "insurer_number", "insured_number", "payment_card", "bank_account", "telephone", "email", "birth_date", "person_name",
    "person_kana", "postal_address",
})  # fmt: skip
"""Kinds of the engine that tell of a person."""

_DAYS: Final = {"daily": 1, "weekly": 7, "monthly": 30}


def mark_of(path: str) -> str:
    """The mark of a place (SHA-256 of its path, hexadecimal)."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()


def next_run(every: str, *, after: datetime) -> datetime | None:
    """When a plan runs next; None when only somebody says so."""
    days = _DAYS.get(every)
    return after + timedelta(days=days) if days else None


def pattern_of(text: str) -> str:
    """A pattern of paths (* and ?). Raises InputError for one that is empty or names everything."""
    text = text.strip()
    if not text.replace("*", "").replace("?", "").replace("/", ""):
        raise InputError("lifecycle.leak_pattern_everything", name="pattern")
    return text


@dataclass(frozen=True, slots=True)
class Allowed:
    """A decision: places that meet ``pattern`` may hold ``kinds`` (empty: all) up to and including ``until``."""

    key: str
    pattern: str
    kinds: frozenset[str]
    until: date
    mistaken: bool = False


def covers(decisions: Iterable[Allowed], *, path: str, kinds: Iterable[str], today: date) -> str | None:
    """The key of a decision in force that covers the place with all that was found there; None when something is left."""
    found = set(kinds)
    for one in decisions:
        if today <= one.until and fnmatchcase(path, one.pattern) and (not one.kinds or found <= one.kinds):
            return one.key
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found in a place: counts by kind."""

    path: str
    kinds: Mapping[str, int]

    @property
    def total(self) -> int:
        """All findings."""
        return sum(self.kinds.values())


def still_open(known: Iterable[str], *, found: Iterable[str], read: Iterable[str] | None) -> tuple[set[str], set[str]]:
    """(marks that stay open, marks that were treated) of the known open places after a run.

    ``read``: marks of the places that the run read wholly; None when it read all there are: what is gone was treated, too.
    A place that could not be read stays open.
    """
    before, seen = set(known), set(found)
    gone = before - seen
    treated = gone if read is None else gone & set(read)
    return before - treated, treated


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place for the figures. ``allowed``: a decision in force covers it."""

    production: bool
    kinds: Mapping[str, int]
    first_seen: datetime
    treated: datetime | None
    allowed: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of an organisation's leak scans."""

    stores: tuple[int, int]  # (looked through in time, all that are in use)
    days_since: float | None
    outside: int  # open places with personal data outside production that nothing allows
    secrets: int  # open places with secrets that nothing allows, anywhere
    findings: Mapping[str, int] = field(default_factory=dict)  # open and not allowed, outside production, by kind
    oldest_days: float | None = None
    days_to_treat: float | None = None
    treated: int = 0


def figures(
    places: Sequence[PlaceFacts], *, stores: tuple[int, int], last: datetime | None, since: datetime, now: datetime
) -> Figures:
    """``last``: end of the newest run; places that were treated before ``since`` are not counted."""
    wrong = [one for one in places if not one.allowed and (not one.production or one.kinds.get("secret"))]
    open_now = [one for one in wrong if one.treated is None]
    outside = [one for one in open_now if not one.production]
    counted: Counter[str] = Counter()
    for one in outside:
        counted.update(dict(one.kinds))
    took = [(one.treated - one.first_seen).total_seconds() / 86_400 for one in wrong if one.treated and one.treated >= since]
    ages = [(now - one.first_seen).total_seconds() / 86_400 for one in open_now]
    return Figures(
        stores=stores,
        days_since=(now - last).total_seconds() / 86_400 if last else None,
        outside=sum(bool(PERSONAL & one.kinds.keys()) for one in outside),
        secrets=sum(bool(one.kinds.get("secret")) for one in open_now),
        findings=counted,
        oldest_days=max(ages) if ages else None,
        days_to_treat=median(took) if took else None,
        treated=len(took),
    )
