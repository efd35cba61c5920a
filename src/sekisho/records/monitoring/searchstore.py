"""The search of the event stores: pages of events, counts over time, and the values that tell the events apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sekisho.records.monitoring.eventstore import engine, has_events, shown_name, store_of
from sekisho.records.monitoring.rules.searching import Query, bucket_width, buckets

if TYPE_CHECKING:
    from sekisho.engines.events import Hit
    from sekisho.records.monitoring.models import LogSource

__all__ = ["Found", "Row", "search_events"]

_FACETS: Final = 6  # fields whose values are counted beside a search
_VALUES: Final = 8
_LONGEST_FACET: Final = 80
_WORDS: Final = re.compile(r'"([^"]+)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Row:
    """One event that was found, with its way back to the line."""

    time: datetime | None
    source_id: str
    source_name: str
    host: str
    file: str
    sha256: str
    record: int | None
    channel: str
    event: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of events, newest first, of ``total`` in all; ``bars``: (beginning, events) over the whole period."""

    rows: tuple[Row, ...]
    total: int
    first_at: datetime | None
    last_at: datetime | None
    bars: tuple[tuple[datetime, int], ...]
    width: timedelta
    facets: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    looked_at: int = 0
    empty: tuple[str, ...] = ()


def search_events(sources: Sequence[LogSource], query: Query, *, offset: int = 0, limit: int = 50) -> Found:
    """Events of these sources that answer the query. Raises InputError for what is no term, Unavailable for a broken store."""
    term = engine().Term
    terms = [term(quoted) if quoted else term.of(word) for quoted, word in _WORDS.findall(query.text)]
    terms += [term(value, name) for name, value in query.fields]
    width = bucket_width(query.since, query.until)
    rows: list[Row] = []
    counts: Counter[datetime] = Counter()
    total = looked = 0
    firsts: list[datetime] = []
    lasts: list[datetime] = []
    empty: list[str] = []
    for source in sources:
        store = store_of(source.organization_id, source.pk)
        if not has_events(store):
            empty.append(source.name)
            continue
        found = store.search(terms, since=query.since, until=query.until, limit=offset + limit, newest=True, stretch=width)
        total += found.total
        looked += found.events
        counts.update(found.counts)
        firsts += [found.first] if found.first else []
        lasts += [found.last] if found.last else []
        rows += [_row(hit, source) for hit in found.hits]
    rows.sort(key=lambda row: row.time or datetime.min.replace(tzinfo=UTC), reverse=True)
    shown = tuple(rows[offset : offset + limit])
    return Found(
        rows=shown,
        total=total,
        first_at=min(firsts, default=None),
        last_at=max(lasts, default=None),
        bars=tuple(buckets(query.since, query.until, counts, width)),
        width=width,
        facets=_facets(shown),
        looked_at=looked,
        empty=tuple(empty),
    )


def _row(hit: Hit, source: LogSource) -> Row:
    return Row(
        time=hit.time,
        source_id=str(source.pk),
        source_name=source.name,
        host=hit.fields.get("_host", ""),
        file=shown_name(hit.file),
        sha256=hit.sha256,
        record=hit.record,
        channel=hit.partition.channel,
        event=hit.partition.event,
        fields={name: value for name, value in hit.fields.items() if not name.startswith("_")},
    )


def _facets(rows: Sequence[Row]) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """The commonest values of the fields that tell the shown events apart best."""
    values: dict[str, Counter[str]] = {}
    for row in rows:
        for name, value in row.fields.items():
            if value and len(value) <= _LONGEST_FACET:
                values.setdefault(name, Counter())[value] += 1
    useful = [(name, counted) for name, counted in values.items() if 1 < len(counted) < max(3, counted.total() * 0.8)]
    useful.sort(key=lambda item: (-item[1].total(), len(item[1])))
    return tuple((name, tuple(counted.most_common(_VALUES))) for name, counted in useful[:_FACETS])
