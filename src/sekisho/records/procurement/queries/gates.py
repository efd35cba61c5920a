"""The gates of a case's life as they stand: which items hold, when they are due, what was done about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.engines.schedule import ScheduleInputs
from sekisho.errors import SekishoError
from sekisho.records.procurement.models import GateCheck
from sekisho.records.procurement.queries.cases import derivation_of, rules_of, settings_of
from sekisho.records.procurement.queries.contract import contract_of, demanded, latest_notice
from sekisho.records.procurement.rules.gates import Anchor, ItemPlan, evaluator_of, plan_gates
from sekisho.standards.lifecycle_gates import lifecycle_gates
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Case
    from sekisho.standards.lifecycle_gates import Gate, GateItem

__all__ = ["GateRow", "anchors_of", "gate_rows", "open_items", "saved_inputs"]

_STEPS: Final = {"contract": "contract", "delivery": "acceptance", "operation_start": "operation"}


@dataclass(frozen=True, slots=True)
class GateRow:
    """One item with its check. ``state``: open, done, not_applicable (said by a person), not_asked, undecided."""

    plan: ItemPlan
    check: GateCheck | None
    state: str

    @property
    def gate(self) -> Gate:
        """The gate it stands at."""
        return self.plan.gate

    @property
    def item(self) -> GateItem:
        """What is due."""
        return self.plan.item


def saved_inputs(case_: Case) -> ScheduleInputs | None:
    """The inputs of the saved calendar; None when there is none, or a later version no longer understands it."""
    if not case_.schedule:
        return None
    try:
        return msgspec.convert(case_.schedule, ScheduleInputs)
    except msgspec.ValidationError:
        return None


def _planned(case_: Case) -> dict[str, date]:
    """The days that the saved calendar gives, by anchor."""
    from sekisho.records.procurement.queries.calendar import planned_steps  # noqa: PLC0415 - it reads this module

    try:
        steps = planned_steps(case_)
    except SekishoError:  # inputs that can no longer be counted (a day in the past) give no days
        return {}
    found = {name: steps[step] for name, step in _STEPS.items() if step in steps}
    if notice := next((steps[step] for step in procurement_calendar().notice_steps if step in steps), None):
        found["notice"] = notice
    return found


def anchors_of(case_: Case) -> dict[str, Anchor]:
    """The known days of a case: facts of notice and contract, else those of the saved calendar (``planned``)."""
    found = {name: Anchor(day, planned=True) for name, day in _planned(case_).items()}
    if notice := latest_notice(case_):
        found["notice"] = Anchor(notice.published_on)
    if contract := contract_of(case_):
        found["contract"], found["delivery"] = Anchor(contract.signed_on), Anchor(contract.delivery_on)
        found["operation_start"] = Anchor(contract.operation_on or contract.delivery_on, planned=contract.operation_on is None)
        found["operation_end"] = Anchor(contract.ends_on)
    return found


def gate_rows(case_: Case) -> list[GateRow]:
    """Every item of every gate with its state, in order."""
    derivation = demanded(case_) if case_.state not in ("preparing", "cancelled") else derivation_of(case_)
    evaluator = evaluator_of(rules_of(case_), derivation, settings_of(case_))
    checks = {check.item: check for check in GateCheck.objects.filter(case=case_).select_related("person", "evidence")}
    rows = []
    for plan in plan_gates(lifecycle_gates(), evaluator, anchors_of(case_)):
        check = checks.get(plan.item.id)
        if check is not None:
            state = "done" if check.done else "not_applicable"
        else:
            state = "open" if plan.holds else "undecided" if plan.holds is None else "not_asked"
        rows.append(GateRow(plan, check, state))
    return rows


def open_items(case_: Case, *, gate: str = "") -> list[GateRow]:
    """What is asked and nobody has dealt with, of one gate or of all."""
    return [row for row in gate_rows(case_) if row.state == "open" and gate in ("", row.gate.id)]
