"""The area ``contract`` of 調達 over HTTP: contract, acceptance, hand-over, gates."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from ninja import File, Form, Status, UploadedFile
from pydantic import Field

from sekisho.errors import InputError, NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.downloads import attachment
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.models import AcceptanceTest, Contract, GateCheck
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.rules.contract import test_ref
from sekisho.records.procurement.schemas import contract as schemas
from sekisho.records.procurement.sheets import apply_sheet, plan_sheet, write_sheet
from sekisho.records.tabular import XLSX_TYPE

_CASE = "/procurement/cases/{uuid:case_id}"
_TEST = f"{_CASE}/acceptance/{{uuid:test_id}}"
Text = Annotated[str, Field(max_length=100)]


def _test(row: AcceptanceTest) -> dict[str, Any]:
    names = set(schemas.AcceptanceOut.model_fields) - {"ref", "evidence"}
    evidence = [one.pk for one in row.evidence.all()]
    return {**{name: getattr(row, name) for name in names}, "ref": test_ref(row.clause, row.position), "evidence": evidence}


@router.get(f"{_CASE}/contract", response={200: schemas.ContractOut, **ERRORS})
def get_contract(request: ApiRequest, case_id: uuid.UUID) -> Contract:
    """The contract of a case."""
    found = contract_queries.contract_of(queries.announced_case(request.auth, case_id))
    if found is None:
        raise NotFound("access.not_found")
    return found


@router.get(f"{_CASE}/contract/periods", response={200: list[schemas.PeriodOut], **ERRORS})
def list_contract_periods(request: ApiRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """The periods that the clauses give their duties, and those that have to be asked for at the contract."""
    return [
        {
            **{name: getattr(use, name) for name in ("key", "clause", "place", "text", "source", "default_verified")},
            "period": use.read.text if use.read else "",
            "default": use.default.text if use.default else "",
            "duties": [{"ja": title.ja, "en": title.en} for title in use.duties],
        }
        for use in contract_queries.periods_of(queries.announced_case(request.auth, case_id))
    ]


@router.post(f"{_CASE}/contract", response={201: schemas.ContractOut, **ERRORS})
def sign_contract(request: ApiRequest, case_id: uuid.UUID, data: schemas.ContractIn) -> Status[Contract]:
    """Record the contract; duties and tests of acceptance are made from the published clauses."""
    made = actions.sign_contract(request.auth, queries.announced_case(request.auth, case_id), now=request.now, **data.dict())
    return Status(201, made)


@router.patch(f"{_CASE}/contract", response={200: schemas.ContractOut, **ERRORS})
def change_contract(request: ApiRequest, case_id: uuid.UUID, data: schemas.ContractChangeIn) -> Contract:
    """Change days or notes, with the reason; open duties move."""
    return actions.change_contract(request.auth, queries.announced_case(request.auth, case_id), now=request.now, **data.dict())


@router.get(f"{_CASE}/acceptance", response={200: Paged[schemas.AcceptanceOut], **ERRORS})
def list_acceptance_tests(
    request: ApiRequest,
    case_id: uuid.UUID,
    state: Literal["", "open", "passed", "failed", "waived"] = "",
    q: Text = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The tests of acceptance of a case, in order of clauses."""
    rows = contract_queries.acceptance_tests(queries.announced_case(request.auth, case_id), state=state, text=q)
    return {"items": [_test(row) for row in rows.prefetch_related("evidence")[offset : offset + limit]], "total": rows.count()}


@router.post(f"{_CASE}/acceptance/decisions", response={200: schemas.CountOut, **ERRORS})
def decide_tests(request: ApiRequest, case_id: uuid.UUID, data: schemas.DecisionsIn) -> dict[str, int]:
    """Decide several tests: all or none."""
    decisions = [actions.Decision(d.test_id, d.version, d.state, d.result) for d in data.decisions]
    case = queries.announced_case(request.auth, case_id)
    return {"count": actions.decide_tests(request.auth, case, decisions=decisions, now=request.now)}


@router.post(f"{_TEST}/decide", response={200: schemas.AcceptanceOut, **ERRORS})
def decide_test(request: ApiRequest, case_id: uuid.UUID, test_id: uuid.UUID, data: schemas.DecideIn) -> dict[str, Any]:
    """Say how a test came out."""
    row = contract_queries.acceptance_test(queries.announced_case(request.auth, case_id), test_id)
    return _test(actions.decide_test(request.auth, row, now=request.now, **data.dict()))


@router.post(f"{_CASE}/acceptance/evidence", response={200: schemas.EvidenceLinkOut, **ERRORS})
def attach_evidence(request: ApiRequest, case_id: uuid.UUID, data: schemas.AttachIn) -> Any:
    """Attach an evidence of the organisation to tests."""
    case = queries.announced_case(request.auth, case_id)
    return actions.attach_evidence(request.auth, case, evidence_id=data.evidence_id, test_ids=data.test_ids, now=request.now)


@router.delete(f"{_TEST}/evidence/{{uuid:evidence_id}}", response={204: None, **ERRORS})
def detach_evidence(request: ApiRequest, case_id: uuid.UUID, test_id: uuid.UUID, evidence_id: uuid.UUID) -> Status[None]:
    """Take an evidence off a test, before the acceptance."""
    row = contract_queries.acceptance_test(queries.announced_case(request.auth, case_id), test_id)
    actions.detach_evidence(request.auth, row, evidence_id=evidence_id, now=request.now)
    return Status(204, None)


