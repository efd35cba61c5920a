"""What becomes of a finding: grouping, states, suppression, time to triage."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import translate
from functools import lru_cache
from statistics import median
from typing import Final

from sekisho.errors import InputError

__all__ = [
    "CLOSED",
    "LONGEST_SUPPRESSION",
    "STATES",
    "Muted",
    "check_step",
    "fingerprint",
    "median_hours",
    "muted_by",
    "state_after_events",
]

STATES: Final = ("new", "looking", "incident", "no_problem", "accepted")
CLOSED: Final = frozenset({"no_problem", "accepted"})
LONGEST_SUPPRESSION: Final = timedelta(days=366)
_NEEDS_WORDS: Final = frozenset({"no_problem", "accepted", "incident"})


def fingerprint(rule: str, entity_kind: str, entity: str) -> str:
    """One finding for each rule and entity, whatever letters' case the entity is written in."""
    return hashlib.sha256(f"{rule}\x1f{entity_kind}\x1f{entity.casefold()}".encode()).hexdigest()


def check_step(before: str, after: str, words: str) -> None:
    """Raise InputError unless a person may say ``after`` of what was ``before``, with these ``words``."""
    if after not in STATES or (after == "new" and before != "new"):
        raise InputError("monitoring.unknown_state", name="state", value=after[:20])
    if after in _NEEDS_WORDS and after != before and not words:
        raise InputError(f"monitoring.{after}_needs_words", name="text")


def state_after_events(before: str) -> str:
    """The state once new events came: what was accepted stays so, what was no problem or an incident is new again."""
    return before if before in {"new", "looking", "accepted"} else "new"


@dataclass(frozen=True, slots=True)
class Muted:
    """A suppression as the rules need it: ``rule`` and ``entity`` empty for any; ``entity`` may hold ``*``."""

    id: str
    rule: str
    entity: str
    expires_at: datetime
    ended_at: datetime | None = None


@lru_cache(maxsize=512)
def _pattern(entity: str) -> re.Pattern[str]:
    # Only the star has a meaning: brackets and question marks stand in names and addresses.
    plain = entity.casefold().replace("[", "[[]").replace("?", "[?]")
    return re.compile(translate(plain))


def muted_by(mutes: Sequence[Muted], *, rule: str, entity: str, now: datetime) -> str:
    """The id of the suppression in force that holds for a finding; empty when there is none."""
    for one in mutes:
        if one.ended_at is not None or one.expires_at <= now:
            continue
        if one.rule and one.rule != rule:
            continue
        if one.entity and not _pattern(one.entity).match(entity.casefold()):
            continue
        return one.id
    return ""


def median_hours(spans: Sequence[tuple[datetime, datetime | None]], *, now: datetime) -> float | None:
    """The median hours from found to first looked at; what nobody looked at counts until ``now``. None without any."""
    hours = [((looked or now) - found).total_seconds() / 3600 for found, looked in spans]
    return round(median(hours), 2) if hours else None
