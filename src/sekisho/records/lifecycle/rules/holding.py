"""Whether something is held: no database, no clock."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

__all__ = ["Held", "HoldScope", "holding", "in_force"]


@dataclass(frozen=True, slots=True)
class HoldScope:
    """What a hold names, and when. ``ends_on`` is its last day; None: until it is released."""

    id: uuid.UUID
    name: str
    kind: str
    starts_on: date
    ends_on: date | None = None
    released: bool = False
    everything: bool = False
    entries: frozenset[uuid.UUID] = field(default_factory=frozenset)
    subjects: frozenset[uuid.UUID] = field(default_factory=frozenset)
    kinds: frozenset[str] = field(default_factory=frozenset)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold is asked about."""

    id: uuid.UUID
    subject_id: uuid.UUID | None
    kinds: Collection[str]
    words: str  # number, name, description, labels of places


def in_force(hold: HoldScope, *, today: date) -> bool:
    """Whether the hold stops deletions on ``today``. One that begins later stops them already: what is gone cannot be held."""
    return not hold.released and (hold.ends_on is None or today <= hold.ends_on)


def holding(held: Held, holds: Iterable[HoldScope], *, today: date) -> list[HoldScope]:
    """The holds in force that name it, in their order."""
    return [hold for hold in holds if in_force(hold, today=today) and _names(hold, held)]


def _names(hold: HoldScope, held: Held) -> bool:
    if hold.everything or held.id in hold.entries or (held.subject_id is not None and held.subject_id in hold.subjects):
        return True
    if hold.kinds and not hold.kinds.isdisjoint(held.kinds):
        return True
    return bool(hold.text) and _plain(hold.text) in _plain(held.words)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
