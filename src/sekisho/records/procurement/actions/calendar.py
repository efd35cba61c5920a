"""The calendar of a case: kept with it, and its steps as duties that move when it is planned anew."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import Conflict
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.permissions import Role
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.dated import drop_duties, end_of, owner_id, page_of
from sekisho.records.procurement.models import Case, CaseState, MemberPart
from sekisho.records.procurement.queries import calendar as calendar_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.queries.contract import duties_from
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.engines.schedule import Schedule, ScheduleInputs
    from sekisho.records.organization.principals import Principal

__all__ = ["make_schedule_duties", "save_schedule"]

_PARTS: Final = (MemberPart.OWNER, MemberPart.EDITOR)
_STATES: Final = (CaseState.PREPARING, CaseState.NOTICED, CaseState.OPENED, CaseState.CONTRACTED)


def save_schedule(principal: Principal, case: Case, *, inputs: ScheduleInputs, version: int, now: datetime) -> Schedule:
    """Keep what the calendar is planned with (also when its dates are impossible: the page says so). Existing duties move.

    ``version``: that of the case (``Case.version``) that was shown. Raises InputError ``schedule.*`` with every problem, Conflict
    ``procurement_calendar.changed_meanwhile`` or ``procurement.wrong_state``.
    """
    made = calendar_queries.schedule_of(inputs, now=now)
    with recording(principal, "procurement.save_schedule", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        if found.version != version:
            raise Conflict("procurement_calendar.changed_meanwhile")
        found.schedule, found.version, found.changed_at = as_json(inputs), version + 1, now
        found.save(update_fields=["schedule", "version", "changed_at"])
        moved = _set(principal, found, now=now) if _has_duties(found) else 0
        entry.about(found.pk)
        entry.fact(wished_start=inputs.wished_start.isoformat(), feasible=made.feasible, duties=moved)
    case.schedule, case.version = found.schedule, found.version
    return made


def make_schedule_duties(principal: Principal, case: Case, *, now: datetime) -> int:
    """Duties for the steps of the saved calendar that still lie before the case; those behind it are done. Idempotent.

    Raises Conflict ``procurement_calendar.nothing_saved``. Returns how many are wanted now.
    """
    with recording(principal, "procurement.make_schedule_duties", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        if gate_queries.saved_inputs(found) is None:
            raise Conflict("procurement_calendar.nothing_saved")
        count = _set(principal, found, now=now)
        entry.about(found.pk)
        entry.fact(duties=count)
    return count


def as_json(inputs: ScheduleInputs) -> dict[str, Any]:
    """The inputs as they are kept."""
    plain = asdict(inputs)
    return plain | {
        "wished_start": inputs.wished_start.isoformat(),
        "grounds": sorted(inputs.grounds),
        "lengths": dict(inputs.lengths),
    }


def _locked(principal: Principal, case: Case) -> Case:
    queries.require_part(principal, case, "procurement.edit", *_PARTS)
    found = Case.objects.select_for_update(of=("self",)).select_related("organization", "edition").get(pk=case.pk)
    if found.state not in _STATES:
        raise Conflict("procurement.wrong_state", state=found.state)
    return found


def _prefix(case: Case) -> str:
    return f"procurement:{case.pk}:step:"


def _has_duties(case: Case) -> bool:
    return duties_from(_prefix(case)).filter(done_at=None).exists()


def _set(principal: Principal, case: Case, *, now: datetime) -> int:
    inputs = gate_queries.saved_inputs(case)
    if inputs is None:
        return 0
    due = calendar_queries.planned_steps(case)
    behind = calendar_queries.done_steps(case, due)
    rules, owner = procurement_calendar(), owner_id(case)
    wanted: dict[str, None] = {}
    for step, day in due.items():
        if step in behind:
            continue
        source = f"{_prefix(case)}{step}"
        wanted[source] = None
        title = rules.step(step).title
        duties.set_duty(
            principal,
            source=source,
            organization_id=case.organization_id,
            code="procurement_calendar.duty_step",
            fields={"title_ja": title.ja, "title_en": title.en, "number": case.number},
            due_at=end_of(day),
            owner_id=owner,
            owner_role="" if owner else str(Role.PROCUREMENT),
            subject_id=case.subject_id,
            basis=rules.step(step).basis.ja[:200],
            basis_en=rules.step(step).basis.en,
            url=page_of(case, "procurement:calendar"),
            now=now,
        )
    drop_duties(principal, _prefix(case), keep=wanted, now=now)
    return len(wanted)
