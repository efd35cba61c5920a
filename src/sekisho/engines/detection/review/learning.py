"""Learning the normal state: whole days of events into the history that rules compare with."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from sekisho.engines.detection.baselines import Baseline, Tally
from sekisho.engines.detection.review.apply import HISTORIC, chosen, steps_of
from sekisho.engines.detection.review.evaluator import wanted_roles
from sekisho.engines.detection.review.frame import make_frame
from sekisho.engines.detection.review.options import thresholds
from sekisho.engines.detection.review.select import NO_TIME, Selector
from sekisho.engines.detection.review.tallying import FileNames, count_rows, definition
from sekisho.engines.events.model import TIME
from sekisho.errors import InputError
from sekisho.standards.watch_rules import FirstSeen, classes_of, event_classes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from sekisho.engines.detection.baselines import OfficeCalendar
    from sekisho.engines.events.model import Batch
    from sekisho.standards.watch_rules import EventClass, WatchRule

__all__ = ["learn"]

_AT_ONCE: Final = 100_000  # cells, before they go into the history
_EPOCH: Final = date(1970, 1, 1)


def learn(
    batches: Iterable[Batch],
    rules: Iterable[WatchRule],
    *,
    calendar: OfficeCalendar,
    since: date,
    until: date,
    into: Baseline | None = None,
    classes: Mapping[str, EventClass] | None = None,
    settings: Mapping[str, Mapping[str, float]] | None = None,
) -> Baseline:
    """The history with the local days from ``since`` until before ``until`` taken in; they replace what was known of them.

    The batches must hold all events of those days; others are left out. ``into`` is changed and returned. Memory grows with the
    entities and hours, not with the events. Raises InputError ``watch.period_wrong``, ``watch.zone_differs``.
    """
    if until <= since:
        raise InputError("watch.period_wrong", since=since.isoformat(), until=until.isoformat())
    made = into if into is not None else Baseline(zone=calendar.zone)
    if made.zone != calendar.zone:
        raise InputError("watch.zone_differs", have=made.zone, wanted=calendar.zone)
    known = classes if classes is not None else event_classes()
    learner = _Learner(tuple(r for r in rules if isinstance(r.evaluate, HISTORIC)), known, calendar, settings or {})
    learner.days = ((since - _EPOCH).days, (until - _EPOCH).days)
    once = {rule.id for rule in learner.rules if isinstance(rule.evaluate, FirstSeen)}
    made.begin({rule.id: definition(rule, known) for rule in learner.rules}, range(*learner.days))
    for batch in batches:
        learner.take(batch)
        if learner.tally.size > _AT_ONCE:
            made.absorb(learner.tally, only_seen=once)
            learner.tally = Tally()
    made.absorb(learner.tally, only_seen=once)
    return made


class _Learner:
    def __init__(
        self, rules: tuple[WatchRule, ...], classes: Mapping[str, EventClass], calendar: OfficeCalendar,
        settings: Mapping[str, Mapping[str, float]],
    ) -> None:  # fmt: skip
        self.rules, self.calendar, self.tally, self.days = rules, calendar, Tally(), (0, 0)
        own = {name: values for name, values in settings.items() if name in {r.id for r in rules}}
        self._parameters = thresholds(rules, own)
        self._selector, self._files = Selector(classes, wanted_roles(rules)), FileNames()
        self._by_source: dict[str, list[str]] = {}
        for rule in rules:
            for source in {s for c in classes_of(rule.evaluate) for s in classes[c].sources}:
                self._by_source.setdefault(source, []).append(rule.id)

    def take(self, batch: Batch) -> None:
        names = self._by_source.get(batch.partition.source)
        if not names:
            return
        days = self._days_of(batch.table)
        for name in names:
            self.tally.cover(name, days)
        found: dict[str, list[pa.Table]] = {}
        for class_id, table in self._selector.select(batch):
            found.setdefault(class_id, []).append(table)
        for rule in self.rules:
            tables = [(step, t) for step, name in steps_of(rule.evaluate) for t in found.get(name, ())]
            if tables:
                self._count(rule, tables)

    def _days_of(self, table: pa.Table) -> NDArray[np.int32]:
        moments = pc.drop_null(table.column(TIME).cast("int64")).to_numpy()
        days = np.unique(self.calendar.day_and_hour(moments)[0])
        return days[(days >= self.days[0]) & (days < self.days[1])]

    def _count(self, rule: WatchRule, tables: list[tuple[int, pa.Table]]) -> None:
        roles = tuple(dict.fromkeys(r for _, name in steps_of(rule.evaluate) for r in self._selector.roles[name]))
        frame = chosen(rule, make_frame(tables, roles), self._parameters[rule.id], self.calendar)
        frame = frame.take(np.flatnonzero(frame.time != NO_TIME))
        day = self.calendar.day_and_hour(frame.time)[0]
        inside = (day >= self.days[0]) & (day < self.days[1])
        count_rows(rule, frame.take(np.flatnonzero(inside)), self.calendar, self.tally, self._files)
