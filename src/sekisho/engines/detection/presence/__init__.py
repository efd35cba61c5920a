"""Entry and exit (control 7.4): who is where, what cannot be so, and – only on a registered basis – log-ins without presence.

tracker = Tracker(premises, limits)
incidents = [*tracker.feed(events), *tracker.still_inside(now)]

logins_without_presence(logins, doors, basis=basis, store=…, …)   # refuses without a MonitoringBasis
"""

from __future__ import annotations

from sekisho.engines.detection.presence.basis import MonitoringBasis, SearchRecord
from sekisho.engines.detection.presence.joined import Joined, Login, logins_without_presence
from sekisho.engines.detection.presence.model import EVENT_CLASSES, DoorEvent, DoorKind, Incident, Place, Premises
from sekisho.engines.detection.presence.tracker import Limits, Tracker

__all__ = [
    "EVENT_CLASSES",
    "DoorEvent",
    "DoorKind",
    "Incident",
    "Joined",
    "Limits",
    "Login",
    "MonitoringBasis",
    "Place",
    "Premises",
    "SearchRecord",
    "Tracker",
    "logins_without_presence",
]