@router.post(f"{_CASE}/acceptance/deliveries", response={201: schemas.EvidenceLinkOut, **ERRORS})
def take_delivery(
    request: ApiRequest, case_id: uuid.UUID, data: Form[schemas.DeliveryIn], file: File[UploadedFile]
) -> Status[Any]:
    """Take in a delivered file (document; SBOM as CycloneDX or SPDX; SARIF) and attach it to tests."""
    try:
        test_ids = [uuid.UUID(one.strip()) for one in data.test_ids.split(",") if one.strip()]
    except ValueError as error:
        raise InputError("procurement_contract.no_tests") from error
    made = actions.take_delivery(
        request.auth,
        queries.announced_case(request.auth, case_id),
        test_ids=test_ids,
        form=data.form,
        file_name=str(file.name),
        untrusted=file.read(settings.SEKISHO_MAX_UPLOAD + 1),
        title=data.title,
        document_kind=data.document_kind,
        now=request.now,
    )
    return Status(201, made)


@router.get(f"{_CASE}/acceptance/sheet", response={200: None, **ERRORS}, openapi_extra=bytes_of(XLSX_TYPE))
def get_acceptance_sheet(request: ApiRequest, case_id: uuid.UUID) -> HttpResponse:
    """The tests as a workbook, to be filled in and sent back."""
    case = queries.announced_case(request.auth, case_id)
    rows = contract_queries.acceptance_tests(case)
    data = write_sheet(rows, title=case.number, language=get_language() or "ja")
    return attachment(data, name=f"tests-{case.number}-{timezone.localdate(request.now)}.xlsx", media_type=XLSX_TYPE)


@router.post(f"{_CASE}/acceptance/sheet", response={200: schemas.SheetOut, **ERRORS})
def import_acceptance_sheet(
    request: ApiRequest, case_id: uuid.UUID, file: File[UploadedFile], dry_run: bool = True
) -> dict[str, Any]:
    """Results out of a filled-in sheet; with ``dry_run`` only what would change. Wrong rows refuse the whole sheet."""
    case, untrusted, name = queries.announced_case(request.auth, case_id), file.read(settings.SEKISHO_MAX_UPLOAD), str(file.name)
    if dry_run:
        plan = plan_sheet(case, untrusted=untrusted, name=name)
        if plan.problems:
            raise InputError("procurement_contract.sheet_rejected", problems=tuple(plan.problems), count=len(plan.problems))
    else:
        plan = apply_sheet(request.auth, case, untrusted=untrusted, name=name, now=request.now)
    return {"applied": not dry_run, "changed": [row.ref for row in plan.rows], "same": plan.same}


@router.post(f"{_CASE}/accept", response={200: schemas.AcceptedCaseOut, **ERRORS})
def accept(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """Accept what was delivered; failed tests become findings."""
    case = queries.announced_case(request.auth, case_id)
    counts = actions.accept(request.auth, case, now=request.now)
    return {**counts, "subject_id": case.subject_id}


@router.post(f"{_CASE}/hand-over", response={200: schemas.HandOverOut, **ERRORS})
def hand_over(request: ApiRequest, case_id: uuid.UUID, data: schemas.HandOverIn) -> dict[str, Any]:
    """Put the system into operation, judged by what was bought."""
    made = actions.hand_over(request.auth, queries.announced_case(request.auth, case_id), name=data.name, now=request.now)
    return {
        "subject_id": made.subject.pk,
        "judgements": made.judgements,
        "targets": made.targets,
        "missing": list(made.missing),
        "linked_documents": made.linked,
    }


@router.get(f"{_CASE}/gates", response={200: list[schemas.GateItemOut], **ERRORS})
def list_gates(request: ApiRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """Every item of the gates of the system's life."""
    return [
        {
            "gate": row.gate.id,
            "item": row.item.id,
            "title": {"ja": row.item.title.ja, "en": row.item.title.en},
            "who": row.item.who,
            "basis": {"ja": row.item.basis.ja, "en": row.item.basis.en},
            "verified": row.item.verified,
            "days_verified": row.item.offset_verified,
            "due": list(row.plan.due),
            "planned": row.plan.planned,
            "evidence_kinds": list(row.item.evidence),
            "state": row.state,
            "note": row.check.note if row.check else "",
            "evidence_id": row.check.evidence_id if row.check else None,
            "token": tokens.of_gate(row.check),
        }
        for row in gate_queries.gate_rows(queries.announced_case(request.auth, case_id))
    ]


@router.put(f"{_CASE}/gates/{{item}}", response={200: schemas.GateCheckOut, **ERRORS})
def check_gate(request: ApiRequest, case_id: uuid.UUID, item: Text, data: schemas.GateCheckIn) -> GateCheck:
    """Say what was done about an item, or why it does not apply."""
    return actions.check_gate(
        request.auth, queries.announced_case(request.auth, case_id), item=item, now=request.now, **data.dict()
    )


@router.delete(f"{_CASE}/gates/{{item}}", response={204: None, **ERRORS})
def reopen_gate(request: ApiRequest, case_id: uuid.UUID, item: Text) -> Status[None]:
    """Take back what was said about an item."""
    actions.reopen_gate(request.auth, queries.announced_case(request.auth, case_id), item=item, now=request.now)
    return Status(204, None)


@router.post(f"{_CASE}/gate-duties", response={200: schemas.CountOut, **ERRORS})
def make_gate_duties(request: ApiRequest, case_id: uuid.UUID) -> dict[str, int]:
    """Duties from the days of the open items."""
    return {"count": actions.make_gate_duties(request.auth, queries.announced_case(request.auth, case_id), now=request.now)}


@router.post(f"{_CASE}/retire", response={204: None, **ERRORS})
def retire_case(request: ApiRequest, case_id: uuid.UUID, data: schemas.RetireIn) -> Status[None]:
    """The system is no longer in use."""
    actions.retire_case(request.auth, queries.announced_case(request.auth, case_id), now=request.now, **data.dict())
    return Status(204, None)
