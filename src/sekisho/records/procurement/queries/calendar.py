"""The calendar of a case: what it was planned with, the plan, what the answers already say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.engines.schedule import JapaneseHolidays, Schedule, ScheduleInputs, plan
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement.models import Case
from sekisho.records.procurement.queries.cases import cases, derivation_of
from sekisho.records.procurement.queries.contract import contract_of, latest_notice
from sekisho.records.procurement.queries.gates import saved_inputs
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["done_steps", "own_lengths", "planned_steps", "proposed_inputs", "schedule_of"]

_YEARS: Final = timedelta(days=9 * 365)
_AWARDS: Final = {"lowest": ("open", "lowest"), "overall": ("open", "overall"), "proposal": ("proposal", "lowest"),
                  "negotiated": ("negotiated", "lowest")}  # fmt: skip
_KINDS: Final = {"equipment": "goods", "licence": "goods", "lease": "lease"}


def schedule_of(inputs: ScheduleInputs, *, now: datetime) -> Schedule:
    """The schedule as of today. Raises InputError ``schedule.*`` with every problem."""
    return plan(inputs, rules=procurement_calendar(), holidays=JapaneseHolidays(), today=timezone.localdate(now))


def planned_steps(case_: Case) -> dict[str, date]:
    """The last day of each step of the saved calendar; nothing when there is none. It does not depend on today."""
    inputs = saved_inputs(case_)
    if inputs is None:
        return {}
    made = plan(
        inputs, rules=procurement_calendar(), holidays=JapaneseHolidays(), today=inputs.wished_start - _YEARS
    )  # steps stand at their latest days; seen from long before, none is late
    return {step.id: step.due for step in made.steps}


def done_steps(case_: Case, due: dict[str, date]) -> frozenset[str]:
    """Steps that lie behind the case: up to the notice once it is out, up to the contract once it is signed."""
    rules = procurement_calendar()
    reached: list[str] = []
    if latest_notice(case_):
        reached += [step for step in rules.notice_steps if step in due]
    if contract_of(case_):
        reached.append(rules.contract_step)
    last = max((due[step] for step in reached if step in due), default=None)
    return frozenset(step for step, day in due.items() if last is not None and day <= last)


def own_lengths(principal: Principal, case_: Case) -> dict[str, int]:
    """The days that the organisation used last in a calendar: what a new one begins with."""
    rows = cases(principal).filter(organization=case_.organization_id).exclude(pk=case_.pk).order_by("-changed_at")
    for schedule in rows.exclude(schedule={}).values_list("schedule", flat=True)[:5]:
        lengths = schedule.get("lengths")
        if isinstance(lengths, dict) and lengths:
            return {str(name): days for name, days in lengths.items() if isinstance(days, int)}
    return {}


def proposed_inputs(principal: Principal, case_: Case) -> dict[str, Any]:
    """What the answers of the case say about its calendar: values for the form of one that has none yet."""
    derivation = derivation_of(case_)
    given = {a.question: a.value for a in derivation.answers if a.asked is not False and a.value is not None}
    method, award = _AWARDS.get(str(given.get("award", "")), ("open", "lowest"))
    body = str(given.get("body") or organization_queries.body_kind_of(case_.organization_id))
    regimes = procurement_calendar().regimes(body)
    classes = [row.municipality for row in regimes]
    return {
        "body": body,
        "municipality": "" if len(classes) > 1 else "none",
        "method": method,
        "award": award,
        "kind": _KINDS.get(str(given.get("object", "")), "services"),
        "scr": derivation.decision("scr") == "applies",
        "high_security": derivation.decision("opinion_needed") == "yes",
        "lengths": own_lengths(principal, case_),
    }
