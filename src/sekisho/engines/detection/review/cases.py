"""The events that a rule carries as its own tests, as batches; and the rule applied to them by the real evaluator.

An organisation that writes rules of its own tests them with the same functions.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from sekisho.engines.detection.baselines import Baseline, japanese_calendar
from sekisho.engines.detection.review.evaluator import Evaluator
from sekisho.engines.detection.review.learning import learn
from sekisho.engines.detection.review.options import Options
from sekisho.engines.events.model import FILE, HOST, OFFSET, RECORD, SHA256, TIME, Batch, Partition
from sekisho.errors import InputError
from sekisho.standards.watch_rules import Extract, event_classes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sekisho.engines.detection.review.results import LogReview
    from sekisho.standards.watch_rules import Event, EventClass, Take, TestCase, WatchRule

__all__ = ["batches_of", "moment_of", "run_case"]

_PLACE: Final = re.compile(r"\{n(?:\*(-?[0-9.]+))?(?:\+(-?[0-9.]+))?\}")
_JAPAN: Final = timezone(timedelta(hours=9))
_TYPES: Final = {TIME: pa.timestamp("us", "UTC"), OFFSET: pa.int16(), RECORD: pa.int64()}


def batches_of(events: Iterable[Event], classes: Mapping[str, EventClass]) -> Iterator[Batch]:
    """The events as batches, one for each source, channel and event.

    Raises InputError ``watch.case_time`` for a wrong time, ``watch.case_role`` for a role that the source cannot show.
    """
    rows: dict[Partition, list[dict[str, Any]]] = {}
    number = 0
    for event in events:
        start = moment_of(event.at)
        take = _take(event, classes)
        partition = Partition(take.source, next(iter(take.channel), ""), next(iter(take.event), ""))
        for n in range(event.repeat):
            number += 1
            row: dict[str, Any] = {
                TIME: start + timedelta(seconds=event.every * n),
                OFFSET: int((start.utcoffset() or timedelta()).total_seconds() // 60),
                FILE: f"{take.source}.log", SHA256: "0" * 64, HOST: None,
                RECORD: number if event.record is None else event.record + n, **take.example,
            }  # fmt: skip
            for role, text in event.roles.items():
                _set(row, take, role, _filled(text, n))
            rows.setdefault(partition, []).append(row)
    for partition, found in rows.items():
        names = [*_TYPES, FILE, SHA256, HOST]
        names += sorted({name for row in found for name in row} - set(names))
        columns = {n: pa.array([row.get(n) for row in found], _TYPES.get(n, pa.string())) for n in names}
        yield Batch(partition, pa.table(columns))


def _take(event: Event, classes: Mapping[str, EventClass]) -> Take:
    takes = classes[event.of].take
    return next((t for t in takes if t.source == event.source), takes[0])


def _set(row: dict[str, Any], take: Take, role: str, value: str) -> None:
    """Write a role where the source has it."""
    spec = take.roles.get(role)
    if isinstance(spec, Extract):
        text = row.get(spec.field) or ""
        found = re.search(spec.extract, text)
        if found is None or found["x"] is None:
            raise InputError("watch.case_role", role=role, source=take.source)
        row[spec.field] = text[: found.start("x")] + value + text[found.end("x") :]
        return
    name = spec if isinstance(spec, str) else spec[0] if spec else "="
    if name.startswith("=") or name == RECORD:
        raise InputError("watch.case_role", role=role, source=take.source)
    row[name] = value


def moment_of(text: str) -> datetime:
    """A moment of a test. Raises InputError ``watch.case_time``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("watch.case_time", value=text[:40]) from error
    return moment.replace(tzinfo=_JAPAN) if moment.tzinfo is None else moment


def _filled(text: str, n: int) -> str:
    def number(found: re.Match[str]) -> str:
        if found[1] is None and found[2] is None:
            return str(n)
        return f"{n * float(found[1] or 1) + float(found[2] or 0):g}"

    return _PLACE.sub(number, text)


def run_case(
    rule: WatchRule, case: TestCase, *, classes: Mapping[str, EventClass] | None = None, options: Options | None = None
) -> LogReview:
    """The rule over the events of one case, with a Japanese calendar for their years and a history of the case's own events.

    ``options``: what else is handed in (premises, settings); calendar, baseline, period and now follow from the case.
    """
    known = classes if classes is not None else event_classes()
    moments = [moment_of(e.at) for e in (*case.events, *case.history)]
    years = {m.year + d for m in moments for d in (-1, 0, 1)} or {datetime(1970, 1, 1, tzinfo=UTC).year}
    given = options or Options()
    calendar = given.calendar or japanese_calendar(sorted(years))
    since, until = (None if t is None else moment_of(t) for t in (case.since, case.until))
    baseline = Baseline(zone=calendar.zone)
    if case.history:
        days = [moment_of(e.at).date() for e in case.history]
        last = max(moment_of(e.at) + timedelta(seconds=e.every * (e.repeat - 1)) for e in case.history).date()
        learn(
            batches_of(case.history, known), (rule,), calendar=calendar, since=min(days), until=last + timedelta(days=1),
            into=baseline, classes=known,
        )  # fmt: skip
    now = given.now or until or max((m for m in moments), default=datetime(1970, 1, 1, tzinfo=UTC))
    made = replace(given, calendar=calendar, baseline=baseline, since=since, until=until, now=now)
    evaluator = Evaluator((rule,), classes=known, options=made)
    for batch in batches_of(case.events, known):
        evaluator.feed(batch)
    return evaluator.finish()
