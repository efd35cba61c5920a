"""The check of a generative AI: begun from a procurement, its items ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.errors import Conflict, InputError
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.cases import create_case
from sekisho.records.procurement.models import Case, CaseState, GateCheck, MemberPart
from sekisho.records.procurement.queries.ai_check import CHECK_PARTS, ITEM_PREFIX, RULE_SET
from sekisho.records.procurement.rules.editing import checked_text

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["start_ai_check", "tick_ai_item"]

_NOTE: Final = 4000
_PARTS: Final = (MemberPart.OWNER, MemberPart.EDITOR)


def start_ai_check(principal: Principal, case: Case, *, title: str, now: datetime) -> Case:
    """Begin a check of the generative AI that a procurement buys; the two know of each other. Whoever begins it owns it."""
    queries.require_part(principal, case, "procurement.edit", *_PARTS)
    if case.rule_set == RULE_SET:
        raise InputError("procurement_tools.is_a_check", number=case.number)
    if case.state in {CaseState.CANCELLED, CaseState.RETIRED}:
        raise Conflict("procurement.wrong_state", state=case.state)
    with recording(principal, "procurement.start_ai_check", now=now, organization_id=case.organization_id) as entry:
        made = create_case(principal, organization=case.organization, title=title, rule_set=RULE_SET, now=now)
        Case.objects.filter(pk=made.pk).update(checks=case, subject=case.subject_id)
        entry.about(made.pk, case.pk)
    return queries.case(principal, made.pk)


def tick_ai_item(principal: Principal, case: Case, *, clause: str, state: str, note: str = "", now: datetime) -> None:
    """Say of an item of the check lists that it was seen (``done``), does not apply (``not_applicable``, with a reason) or is
    ``open`` again.
    """
    queries.require_part(principal, case, "procurement.edit", *_PARTS)
    if case.state in {CaseState.CANCELLED, CaseState.RETIRED}:
        raise Conflict("procurement.wrong_state", state=case.state)
    note = checked_text(note, name="note", limit=_NOTE)
    known = [one.id for one in queries.rules_of(case).clauses if one.part in CHECK_PARTS]
    if case.rule_set != RULE_SET or clause not in known:
        raise InputError("procurement_tools.no_such_item", item=clause[:60])
    if state not in {"done", "not_applicable", "open"}:
        raise InputError("procurement_tools.unknown_state", state=state[:20])
    if state == "not_applicable" and not note:
        raise InputError("procurement.reason_missing")
    item = f"{ITEM_PREFIX}{clause}"
    with recording(principal, "procurement.tick_ai_item", now=now, organization_id=case.organization_id) as entry:
        if state == "open":
            GateCheck.objects.filter(case=case, item=item).delete()
        else:
            values = {"done": state == "done", "note": note, "person_id": principal.person_id, "at": now}
            GateCheck.objects.update_or_create(case=case, item=item, defaults=values)
        entry.about(case.pk)
        entry.fact(item=clause, state=state)
        entry.words(note=note)
