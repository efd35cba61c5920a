"""Whether the time between notice and bids is long enough, by the rules of the calendar. Pure.

Facts that nobody has said stay open: the time is checked under each answer they may have. Only where the answers make a
difference are they asked for; nothing is guessed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from sekisho.engines.schedule import JapaneseHolidays, ScheduleInputs
from sekisho.engines.schedule.days import Span
from sekisho.engines.schedule.decide import holds, known_facts, stated_facts
from sekisho.engines.schedule.network import resolve
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from sekisho.engines.schedule.network import Length
    from sekisho.standards.procurement_calendar import BodyRegime, Calendar

__all__ = ["COMPETITIONS", "CheckedPeriod", "PeriodAnswers", "Terms", "check_period", "questions_of"]

COMPETITIONS: Final = ("open", "selective")
_KINDS: Final = ("goods", "services", "technical_services", "lease", "works")
_BID_DEADLINE: Final = "bid_deadline"
_OWN: Final = frozenset({"proposal"})
Outcome = Literal["enough", "warned", "reason", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodAnswers:
    """What is said at a notice about its time; an empty answer leaves what the case and its calendar say.

    ``urgent_reason``: why it is urgent (急を要する), where the law then allows less. ``reason``: why the time may be shorter than
    the body's own rules or the guidelines say. ``amount_yen`` decides about the agreement and is not kept.
    """

    municipality: str = ""
    method: str = ""
    treaty: str = ""
    amount_yen: int | None = None
    off_the_shelf: str = ""
    renotice: bool | None = None
    prior_notice: bool | None = None
    grounds: tuple[str, ...] | None = None
    urgent_reason: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The facts that the time depends on; empty (or None) where nobody has said one."""

    body: str
    municipality: str = ""
    method: str = ""
    kind: str = ""
    treaty: str = ""
    amount_yen: int | None = None
    award: str = "lowest"
    off_the_shelf: str = "no"
    renotice: bool = False
    prior_notice: bool = False
    voluntary_50: bool = False
    grounds: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)

    def with_answers(self, given: PeriodAnswers) -> Terms:
        """These terms with what was said at the notice."""
        names = ("municipality", "method", "treaty", "off_the_shelf", "amount_yen")
        said: dict[str, Any] = {name: getattr(given, name) for name in names if getattr(given, name)}
        more = ("renotice", "prior_notice", "grounds")
        said |= {name: getattr(given, name) for name in more if getattr(given, name) is not None}
        return replace(self, **said)

    @property
    def kept(self) -> dict[str, Any]:
        """As JSON, without the amount, from which the 予定価格 might be guessed."""
        plain = asdict(replace(self, amount_yen=None))
        return {**plain, "grounds": list(self.grounds), "lengths": dict(self.lengths)}


@dataclass(frozen=True, slots=True)
class CheckedPeriod:
    """How the time was checked. ``length``: the longest period that may apply (None: none does); ``urgent``: by the rules for
    urgency; ``treaty``: whether the agreement applies, empty where that is open.
    """

    outcome: Outcome
    length: Length | None
    earliest: date | None
    urgent: bool
    treaty: str


@dataclass(frozen=True, slots=True)
class _World:
    """One set of answers to all open facts, and what the time is then."""

    municipality: str
    method: str
    treaty: str
    outcome: Outcome
    length: Length | None
    earliest: date


def _rows(terms: Terms, rules: Calendar) -> list[BodyRegime]:
    rows = rules.regimes(terms.body)
    if not rows:
        raise InputError("schedule.unknown_body", body=terms.body)
    if len(rows) == 1:
        return list(rows)
    found = [row for row in rows if terms.municipality in ("", row.municipality)]
    if not found:
        known = ", ".join(row.municipality for row in rows)
        raise InputError("schedule.unknown_municipality", body=terms.body, municipality=terms.municipality, known=known)
    return found


def _inputs(terms: Terms, row: BodyRegime, method: str, kind: str, *, urgent: bool, day: date) -> ScheduleInputs:
    return ScheduleInputs(
        body=terms.body,
        municipality=row.municipality,
        method=method,
        kind=kind,
        award=terms.award,
        amount_yen=terms.amount_yen or 1,
        wished_start=day,
        build_days=1,
        off_the_shelf=terms.off_the_shelf,
        renotice=terms.renotice,
        prior_notice=terms.prior_notice,
        voluntary_50=terms.voluntary_50,
        grounds=frozenset(terms.grounds),
        lengths=terms.lengths,
        urgent=urgent,
    )


def _treaties(terms: Terms, row: BodyRegime, inputs: ScheduleInputs, rules: Calendar, day: date) -> tuple[str, ...]:
    """Whether the agreement applies: one answer, or both where it cannot be told."""
    if row.agency is None:
        return ("no",)
    if terms.treaty:
        return (terms.treaty,)
    if terms.amount_yen is None:
        return ("yes", "no")
    answer = known_facts(inputs, row, rules, day)[0]["treaty"]
    return ("yes", "no") if answer == "unknown" else (answer,)


def _lengths(inputs: ScheduleInputs, facts: dict[str, str], rules: Calendar) -> Iterator[Length]:
    """The periods that must lie between the notice (nomination, request for quotations) and the last day for bids."""
    for link in rules.step(_BID_DEADLINE).after:
        if not link.at_least or link.step not in rules.notice_steps:
            continue
        when = rules.step(link.step).when
        if when and not any(holds(one, facts) for one in when):
            continue
        period = rules.period(link.at_least)
        try:
            yield resolve(period, facts, inputs)
        except InputError:  # its own days are fewer than the law's: the law's count
            yield resolve(period, facts, replace(inputs, lengths={}))


