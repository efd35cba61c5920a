"""Events of a store in the order of their days, so that windows over several sources are whole and memory holds one day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

from sekisho.engines.events.model import Batch, Partition
from sekisho.standards.watch_rules import classes_of, event_classes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sekisho.standards.watch_rules import EventClass, WatchRule

__all__ = ["EventStore", "by_day", "read_events", "sources_of"]


class Hour(Protocol):
    """An hour in which a source had events."""

    @property
    def source(self) -> str:
        """The id of the field map."""

    @property
    def hour(self) -> datetime:
        """Its beginning."""

    @property
    def events(self) -> int:
        """How many it had."""


class EventStore(Protocol):
    """What is asked of a store; see :class:`sekisho.engines.events.Store`."""

    def batches(self, *, source: str | None, since: datetime | None, until: datetime | None) -> Iterator[Batch]:
        """Events of one source from ``since`` (included) until ``until`` (not included), in bounded batches."""

    def activity(self) -> Sequence[Hour]:
        """The hours in which there were events."""


def sources_of(rules: Iterable[WatchRule], classes: Mapping[str, EventClass] | None = None) -> tuple[str, ...]:
    """The kinds of logs that the rules can use, sorted."""
    known = classes if classes is not None else event_classes()
    return tuple(sorted({s for rule in rules for c in classes_of(rule.evaluate) for s in known[c].sources}))


def read_events(
    store: EventStore, sources: Iterable[str], *, since: datetime, until: datetime, at_once: int
) -> tuple[Iterator[Batch], bool]:
    """Every event of the sources from ``since`` until ``until``, and whether they come in the order of their days.

    Up to ``at_once`` events are read as they lie, each file of the store once; more come by day.
    """
    chosen = frozenset(sources)
    hour = timedelta(hours=1)
    held = sum(a.events for a in store.activity() if a.source in chosen and since - hour < a.hour < until)
    if held > at_once:
        return by_day(store, chosen, since=since, until=until), True
    return (b for s in sorted(chosen) for b in store.batches(source=s, since=since, until=until)), False


def by_day(store: EventStore, sources: Iterable[str], *, since: datetime, until: datetime) -> Iterator[Batch]:
    """Every event of the sources from ``since`` until ``until``, UTC day after UTC day."""
    chosen = frozenset(sources)
    busy: dict[date, set[str]] = {}
    for one in store.activity():
        if one.source in chosen:
            busy.setdefault(one.hour.astimezone(UTC).date(), set()).add(one.source)
    for on in sorted(busy):
        day = datetime.combine(on, time(), UTC)
        start, end = max(day, since), min(day + timedelta(days=1), until)
        for source in sorted(busy[on]) if start < end else ():
            for batch in store.batches(source=source, since=start, until=end):
                partition = batch.partition
                yield Batch(Partition(partition.source, partition.channel, partition.event, on), batch.table)
