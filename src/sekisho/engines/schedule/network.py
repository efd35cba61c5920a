"""The steps that a procurement needs as a network, and its dates backward from the wished day and forward from today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from sekisho.engines.schedule.days import Holidays, Span, fiscal_year, next_business, previous_business
from sekisho.engines.schedule.decide import holds
from sekisho.engines.schedule.model import ScheduleInputs, Source
from sekisho.errors import InputError
from sekisho.standards.model import Text
from sekisho.standards.procurement_calendar import BUILD

if TYPE_CHECKING:
    from sekisho.standards.procurement_calendar import Calendar, FixedDate, Period, PeriodRule, Step

__all__ = ["NEXT_DAY", "Dates", "Joint", "Length", "Network", "backward", "build_network", "forward", "resolve"]

NEXT_DAY: Final = Span(1, "calendar", "after")
_BUILD_TITLE: Final = Text("開発・構築の日数", "Days of development", "ours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A period as it holds here. ``minimum``: days that the law demands (None: none); ``taken``: days taken off by grounds."""

    id: str
    title: Text
    days: int
    unit: str
    count: str
    span: Span
    source: Source
    minimum: int | None = None
    base: int = 0
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Joint:
    """That ``after`` waits for ``before``; ``length`` None: until the next day."""

    before: str
    after: str
    length: Length | None

    @property
    def span(self) -> Span:
        """How long it waits."""
        return NEXT_DAY if self.length is None else self.length.span