def _earliest(length: Length, published_on: date) -> date:
    span = Span(length.days, "business", "after") if length.unit == "business" else length.span
    return span.forward(published_on, JapaneseHolidays())


def _outcome(length: Length | None, day: date, earliest: date, *, reason: bool) -> Outcome:
    if length is None or day >= earliest:
        return "enough"
    if length.minimum is not None:
        return "refused"
    if length.source.verified in _OWN:
        return "warned"
    return "warned" if reason else "reason"


def _worlds(terms: Terms, rules: Calendar, published_on: date, day: date, *, urgent: bool, reason: bool) -> Iterator[_World]:
    methods = (terms.method,) if terms.method else COMPETITIONS
    kinds = (terms.kind,) if terms.kind or terms.amount_yen is None else _KINDS
    seen: set[tuple[str, str, str]] = set()
    for row, method, kind in itertools.product(_rows(terms, rules), methods, kinds):
        inputs = _inputs(terms, row, method, kind or "services", urgent=urgent, day=day)
        for treaty in _treaties(terms, row, inputs, rules, day):
            if (row.municipality, method, treaty) in seen or (treaty == "no" and row.agency is None and terms.treaty == "yes"):
                continue
            seen.add((row.municipality, method, treaty))
            facts = stated_facts(inputs, row) | {"treaty": treaty}
            found = [(_earliest(length, published_on), length) for length in _lengths(inputs, facts, rules)]
            earliest, length = max(found, key=lambda pair: pair[0]) if found else (published_on, None)
            yield _World(row.municipality, method, treaty, _outcome(length, day, earliest, reason=reason), length, earliest)


def _open(worlds: list[_World]) -> list[str]:
    """The facts that are open and make a difference; all that are open where no single one does."""
    names = [name for name in ("municipality", "method", "treaty") if len({getattr(w, name) for w in worlds}) > 1]

    def differs(name: str) -> bool:
        groups: dict[str, set[str]] = {}
        for world in worlds:
            groups.setdefault(getattr(world, name), set()).add(world.outcome)
        return len({frozenset(group) for group in groups.values()}) > 1

    return [name for name in names if differs(name)] or names


def questions_of(terms: Terms, rules: Calendar) -> frozenset[str]:
    """Which facts the time of a notice may depend on for this body: those that a page has to offer."""
    rows = rules.regimes(terms.body)
    found = {"municipality"} if len(rows) > 1 else set()
    if any(row.agency is not None for row in rows):
        found |= {"treaty", "amount_yen"}
    if any(row.regime == "national" for row in rows):
        found |= {"grounds", "prior_notice", "renotice", "off_the_shelf"}
    return frozenset(found | {"method"} if terms.method in ("", *COMPETITIONS) else found)


def check_period(terms: Terms, given: PeriodAnswers, *, published_on: date, day: date, rules: Calendar) -> CheckedPeriod:
    """Whether ``day``, the last for bids, leaves the time that the rules demand after ``published_on``.

    Raises InputError ``procurement_notice.period_facts`` with a problem for each fact that decides and is not known;
    ``procurement_notice.period_refused`` when the law's minimum is not kept; ``procurement_notice.period_reason`` when the time
    is shorter than other rules say and nobody gave a reason.
    """
    merged = terms.with_answers(given)
    reason = bool(given.reason.strip())
    normal = list(_worlds(merged, rules, published_on, day, urgent=False, reason=reason))
    if not normal:
        raise InputError("schedule.treaty_not_for_body", body=merged.body)
    worlds, urgent = normal, False
    if given.urgent_reason.strip() and {world.outcome for world in normal} != {"enough"}:
        worlds, urgent = list(_worlds(merged, rules, published_on, day, urgent=True, reason=reason)), True
    outcomes = {world.outcome for world in worlds}
    if len(outcomes) > 1 and outcomes & {"reason", "refused"}:
        problems = tuple(Problem(f"procurement_notice.period_open_{name}", {}, column=f"period.{name}") for name in _open(worlds))
        raise InputError("procurement_notice.period_facts", problems=problems, count=len(problems))
    strictest = max(worlds, key=lambda world: (world.outcome != "enough", world.earliest))
    if strictest.outcome in ("refused", "reason"):
        _refuse(strictest, merged, rules, published_on, day, urgent=urgent)
    treaties = {world.treaty for world in worlds}
    treaty = strictest.treaty if len(treaties) == 1 else ""
    return CheckedPeriod(strictest.outcome, strictest.length, strictest.earliest, urgent, treaty)


def _refuse(world: _World, terms: Terms, rules: Calendar, published_on: date, day: date, *, urgent: bool) -> None:
    length = world.length
    if length is None:
        return
    fields: dict[str, Any] = {
        "days": length.days,
        "earliest": world.earliest.isoformat(),
        "given": day.isoformat(),
        "basis_ja": length.source.basis.ja,
        "basis_en": length.source.basis.en,
    }
    if world.outcome == "reason":
        problem = Problem("procurement_notice.period_give_reason", fields, column="period.reason")
        raise InputError("procurement_notice.period_reason", problems=(problem,), count=1)
    problems = [Problem("procurement_notice.period_below_minimum", fields, column="proposals_until")]
    shorter = next(iter(_worlds(terms, rules, published_on, day, urgent=True, reason=False)), None)
    if not urgent and shorter and shorter.length and shorter.length.days < length.days:
        more = {"days": shorter.length.days, "earliest": shorter.earliest.isoformat()}
        basis = {"basis_ja": shorter.length.source.basis.ja, "basis_en": shorter.length.source.basis.en}
        problems.append(Problem("procurement_notice.period_urgent", more | basis, column="period.urgent_reason"))
    raise InputError("procurement_notice.period_refused", problems=tuple(problems), count=len(problems))
