"""The contract: what was frozen becomes duties with dates, and tests of acceptance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.db import transaction
from django.utils import timezone

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.permissions import Role
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.cases import keep_version
from sekisho.records.procurement.actions.dated import drop_duties, end_of, owner_id, page_of
from sekisho.records.procurement.actions.gates import move_gate_duties
from sekisho.records.procurement.models import (
    AcceptanceTest,
    Bidder,
    Case,
    CaseState,
    Contract,
    Evaluation,
    MemberPart,
    Notice,
)
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.queries.freezing import freeze
from sekisho.records.procurement.rules.contract import (
    Dates,
    check_dates,
    corporate_number_is_sound,
    frozen_derivation,
    planned_duties,
    planned_tests,
)
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.procurement.rules.notice import Dates as NoticeDates
from sekisho.records.procurement.rules.periods import period_uses, require_periods
from sekisho.records.procurement.rules.tokens import require_token

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping
    from datetime import datetime

    from sekisho.engines.derivation import Derivation
    from sekisho.records.organization.principals import Principal

__all__ = ["change_contract", "sign_contract"]

_NEGOTIATED: Final = "negotiated"
_WIDTHS: Final = {"supplier": 200, "number": 100, "note": 4000, "reason": 4000}


def sign_contract(
    principal: Principal,
    case: Case,
    *,
    signed_on: date,
    delivery_on: date,
    ends_on: date,
    now: datetime,
    operation_on: date | None = None,
    supplier: str = "",
    corporate_number: str = "",
    number: str = "",
    note: str = "",
    bidder_id: uuid.UUID | None = None,
    reason: str = "",
    periods: Mapping[str, str] | None = None,
) -> Contract:
    """Record the contract of an opened case; duties and tests of acceptance are made from the clauses that were published.

    An opened case has its award before; without one (nobody bid, nobody passed) the contract needs a ``reason``. A negotiated
    contract (随意契約) may be recorded without an opening, likewise with a ``reason``; when there was no notice either, the
    specification is frozen now, in the same way and with the same obstacles. ``bidder_id`` gives name and number of the supplier.

    ``periods``: place (or clause/place) → period, where a published text cannot be read as one (``queries.contract.periods``).
    Raises Conflict ``procurement.wrong_state``, ``procurement_contract.not_negotiated``; InputError for dates, names, obstacles,
    ``procurement_contract.not_awarded`` and ``.periods_missing``.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    dates = Dates(signed_on, delivery_on, ends_on, operation_on)
    check_dates(dates)
    with recording(principal, "procurement.contract", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("organization", "edition").get(pk=case.pk)
        bidder = _bidder(found, bidder_id)
        if bidder:
            supplier, corporate_number = supplier or bidder.name, corporate_number or bidder.corporate_number
        texts = {"supplier": supplier, "corporate_number": corporate_number, "number": number, "note": note}
        values = _texts(**texts, signed_on=signed_on, now=now)
        why = checked_text(reason, name="reason", limit=_WIDTHS["reason"])
        notice = _frozen(principal, found, reason=why, dates=dates, now=now)
        derivation = frozen_derivation(notice.frozen)
        given = _periods(derivation, periods)
        made = Contract.objects.create(
            case=found,
            bidder=bidder,
            periods=given,
            signed_on=signed_on,
            delivery_on=delivery_on,
            operation_on=operation_on,
            ends_on=ends_on,
            person_id=principal.person_id,
            at=now,
            **values,
        )
        tests, made_duties = _make_tests(found, derivation), set_contract_duties(principal, made, derivation, now=now)
        Case.objects.filter(pk=found.pk).update(state=CaseState.CONTRACTED, changed_at=now)
        case.state = found.state = CaseState.CONTRACTED
        move_gate_duties(principal, found, now=now)
        entry.about(found.pk, made.pk)
        entry.fact(notice=notice.number, sha256=notice.sha256, without_opening=bool(reason))
        entry.fact(periods=given, tests=tests, duties=made_duties)
        entry.words(supplier=made.supplier, number=made.number, reason=reason)
    return made


def change_contract(
    principal: Principal,
    case: Case,
    *,
    reason: str,
    now: datetime,
    signed_on: date | None = None,
    delivery_on: date | None = None,
    operation_on: date | None = None,
    ends_on: date | None = None,
    number: str | None = None,
    note: str | None = None,
    periods: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Contract:
    """Change days or notes of a contract (変更契約), with the reason; its open duties move with the days.

    What is not given stays; ``periods`` as in :func:`sign_contract`; ``token``: of the contract that was shown. Raises
    Conflict ``procurement.wrong_state``, ``procurement_notice.changed_meanwhile``, InputError for days that do not fit and
    ``procurement_contract.periods_missing``.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    reason = checked_text(reason, name="reason", limit=_WIDTHS["reason"])
    if not reason:
        raise InputError("procurement.reason_missing")
    with recording(principal, "procurement.change_contract", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_for_update(of=("self",)).select_related("organization", "edition").get(pk=case.pk)
        contract = contract_queries.contract_of(found)
        if contract is None or found.state not in (CaseState.CONTRACTED, CaseState.ACCEPTED, CaseState.OPERATING):
            raise Conflict("procurement.wrong_state", state=found.state)
        require_token(token, present=tokens.of_contract(contract))
        given = {"signed_on": signed_on, "delivery_on": delivery_on, "operation_on": operation_on, "ends_on": ends_on}
        changes: dict[str, Any] = {name: day for name, day in given.items() if day is not None}
        check_dates(replace(dates_of(contract), **changes))
        for name, text in (("number", number), ("note", note)):
            if text is not None:
                changes[name] = checked_text(text, name=name, limit=_WIDTHS[name])
        derivation = contract_queries.demanded(found)
        if periods is not None:
            changes["periods"] = _periods(derivation, {**contract.periods, **periods})
        for name, value in changes.items():
            setattr(contract, name, value)
        contract.save(update_fields=[*changes, "at"] if changes else ["at"])
        moved = set_contract_duties(principal, contract, derivation, now=now)
        move_gate_duties(principal, found, now=now)
        Case.objects.filter(pk=found.pk).update(changed_at=now)
        entry.about(found.pk, contract.pk)
        entry.fact(
            changed={name: value.isoformat() if isinstance(value, date) else "" for name, value in changes.items()},
            duties=moved,
            periods=contract.periods,
        )
        entry.words(reason=reason)
    return contract


def _periods(derivation: Derivation, given: Mapping[str, str] | None) -> dict[str, str]:
    """The periods that were answered, as they are kept. Raises what ``require_periods`` raises."""
    said = {key: text.strip() for key, text in (given or {}).items() if text.strip()}
    return require_periods(period_uses(derivation, said), said)


def dates_of(contract: Contract) -> Dates:
    """The days of a contract as a value."""
    return Dates(contract.signed_on, contract.delivery_on, contract.ends_on, contract.operation_on)


def set_contract_duties(principal: Principal, contract: Contract, derivation: Derivation, *, now: datetime) -> int:
    """Make or move the duties of a contract; open ones that its days no longer give are done. Inside the caller's recording."""
    case = contract.case
    wanted = {plan.source(contract.pk): plan for plan in planned_duties(derivation, dates_of(contract), contract.periods)}
    owner = owner_id(case)
    for source, plan in wanted.items():
        duties.set_duty(
            principal,
            source=source,
            organization_id=case.organization_id,
            code="procurement_contract.duty",
            fields={"title_ja": plan.title.ja, "title_en": plan.title.en, "number": case.number, "times": plan.number},
            due_at=end_of(plan.due_on),
            owner_id=owner,
            owner_role="" if owner else str(Role.PROCUREMENT),
            subject_id=case.subject_id,
            basis=plan.basis.ja[:200],
            basis_en=plan.basis.en,
            url=page_of(case, "procurement:contract"),
            now=now,
        )
    drop_duties(principal, f"procurement:{contract.pk}:", keep=wanted, now=now)
    return len(wanted)


def _bidder(case: Case, bidder_id: uuid.UUID | None) -> Bidder | None:
    """The bidder of the contract: who won, where an award is on record."""
    evaluation = Evaluation.objects.filter(case=case).exclude(winner=None).select_related("winner").first()
    if evaluation is not None and bidder_id not in (None, evaluation.winner_id):
        raise InputError("procurement_contract.not_the_winner", name=str(evaluation.winner.name if evaluation.winner else ""))
    if bidder_id is None:
        return evaluation.winner if evaluation else None
    found = Bidder.objects.filter(case=case, pk=bidder_id).first()
    if found is None:
        raise InputError("procurement_contract.unknown_bidder")
    return found


def _texts(*, supplier: str, corporate_number: str, number: str, note: str, signed_on: date, now: datetime) -> dict[str, str]:
    """The checked texts of a contract. Raises InputError with every problem."""
    problems = []
    values = {
        "supplier": checked_text(supplier, name="supplier", limit=_WIDTHS["supplier"]),
        "corporate_number": corporate_number.strip(),
        "number": checked_text(number, name="number", limit=_WIDTHS["number"]),
        "note": checked_text(note, name="note", limit=_WIDTHS["note"]),
    }
    if not values["supplier"]:
        problems.append(Problem("procurement_contract.supplier_missing", column="supplier"))
    if values["corporate_number"] and not corporate_number_is_sound(values["corporate_number"]):
        fields = {"value": values["corporate_number"][:20]}
        problems.append(Problem("procurement_contract.corporate_number", fields, column="corporate_number"))
    if signed_on > timezone.localdate(now):
        problems.append(Problem("procurement_contract.signed_in_future", {"day": signed_on.isoformat()}, column="signed_on"))
    if problems:
        raise InputError(problems[0].code, problems=tuple(problems), **problems[0].fields)
    return values


def _frozen(principal: Principal, case: Case, *, reason: str, dates: Dates, now: datetime) -> Notice:
    """The notice in force of an opened case; for a negotiated contract the one there is, or one that is made now."""
    notice = contract_queries.latest_notice(case)
    if case.state == CaseState.OPENED and notice is not None:
        if not reason and not contract_queries.is_awarded(case):
            raise InputError("procurement_contract.not_awarded")
        return notice
    if case.state not in (CaseState.PREPARING, CaseState.NOTICED):
        raise Conflict("procurement.wrong_state", state=case.state)
    award = notice.award if notice else str(case.answers.get("answers", {}).get("award", ""))
    if award != _NEGOTIATED:
        raise Conflict("procurement_contract.not_negotiated", state=case.state)
    if not reason:
        raise InputError("procurement_contract.negotiated_reason")
    return notice or _freeze(principal, case, reason=reason, dates=dates, now=now)


def _freeze(principal: Principal, case: Case, *, reason: str, dates: Dates, now: datetime) -> Notice:
    """Freeze the specification of a contract that had no notice, exactly as a notice would. Raises what a notice would raise."""
    frozen = freeze(case, NoticeDates(published_on=dates.signed_on), award=_NEGOTIATED, now=now, language=principal.language)
    return Notice.objects.create(
        case=case,
        case_version=keep_version(principal, case, note="", now=now),
        frozen=frozen.content,
        sha256=frozen.sha256,
        document=frozen.document,
        award=frozen.award,
        published_on=dates.signed_on,
        reason=reason,
        person_id=principal.person_id,
        at=now,
    )


def _make_tests(case: Case, derivation: Derivation) -> int:
    """The tests of acceptance of a fresh contract."""
    with transaction.atomic():
        made = AcceptanceTest.objects.bulk_create(
            AcceptanceTest(
                case=case,
                clause=plan.clause,
                requirement=plan.requirement,
                position=plan.position,
                demand=msgspec.to_builtins(plan.demand),
                shown=msgspec.to_builtins(plan.shown),
                by=plan.by,
                wanted=list(plan.wanted),
            )
            for plan in planned_tests(derivation)
        )
    return len(made)
