"""Correlation rules: what several events mean together.

Hits of the rules that a correlation refers to are kept as (time, group, value, reference) and looked at when all is read. For
``gt`` and ``gte`` (and for order and coincidence) the window slides: it ends at each event and reaches ``timespan`` back, and
windows that fulfil the condition one after the other are one finding. ``lt``, ``lte``, ``eq``, ``neq`` and expressions with
``not`` ask what did *not* happen, which is known only when a window is over: windows then follow one another, each beginning with
the first event after the last. Events without a time or without a field to group by take no part and are counted.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sekisho.engines.detection.sigma.model import Correlation

__all__ = ["MOST_EVENTS", "Correlated", "Correlator", "Occurrence"]

MOST_EVENTS: Final = 2_000_000  # kept for one correlation; further ones are counted, not kept
_MOST_REFERENCES: Final = 100
_MICROSECONDS: Final = 1_000_000
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge, "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip
_SLIDING: Final = frozenset({"gt", "gte"})


class Occurrence(NamedTuple):
    """A hit of a rule as a correlation sees it: time in microseconds since 1970, position of the rule, where it stands."""

    time: int
    rule: int
    group: tuple[str, ...]
    value: tuple[str, ...]
    file: str
    record: int | None


@dataclass(frozen=True, slots=True)
class Correlated:
    """A fulfilled correlation: from the first to the last event; ``number`` is what was counted or measured, at its most."""

    rule: int
    first: int
    last: int
    group: dict[str, str]
    number: float
    events: int
    references: tuple[tuple[str, int | None], ...]


@dataclass(slots=True)
class Correlator:
    """One correlation rule: takes occurrences, then gives findings."""

    position: int
    rule: Correlation
    kept: dict[tuple[str, ...], list[Occurrence]] = field(default_factory=dict)
    count: int = 0
    without_time: int = 0
    without_group: int = 0
    not_kept: int = 0

    def fields(self, rule: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The fields to group by and to count, under the names that they have in the events of ``rule``."""

        def named(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(self.rule.aliases.get(name, {}).get(rule, name) for name in names)

        return named(self.rule.group_by), named(self.rule.fields)

    def take(
        self, rule: int, time: int | None, group: Sequence[str | None], value: Sequence[str | None], where: tuple[str, int | None]
    ) -> None:
        """Keep one hit of ``rule``."""
        if time is None:
            self.without_time += 1
        elif None in group:
            self.without_group += 1
        elif self.count >= MOST_EVENTS:
            self.not_kept += 1
        elif not self.rule.fields or None not in value:
            self.count += 1
            key = tuple(map(str, group))
            self.kept.setdefault(key, []).append(Occurrence(time, rule, key, tuple(map(str, value)), *where))

    def finish(self) -> Iterator[Correlated]:
        """All findings, group by group, in the order of time."""
        for key in sorted(self.kept):
            events = sorted(self.kept[key], key=lambda one: one.time)
            for number, part in _found(self.rule, events):
                references = tuple(dict.fromkeys((one.file, one.record) for one in part))
                yield Correlated(
                    rule=self.position,
                    first=part[0].time,
                    last=part[-1].time,
                    group=dict(zip(self.rule.group_by, key, strict=True)),
                    number=number,
                    events=len(part),
                    references=references[:_MOST_REFERENCES],
                )


def _found(rule: Correlation, events: Sequence[Occurrence]) -> Iterator[tuple[float, list[Occurrence]]]:
    if rule.kind == "temporal_ordered":
        return _ordered(rule, events)
    measure = _MEASURES[rule.kind](rule)
    sliding = rule.op in _SLIDING and not (rule.expression is not None and _negative(rule.expression))
    return (_slide if sliding else _follow)(rule, measure, events)


def _slide(rule: Correlation, measure: _Measure, events: Sequence[Occurrence]) -> Iterator[tuple[float, list[Occurrence]]]:
    window: deque[Occurrence] = deque()
    episode: list[Occurrence] = []
    most = 0.0
    last = -1  # index in ``events`` of the last event of the episode
    for index, event in enumerate(events):
        while window and event.time - window[0].time > rule.timespan * _MICROSECONDS:
            measure.remove(window.popleft())
        window.append(event)
        measure.add(event)
        number = measure.value()
        if number is not None and _COMPARE[rule.op](number, rule.number):
            start = index - len(window) + 1
            if episode and start > last:
                yield most, episode
                episode, most = [], 0.0
            episode = (
                [*episode, event] if episode and last == index - 1 else episode + list(events[max(start, last + 1) : index + 1])
            )
            last, most = index, max(most, number)
    if episode:
        yield most, episode


def _follow(rule: Correlation, measure: _Measure, events: Sequence[Occurrence]) -> Iterator[tuple[float, list[Occurrence]]]:
    start = 0
    while start < len(events):
        end = start
        while end < len(events) and events[end].time - events[start].time <= rule.timespan * _MICROSECONDS:
            measure.add(events[end])
            end += 1
        number = measure.value()
        if number is not None and _COMPARE[rule.op](number, rule.number):
            yield number, list(events[start:end])
        for event in events[start:end]:
            measure.remove(event)
        start = end


def _ordered(rule: Correlation, events: Sequence[Occurrence]) -> Iterator[tuple[float, list[Occurrence]]]:
    """Each rule's event after the one of the rule before; a chain begins as late as it can."""
    chains: list[tuple[Occurrence, ...] | None] = [None] * len(rule.rules)
    for event in events:
        for place in range(len(rule.rules) - 1, -1, -1):
            if rule.rules[place] != event.rule:
                continue
            before = () if place == 0 else chains[place - 1]
            if before is None or (before and event.time - before[0].time > rule.timespan * _MICROSECONDS):
                continue
            chains[place] = (*before, event)
        complete = chains[-1]
        if complete is not None:
            yield float(len(complete)), list(complete)
            chains = [None] * len(rule.rules)


class _Measure(ABC):
    """What is counted or computed over the events of a window."""

    def __init__(self, rule: Correlation) -> None:
        self.rule = rule

    @abstractmethod
    def add(self, event: Occurrence) -> None:
        """An event enters the window."""

    @abstractmethod
    def remove(self, event: Occurrence) -> None:
        """An event leaves the window."""

    @abstractmethod
    def value(self) -> float | None:
        """The number; None when there is nothing to compute it from."""


class _Events(_Measure):
    def __init__(self, rule: Correlation) -> None:
        super().__init__(rule)
        self._count = 0

    def add(self, event: Occurrence) -> None:  # noqa: ARG002 - events are counted whatever they hold
        self._count += 1

    def remove(self, event: Occurrence) -> None:  # noqa: ARG002 - events are counted whatever they hold
        self._count -= 1

    def value(self) -> float:
        return self._count


class _Distinct(_Measure):
    """Distinct values, or (temporal) distinct rules."""

    def __init__(self, rule: Correlation) -> None:
        super().__init__(rule)
        self._counts: Counter[Any] = Counter()

    def _key(self, event: Occurrence) -> Any:
        return event.value

    def add(self, event: Occurrence) -> None:
        self._counts[self._key(event)] += 1

    def remove(self, event: Occurrence) -> None:
        key = self._key(event)
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]

    def value(self) -> float:
        return len(self._counts)


