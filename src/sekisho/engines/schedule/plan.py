"""The calendar of a procurement: backward from the day on which the system is to run, with what makes it impossible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.schedule.days import Holidays, fiscal_year
from sekisho.engines.schedule.decide import body_row, known_facts, stated_facts
from sekisho.engines.schedule.inputs import GROUNDS, check_inputs, last_day
from sekisho.engines.schedule.model import Check, Late, Schedule, ScheduleInputs, Shortening, Source, StepPlan
from sekisho.engines.schedule.network import Dates, Joint, Length, Network, backward, build_network, forward
from sekisho.errors import InputError
from sekisho.standards.procurement_calendar import BUILD

if TYPE_CHECKING:
    from sekisho.standards.procurement_calendar import Calendar, Step

__all__ = ["plan"]

_STRIDE: Final = timedelta(days=28)
_SAME_DAY: Final = "same_day"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A schedule without its sentences: enough to compare two."""

    inputs: ScheduleInputs
    facts: dict[str, str]
    checks: tuple[Check, ...]
    network: Network
    dates: Dates

    @property
    def first(self) -> date:
        """The day on which the first step has to start."""
        return min(self.dates.start.values())

    @property
    def first_free(self) -> date:
        """The same, without the steps that are tied to a day of the year."""
        return min(day for name, day in self.dates.start.items() if name not in self.network.fixed)


@dataclass(frozen=True, slots=True)
class _World:
    """What a draft is made with, beside the inputs."""

    rules: Calendar
    holidays: Holidays
    today: date


def _draft(inputs: ScheduleInputs, world: _World, known: dict[Any, Network] | None = None) -> _Draft:
    """``known`` keeps the networks of one search in which only the wished day changes."""
    known = {} if known is None else known
    row = body_row(inputs, world.rules)
    # What follows the contract does not depend on how it is awarded: its date is known first, and decides the thresholds.
    stated = stated_facts(inputs, row)
    if "tail" not in known:
        after = _after_contract(world.rules)
        kept = replace(inputs, lengths={name: days for name, days in inputs.lengths.items() if name in after})
        known["tail"] = build_network(world.rules, stated, kept)
    tail = backward(known["tail"], world.rules, inputs.wished_start, world.holidays)
    facts, checks = known_facts(inputs, row, world.rules, tail.due[world.rules.contract_step])
    key = tuple(facts.values())
    if key not in known:
        known[key] = build_network(world.rules, facts, inputs)
    network = known[key]
    return _Draft(inputs, facts, checks, network, backward(network, world.rules, inputs.wished_start, world.holidays))


def _after_contract(rules: Calendar) -> frozenset[str]:
    """The periods of the steps between the contract and the end."""
    found: set[str] = set()
    waiting = [rules.last_step]
    while waiting:
        step = rules.step(waiting.pop())
        if step.id == rules.contract_step:
            continue
        found |= {step.length} if step.length else set()
        found |= {link.at_least for link in step.after if link.at_least}
        waiting += [link.step for link in step.after]
    return frozenset(found)


def plan(inputs: ScheduleInputs, *, rules: Calendar, holidays: Holidays, today: date) -> Schedule:
    """The schedule of a procurement whose system is to run from ``inputs.wished_start`` on.

    Every step stands at the latest days that still reach that day. Where some lie before ``today`` the schedule is not feasible:
    it says which and by how much, what could shorten it and on which ground, and the earliest day that could be reached.

    Raises InputError: ``schedule.invalid`` (every unusable input), ``schedule.below_minimum`` (own days under the law's),
    ``schedule.small_exceeded`` (too large for a small contract), ``schedule.treaty_not_for_body``.
    """
    check_inputs(inputs, rules, today)
    world = _World(rules, holidays, today)
    draft = _draft(inputs, world)
    early = forward(draft.network, today, holidays)
    steps = tuple(sorted((_step(s, draft, early, today) for s in draft.network.steps), key=lambda s: (s.start, s.due)))
    late = tuple(Late(step=s.id, title=s.title, start=s.start, days=s.late_days) for s in steps if s.late_days)
    return Schedule(
        inputs=inputs,
        today=today,
        feasible=not late,
        steps=steps,
        checks=(*draft.checks, *_hints(draft, world)),
        late=late,
        shortenings=_shortenings(draft, world) if late else (),
        earliest_start_of_operation=_earliest(draft, world) if late else None,
        facts=draft.facts,
    )


