"""The area ``tools`` of 調達 over HTTP: gradings, rules, the check of a generative AI."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from ninja import Status
from pydantic import Field

from sekisho.documents import MEDIA_TYPES
from sekisho.errors import NotFound
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, bytes_of
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api import styles  # noqa: F401 - its operations stand on the same router
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.files import document_attachment
from sekisho.records.procurement.models import Case, Grading, RuleEdition
from sekisho.records.procurement.queries import ai_check as ai_queries
from sekisho.records.procurement.queries import editions as edition_queries
from sekisho.records.procurement.queries import gradings as grading_queries
from sekisho.records.procurement.rules.editions import rule_changes
from sekisho.records.procurement.schemas import tools as schemas
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.assessment.queries import Aim, TargetPlan

Code = Annotated[str, Field(max_length=64)]


@router.get("/procurement/gradings", response={200: Paged[schemas.GradingOut], **ERRORS})
def list_gradings(
    request: ApiRequest,
    organization: Code,
    subject: uuid.UUID | None = None,
    present: bool = True,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The gradings of an organisation, newest first; ``present``: only those that count now."""
    found = organization_queries.by_code(request.auth, organization)
    rows = grading_queries.gradings(request.auth).filter(organization=found)
    if subject is not None:
        rows = rows.filter(subject=subject)
    if present:
        rows = rows.filter(superseded_at=None)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/procurement/gradings", response={201: schemas.GradingOut, **ERRORS})
def grade_system(request: ApiRequest, data: schemas.GradingIn) -> Status[Grading]:
    """Grade a subject, or what a case buys."""
    made = actions.grade_system(
        request.auth,
        subject=subject_queries.subject(request.auth, data.subject) if data.subject else None,
        case=queries.case(request.auth, data.case) if data.case else None,
        answers=data.answers,
        grade=data.grade,
        reason=data.reason,
        now=request.now,
    )
    return Status(201, made)


@router.get("/procurement/gradings/{grading_id}", response={200: schemas.GradingOut, **ERRORS})
def get_grading(request: ApiRequest, grading_id: uuid.UUID) -> Grading:
    """One grading."""
    return grading_queries.grading(request.auth, grading_id)


def _targets(row: Grading, found: grading_queries.Follows, plan: TargetPlan, on: date) -> dict[str, Any]:
    assert found.subject is not None

    def aims(chosen: list[Aim]) -> list[dict[str, Any]]:
        return [
            {
                "judgement_id": one.judgement.pk,
                "requirement": one.judgement.requirement.ref,
                "target_level": one.judgement.target_level,
                "becomes": one.level,
                "what": one.what,
            }
            for one in chosen
        ]

    return {
        "grading_id": row.pk,
        "subject_id": found.subject.pk,
        "grade": row.grade,
        "level": plan.level,
        "on": on,
        "digest": plan.digest,
        "changing": aims(plan.changing),
        "same": len(plan.same),
        "kept": aims(plan.kept),
    }


def _follows(request: ApiRequest, row: Grading) -> tuple[grading_queries.Follows, TargetPlan, date]:
    found = grading_queries.follows(request.auth, row)
    if found.refused is not None:
        raise found.refused
    assert found.plan is not None
    assert found.target is not None
    return found, found.plan, found.target.by(timezone.localdate(request.now))


@router.get("/procurement/gradings/{grading_id}/targets", response={200: schemas.GradingTargetsOut, **ERRORS})
def get_grading_targets(request: ApiRequest, grading_id: uuid.UUID) -> dict[str, Any]:
    """What the grade would change in the targets of the system's judgements, and what it leaves; nothing is written."""
    row = grading_queries.grading(request.auth, grading_id)
    return _targets(row, *_follows(request, row))


@router.post("/procurement/gradings/{grading_id}/targets", response={200: schemas.GradingTargetsOut, **ERRORS})
def set_grading_targets(request: ApiRequest, grading_id: uuid.UUID, data: schemas.GradingTargetsIn) -> dict[str, Any]:
    """Set the targets of the system's judgements as the grade says; what people or contracts decided stays."""
    row = grading_queries.grading(request.auth, grading_id)
    found, _plan, on = _follows(request, row)
    done = actions.set_grade_targets(request.auth, row, digest=data.digest, on=data.on, now=request.now)
    return _targets(row, found, done, data.on or on)


