"""Applies the rules to a stream of batches, in bounded memory, and says for each rule what it could see."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.detection.baselines import Tally
from sekisho.engines.detection.review import history
from sekisho.engines.detection.review.apply import HISTORIC, chosen, evaluated, joined_within, reach, steps_of
from sekisho.engines.detection.review.buffers import Buffers
from sekisho.engines.detection.review.doors import DOOR_ROLES, Doors
from sekisho.engines.detection.review.hits import Hits, iso
from sekisho.engines.detection.review.integrity import Numbers
from sekisho.engines.detection.review.options import Options, thresholds
from sekisho.engines.detection.review.outcomes import Notes, blocked, outcome
from sekisho.engines.detection.review.results import LogReview
from sekisho.engines.detection.review.select import NO_TIME, Selector
from sekisho.engines.detection.review.tallying import FileNames, count_rows, definition
from sekisho.engines.detection.review.windows import Span
from sekisho.engines.events.model import TIME
from sekisho.standards.watch_rules import (
    Deviation,
    FirstSeen,
    Integrity,
    Presence,
    Returned,
    Silence,
    Trend,
    Unanswered,
    classes_of,
    event_classes,
    roles_of,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sekisho.engines.detection.baselines import OfficeCalendar
    from sekisho.engines.detection.review.frame import Frame
    from sekisho.engines.detection.review.windows import Hit
    from sekisho.engines.events.model import Batch
    from sekisho.standards.watch_rules import EventClass, WatchRule

__all__ = ["ENGINE", "ENGINE_VERSION", "Evaluator", "review", "wanted_roles"]

ENGINE: Final = "watch"
ENGINE_VERSION: Final = "1.0.0"
_ALWAYS: Final = Span(NO_TIME, np.iinfo(np.int64).max)
_HOUR: Final = 3_600_000_000


def review(
    batches: Iterable[Batch],
    rules: Iterable[WatchRule],
    *,
    classes: Mapping[str, EventClass] | None = None,
    options: Options | None = None,
    version: str = "",
) -> LogReview:
    """All of it at once: see :class:`Evaluator`. ``version``: of the rules, as the result shows it."""
    evaluator = Evaluator(rules, classes=classes, options=options)
    for batch in batches:
        evaluator.feed(batch)
    return evaluator.finish(version=version)


def wanted_roles(rules: Iterable[WatchRule]) -> dict[str, set[str]]:
    """The roles that rules need of each class."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for class_id in classes_of(rule.evaluate):
            roles = found.setdefault(class_id, set())
            roles.update(roles_of(rule.evaluate, class_id))
            if isinstance(rule.evaluate, Presence):
                roles.update(DOOR_ROLES)
    return found


