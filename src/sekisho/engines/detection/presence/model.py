"""Doors, areas, sites and the events at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVENT_CLASSES", "DoorEvent", "DoorKind", "Incident", "Place", "Premises", "Record"]

Record = tuple[str, int, int]
"""File and hash, record, microseconds since 1970 UTC."""


class DoorKind(StrEnum):
    """What happened at a door."""

    ENTERED = "entered"
    LEFT = "left"
    DENIED = "denied"
    HELD_OPEN = "held_open"
    FORCED = "forced"
    FOLLOWED = "followed"
    ALARM = "alarm"


EVENT_CLASSES: Final[dict[str, DoorKind]] = {
    "door_entered": DoorKind.ENTERED,
    "door_left": DoorKind.LEFT,
    "door_denied": DoorKind.DENIED,
    "door_held_open": DoorKind.HELD_OPEN,
    "door_forced": DoorKind.FORCED,
    "door_followed": DoorKind.FOLLOWED,
    "door_alarm": DoorKind.ALARM,
}
"""The classes of events that stand for them."""


@dataclass(frozen=True, slots=True)
class DoorEvent:
    """One event at a door; ``time`` in microseconds since 1970 UTC, ``weight`` in kilograms where the door weighs."""

    time: int
    kind: DoorKind
    door: str
    card: str
    person: str = ""
    area: str = ""
    site: str = ""
    weight: float | None = None
    record: Record = ("", -1, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door leads: the area behind it, and the site."""

    area: str
    site: str = ""


@dataclass(frozen=True)
class Premises:
    """What is known of the buildings and the cards; all of it is handed in.

    ``doors``: door → where it leads (needed where the log itself does not say). ``inside``: area → the area that one must be in
    to reach it. ``travel``: (site, site) → minutes that one needs at least from one to the other, either way round.
    ``cards``: card → person. ``rooms``: machine (host name, lower case) → area in which its console stands.
    """

    doors: Mapping[str, Place] = field(default_factory=dict)
    inside: Mapping[str, str] = field(default_factory=dict)
    travel: Mapping[tuple[str, str], float] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)

    def minutes(self, one: str, other: str) -> float | None:
        """How long it takes from one site to another; None when nobody has said."""
        return self.travel.get((one, other), self.travel.get((other, one)))

    def located(self, event: DoorEvent) -> DoorEvent:
        """The event with area, site and person filled in where the log does not say them."""
        place = self.doors.get(event.door)
        person = event.person or self.cards.get(event.card, "")
        return DoorEvent(
            event.time, event.kind, event.door, event.card, person, event.area or (place.area if place else event.door),
            event.site or (place.site if place else ""), event.weight, event.record,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that follows from the order of a person's events. ``who``: the person; the card when nobody is known for it."""

    check: str
    who: str
    area: str
    first: int
    last: int
    code: str
    fields: dict[str, object]
    records: tuple[Record, ...]
