"""What a run of rules gave, in the words of this room: hits of a rule about an entity, and what the run can say about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

__all__ = ["MOST_EVENTS", "Hit", "Ran", "group"]

MOST_EVENTS: Final = 20  # kept of each finding; the rest stands in the store


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding of a run. ``events``: [{time, source, file, sha256, record, text}], the newest; ``count``: how many in all."""

    rule: str
    title: Mapping[str, str]
    origin: str
    purpose: str
    sign: str
    severity: str
    count: int
    first_at: datetime
    last_at: datetime
    entity_kind: str = ""
    entity: str = ""
    code: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: its hits, the courses that were watched, how many baselines were in use, and its explanation (plain JSON)."""

    hits: tuple[Hit, ...] = ()
    trends: tuple[dict[str, Any], ...] = ()
    baselines: int = 0
    explanation: Mapping[str, Any] = field(default_factory=dict)


def group(hits: Sequence[Hit]) -> list[Hit]:
    """One hit for each rule and entity: counts added up, the newest events kept. Order: as first seen."""
    found: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        key = (hit.rule, hit.entity_kind, hit.entity.casefold())
        other = found.get(key)
        if other is None:
            found[key] = hit
            continue
        newer = hit if hit.last_at >= other.last_at else other
        events = sorted((*other.events, *hit.events), key=lambda event: str(event.get("time") or ""), reverse=True)
        found[key] = Hit(
            rule=hit.rule,
            title=newer.title,
            origin=newer.origin,
            purpose=newer.purpose,
            sign=newer.sign,
            severity=newer.severity,
            count=other.count + hit.count,
            first_at=min(other.first_at, hit.first_at),
            last_at=max(other.last_at, hit.last_at),
            entity_kind=newer.entity_kind,
            entity=newer.entity,
            code=newer.code,
            fields=newer.fields,
            controls=newer.controls,
            events=tuple(events[:MOST_EVENTS]),
            source_id=newer.source_id,
        )
    return list(found.values())