@dataclass(frozen=True, slots=True)
class Network:
    """The needed steps in an order in which each comes after those it waits for."""

    steps: tuple[Step, ...]
    lengths: Mapping[str, Length]
    joints: tuple[Joint, ...]
    fixed: Mapping[str, FixedDate]
    deadlines: Mapping[str, tuple[str, Length]]
    into: Mapping[str, tuple[Joint, ...]] = field(default_factory=dict)
    out_of: Mapping[str, tuple[Joint, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Dates:
    """First and last day of each step, and the joint that decided it (None: the wished day, a fixed day or a deadline)."""

    start: dict[str, date] = field(default_factory=dict)
    due: dict[str, date] = field(default_factory=dict)
    by: dict[str, Joint | None] = field(default_factory=dict)


def _rule(period: Period, facts: dict[str, str], amount_yen: int) -> PeriodRule:
    return next(r for r in period.rules if holds(r.when, facts) and (r.from_yen is None or amount_yen >= r.from_yen))


def resolve(period: Period, facts: dict[str, str], inputs: ScheduleInputs) -> Length:
    """The period's days here: the first rule that holds, less what the grounds take off, or the organisation's own days.

    InputError ``schedule.below_minimum`` when its own days are fewer than the law's.
    """
    rule = _rule(period, facts, inputs.amount_yen)
    days, taken = rule.days, []
    for reduction in rule.reductions:
        if reduction.ground in inputs.grounds and days - reduction.days >= reduction.floor:
            days -= reduction.days
            taken.append(reduction.ground)
    source = Source(basis=rule.basis, verified=rule.verified, confidence=rule.confidence, item=rule.item)
    minimum = days if rule.binding else None
    own = inputs.lengths.get(period.id)
    if own is not None:
        if minimum is not None and own < minimum:
            raise InputError(
                "schedule.below_minimum", title_ja=period.title.ja, title_en=period.title.en, days=own, minimum=minimum
            )
        if own != days:
            days, taken = own, []
            source = Source(basis=rule.basis, verified="user", confidence="high", item=rule.item)
    return Length(
        id=period.id,
        title=period.title,
        days=days,
        unit=rule.unit,
        count=rule.count,
        span=Span(days, rule.unit, rule.count),
        source=source,
        minimum=minimum,
        base=rule.days,
        taken=tuple(taken),
    )


class _Builder:
    """Gathers the network of one procurement; each period is resolved once."""

    def __init__(self, rules: Calendar, facts: dict[str, str], inputs: ScheduleInputs) -> None:
        self.facts, self.inputs = facts, inputs
        self.periods = {p.id: p for p in rules.periods}
        self.all = {s.id: s for s in rules.steps}
        self.needed = {s.id: s for s in rules.steps if not s.when or any(holds(w, facts) for w in s.when)}
        self.lengths: dict[tuple[str, str], Length] = {}

    def length(self, name: str, *, count: str = "") -> Length:
        """A period by its id. Between two steps (``count`` "after") business days begin with the next one."""
        if (name, count) not in self.lengths:
            if name == BUILD:
                self.lengths[name, count] = _build_length(self.inputs, self.all)
            else:
                found = resolve(self.periods[name], self.facts, self.inputs)
                if count and found.unit == "business":
                    found = replace(found, count="after", span=Span(found.days, "business", "after"))
                self.lengths[name, count] = found
        return self.lengths[name, count]

    def joints(self, step: Step) -> dict[str, Joint]:
        """What the step waits for; a step that is not needed hands on what it would have waited for."""
        found: dict[str, Joint] = {}
        bridged: list[Step] = []
        for link in step.after:
            if link.step in self.needed:
                length = self.length(link.at_least, count="after") if link.at_least else None
                found[link.step] = Joint(link.step, step.id, length)
            else:
                bridged.append(self.all[link.step])
        while bridged:
            for link in bridged.pop().after:
                if link.step not in self.needed:
                    bridged.append(self.all[link.step])
                elif link.step not in found:
                    found[link.step] = Joint(link.step, step.id, None)
        return found


def _build_length(inputs: ScheduleInputs, steps: Mapping[str, Step]) -> Length:
    step = next(s for s in steps.values() if s.length == BUILD)
    source = Source(basis=step.basis, verified=step.verified, confidence=step.confidence)
    span = Span(inputs.build_days, "calendar", "after")
    return Length(id=BUILD, title=_BUILD_TITLE, days=inputs.build_days, unit="calendar", count="after", span=span, source=source)


def build_network(rules: Calendar, facts: dict[str, str], inputs: ScheduleInputs) -> Network:
    """The network of the steps that these facts call for."""
    builder = _Builder(rules, facts, inputs)
    chain = [s for s in builder.needed.values() if s.deadline is None]
    joints = {s.id: builder.joints(s) for s in chain}
    order: list[Step] = []
    placed: set[str] = set()
    while len(order) < len(chain):  # the data has no cycles: read_calendar refuses them
        ready = [s for s in chain if s.id not in placed and joints[s.id].keys() <= placed]
        order += ready
        placed |= {s.id for s in ready}
    every = tuple(j for s in order for j in joints[s.id].values())
    deadlines = {
        s.id: (s.deadline.step, builder.length(s.deadline.within))
        for s in builder.needed.values()
        if s.deadline is not None and s.deadline.step in placed
    }
    fixed = {s.id: next((f for f in s.fixed if holds(f.when, facts)), None) for s in order}
    return Network(
        steps=(*order, *(builder.needed[name] for name in deadlines)),
        lengths={s.id: builder.length(s.length) for s in order if s.length},
        joints=every,
        fixed={name: found for name, found in fixed.items() if found},
        deadlines=deadlines,
        into={s.id: tuple(j for j in every if j.after == s.id) for s in order},
        out_of={s.id: tuple(j for j in every if j.before == s.id) for s in order},
    )


def backward(network: Network, rules: Calendar, wished: date, holidays: Holidays) -> Dates:
    """The latest dates that still reach the wished day."""
    dates = Dates()
    for step in reversed(network.steps):
        name = step.id
        if name in network.deadlines:
            continue
        if name == rules.last_step:
            due, by = wished, None
        else:
            due, by = _latest(network.out_of[name], dates, wished, holidays)
        if name in network.fixed:
            wanted = _fixed_day(network.fixed[name], dates.due[rules.contract_step], holidays)
            due, by = (wanted, None) if wanted < due else (due, by)
        length = network.lengths.get(name)
        dates.due[name], dates.by[name] = due, by
        dates.start[name] = due if length is None else length.span.backward(due, holidays)
    _deadlines(network, dates, holidays)
    return dates


def _latest(joints: tuple[Joint, ...], dates: Dates, wished: date, holidays: Holidays) -> tuple[date, Joint | None]:
    found = [(joint.span.backward(dates.start[joint.after], holidays), joint) for joint in joints]
    return min(found, key=lambda pair: pair[0]) if found else (previous_business(wished, holidays), None)


def _fixed_day(fixed: FixedDate, contract: date, holidays: Holidays) -> date:
    """The day in the fiscal year before the contract's."""
    year = fiscal_year(contract) - 1
    day = date(year, fixed.month, fixed.day)
    return previous_business(day if fiscal_year(day) == year else day.replace(year=year + 1), holidays)


def forward(network: Network, today: date, holidays: Holidays) -> Dates:
    """The earliest dates when work begins today."""
    dates = Dates()
    for step in network.steps:
        name = step.id
        if name in network.deadlines:
            continue
        found = [(joint.span.forward(dates.due[joint.before], holidays), joint) for joint in network.into[name]]
        start, by = max(found, key=lambda pair: pair[0]) if found else (today, None)
        start = start if step.any_day else next_business(start, holidays)
        length = network.lengths.get(name)
        dates.start[name], dates.by[name] = start, by
        dates.due[name] = start if length is None else next_business(length.span.forward(start, holidays), holidays)
    _deadlines(network, dates, holidays)
    return dates


def _deadlines(network: Network, dates: Dates, holidays: Holidays) -> None:
    for name, (after, length) in network.deadlines.items():
        dates.start[name] = dates.due[after]
        dates.due[name] = previous_business(length.span.forward(dates.due[after], holidays), holidays)
        dates.by[name] = None
