"""Door and log-in records together: somebody works at a console in a room in which they are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.presence.basis import MonitoringBasis, SearchRecord, required
from sekisho.engines.detection.presence.model import DoorEvent, DoorKind, Incident, Premises, Record
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

__all__ = ["Joined", "Login", "logins_without_presence"]

_TOLERANCE: Final = 2 * 60_000_000  # the clocks of doors and machines differ


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in at the console of a machine (not over the network); ``time`` in microseconds since 1970 UTC."""

    time: int
    host: str
    account: str
    record: Record = ("", -1, 0)


@dataclass(frozen=True)
class Joined:
    """What was found, what could not be judged, and the record of the search, which has been stored.

    ``unknown_hosts``: machines of which nobody has said where they stand. ``unknown_accounts``: accounts without a person.
    ``no_doors``: rooms of which there is no door record at all. Each with the number of log-ins that were not judged.
    """

    incidents: tuple[Incident, ...]
    judged: int
    unknown_hosts: Mapping[str, int]
    unknown_accounts: Mapping[str, int]
    no_doors: Mapping[str, int]
    record: SearchRecord


def logins_without_presence(
    logins: Iterable[Login], doors: Iterable[DoorEvent], *, premises: Premises, accounts: Mapping[str, str],
    basis: MonitoringBasis | None, who: str, why: str, since: datetime, until: datetime, at: datetime,
    store: Callable[[SearchRecord], None], persons: Iterable[str] = (),
) -> Joined:  # fmt: skip
    """Log-ins from ``since`` until ``until`` at consoles in rooms in which the person was not at that moment.

    ``accounts``: account (lower case) → person. ``persons``: only these. ``who`` looks, ``why``, ``at``: now. ``store`` keeps the
    record of the search; it is called before anything is compared, and when it raises, nothing is.

    Raises NotPermitted ``presence.basis_missing`` / ``presence.basis_not_valid``, InputError ``presence.basis_incomplete`` /
    ``presence.search_incomplete``.
    """
    held = required(basis, at.date())
    if not who.strip() or not why.strip() or until <= since:
        raise InputError("presence.search_incomplete")
    wanted = tuple(sorted(set(persons)))
    record = SearchRecord(who=who, why=why, persons=wanted, since=since, until=until, at=at, basis=held)
    store(record)
    low, high = (int(m.timestamp() * 1_000_000) for m in (since, until))
    chosen = sorted((entry for entry in logins if low <= entry.time < high), key=lambda entry: entry.time)
    moves = _moves([premises.located(e) for e in doors])
    known = {area for _, area in moves}
    hosts: Counter[str] = Counter()
    nobody: Counter[str] = Counter()
    blind: Counter[str] = Counter()
    incidents, judged = [], 0
    for login in chosen:
        room, person = premises.rooms.get(login.host.lower()), accounts.get(login.account.lower())
        if wanted and person is not None and person not in wanted:
            continue
        if room is None:
            hosts[login.host] += 1
        elif person is None:
            nobody[login.account] += 1
        elif room not in known:
            blind[room] += 1
        else:
            judged += 1
            last = _last_move(moves.get((person, room), []), login.time)
            if last is None or last.kind is DoorKind.LEFT:
                incidents.append(_away(login, person, room, last))
    return Joined(tuple(incidents), judged, hosts, nobody, blind, record)


def _moves(doors: Iterable[DoorEvent]) -> dict[tuple[str, str], list[DoorEvent]]:
    """(person or card, area) → the times through its doors, in order."""
    found: dict[tuple[str, str], list[DoorEvent]] = {}
    for event in sorted(doors, key=lambda e: e.time):
        if event.kind in {DoorKind.ENTERED, DoorKind.LEFT}:
            found.setdefault((event.person or event.card, event.area), []).append(event)
    return found


def _last_move(moves: list[DoorEvent], at: int) -> DoorEvent | None:
    """The last time through the door before ``at``: an entry up to two minutes later counts already, a fresh exit not yet."""
    before = [e for e in moves if e.time <= at + (_TOLERANCE if e.kind is DoorKind.ENTERED else -_TOLERANCE)]
    return before[-1] if before else None


def _away(login: Login, person: str, room: str, last: DoorEvent | None) -> Incident:
    fields: dict[str, object] = {"who": person, "area": room, "host": login.host, "account": login.account}
    code = "presence.login_never_inside" if last is None else "presence.login_after_exit"
    records = (login.record, last.record) if last else (login.record,)
    return Incident("login", person, room, last.time if last else login.time, login.time, code, fields, records)