@router.get("/procurement/rule-editions", response={200: Paged[schemas.RuleEditionOut], **ERRORS})
def list_rule_editions(
    request: ApiRequest, organization: Code, rule_set: Code = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The organisation's own editions of the rules."""
    found = organization_queries.by_code(request.auth, organization)
    rows = edition_queries.editions(request.auth, found.pk, rule_set)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/procurement/rule-editions/check", response={200: schemas.EffectsOut, **ERRORS})
def check_edition(request: ApiRequest, data: schemas.RuleEditionIn) -> dict[str, Any]:
    """What an edition would change in the rules in force and in cases in preparation; nothing is written."""
    found = organization_queries.by_code(request.auth, data.organization)
    files = {name: text.encode(errors="surrogatepass") for name, text in data.files.items()}
    merged, _texts, settings = actions.check_edition(
        request.auth, organization=found, rule_set_id=data.rule_set, files=files, settings=data.settings
    )
    before, _numbers, _present = edition_queries.present_rules(found.pk, data.rule_set)
    seen = edition_queries.effects(request.auth, found.pk, merged, settings)
    return {
        "digest": merged.digest,
        "changes": [{"kind": one.kind, "id": one.id, "what": one.what} for one in rule_changes(before, merged)],
        "cases": [
            {
                "case": one.case.pk,
                "number": one.case.number,
                "error": one.error.code if one.error else "",
                "comparison": msgspec.to_builtins(one.comparison) if one.comparison else None,
            }
            for one in seen.changed
        ],
        "unchanged": len(seen.cases) - len(seen.changed),
        "left_out": seen.left_out,
    }


@router.post("/procurement/rule-editions", response={201: schemas.RuleEditionOut, **ERRORS})
def propose_edition(request: ApiRequest, data: schemas.RuleEditionIn) -> Status[RuleEdition]:
    """Keep an edition; nothing follows it yet."""
    found = organization_queries.by_code(request.auth, data.organization)
    made = actions.propose_edition(
        request.auth,
        organization=found,
        rule_set_id=data.rule_set,
        files={name: text.encode(errors="surrogatepass") for name, text in data.files.items()},
        settings=data.settings,
        note=data.note,
        now=request.now,
    )
    return Status(201, made)


@router.post("/procurement/rule-editions/{edition_id}/force", response={200: schemas.RuleEditionOut, **ERRORS})
def put_in_force(request: ApiRequest, edition_id: uuid.UUID) -> RuleEdition:
    """From now on new cases and gradings follow it."""
    return actions.put_in_force(request.auth, edition_queries.edition(request.auth, edition_id), now=request.now)


@router.delete("/procurement/rule-editions/{edition_id}", response={204: None, **ERRORS})
def discard_edition(request: ApiRequest, edition_id: uuid.UUID) -> Status[None]:
    """Take an edition away that was never in force."""
    actions.discard_edition(request.auth, edition_queries.edition(request.auth, edition_id), now=request.now)
    return Status(204, None)


@router.post("/procurement/cases/{case_id}/edition", response={204: None, **ERRORS})
def move_to_edition(request: ApiRequest, case_id: uuid.UUID, data: schemas.MoveToEditionIn) -> Status[None]:
    """Let a case in preparation follow another edition; its answers are kept as a version before."""
    row = queries.case(request.auth, case_id)
    target = edition_queries.edition(request.auth, data.edition) if data.edition else None
    actions.move_to_edition(request.auth, row, edition=target, now=request.now)
    return Status(204, None)


def _check(row: Case) -> dict[str, Any]:
    derived = queries.derivation_of(row)
    return {
        "id": row.pk,
        "number": row.number,
        "checks": row.checks_id,
        "high_risk": derived.decision("high_risk"),
        "caio": derived.decision("caio"),
        "unanswered": list(derived.unanswered),
        "lists": {
            part: [
                {
                    "clause": one.clause.id,
                    "title": msgspec.to_builtins(one.clause.title),
                    "state": one.state,
                    "note": one.row.note if one.row else "",
                }
                for one in lines
            ]
            for part, lines in ai_queries.check_lists(row, derived).items()
        },
    }


@router.get("/procurement/cases/{case_id}/ai-checks", response={200: list[schemas.AiCheckOut], **ERRORS})
def list_ai_checks(request: ApiRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """The checks of the generative AI that a procurement buys."""
    row = queries.case(request.auth, case_id)
    return [_check(one) for one in ai_queries.ai_checks_of(request.auth, row)[:50]]


@router.post("/procurement/cases/{case_id}/ai-checks", response={201: schemas.AiCheckOut, **ERRORS})
def start_ai_check(request: ApiRequest, case_id: uuid.UUID, data: schemas.AiCheckIn) -> Status[dict[str, Any]]:
    """Begin a check; the caller owns it."""
    row = queries.case(request.auth, case_id)
    return Status(201, _check(actions.start_ai_check(request.auth, row, title=data.title, now=request.now)))


@router.get("/procurement/ai-checks/{case_id}", response={200: schemas.AiCheckOut, **ERRORS})
def get_ai_check(request: ApiRequest, case_id: uuid.UUID) -> dict[str, Any]:
    """The judgement, the CAIO's part and both check lists."""
    return _check(queries.case(request.auth, case_id))


@router.post("/procurement/ai-checks/{case_id}/items", response={200: schemas.AiCheckOut, **ERRORS})
def tick_ai_item(request: ApiRequest, case_id: uuid.UUID, data: schemas.AiItemIn) -> dict[str, Any]:
    """Say of an item that it was seen, or why it does not apply."""
    row = queries.case(request.auth, case_id)
    actions.tick_ai_item(request.auth, row, clause=data.clause, state=data.state, note=data.note, now=request.now)
    return _check(row)


@router.get(
    "/procurement/ai-checks/{case_id}/document",
    response={200: None, **ERRORS},
    openapi_extra=bytes_of(*MEDIA_TYPES.values()),
)
def download_ai_check(
    request: ApiRequest, case_id: uuid.UUID, output: Annotated[str, Field(max_length=8)] = "docx"
) -> HttpResponse:
    """The check as docx, html, xlsx or pdf."""
    row = queries.case(request.auth, case_id)
    if output not in MEDIA_TYPES:
        raise NotFound("access.not_found")
    made = ai_queries.ai_check_document(request.auth, row, language=request.auth.language, now=request.now)
    return document_attachment(made, output, name=f"{row.number}-ai")