class Evaluator:
    """Takes batches, keeps only the events that some rule asks for, and of those only what windows still reach."""

    def __init__(
        self, rules: Iterable[WatchRule], *, classes: Mapping[str, EventClass] | None = None, options: Options | None = None
    ) -> None:
        """Raises InputError ``watch.settings_wrong`` for values of one's own that a rule does not allow."""
        self.rules = tuple(rules)
        self.options = options or Options()
        self.classes = classes if classes is not None else event_classes()
        self.parameters = thresholds(self.rules, self.options.settings)
        self._blocks = {rule.id: blocked(rule, self.options) for rule in self.rules}
        # those that look at the same events stand together, so that the events are put in order once
        able = (rule for rule in self.rules if self._blocks[rule.id] is None)
        self._active = tuple(sorted(able, key=lambda rule: steps_of(rule.evaluate)))
        wanted = wanted_roles(self.rules)
        self._selector = Selector(self.classes, wanted)
        self._asked = {c for rule in self._active for c in classes_of(rule.evaluate)}
        self._buffers = Buffers(self._selector.roles, self._tails(), self._last_kept())
        limit = self.options.max_findings
        self._hits = {r.id: Hits(r, window=joined_within(r, self.parameters[r.id]), limit=limit) for r in self.rules}
        self._numbers = {r.id: Numbers() for r in self._active if _is(r, "missing_numbers")}
        presence = [r for r in self._active if isinstance(r.evaluate, Presence)]
        self._doors = Doors(presence, self.parameters, self.options.premises) if presence else None
        self._historic = tuple(r for r in self._active if isinstance(r.evaluate, HISTORIC))
        self._tally, self._files, self._notes = Tally(), FileNames(), Notes()
        self._settled = self._day = NO_TIME
        self._first: int | None = None
        self._last: int | None = None

    def _tails(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for rule in self._active:
            for class_id in classes_of(rule.evaluate):
                found[class_id] = max(found.get(class_id, 0), reach(rule, self.parameters[rule.id]))
        return found

    def _last_kept(self) -> dict[str, tuple[str, ...]]:
        return {c: r.evaluate.group for r in self._active if _is(r, "boot_gap") for c in classes_of(r.evaluate)}

    # ------------------------------------------------------------------------------------------------------------ events in

    def feed(self, batch: Batch) -> None:
        """One more batch. With ``options.by_day`` they come in the order of their days."""
        if self.options.by_day and batch.partition.day is not None:
            self._new_day(int(datetime.combine(batch.partition.day, time(), UTC).timestamp()) * 1_000_000)
        self._period(batch.table)
        for class_id, table in self._selector.select(batch):
            if class_id in self._asked:
                self._buffers.add(class_id, table)
        if self._buffers.rows > self.options.max_rows:
            self._relieve()

    def _new_day(self, start: int) -> None:
        if start < self._day:  # back to an earlier day: windows over both cannot be whole
            self._part()
        elif start > self._day and self._buffers.rows > self.options.max_rows // 4:
            self._settle(start)
        self._day = start

    def _relieve(self) -> None:
        """Too much waits: settle all days that are over, or, where that frees nothing, everything as a part of its own."""
        if self._day > self._settled:
            self._settle(self._day)
        if self._buffers.rows > self.options.max_rows:
            self._part()

    def _settle(self, until: int) -> None:
        """Every event before ``until`` is there: look at them and keep only what later windows reach."""
        self._flush(Span(self._settled, until))
        self._buffers.advance(until)
        self._settled = until

    def _part(self) -> None:
        self._flush(Span(self._settled, _ALWAYS.end))
        self._buffers.clear()
        self._settled = NO_TIME
        self._notes.parts += 1

    def _period(self, table: pa.Table) -> None:
        span = pc.min_max(table.column(TIME).cast(pa.int64())).as_py()
        if span["min"] is not None:
            self._first = span["min"] if self._first is None else min(self._first, span["min"])
            self._last = span["max"] if self._last is None else max(self._last, span["max"])

    # ------------------------------------------------------------------------------------------------------------ evaluation

    def _flush(self, new: Span) -> None:
        """Look at everything that waits; ``new`` has not been looked at before."""
        latest = self._buffers.latest()
        for rule in self._active:
            if isinstance(rule.evaluate, Presence):
                continue
            frame = self._buffers.frame(steps_of(rule.evaluate))
            if len(frame):
                self._apply(rule, frame, new, latest)
        if self._doors is not None:
            frame = self._buffers.frame(tuple(enumerate(self._doors.classes)))
            frame = frame.take(np.flatnonzero(new.holds(frame.time) & (frame.time != NO_TIME)))
            for name, hit in self._doors.feed(frame):
                self._hits[name].add(hit)

    def _apply(self, rule: WatchRule, frame: Frame, new: Span, latest: int | None) -> None:
        parameters = self.parameters[rule.id]
        frame = chosen(rule, frame, parameters, self.options.calendar)
        if isinstance(rule.evaluate, HISTORIC):
            assert self.options.calendar is not None  # otherwise the rule is blocked
            rows = frame.take(np.flatnonzero(new.holds(frame.time)))
            self._notes.ungrouped[rule.id] += count_rows(rule, rows, self.options.calendar, self._tally, self._files)
            return
        of = frame.grouped(rule.evaluate.group)
        self._notes.ungrouped[rule.id] += of.without
        if not len(of.frame):
            return
        if rule.id in self._numbers:
            self._numbers[rule.id].add(of, new)
            return
        if new.end == _ALWAYS.end and not isinstance(rule.evaluate, Integrity):
            new = self._until(rule, new, latest)
        now = _micro(self.options.now)
        for hit in evaluated(rule, of, new, parameters, now=now):
            self._hits[rule.id].add(hit)

    def _until(self, rule: WatchRule, new: Span, latest: int | None) -> Span:
        """What waits for an answer at the end of the period is not settled; everything else is."""
        if not isinstance(rule.evaluate, Unanswered):
            return new
        end = _micro(self.options.until)
        return Span(new.start, (latest if latest is not None else 0) + 1 if end is None else end)

    # ------------------------------------------------------------------------------------------------------------- results

    def finish(self, *, version: str = "") -> LogReview:
        """Settle the rest and report."""
        self._flush(Span(self._settled, _ALWAYS.end))
        self._buffers.clear()
        since, until = _micro(self.options.since), _micro(self.options.until)
        first = self._first if since is None else since
        last = self._last if until is None else until
        for rule in self._historic:
            self._compare(rule, first, last)
        for name, numbers in self._numbers.items():
            for hit in numbers.gaps(int(self.parameters[name]["count"])):
                self._hits[name].add(hit)
            for group in numbers.selected():
                self._notes.remark(name, "watch.numbers_selected", group=" / ".join(group))
        if self._doors is not None:
            self._finish_doors(self._doors, last)
        seen = self._selector.seen
        outcomes = tuple(
            outcome(r, classes=self.classes, seen=seen, hits=self._hits[r.id], notes=self._notes, block=self._blocks[r.id])
            for r in self.rules
        )
        told = {o.rule for o in outcomes if o.status == "evaluated"}
        findings = [f for r in self.rules if r.id in told for f in self._hits[r.id].findings(self.classes)]
        return LogReview(
            engine=ENGINE, engine_version=ENGINE_VERSION, rules_version=version, since=iso(first), until=iso(last),
            sources=dict(sorted(seen.sources.items())), untimed=dict(seen.untimed), findings=tuple(findings), outcomes=outcomes,
            parts=self._notes.parts,
        )  # fmt: skip

    def _compare(self, rule: WatchRule, first: int | None, last: int | None) -> None:
        calendar, baseline, parameters = self.options.calendar, self.options.baseline, self.parameters[rule.id]
        until = self.options.until
        assert calendar is not None and baseline is not None  # otherwise the rule is blocked  # noqa: PT018
        if first is None or last is None:
            return
        if baseline.definition(rule.id) not in ("", definition(rule, self.classes)):
            self._notes.refuse(rule.id, "watch.baseline_of_another_rule")
            return
        past = history.Past(
            rule.id, baseline, self._tally, calendar, *_hours(rule, calendar, first, last, open_end=until is None), parameters,
            self._files.names,
        )  # fmt: skip
        short = history.too_short(past, parameters["history_days"]) if "history_days" in parameters else None
        if short is not None:
            self._notes.refuse(rule.id, "watch.history_short", days=short, wanted=int(parameters["history_days"]))
            return
        for hit in self._historic_hits(rule, past):
            self._hits[rule.id].add(hit)
        if left := baseline.left_out(rule.id) + self._tally.left_out.get(rule.id, 0):
            self._notes.remark(rule.id, "watch.too_many_entities", count=left)

    def _historic_hits(self, rule: WatchRule, past: history.Past) -> Iterable[Hit]:
        match rule.evaluate:
            case Deviation():
                return history.deviation(rule.evaluate, past)
            case Silence():
                return history.silence(rule.evaluate, past)
            case FirstSeen():
                return history.first_seen(past)
            case Returned():
                return history.returned(past)
            case Trend():
                hits, few = history.trend(rule.evaluate, past)
                if few:
                    self._notes.remark(rule.id, "watch.few_points", count=few, wanted=int(past.parameters["points"]))
                return hits
            case _:
                return ()

    def _finish_doors(self, doors: Doors, last: int | None) -> None:
        if last is not None:
            for name, hit in doors.finish(last):
                self._hits[name].add(hit)
        tracker = doors.tracker
        for rule in doors.rules:
            if tracker.unknown_cards:
                cards, times = len(tracker.unknown_cards), sum(tracker.unknown_cards.values())
                self._notes.remark(
                    rule.id, "watch.unknown_cards", cards=cards, count=times, first=next(iter(tracker.unknown_cards))
                )
            if areas := tracker.one_way():
                self._notes.remark(rule.id, "watch.one_way", areas=", ".join(areas))
            check = getattr(rule.evaluate, "check", "")
            if check == "two_places" and tracker.unknown_travel:
                pairs = ", ".join(f"{a}–{b}" for a, b in sorted(tracker.unknown_travel))
                self._notes.remark(rule.id, "watch.travel_unknown", pairs=pairs)


def _hours(rule: WatchRule, calendar: OfficeCalendar, first: int, last: int, *, open_end: bool) -> tuple[int, int]:
    """The local hours of the period: those that lie wholly in it where something is missed, else those that it touches."""
    start, end = (int(h) for h in calendar.local(np.array([first, last])) // _HOUR)
    missed = isinstance(rule.evaluate, Silence) or (isinstance(rule.evaluate, Deviation) and rule.evaluate.direction == "down")
    if missed:
        return start + (1 if first % _HOUR else 0), end
    return start, end + (1 if open_end or last % _HOUR else 0)


def _is(rule: WatchRule, check: str) -> bool:
    return isinstance(rule.evaluate, Integrity) and rule.evaluate.check == check


def _micro(moment: Any) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1_000_000)
