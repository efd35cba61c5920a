"""The area ``calendar`` of 調達 over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import get_language

from sekisho.engines.schedule import Schedule, ScheduleInputs, rows, sentence
from sekisho.records.api_base import ApiRequest
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.models import Case
from sekisho.records.procurement.queries import calendar as calendar_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.schemas import contract as schemas

_CASE = "/procurement/cases/{uuid:case_id}"


def _out(case: Case, schedule: Schedule | None) -> dict[str, Any]:
    language = get_language() or "ja"
    if schedule is None:
        nothing: dict[str, Any] = {"steps": [], "checks": [], "shortenings": [], "inputs": {}}
        return {"version": case.version, "saved": False, "feasible": None, "earliest_start_of_operation": None, **nothing}
    names = schemas.ScheduleStepOut.model_fields
    return {
        "version": case.version,
        "saved": True,
        "inputs": case.schedule,
        "feasible": schedule.feasible,
        "earliest_start_of_operation": schedule.earliest_start_of_operation,
        "steps": [{name: getattr(row, name) for name in names} for row in rows(schedule, language)],
        "checks": [sentence(check, language) for check in schedule.checks],
        "shortenings": [sentence(one, language) for one in schedule.shortenings],
    }


@router.get(f"{_CASE}/schedule", response={200: schemas.ScheduleOut, **ERRORS})
def get_schedule(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """The calendar of a case as of today."""
    case = queries.case(request.auth, case_id)
    inputs = gate_queries.saved_inputs(case)
    return _out(case, calendar_queries.schedule_of(inputs, now=request.now) if inputs else None)


@router.put(f"{_CASE}/schedule", response={200: schemas.ScheduleOut, **ERRORS})
def save_schedule(request: ApiRequest, case_id: uuid.UUID, data: schemas.ScheduleIn) -> dict[str, Any]:
    """Plan a case and keep it, also when the dates are impossible (``feasible`` false says so)."""
    given = data.dict()
    version = given.pop("version")
    inputs = ScheduleInputs(**given | {"grounds": frozenset(given["grounds"])})
    case = queries.case(request.auth, case_id)
    return _out(case, actions.save_schedule(request.auth, case, inputs=inputs, version=version, now=request.now))


@router.post(f"{_CASE}/schedule/duties", response={200: schemas.CountOut, **ERRORS})
def make_schedule_duties(request: ApiRequest, case_id: uuid.UUID) -> dict[str, int]:
    """Duties from the steps of the saved calendar."""
    return {"count": actions.make_schedule_duties(request.auth, queries.case(request.auth, case_id), now=request.now)}