def _step(step: Step, draft: _Draft, early: Dates, today: date) -> StepPlan:
    name, dates, network = step.id, draft.dates, draft.network
    deadline = network.deadlines.get(name)
    own = network.lengths.get(name)
    joint = dates.by[name]
    length = deadline[1] if deadline else own or _between(name, joint, network)
    fixed = network.fixed.get(name)
    reason = fixed or step
    start, due = dates.start[name], dates.due[name]
    free = name in network.fixed or deadline is not None
    earliest = None if free else early.start[name]
    return StepPlan(
        id=name,
        title=step.title,
        start=start,
        due=due,
        earliest=earliest,
        slack_days=None if earliest is None else (start - earliest).days,
        days=None if length is None else length.days,
        formula=_formula(step, draft, own, joint),
        source=Source(basis=reason.basis, verified=reason.verified, confidence=reason.confidence, item=reason.item),
        length_source=None if length is None else length.source,
        period="" if length is None else length.id,
        editable=length is not None and length.id != BUILD,
        milestone=own is None and deadline is None,
        until=_until(name, draft),
        late_days=max(0, (today - start).days),
    )


def _between(name: str, joint: Joint | None, network: Network) -> Length | None:
    """The period that must lie between this day and a later step: the one that decided, or another that must hold as well."""
    joints = [*([joint] if joint else []), *network.out_of.get(name, ())]
    return next((j.length for j in joints if j.length is not None and j.length.id != _SAME_DAY), None)


def _until(name: str, draft: _Draft) -> date | None:
    """The day that ends the period of calendar days which begins with this single day."""
    joints = [
        j for j in draft.network.out_of.get(name, ()) if j.length is not None and j.length.unit == "calendar" and j.length.days
    ]
    return None if name in draft.network.lengths or not joints else draft.dates.start[joints[0].after]


def _formula(step: Step, draft: _Draft, own: Length | None, joint: Joint | None) -> tuple[tuple[str, dict[str, Any]], ...]:
    """How the dates were counted, as (code, fields)."""
    name, dates, network = step.id, draft.dates, draft.network
    titles = {s.id: s.title for s in network.steps}
    if name in network.deadlines:
        after, length = network.deadlines[name]
        fields = {"days": length.days, "date": dates.due[after].isoformat(), **_both(titles[after])}
        return (("schedule.formula_deadline", fields),)
    found: list[tuple[str, dict[str, Any]]] = []
    if joint is not None:
        fields = {"date": dates.start[joint.after].isoformat(), **_both(titles[joint.after])}
        if joint.length is None:
            found.append(("schedule.formula_before", fields))
            found += [part for j in network.out_of[name] for part in _also(j, draft, titles)]
        else:
            code = f"schedule.formula_before_{joint.length.unit}_{joint.length.count}"
            if joint.length.days == 0:
                code = "schedule.formula_same_day"
            found += [(code, {**fields, "days": joint.length.days}), *_reduced(joint.length)]
    elif name in network.fixed:
        found.append(("schedule.formula_fixed", {"date": dates.due[name].isoformat()}))
    else:
        found.append(("schedule.formula_wished", {"date": dates.due[name].isoformat()}))
    if own is not None:
        found.append((f"schedule.formula_length_{own.unit}_{own.count}", {"days": own.days}))
    return tuple(found)