class _Rules(_Distinct):
    def _key(self, event: Occurrence) -> int:
        return event.rule

    def value(self) -> float:
        if self.rule.expression is None:
            return len(self._counts)
        return float(_holds(self.rule.expression, self._counts))


class _Numbers(_Measure):
    """The values as numbers, sorted; what is no number takes no part."""

    def __init__(self, rule: Correlation) -> None:
        super().__init__(rule)
        self._values: list[float] = []

    def add(self, event: Occurrence) -> None:
        for number in _numbers(event):
            insort(self._values, number)

    def remove(self, event: Occurrence) -> None:
        for number in _numbers(event):
            self._values.remove(number)

    def value(self) -> float | None:
        if not self._values:
            return None
        match self.rule.kind:
            case "value_sum":
                return sum(self._values)
            case "value_avg":
                return sum(self._values) / len(self._values)
            case "value_median":
                return self._quantile(0.5)
        return self._quantile(self.rule.percentile / 100)

    def _quantile(self, share: float) -> float:
        """Between the two nearest values, in proportion."""
        place = share * (len(self._values) - 1)
        low = int(place)
        high = min(low + 1, len(self._values) - 1)
        return self._values[low] + (self._values[high] - self._values[low]) * (place - low)


_MEASURES: Final[dict[str, Callable[[Correlation], _Measure]]] = {
    "event_count": _Events, "value_count": _Distinct, "temporal": _Rules, "value_sum": _Numbers, "value_avg": _Numbers,
    "value_percentile": _Numbers, "value_median": _Numbers,
}  # fmt: skip


def _numbers(event: Occurrence) -> list[float]:
    try:
        number = float(event.value[0])
    except ValueError:
        return []
    return [number] if abs(number) != float("inf") and number == number else []  # noqa: PLR0124 - NaN


def _holds(expression: Any, present: Counter[Any]) -> bool:
    if isinstance(expression, int):
        return expression in present
    kind, *parts = expression
    if kind == "not":
        return not _holds(parts[0], present)
    return (all if kind == "and" else any)(_holds(part, present) for part in parts)


def _negative(expression: Any) -> bool:
    return not isinstance(expression, int) and (expression[0] == "not" or any(map(_negative, expression[1:])))
