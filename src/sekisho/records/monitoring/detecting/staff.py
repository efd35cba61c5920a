"""Door and log-in records together: only called by the action that has checked the basis and writes the search down."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sekisho.engines.detection.presence import (
    EVENT_CLASSES,
    DoorEvent,
    Login,
    MonitoringBasis,
    SearchRecord,
    logins_without_presence,
)
from sekisho.engines.detection.review.frame import make_frame
from sekisho.engines.detection.review.select import NO_TIME, Selector
from sekisho.records.monitoring.detecting.history import batches_of
from sekisho.records.monitoring.detecting.premises import accounts_of, premises_of
from sekisho.standards.watch_rules import event_classes

if TYPE_CHECKING:
    from sekisho.engines.detection.review.frame import Frame
    from sekisho.records.monitoring.models import LogSource

__all__ = ["join_staff"]

_LOGIN: Final = "logon_console"
_LOGIN_ROLES: Final = frozenset({"host", "user"})
_DOOR_ROLES: Final = frozenset({"area", "card", "door", "person", "site", "weight"})
_BEFORE: Final = timedelta(hours=48)  # whoever is inside came in before


def join_staff(
    *,
    organization_id: uuid.UUID,
    sources: Sequence[LogSource],
    about: str,
    period: tuple[datetime, datetime],
    basis: Mapping[str, Any],
    who: str,
    why: str,
    now: datetime,
) -> dict[str, Any]:
    """``{findings: [{at, code, fields}], judged, unjudged: {hosts, accounts, rooms}}``, plain JSON values.

    ``about``: an account or a person; empty for everybody. Raises what the engine raises without a basis that holds.
    """
    since, until = period
    accounts = accounts_of(organization_id)
    person = accounts.get(about.lower(), about) if about else ""
    logins, doors = _events(sources, since, until)
    kept: list[SearchRecord] = []
    joined = logins_without_presence(
        logins,
        doors,
        premises=premises_of(organization_id),
        accounts=accounts,
        basis=MonitoringBasis(**basis),
        who=who,
        why=why,
        since=since,
        until=until,
        at=now,
        store=kept.append,
        persons=(person,) if person else (),
    )
    return {
        "findings": [
            {
                "at": datetime.fromtimestamp(one.last / 1_000_000, UTC).isoformat(),
                "code": one.code,
                "fields": {key: str(value) for key, value in one.fields.items()},
            }
            for one in joined.incidents
        ],
        "judged": joined.judged,
        "unjudged": {
            "hosts": dict(joined.unknown_hosts),
            "accounts": dict(joined.unknown_accounts),
            "rooms": dict(joined.no_doors),
        },
    }


def _events(sources: Sequence[LogSource], since: datetime, until: datetime) -> tuple[list[Login], list[DoorEvent]]:
    classes = event_classes()
    wanted = {name: set(_DOOR_ROLES) for name in EVENT_CLASSES if name in classes} | {_LOGIN: set(_LOGIN_ROLES)}
    selector = Selector(classes, wanted)
    logins: list[Login] = []
    doors: list[DoorEvent] = []
    for batch in batches_of(sources, since=since - _BEFORE, until=until):
        for name, table in selector.select(batch):
            frame = make_frame([(0, table)], tuple(selector.roles[name]))
            if name == _LOGIN:
                logins += _logins(frame)
            else:
                doors += _doors(frame, name)
    return logins, doors


def _record(frame: Frame, place: int) -> tuple[str, int, int]:
    return str(frame.files[frame.file[place]]), int(frame.record[place]), int(frame.time[place])


def _timed(frame: Frame) -> list[int]:
    return [int(place) for place in np.flatnonzero(frame.time != NO_TIME)]


def _logins(frame: Frame) -> Iterator[Login]:
    for place in _timed(frame):
        yield Login(int(frame.time[place]), frame.words("host", place), frame.words("user", place), _record(frame, place))


def _doors(frame: Frame, name: str) -> Iterator[DoorEvent]:
    for place in _timed(frame):
        door, card, person, area, site = (frame.words(role, place) for role in ("door", "card", "person", "area", "site"))
        yield DoorEvent(int(frame.time[place]), EVENT_CLASSES[name], door, card, person, area, site, record=_record(frame, place))