def _also(joint: Joint, draft: _Draft, titles: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """That a period which did not decide the date is kept, too."""
    if joint.length is None or not joint.length.days or joint.length.unit != "calendar":
        return []
    lies = (draft.dates.start[joint.after] - draft.dates.due[joint.before]).days - (joint.length.count == "clear")
    fields = {"days": joint.length.days, "actual": lies, **_both(titles[joint.after])}
    return [("schedule.formula_also", fields), *_reduced(joint.length)]


def _reduced(length: Length) -> list[tuple[str, dict[str, Any]]]:
    if not length.taken:
        return []
    return [("schedule.formula_reduced", {"base": length.base, "days": length.days, "grounds": len(length.taken)})]


def _both(title: Any) -> dict[str, str]:
    return {"title_ja": title.ja, "title_en": title.en}


def _hints(draft: _Draft, world: _World) -> tuple[Check, ...]:
    """What a reader should know about the dates: fiscal years, holidays not yet announced, lengths that are proposals."""
    dates, inputs, rules, holidays, today = draft.dates, draft.inputs, world.rules, world.holidays, world.today
    contract, delivery = dates.due[rules.contract_step], dates.due[rules.delivery_step]
    notice = min((dates.start[n] for n in rules.notice_steps if n in dates.start), default=contract)
    found: list[Check] = []
    years = {"contract": fiscal_year(contract), "delivery": fiscal_year(delivery), "notice": fiscal_year(notice)}
    if years["contract"] != years["delivery"]:
        found.append(Check(code=f"schedule.hint_multi_year_{_budget_law(draft.facts)}", fields=years))
    if years["notice"] < years["contract"]:
        found.append(Check(code="schedule.hint_before_budget", fields={**years, "date": notice.isoformat()}))
    if not holidays.is_business(inputs.wished_start):
        found.append(Check(code="schedule.hint_start_on_holiday", fields={"date": inputs.wished_start.isoformat()}))
    last = max(dates.due.values())
    if last.year > today.year + 1:
        found.append(Check(code="schedule.hint_holidays_computed", fields={"year": today.year + 2}))
    if inputs.urgent:
        found.append(Check(code="schedule.hint_urgent_reason"))
    used = {ground for joint in draft.network.joints if joint.length for ground in joint.length.taken}
    if inputs.grounds - used:
        found.append(Check(code="schedule.hint_grounds_not_used", fields={"count": len(inputs.grounds - used)}))
    lengths = {j.length.id: j.length for j in draft.network.joints if j.length}
    lengths |= {length.id: length for length in draft.network.lengths.values()}
    proposals = [length for length in lengths.values() if length.source.verified == "proposal" and length.days]
    if proposals:
        found.append(Check(code="schedule.hint_proposals", fields={"count": len(proposals)}))
    return tuple(found)


def _budget_law(facts: dict[str, str]) -> str:
    return facts["regime"] if facts["regime"] in {"national", "local"} else "other"


def _changes(inputs: ScheduleInputs, draft: _Draft) -> list[tuple[str, ScheduleInputs]]:
    """What the law lets one do to be quicker, each alone."""
    missing = sorted(GROUNDS - inputs.grounds)
    found = [(f"schedule.shorten_{ground}", replace(inputs, grounds=inputs.grounds | {ground})) for ground in missing]
    if missing:
        found.append(("schedule.shorten_e_all", replace(inputs, grounds=GROUNDS)))
    if not inputs.prior_notice:
        found.append(("schedule.shorten_prior_notice", replace(inputs, prior_notice=True)))
    if inputs.off_the_shelf == "no" and inputs.kind in {"goods", "lease"}:
        found.append(("schedule.shorten_off_the_shelf", replace(inputs, off_the_shelf="standard")))
    if not inputs.urgent:
        found.append(("schedule.shorten_urgent", replace(inputs, urgent=True)))
    if inputs.budget_needed:
        found.append(("schedule.shorten_budget", replace(inputs, budget_needed=False)))
    if inputs.voluntary_50:
        found.append(("schedule.shorten_voluntary_50", replace(inputs, voluntary_50=False)))
    if draft.facts["treaty"] == "unknown":
        found.append(("schedule.shorten_treaty_no", replace(inputs, treaty="no")))
    if any(c.answer == "unknown" and c.code.startswith("schedule.invitations") for c in draft.checks):
        found.append(("schedule.shorten_invitations_no", replace(inputs, invitations="no")))
    return found


def _shortenings(draft: _Draft, world: _World) -> tuple[Shortening, ...]:
    """What could be changed and how many days each gains at the beginning, the most first."""
    found: list[Shortening] = []
    for code, changed in _changes(draft.inputs, draft):
        found += _gain(code, changed, draft, world)
    seen: set[str] = set()
    lengths = [*draft.network.lengths.values(), *(j.length for j in draft.network.joints if j.length)]
    for length in lengths:
        if length.id in seen or length.id in {BUILD, _SAME_DAY} or length.days < 2:  # noqa: PLR2004 - halved
            continue
        seen.add(length.id)
        if length.source.verified not in {"proposal", "user"} or length.minimum is not None:
            continue  # what may be a minimum is not ours to cut
        half = (length.days + 1) // 2
        own = replace(draft.inputs, lengths={**draft.inputs.lengths, length.id: half})
        fields = {"was": length.days, "now": half, **_both(length.title)}
        found += _gain("schedule.shorten_own_days", own, draft, world, fields=fields, source=length.source)
    found += _shorter_build(draft, world)
    return tuple(sorted(found, key=lambda s: (-s.days, s.code)))


def _gain(
    code: str,
    changed: ScheduleInputs,
    draft: _Draft,
    world: _World,
    *,
    fields: dict[str, Any] | None = None,
    source: Source | None = None,
) -> list[Shortening]:
    """The shortening if it gains anything; nothing where an own setting forbids it."""
    try:
        other = _draft(changed, world)
    except InputError:
        return []
    days = max((other.first - draft.first).days, (other.first_free - draft.first_free).days)
    if days <= 0:
        return []
    source = source or _changed_source(draft, other)
    return [Shortening(code=code, days=days, enough=other.first >= world.today, fields=fields or {}, source=source)]


def _changed_source(before: _Draft, after: _Draft) -> Source | None:
    """The basis of the first period that became another."""
    known = {(j.before, j.after): j.length for j in before.network.joints}
    for joint in after.network.joints:
        old = known.get((joint.before, joint.after))
        if joint.length is not None and old is not None and joint.length.days != old.days:
            return joint.length.source
    return None


def _shorter_build(draft: _Draft, world: _World) -> list[Shortening]:
    """The most days of development with which it would be possible."""
    low, high = 0, draft.inputs.build_days
    while high - low > 1:
        middle = (low + high) // 2
        if _draft(replace(draft.inputs, build_days=middle), world).first >= world.today:
            low = middle
        else:
            high = middle
    if low < 1:
        return []
    changed = replace(draft.inputs, build_days=low)
    fields = {"was": draft.inputs.build_days, "now": low}
    return _gain("schedule.shorten_build", changed, draft, world, fields=fields)


def _earliest(draft: _Draft, world: _World) -> date | None:
    """The first later day that can be reached; the thresholds may be others by then, so the facts are asked on the way."""
    limit = last_day(world.today)
    known: dict[Any, Network] = {}

    def look(at: date) -> tuple[dict[str, str], bool]:
        found = _draft(replace(draft.inputs, wished_start=at), world, known)
        return found.facts, found.first >= world.today

    day = draft.inputs.wished_start + timedelta(days=1)
    while day <= limit:
        facts, possible = look(day)
        if possible:
            return day
        far = min(day + _STRIDE, limit)
        far_facts, far_possible = look(far)
        if far_facts != facts:  # other rules begin within the stride: day by day
            day += timedelta(days=1)
        elif not far_possible:  # under the same facts a later day is never worse, so all between fail as well
            day = far + timedelta(days=1)
        else:
            return _bisect(day, far, look)
    return None


def _bisect(fails: date, holds: date, look: Callable[[date], tuple[dict[str, str], bool]]) -> date:
    """The first day that holds between one that fails and one that holds under the same facts."""
    while (holds - fails).days > 1:
        middle = fails + (holds - fails) // 2
        if look(middle)[1]:
            holds = middle
        else:
            fails = middle
    return holds
