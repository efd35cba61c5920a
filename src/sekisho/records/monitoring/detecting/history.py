"""The normal state of an organisation: a file beside its stores, in which days are learned once, and again when they changed."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sekisho.engines.detection.baselines import KEEP_DAYS, Baseline, OfficeCalendar, japanese_calendar
from sekisho.engines.detection.review.learning import learn
from sekisho.errors import InputError
from sekisho.records.monitoring import eventstore

if TYPE_CHECKING:
    from pathlib import Path

    from sekisho.engines.events import Batch
    from sekisho.records.monitoring.models import LogSource
    from sekisho.standards.watch_rules import WatchRule

__all__ = ["batches_of", "calendar_for", "learned"]

_ZONE: Final = "Asia/Tokyo"
Progress = Callable[[int, int], None]


def calendar_for(since: datetime, until: datetime) -> OfficeCalendar:
    """The calendar of a Japanese public office over the years that matter."""
    return japanese_calendar(range(since.year - 1, until.year + 2))


def batches_of(sources: Sequence[LogSource], *, since: datetime, until: datetime) -> Iterator[Batch]:
    """All events of these sources, UTC day after UTC day, so that windows over several sources are whole."""
    day = datetime.combine(since.astimezone(UTC).date(), time(), UTC)
    while day < until:
        start, end = max(day, since), min(day + timedelta(days=1), until)
        for source in sources:
            store = eventstore.store_of(source.organization_id, source.pk)
            if eventstore.has_events(store):
                yield from store.batches(since=start, until=end)
        day += timedelta(days=1)


def learned(
    organization_id: uuid.UUID,
    sources: Sequence[LogSource],
    rules: Sequence[WatchRule],
    *,
    until: datetime,
    calendar: OfficeCalendar,
    settings: dict[str, dict[str, float]],
) -> Baseline:
    """The history up to the local day of ``until`` (excluded) over all sources of the organisation.

    Only days whose number of events changed since they were learned are read again; other rules or sources begin anew.
    """
    path = eventstore.baseline_file(organization_id)
    zone = ZoneInfo(_ZONE)
    end = until.astimezone(zone).date()
    begin = end - timedelta(days=KEEP_DAYS)
    counts = _events_by_day(sources, begin, end, zone)
    mark = _mark(sources, rules, settings)
    baseline, known = _load(path, mark)
    fresh = [day for day in sorted(counts) if known.get(day.isoformat()) != counts[day]]
    for first, last in _runs(fresh):
        start = datetime.combine(first, time(), zone)
        stop = datetime.combine(last + timedelta(days=1), time(), zone)
        learn(
            batches_of(sources, since=start, until=stop),
            rules,
            calendar=calendar,
            since=first,
            until=last + timedelta(days=1),
            into=baseline,
            settings=settings,
        )
    if fresh:
        _save(path, baseline, mark, {day.isoformat(): count for day, count in counts.items()})
    return baseline


def _events_by_day(sources: Sequence[LogSource], begin: date, end: date, zone: ZoneInfo) -> dict[date, int]:
    """Local day → how many events all sources have, for the days that have some."""
    since, until = datetime.combine(begin, time(), zone), datetime.combine(end, time(), zone)
    found: dict[date, int] = {}
    for source in sources:
        store = eventstore.store_of(source.organization_id, source.pk)
        for hour, count in eventstore.seen_hours(store, since=since, until=until).items():
            day = hour.astimezone(zone).date()
            found[day] = found.get(day, 0) + count
    return found


def _mark(sources: Sequence[LogSource], rules: Sequence[WatchRule], settings: dict[str, dict[str, float]]) -> str:
    about = [sorted(str(source.pk) for source in sources), sorted(rule.id for rule in rules), settings]
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _load(path: Path, mark: str) -> tuple[Baseline, dict[str, Any]]:
    try:
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if about["mark"] == mark:
            return Baseline.load(path), about["days"]
    except (OSError, ValueError, KeyError, InputError):  # none yet, or of another version: everything is learned anew
        pass
    return Baseline(zone=_ZONE), {}


def _save(path: Path, baseline: Baseline, mark: str, days: dict[str, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    about = path.with_suffix(".json")
    about.unlink(missing_ok=True)  # a crash between the two leaves a history that is learned anew
    baseline.save(path)
    waiting = about.with_name(f"{about.name}.new")
    waiting.write_text(json.dumps({"mark": mark, "days": days}), encoding="utf-8")
    waiting.replace(about)


def _runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """First and last day of each stretch of days without a break."""
    start = before = None
    for day in days:
        if before is None or day - before > timedelta(days=1):
            if start is not None and before is not None:
                yield start, before
            start = day
        before = day
    if start is not None and before is not None:
        yield start, before
