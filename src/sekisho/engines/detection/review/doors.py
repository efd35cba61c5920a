"""Chosen door events into the tracker of persons, and its incidents back to the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sekisho.engines.detection.presence import EVENT_CLASSES, DoorEvent, Limits, Tracker
from sekisho.engines.detection.review.windows import Hit
from sekisho.standards.watch_rules import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sekisho.engines.detection.presence import Incident, Premises
    from sekisho.engines.detection.review.frame import Frame
    from sekisho.standards.watch_rules import WatchRule

__all__ = ["DOOR_ROLES", "Doors", "door_events"]

DOOR_ROLES: Final = ("area", "card", "door", "person", "site", "weight")


def door_events(frame: Frame, kinds: Sequence[str]) -> Iterator[DoorEvent]:
    """The events of a frame whose step is an index into ``kinds`` (ids of classes)."""
    weights = frame.values("weight")
    for i in range(len(frame)):
        words = {role: frame.words(role, i) for role in DOOR_ROLES}
        yield DoorEvent(
            int(frame.time[i]), EVENT_CLASSES[kinds[int(frame.step[i])]], words["door"], words["card"], words["person"],
            words["area"], words["site"], float(weights[i]) if np.isfinite(weights[i]) else None,
            (str(frame.files[frame.file[i]]), int(frame.record[i]), int(frame.time[i])),
        )  # fmt: skip


class Doors:
    """The rules about presence, together over one tracker."""

    def __init__(self, rules: Sequence[WatchRule], parameters: Mapping[str, Mapping[str, float]], premises: Premises) -> None:
        """``rules`` of kind presence only; two of one check share the thresholds of the first."""
        self.rules = rules
        self.classes = tuple(dict.fromkeys(name for rule in rules for name in rule.evaluate.of))
        own: dict[str, Mapping[str, float]] = {}
        for rule in rules:
            assert isinstance(rule.evaluate, Presence)
            own.setdefault(rule.evaluate.check, parameters[rule.id])
        self.tracker = Tracker(
            premises,
            Limits(
                staying=own.get("staying", {}).get("minutes"), tailgating=_minutes(own.get("tailgating", {}).get("seconds")),
                weight=own.get("weight", {}).get("kilograms"),
            ),
        )  # fmt: skip

    def feed(self, frame: Frame) -> Iterator[tuple[str, Hit]]:
        """(rule id, hit) of events that are later than all before."""
        yield from self._hits(self.tracker.feed(door_events(frame, self.classes)))

    def finish(self, now: int) -> Iterator[tuple[str, Hit]]:
        """Who is still where they should no longer be."""
        yield from self._hits(self.tracker.still_inside(now))

    def _hits(self, incidents: Iterator[Incident]) -> Iterator[tuple[str, Hit]]:
        for incident in incidents:
            for rule in self.rules:
                if isinstance(rule.evaluate, Presence) and rule.evaluate.check == incident.check:
                    yield rule.id, Hit(
                        (incident.who,), len(incident.records), incident.first, incident.last, list(incident.records),
                        incident.code, dict(incident.fields), joins=False,
                    )  # fmt: skip


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60
