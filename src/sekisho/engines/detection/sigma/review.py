"""Events through all rules: batches in, findings out as they come, and at the end the explanation of the run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.detection.sigma.columns import numbers
from sekisho.engines.detection.sigma.correlate import Correlated, Correlator
from sekisho.engines.detection.sigma.execute import TimeLimits, run_plan
from sekisho.engines.detection.sigma.explain import Coverage, instant, limits_part, rules_part
from sekisho.engines.detection.sigma.logsources import LogSources
from sekisho.engines.detection.sigma.plan import Plan, Planner, Step
from sekisho.engines.detection.sigma.quiet import no_collecting
from sekisho.engines.events.model import FILE, HOST, RECORD, TIME, Batch, Partition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sekisho.engines.detection.sigma.columns import Columns
    from sekisho.engines.detection.sigma.compiler import RuleSet
    from sekisho.standards.event_maps import EventMap

__all__ = ["Detection", "Review", "merged"]

_LONGEST: Final = 2_000  # characters of a value that a finding shows
_MERGED_ROWS: Final = 32_768
_MERGED_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Detection:
    """A rule holds for an event, or a correlation for several.

    ``record`` is the record id or line in ``file``; ``time`` RFC 3339 in UTC, empty when the event has none; ``fields`` are the
    values that the rule asked for, as far as the event has them. Of a correlation, ``fields`` are what it groups by; ``file``,
    ``record`` and ``time`` those of its last event; ``events`` the files and records of all (at most 100), ``count`` how many
    there were, ``number`` what was counted or measured.
    """

    title: str
    id: str
    level: str
    file: str
    record: int | None
    time: str
    channel: str
    source: str
    host: str
    fields: dict[str, str]
    tags: tuple[str, ...] = ()
    first_time: str = ""
    count: int = 1
    number: float | None = None
    events: tuple[tuple[str, int | None], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        found: dict[str, Any] = {
            "rule_title": self.title, "rule_id": self.id, "level": self.level, "file": self.file, "record_id": self.record,
            "time": self.time, "source": self.source, "channel": self.channel, "host": self.host, "fields": self.fields,
            "tags": list(self.tags),
        }  # fmt: skip
        if self.events:
            found |= {"first_time": self.first_time, "count": self.count, "number": self.number}
            found["events"] = [{"file": file, "record_id": record} for file, record in self.events]
        return found


@dataclass(slots=True)
class _Where:
    """Where the hit events of one slice stand."""

    file: str
    record: int | None
    time: int | None
    host: str


class Review:
    """One run of a rule set: feed it batches, then let it finish. It keeps nothing of events but what correlations need."""

    def __init__(self, rules: RuleSet, *, maps: Sequence[EventMap] = ()) -> None:
        """``maps`` are an organisation's own field maps: they say which log sources their events answer."""
        self.rules = rules
        self.coverage = Coverage()
        self.limits = TimeLimits()
        self.counts: Counter[str] = Counter()  # findings by level
        self.titles: Counter[int] = Counter()  # findings by rule
        self._planner = Planner(rules, LogSources(maps) if maps else None)
        self._plans: dict[tuple[str, str, str], Plan] = {}
        self._correlators = [Correlator(p, r.correlation) for p, r in enumerate(rules.rules) if r.correlation is not None]
        self._listening: dict[int, list[Correlator]] = defaultdict(list)
        for one in self._correlators:
            for position in dict.fromkeys(one.rule.rules):
                self._listening[position].append(one)

    def feed(self, batch: Batch) -> list[Detection]:
        """The findings in one batch. Columns that it does not have, and columns of Arrow's null type, are absent fields."""
        part = batch.partition
        key = (part.source, part.channel, part.event)
        plan = self._plans.get(key)
        if plan is None:
            with no_collecting():
                plan = self._plans[key] = self._planner.plan(*key)
        self.coverage.take(part, batch.table)
        found: list[Detection] = []
        slices: dict[int, tuple[Columns, list[tuple[Step, NDArray[np.int64]]]]] = {}
        for step, rows, columns in run_plan(plan, batch.table, self.limits):
            slices.setdefault(id(columns), (columns, []))[1].append((step, rows))
        for columns, hits in slices.values():
            hit = np.zeros(columns.rows, dtype=bool)
            for _, rows in hits:
                hit[rows] = True
            where = _places(columns, np.flatnonzero(hit))
            for step, rows in hits:
                found += self._step(batch, step, rows, columns, where)
        return found

    def _step(
        self, batch: Batch, step: Step, rows: NDArray[np.int64], columns: Columns, where: Mapping[int, _Where]
    ) -> Iterator[Detection]:
        rule = self.rules.rules[step.rule]
        listening = self._listening.get(step.rule)
        if listening:
            self._correlate(listening, step.rule, rows, columns, where)
        if rule.silent:
            return
        part = batch.partition
        self.counts[rule.level] += len(rows)
        self.titles[step.rule] += len(rows)
        wanted = [column for name in step.fields if name and (column := columns.get(name)) is not None]
        for row in rows.tolist():
            at = where[row]
            fields = {c.name: value[:_LONGEST] for c in wanted if (value := c.value(row)) is not None}
            yield Detection(
                title=rule.title, id=rule.id, level=rule.level, file=at.file, record=at.record,
                time="" if at.time is None else instant(at.time), channel=part.channel, source=part.source, host=at.host,
                fields=fields, tags=rule.tags,
            )  # fmt: skip

    def _correlate(
        self,
        listening: Sequence[Correlator],
        position: int,
        rows: NDArray[np.int64],
        columns: Columns,
        where: Mapping[int, _Where],
    ) -> None:
        for one in listening:
            group, counted = ([columns.get(name) for name in names] for names in one.fields(position))
            for row in rows.tolist():
                at = where[row]
                keys = [None if column is None else column.value(row) for column in group]
                values = [None if column is None else column.value(row) for column in counted]
                one.take(position, at.time, keys, values, (at.file, at.record))

    def finish(self) -> list[Detection]:
        """The findings of correlations, when all events were fed."""
        found: list[Detection] = []
        for one in self._correlators:
            for result in one.finish():
                for parent in self._listening.get(one.position, ()):
                    names, counted = parent.fields(one.position)
                    keys, values = ([result.group.get(name) for name in part] for part in (names, counted))
                    parent.take(one.position, result.last, keys, values, result.references[-1])
                if not self.rules.rules[one.position].silent:
                    found.append(self._correlated(result))
        return found

    def _correlated(self, result: Correlated) -> Detection:
        rule = self.rules.rules[result.rule]
        self.counts[rule.level] += 1
        self.titles[result.rule] += 1
        file, record = result.references[-1]
        return Detection(
            title=rule.title, id=rule.id, level=rule.level, file=file, record=record, time=instant(result.last), channel="",
            source="", host="", fields=result.group, tags=rule.tags, first_time=instant(result.first), count=result.events,
            number=result.number, events=result.references,
        )  # fmt: skip

    def explanation(self, *, rejects: Mapping[str, int] | None = None, files: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """What the run looked at and what it could not, as plain JSON values.

        ``rejects`` are records that could not be read, by reason; ``files`` what became of each file.
        """
        made = rules_part(self.rules, self._plans, self.coverage, self._correlators, self._planner.sources)
        covered = self.coverage.as_dict()
        covered["records"] |= {"rejected": sum((rejects or {}).values()), "rejects": dict(rejects or {})}
        return {
            "findings": {"total": sum(self.counts.values()), "by_level": dict(self.counts)},
            **made,
            **covered,
            "files": list(files),
            "time_limits": limits_part(self.rules, self.limits),
            "correlations": [
                {
                    "rule": self.rules.rules[one.position].title, "events": one.count, "without_time": one.without_time,
                    "without_group": one.without_group, "not_kept": one.not_kept,
                }
                for one in self._correlators
            ],
        }  # fmt: skip


def merged(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Batches that follow one another and differ only by their day, as one: rules do not ask for the day of a partition."""
    waiting: list[Batch] = []
    rows = size = 0
    for batch in batches:
        full = rows + batch.table.num_rows > _MERGED_ROWS or size + batch.table.nbytes > _MERGED_BYTES
        if waiting and (full or _kind(batch) != _kind(waiting[0])):
            yield _joined(waiting)
            waiting, rows, size = [], 0, 0
        waiting.append(batch)
        rows, size = rows + batch.table.num_rows, size + batch.table.nbytes
    if waiting:
        yield _joined(waiting)


def _kind(batch: Batch) -> tuple[str, str, str]:
    return batch.partition.source, batch.partition.channel, batch.partition.event


def _joined(batches: Sequence[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    tables = pa.concat_tables([batch.table for batch in batches], promote_options="default")
    return Batch(Partition(*_kind(batches[0])), tables)


def _places(columns: Columns, rows: NDArray[np.int64]) -> dict[int, _Where]:
    taken = columns.table.select([FILE, RECORD, TIME, HOST]).take(numbers(rows))
    times = pc.cast(taken.column(TIME), pa.int64()).to_pylist()
    parts = (taken.column(FILE).to_pylist(), taken.column(RECORD).to_pylist(), times, taken.column(HOST).to_pylist())
    return {
        row: _Where(file, record, time, host or "") for row, file, record, time, host in zip(rows.tolist(), *parts, strict=True)
    }
