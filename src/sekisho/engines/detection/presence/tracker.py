"""Who is where, from the events at all doors in their order, and what cannot be so.

A person without a reader on the way out never "leaves": an area at which nobody was ever seen to leave has no presence, and the
checks that need one say nothing about it (``one_way``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.presence.model import DoorEvent, DoorKind, Incident, Premises

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Limits", "Tracker"]

_MINUTE: Final = 60_000_000
_TWICE: Final = 5_000_000  # a card that is read twice within five seconds was held to the reader twice
_RECENT: Final = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds: ``staying`` and ``tailgating`` in minutes, ``weight`` in kilograms; None: not looked for."""

    staying: float | None = None
    tailgating: float | None = None
    weight: float | None = None


@dataclass(slots=True)
class _Stay:
    event: DoorEvent
    weight: float | None


@dataclass
class Tracker:
    """Takes events in the order of time; the state (who is inside) goes on from one call to the next."""

    premises: Premises = field(default_factory=Premises)
    limits: Limits = field(default_factory=Limits)
    two_way: set[str] = field(default_factory=set)
    unknown_cards: dict[str, int] = field(default_factory=dict)
    unknown_travel: set[tuple[str, str]] = field(default_factory=set)
    without_card: int = 0
    _inside: dict[tuple[str, str], _Stay] = field(default_factory=dict)
    _last: dict[str, DoorEvent] = field(default_factory=dict)
    _entered: dict[str, list[DoorEvent]] = field(default_factory=dict)
    _known_since: dict[str, int] = field(default_factory=dict)

    def feed(self, events: Iterable[DoorEvent]) -> Iterator[Incident]:
        """Incidents of these events, which are later than all before."""
        chosen = [self.premises.located(e) for e in sorted(events, key=lambda e: e.time)]
        self.two_way |= {e.area for e in chosen if e.kind is DoorKind.LEFT}
        for event in chosen:
            if event.kind not in {DoorKind.ENTERED, DoorKind.LEFT}:
                continue
            if not event.card and not event.person:
                self.without_card += 1
                continue
            if not event.person:
                self.unknown_cards[event.card] = self.unknown_cards.get(event.card, 0) + 1
            yield from self._one(event, event.person or event.card)

    def _one(self, event: DoorEvent, who: str) -> Iterator[Incident]:
        self._known_since.setdefault(event.area, event.time)
        yield from self._two_places(event, who)
        if event.kind is DoorKind.ENTERED:
            yield from self._entering(event, who)
        else:
            yield from self._leaving(event, who)
        self._last[who] = event

    def _two_places(self, event: DoorEvent, who: str) -> Iterator[Incident]:
        last = self._last.get(who)
        if last is None or not last.site or not event.site or last.site == event.site:
            return
        needed = self.premises.minutes(last.site, event.site)
        if needed is None:
            self.unknown_travel.add((min(last.site, event.site), max(last.site, event.site)))
            return
        took = (event.time - last.time) / _MINUTE
        if took < needed:
            shown = {"from": last.site, "to": event.site, "took": round(took, 1), "needed": needed}
            yield _incident("two_places", event, who, last, **shown)

    def _entering(self, event: DoorEvent, who: str) -> Iterator[Incident]:
        stay = self._inside.get((who, event.area))
        if stay is not None and event.time - stay.event.time <= _TWICE:
            return
        if stay is not None and event.area in self.two_way:
            yield _incident("entry_without_exit", event, who, stay.event)
        outer = self.premises.inside.get(event.area, "")
        if outer and outer in self.two_way and (who, outer) not in self._inside and self.limits.tailgating is not None:
            yield self._followed(event, who, outer)
        self._inside[who, event.area] = _Stay(event, event.weight)
        recent = self._entered.setdefault(event.area, [])
        recent.append(event)
        del recent[:-_RECENT]

    def _followed(self, event: DoorEvent, who: str, outer: str) -> Incident:
        since = event.time - int((self.limits.tailgating or 0) * _MINUTE)
        before = [e for e in self._entered.get(outer, ()) if e.time >= since and (e.person or e.card) != who]
        names = ", ".join(dict.fromkeys(e.person or e.card for e in before))
        records = tuple(e.record for e in before)
        made = _incident("tailgating", event, who, None, outer=outer, others=names, number=len(before))
        return Incident(
            made.check, who, event.area, made.first, made.last, made.code, made.fields, (event.record, *records)
        )  # fmt: skip

    def _leaving(self, event: DoorEvent, who: str) -> Iterator[Incident]:
        stay = self._inside.pop((who, event.area), None)
        if stay is None:
            last = self._last.get(who)
            again = last is not None and last.kind is DoorKind.LEFT and last.area == event.area
            if not (again and last is not None and event.time - last.time <= _TWICE) and not self._was_inside_before(event):
                yield _incident("exit_without_entry", event, who, None)
            return
        minutes = (event.time - stay.event.time) / _MINUTE
        if self.limits.staying is not None and minutes > self.limits.staying:
            yield _incident("staying", event, who, stay.event, minutes=round(minutes), limit=self.limits.staying)
        if self.limits.weight is not None and stay.weight is not None and event.weight is not None:
            difference = event.weight - stay.weight
            if abs(difference) >= self.limits.weight:
                yield _incident("weight", event, who, stay.event, difference=round(difference, 1), limit=self.limits.weight)

    def _was_inside_before(self, event: DoorEvent) -> bool:
        """Whether whoever leaves may have come in before the log begins: within a day of the area's first event."""
        return event.time - self._known_since[event.area] < 24 * 60 * _MINUTE

    def inside(self, who: str, area: str) -> bool:
        """Whether a person is in an area now."""
        return (who, area) in self._inside

    def still_inside(self, now: int) -> Iterator[Incident]:
        """Who is in an area for too long and has not left by ``now``."""
        if self.limits.staying is None:
            return
        for (who, area), stay in self._inside.items():
            minutes = (now - stay.event.time) / _MINUTE
            if area in self.two_way and minutes > self.limits.staying:
                shown = {"minutes": round(minutes), "limit": self.limits.staying, "area": area}
                yield Incident(
                    "staying", who, area, stay.event.time, now, "presence.still_inside", {"who": who, **shown},
                    (stay.event.record,),
                )  # fmt: skip

    def one_way(self) -> tuple[str, ...]:
        """Areas that nobody was ever seen to leave, sorted: no presence follows for them."""
        return tuple(sorted({area for _, area in self._inside} - self.two_way))


def _incident(check: str, event: DoorEvent, who: str, before: DoorEvent | None, **shown: object) -> Incident:
    first = before.time if before else event.time
    records = (before.record, event.record) if before else (event.record,)
    fields = {"who": who, "area": event.area, "door": event.door, **shown}
    return Incident(check, who, event.area, first, event.time, f"presence.{check}", fields, records)
