"""The logs of an organisation under a set of indicators: searched source by source, with what could not be searched.

Reads the stores of the room ``monitoring``. Nothing in here asks who is asking, or writes to the database.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.indicators import Indicator, Kind, Matcher, Sighting, try_block_list
from sekisho.engines.events import HOST, SHA256, Batch
from sekisho.errors import InputError
from sekisho.records.intelligence.rules.blocking import denied, is_action_column, is_client_column
from sekisho.records.intelligence.rules.searching import PLACES, Looked, Report, Seen
from sekisho.records.monitoring import eventstore

if TYPE_CHECKING:
    from sekisho.records.monitoring.models import LogSource

__all__ = ["Searched", "search", "try_blocking"]

Progress = Callable[[int, int], None]
_MOST_HOSTS: Final = 200
_STOPPED_KEPT: Final = 200


@dataclass(slots=True)
class Searched:
    """What a search gave: its report, and what was seen of each indicator."""

    report: Report
    seen: list[Seen] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    """Hits of one indicator over all sources."""

    count: int = 0
    denied: int = 0
    outside: int = 0
    first: datetime | None = None
    last: datetime | None = None
    first_denied: datetime | None = None
    last_passed: datetime | None = None
    hosts: dict[str, int] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    source_id: str = ""

    def add(self, sighting: Sighting, source: LogSource, *, stopped: bool) -> None:
        """Count what one source has of it; ``stopped``: these records say that the traffic was."""
        self.count += sighting.count
        self.outside += sighting.outside_period
        self.first = _least(self.first, sighting.first)
        self.last = _most(self.last, sighting.last)
        if stopped:
            self.denied += sighting.count
            self.first_denied = _least(self.first_denied, sighting.first)
        else:
            self.last_passed = _most(self.last_passed, sighting.last)
        for host, number in sighting.hosts.items():
            if host in self.hosts or len(self.hosts) < _MOST_HOSTS:
                self.hosts[host] = self.hosts.get(host, 0) + number
        room = PLACES - len(self.places)
        self.places += [_place(one.as_dict(), source, stopped=stopped) for one in sighting.places[:room]]
        self.source_id = self.source_id or str(source.pk)


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _most(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _place(plain: dict[str, Any], source: LogSource, *, stopped: bool) -> dict[str, Any]:
    return {
        **plain,
        "file": eventstore.shown_name(plain["file"]),
        "value": str(plain["value"])[:500],
        "log_source": source.name,
        "log_source_id": str(source.pk),
        "denied": stopped,
    }


def search(
    sources: Sequence[LogSource],
    indicators: Sequence[Indicator],
    *,
    since: datetime,
    until: datetime,
    progress: Progress,
    files: frozenset[str] | None = None,
) -> Searched:
    """Look for ``indicators`` in [since, until) of these sources; ``files``: only in records of files with these SHA-256.

    ``progress`` is told (sources done, all) and may raise to stop. Raises Unavailable for a broken store.
    """
    tallies: dict[int, _Tally] = {}
    looked = []
    for number, source in enumerate(sources):
        progress(number, len(sources))
        looked.append(_one(source, indicators, tallies, since=since, until=until, files=files))
    progress(len(sources), len(sources))
    kinds: dict[str, int] = {}
    for one in indicators:
        kinds[one.kind.value] = kinds.get(one.kind.value, 0) + 1
    return Searched(Report(tuple(looked), kinds), [_seen(position, tally) for position, tally in sorted(tallies.items())])


def _one(
    source: LogSource,
    indicators: Sequence[Indicator],
    tallies: dict[int, _Tally],
    *,
    since: datetime,
    until: datetime,
    files: frozenset[str] | None,
) -> Looked:
    key = str(source.pk)
    store = eventstore.store_of(source.organization_id, source.pk)
    passed, stopped, outside = Matcher(indicators), Matcher(indicators), _Outside(indicators)
    passed_found, stopped_found = passed.sightings(places=PLACES), stopped.sightings(places=PLACES)
    try:
        for batch in store.batches(since=since, until=until):
            kept = batch if files is None else _of_files(batch, files)
            for part, denies in _apart(_by_client(kept, outside)):
                matcher, found = (stopped, stopped_found) if denies else (passed, passed_found)
                matcher.match([part], found)
    except InputError as error:
        if error.code != "events.store_missing":
            raise
        return Looked(key, source.name, missing="intelligence.source_empty")
    positions = {id(one): at for at, one in enumerate(indicators)}
    for results, denies in ((passed_found, False), (stopped_found, True)):
        for sighting in results.results():
            tallies.setdefault(positions[id(sighting.indicator)], _Tally()).add(sighting, source, stopped=denies)
    rows = passed.rows + stopped.rows
    without = sum(passed.without_columns.values()) + sum(stopped.without_columns.values())
    covered = eventstore.coverage_of(source, since=since, until=until)
    missing = "" if rows else "intelligence.source_nothing_in_period"
    if rows and without == rows:
        missing = "intelligence.source_without_columns"
    return Looked(
        key,
        source.name,
        rows=rows,
        without_columns=without,
        rejected=covered["rejected"],
        since=covered["first_at"],
        until=covered["last_at"],
        covered_hours=covered["covered_hours"],
        hours=covered["hours"],
        gaps=tuple((gap[0], gap[1]) for gap in covered["gaps"]),
        missing=missing,
    )


def _of_files(batch: Batch, files: frozenset[str]) -> Batch:
    import pyarrow as pa  # noqa: PLC0415 - of the extra ``logs``
    import pyarrow.compute as pc  # noqa: PLC0415 - of the extra ``logs``

    mask = pc.is_in(batch.table.column(SHA256), value_set=pa.array(sorted(files)))
    return Batch(batch.partition, batch.table.filter(mask))


class _Outside:
    """The addresses that indicators name: whoever has one of them is the other side, and not a machine of the organisation."""

    def __init__(self, indicators: Sequence[Indicator]) -> None:
        self._addresses = frozenset(one.value for one in indicators if one.kind is Kind.IP)
        self._networks = [ipaddress.ip_network(one.value, strict=False) for one in indicators if one.kind is Kind.NETWORK]

    def among(self, values: Sequence[Any]) -> list[str]:
        """Those of these values that are such addresses."""
        return [value for value in values if value and (value in self._addresses or (self._networks and self._within(value)))]

    def _within(self, value: str) -> bool:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _by_client(batch: Batch, outside: _Outside) -> Batch:
    """The batch with the client of each record as its machine, unless that is the other side."""
    import pyarrow as pa  # noqa: PLC0415 - of the extra ``logs``
    import pyarrow.compute as pc  # noqa: PLC0415 - of the extra ``logs``

    table = batch.table
    name = next((one for one in table.column_names if is_client_column(one)), None)
    if name is None or HOST not in table.column_names:
        return batch
    clients = table.column(name).cast("string")
    attackers = outside.among(pc.unique(clients).to_pylist())
    if attackers:
        clients = pc.if_else(pc.is_in(clients, value_set=pa.array(attackers, type=pa.string())), None, clients)
    clients = pc.coalesce(clients, table.column(HOST).cast("string"))
    return Batch(batch.partition, table.set_column(table.column_names.index(HOST), HOST, clients))


def _apart(batch: Batch) -> Iterator[tuple[Batch, bool]]:
    """The records that say that a device stopped the traffic, and the others."""
    import pyarrow as pa  # noqa: PLC0415 - of the extra ``logs``
    import pyarrow.compute as pc  # noqa: PLC0415 - of the extra ``logs``

    table = batch.table
    if not table.num_rows:
        return
    mask = None
    for name in table.column_names:
        if name.startswith("_") or not is_action_column(name):
            continue
        column = table.column(name).combine_chunks()
        words = column.cast(pa.string())
        stops = pa.array([word for word in pc.unique(words).to_pylist() if denied(word)], type=pa.string())
        if len(stops):
            hits = pc.is_in(words, value_set=stops)
            mask = hits if mask is None else pc.or_(mask, hits)
    if mask is None:
        yield batch, False
        return
    for part, denies in ((table.filter(mask), True), (table.filter(pc.invert(mask)), False)):
        if part.num_rows:
            yield Batch(batch.partition, part), denies


def _seen(position: int, tally: _Tally) -> Seen:
    hosts = dict(sorted(tally.hosts.items(), key=lambda item: -item[1])[:_MOST_HOSTS])
    return Seen(
        position=position,
        count=tally.count,
        denied=tally.denied,
        outside_period=tally.outside,
        first_at=tally.first,
        last_at=tally.last,
        first_denied_at=tally.first_denied,
        last_passed_at=tally.last_passed,
        hosts=hosts,
        places=tally.places,
        source_id=tally.source_id,
    )


def try_blocking(
    sources: Sequence[LogSource], indicators: Sequence[Indicator], *, since: datetime, until: datetime, progress: Progress
) -> dict[str, Any]:
    """What a block list would have stopped in the logs: the engine's answer as plain values, with the period and the sources."""
    empty: list[str] = []
    outside = _Outside(indicators)

    def batches() -> Iterator[Batch]:
        for number, source in enumerate(sources):
            progress(number, len(sources))
            try:
                store = eventstore.store_of(source.organization_id, source.pk)
                yield from (_by_client(batch, outside) for batch in store.batches(since=since, until=until))
            except InputError as error:
                if error.code != "events.store_missing":
                    raise
                empty.append(source.name)

    found = try_block_list(indicators, batches())
    progress(len(sources), len(sources))
    plain = found.as_dict()
    stopped = [
        {**one, "places": [{**place, "file": eventstore.shown_name(place["file"])} for place in one["places"][:5]]}
        for one in plain["stopped"][:_STOPPED_KEPT]
    ]
    return {
        **plain,
        "stopped": stopped,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "sources": [source.name for source in sources],
        "empty": empty,
    }
