"""The events that a rule carries as its own tests, as batches; and the rule applied to them by the real evaluator.

An organisation that writes rules of its own tests them with the same functions.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from sekisho.engines.detection.baselines import Baseline, japanese_calendar
from sekisho.engines.detection.review.evaluator import Evaluator
from sekisho.engines.detection.review.learning import learn
from sekisho.engines.detection.review.options import Options
from sekisho.engines.events.model import FILE, HOST, OFFSET, RECORD, SHA256, TIME, Batch, Partition
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sekisho.engines.detection.review.results import LogReview
    from sekisho.standards.watch_rules import Event, EventClass, TestCase, WatchRule

__all__ = ["batches_of", "run_case"]

_PLACE: Final = re.compile(r"\{n(?:\*(-?[0-9.]+))?(?:\+(-?[0-9.]+))?\}")
_TYPES: Final = {TIME: pa.timestamp("us", "UTC"), OFFSET: pa.int16(), RECORD: pa.int64()}


def batches_of(events: Iterable[Event]) -> Iterator[Batch]:
    """The events as batches, one for each source, channel and event. Raises InputError ``watch.case_time`` for a wrong time."""
    rows: dict[Partition, list[dict[str, Any]]] = {}
    number = 0
    for event in events:
        start = _moment(event.at)
        for n in range(event.repeat):
            number += 1
            row: dict[str, Any] = {
                TIME: start + timedelta(seconds=event.every * n),
                OFFSET: int((start.utcoffset() or timedelta()).total_seconds() // 60),
                FILE: f"{event.source}.log", SHA256: "0" * 64, HOST: event.host,
                RECORD: number if event.record is None else event.record + n,
            }  # fmt: skip
            row |= {name: _filled(text, n) for name, text in event.fields.items()}
            rows.setdefault(Partition(event.source, event.channel, event.event), []).append(row)
    for partition, found in rows.items():
        names = [*_TYPES, FILE, SHA256, HOST]
        names += sorted({name for row in found for name in row} - set(names))
        columns = {n: pa.array([row.get(n) for row in found], _TYPES.get(n, pa.string())) for n in names}
        yield Batch(partition, pa.table(columns))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("watch.case_time", value=text[:40]) from error
    if moment.tzinfo is None:
        raise InputError("watch.case_time", value=text[:40])
    return moment


def _filled(text: str, n: int) -> str:
    def number(found: re.Match[str]) -> str:
        if found[1] is None and found[2] is None:
            return str(n)
        return f"{n * float(found[1] or 1) + float(found[2] or 0):g}"

    return _PLACE.sub(number, text)


def run_case(
    rule: WatchRule, case: TestCase, *, classes: Mapping[str, EventClass] | None = None, options: Options | None = None
) -> LogReview:
    """The rule over the events of one case, with a Japanese calendar for their years and a history from the case's own events."""
    moments = [_moment(e.at) for e in (*case.events, *case.history)]
    years = {m.year + d for m in moments for d in (-1, 0, 1)} or {datetime(1970, 1, 1, tzinfo=UTC).year}
    given = options or Options()
    calendar = given.calendar or japanese_calendar(sorted(years))
    since, until = (None if t is None else _moment(t) for t in (case.since, case.until))
    baseline = Baseline(zone=calendar.zone)
    if case.history:
        days = [_moment(e.at).date() for e in case.history]
        last = max(_moment(e.at) + timedelta(seconds=e.every * (e.repeat - 1)) for e in case.history).date()
        learn(
            batches_of(case.history), (rule,), calendar=calendar, since=min(days), until=last + timedelta(days=1), into=baseline,
            classes=classes,
        )  # fmt: skip
    now = given.now or until or max((m for m in moments), default=datetime(1970, 1, 1, tzinfo=UTC))
    made = replace(given, calendar=calendar, baseline=baseline, since=since, until=until, now=now)
    evaluator = Evaluator((rule,), classes=classes, options=made)
    for batch in batches_of(case.events):
        evaluator.feed(batch)
    return evaluator.finish()
