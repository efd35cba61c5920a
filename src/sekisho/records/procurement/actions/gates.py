"""Life-cycle gates: items dealt with, and the duties that follow from their days."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.duties import actions as duties
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.dated import drop_duties, end_of, owner_id, page_of
from sekisho.records.procurement.models import Case, CaseState, GateCheck, MemberPart
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.procurement.rules.tokens import require_token

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal

__all__ = ["check_gate", "make_gate_duties", "move_gate_duties", "reopen_gate"]

_PARTS: Final = (MemberPart.OWNER, MemberPart.EDITOR)
_ENDED: Final = (CaseState.RETIRED, CaseState.CANCELLED)
_NOTE: Final = 4000


def _prefix(case: Case, item: str = "") -> str:
    return f"procurement:{case.pk}:gate:{item}{':' if item else ''}"


def _locked(principal: Principal, case: Case) -> Case:
    queries.require_part(principal, case, "procurement.edit", *_PARTS)
    found = Case.objects.select_for_update(of=("self",)).select_related("organization", "edition").get(pk=case.pk)
    if found.state in _ENDED:
        raise Conflict("procurement.wrong_state", state=found.state)
    return found


def check_gate(
    principal: Principal,
    case: Case,
    *,
    item: str,
    done: bool,
    now: datetime,
    note: str = "",
    evidence_id: uuid.UUID | None = None,
    token: str | None = None,
) -> GateCheck:
    """Say that an item was done, or (``done`` false) that it does not apply here, with a reason.

    Its duty is done with it; of one that comes again and again the next stays. ``token``: of what was shown of the item.
    Raises InputError ``procurement_contract.*``, Conflict ``procurement_notice.changed_meanwhile``.
    """
    note = checked_text(note, name="note", limit=_NOTE)
    if not done and not note:
        raise InputError("procurement.reason_missing")
    evidence = evidence_queries.evidence_with(principal, evidence_id) if evidence_id else None
    if evidence is not None and evidence.organization_id != case.organization_id:
        raise InputError("procurement_contract.evidence_elsewhere")
    with recording(principal, "procurement.check_gate", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        row = next((row for row in gate_queries.gate_rows(found) if row.item.id == item), None)
        if row is None:
            raise NotFound("access.not_found")
        require_token(token, present=tokens.of_gate(row.check))
        values = {"done": done, "note": note, "evidence": evidence, "person_id": principal.person_id, "at": now}
        made, _ = GateCheck.objects.update_or_create(case=found, item=item, defaults=values)
        sources = contract_queries.duties_from(_prefix(found, item)).filter(done_at=None).values_list("source", flat=True)
        ended = list(sources[:1] if done and row.item.offset.every_months else sources)
        for source in ended:
            duties.complete_by_source(principal, source=source, now=now)
        entry.about(found.pk, made.pk, *((evidence.pk,) if evidence else ()))
        entry.fact(item=item, done=done, duties=len(ended))
        entry.words(note=note)
    return made


def reopen_gate(principal: Principal, case: Case, *, item: str, now: datetime) -> None:
    """Take back what was said about an item. Its duty comes back with :func:`make_gate_duties` only when its day moves later."""
    with recording(principal, "procurement.reopen_gate", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        if not GateCheck.objects.filter(case=found, item=item).delete()[0]:
            raise NotFound("access.not_found")
        entry.about(found.pk)
        entry.fact(item=item)


def make_gate_duties(principal: Principal, case: Case, *, now: datetime) -> int:
    """Duties for the open items whose day is known, for the role that each names; those of other items are done. Idempotent.

    Before the notice they are the owner's, since nobody else may know of the case. Items that come again and again until the end
    of operation have one for each time. Returns how many are wanted now.
    """
    with recording(principal, "procurement.make_gate_duties", now=now, organization_id=case.organization_id) as entry:
        found = _locked(principal, case)
        wanted, dropped = _set(principal, found, now=now)
        entry.about(found.pk)
        entry.fact(duties=wanted, dropped=dropped)
    return wanted


def move_gate_duties(principal: Principal, case: Case, *, now: datetime) -> None:
    """Duties that there are follow new days of notice and contract. Inside the caller's recording."""
    if contract_queries.duties_from(_prefix(case)).filter(done_at=None).exists():
        _set(principal, case, now=now)


def _set(principal: Principal, case: Case, *, now: datetime) -> tuple[int, int]:
    """How many duties are wanted, and how many open ones no longer are."""
    wanted: dict[str, None] = {}
    owner = owner_id(case) if case.state == CaseState.PREPARING else None
    for row in gate_queries.gate_rows(case):
        again = row.state == "done" and row.item.offset.every_months is not None
        if row.state != "open" and not again:
            continue
        for number, day in enumerate(row.plan.due, 1):
            source = f"{_prefix(case, row.item.id)}{number}"
            wanted[source] = None
            duties.set_duty(
                principal,
                source=source,
                organization_id=case.organization_id,
                code="procurement_contract.duty_gate",
                fields={"title_ja": row.item.title.ja, "title_en": row.item.title.en, "number": case.number},
                due_at=end_of(day),
                owner_id=owner,
                owner_role="" if owner else row.item.who,
                subject_id=case.subject_id,
                basis=row.item.basis.ja[:200],
                basis_en=row.item.basis.en,
                url=page_of(case, "procurement:gates"),
                now=now,
            )
    return len(wanted), drop_duties(principal, _prefix(case), keep=wanted, now=now)
