"""判定 over HTTP: the same actions and queries as the pages."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ninja import File, Form, Router, UploadedFile

from sekisho.errors import InputError
from sekisho.records.api_base import ApiRequest, Errors, Limit, Offset, Paged
from sekisho.records.assessment import actions, presenting, queries, schemas
from sekisho.records.assessment.models import CorrectiveAction, Judgement
from sekisho.records.assessment.queries import Filters
from sekisho.records.assessment.schemas import Plain
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.organization import queries as organization_queries
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.level_rules import rule_for
from sekisho.standards.texts import render

if TYPE_CHECKING:
    from sekisho.records.requests.models import Request

__all__ = ["router"]

router = Router(tags=["assessment"])
_REFUSALS: Any = {403: Errors, 404: Errors, 409: Errors, 422: Errors}


def _out(row: Judgement, now: datetime, lang: str) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in schemas.JudgementOut.model_fields if hasattr(row, name)}
    return own | {
        "organization": row.organization.code,
        "catalog": row.requirement.catalog.key,
        "requirement": row.requirement.ref,
        "title": catalog_queries.text(row.requirement, "title", lang),
        "subject": row.subject.name,
        "is_stale": queries.is_stale(row, now),
    }


def _detail(request: ApiRequest, judgement_id: uuid.UUID) -> dict[str, Any]:
    lang = request.auth.language
    row = queries.judgement(request.auth, judgement_id)
    shown = presenting.show(request.auth, row, now=request.now, lang=lang, whole=True)
    return _out(row, request.now, lang) | {
        "sentence": shown.sentence,
        "missing": shown.missing,
        "explanation": row.explanation,
        "evidence_ids": [e.pk for e in shown.evidence],
        "history": [{n: getattr(c, n) for n in schemas.ChangeOut.model_fields} for c in shown.history],
    }


@router.get("/judgements", response={200: Paged[schemas.JudgementOut], **_REFUSALS}, operation_id="judgements_list")
def list_judgements(
    request: ApiRequest,
    organization: Plain = "",
    view: Plain = "all",
    catalog: Plain = "",
    kind: Plain = "",
    subject: uuid.UUID | None = None,
    requirement: uuid.UUID | None = None,
    level: Plain = "",
    basis: Plain = "",
    state: Plain = "",
    q: Plain = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Judgements that apply. ``view``: new, all, below_target, stale, unmeasured, to_review."""
    given = {"view": view, "catalog": catalog, "kind": kind, "level": level, "basis": basis, "state": state, "text": q}
    own = organization_queries.by_code(request.auth, organization).pk if organization else None
    filters = Filters(**given, subject=subject, requirement=requirement)
    rows = queries.judgements(request.auth, now=request.now, organization_id=own, filters=filters)
    chosen = list(rows.values_list("pk", flat=True)[offset : offset + limit])  # sorting ids alone is far quicker
    items = [_out(row, request.now, request.auth.language) for row in rows.filter(pk__in=chosen)]
    return {"items": items, "total": rows.count()}


@router.get("/judgements/{judgement_id}", response={200: schemas.JudgementDetail, **_REFUSALS}, operation_id="judgements_get")
def get_judgement(request: ApiRequest, judgement_id: uuid.UUID) -> dict[str, Any]:
    """One judgement with its explanation and history."""
    return _detail(request, judgement_id)


@router.post(
    "/judgements/{judgement_id}/confirm", response={200: schemas.JudgementDetail, **_REFUSALS}, operation_id="judgements_confirm"
)
def confirm(request: ApiRequest, judgement_id: uuid.UUID, body: schemas.VersionIn) -> dict[str, Any]:
    """Agree with the proposal."""
    actions.confirm(request.auth, judgement_id=judgement_id, version=body.version, now=request.now)
    return _detail(request, judgement_id)


@router.post(
    "/assessment/confirmations", response={200: schemas.ConfirmManyOut, **_REFUSALS}, operation_id="judgements_confirm_many"
)
def confirm_many(request: ApiRequest, body: schemas.ConfirmManyIn) -> dict[str, Any]:
    """Confirm many; what changed meanwhile is left alone and named."""
    done, skipped = actions.confirm_many(request.auth, versions=body.versions, now=request.now)
    return {
        "confirmed": [row.pk for row in done],
        "skipped": [{"judgement_id": one.judgement_id, "code": one.error.code} for one in skipped],
    }


def _made(request: Request) -> dict[str, Any]:
    return {"id": request.pk, "number": request.number, "state": request.state}


@router.post(
    "/judgements/{judgement_id}/level", response={200: schemas.RequestMadeOut, **_REFUSALS}, operation_id="judgements_ask_level"
)
def ask_level(request: ApiRequest, judgement_id: uuid.UUID, body: schemas.LevelIn) -> dict[str, Any]:
    """Ask for a level with a reason (a declaration, or another level than proposed)."""
    made = actions.ask_level(
        request.auth, judgement_id=judgement_id, version=body.version, level=body.level, reason=body.reason, now=request.now
    )
    return _made(made)


@router.post(
    "/judgements/{judgement_id}/document",
    response={200: schemas.RequestMadeOut, **_REFUSALS},
    operation_id="judgements_declare_with_document",
)
def declare_with_document(
    request: ApiRequest, judgement_id: uuid.UUID, data: Form[schemas.DocumentedLevelIn], file: File[UploadedFile]
) -> dict[str, Any]:
    """Hand in a document about the requirement and the subject, and ask for the level that it bears out: both, or neither."""
    upload = actions.Upload(
        title=data.title,
        document_kind=data.document_kind,
        file_name=file.name or "",
        chunks=file.chunks(),
        number=data.number,
        valid_from=data.valid_from,
        valid_until=data.valid_until,
    )
    _, made = actions.declare_with_document(
        request.auth,
        judgement_id=judgement_id,
        version=data.version,
        level=data.level,
        reason=data.reason,
        upload=upload,
        now=request.now,
    )
    return _made(made)


@router.post(
    "/judgements/{judgement_id}/applicability",
    response={200: schemas.RequestMadeOut, **_REFUSALS},
    operation_id="judgements_ask_applicability",
)
def ask_applicability(request: ApiRequest, judgement_id: uuid.UUID, body: schemas.ApplicabilityIn) -> dict[str, Any]:
    """Ask that the requirement be left out for the subject, or taken in again."""
    made = actions.ask_applicability(
        request.auth, judgement_id=judgement_id, applicable=body.applicable, reason=body.reason, now=request.now
    )
    return _made(made)


@router.post(
    "/judgements/{judgement_id}/attestations",
    response={200: schemas.AttestationOut, **_REFUSALS},
    operation_id="judgements_attest",
)
def attest(request: ApiRequest, judgement_id: uuid.UUID, body: schemas.AttestationIn) -> dict[str, Any]:
    """Answer a question of the rule."""
    made = actions.attest(
        request.auth, judgement_id=judgement_id, key=body.key, holds=body.holds, statement=body.statement, now=request.now
    )
    return {name: getattr(made, name) for name in schemas.AttestationOut.model_fields}


@router.put(
    "/judgements/{judgement_id}/target", response={200: schemas.JudgementDetail, **_REFUSALS}, operation_id="judgements_target"
)
def set_target(request: ApiRequest, judgement_id: uuid.UUID, body: schemas.TargetIn) -> dict[str, Any]:
    """Set or remove the target."""
    actions.set_target(
        request.auth,
        judgement_id=judgement_id,
        version=body.version,
        level=body.level,
        on=body.on,
        reason=body.reason,
        now=request.now,
    )
    return _detail(request, judgement_id)


def _keys(counts: dict[int | None, int]) -> dict[str, int]:
    return {"unmeasured" if level is None else str(level): n for level, n in counts.items()}


@router.get("/assessment/counts", response={200: schemas.CountsOut, **_REFUSALS}, operation_id="assessment_counts")
def get_counts(request: ApiRequest, organization: Plain, catalog: Plain = "") -> dict[str, Any]:
    """Counts by level, basis and theme for one organisation."""
    own = organization_queries.by_code(request.auth, organization)
    found = queries.counts(request.auth, organization_id=own.pk, now=request.now, catalog=catalog)
    return {
        "total": found.total,
        "levels": _keys(found.levels),
        "by_basis": {basis: _keys(levels) for basis, levels in found.by_basis.items()},
        "by_theme": {theme: _keys(levels) for theme, levels in found.by_theme.items()},
        "stale": found.stale,
        "to_review": found.to_review,
        "below_target": found.below_target,
    }


@router.get("/assessment/worsened", response={200: list[schemas.WorsenedOut], **_REFUSALS}, operation_id="assessment_worsened")
def get_worsened(request: ApiRequest, organization: Plain, since: datetime, limit: Limit = 50) -> list[dict[str, Any]]:
    """悪くなったもの since a moment (with offset)."""
    if since.tzinfo is None:
        raise InputError("assessment.needs_offset")
    own = organization_queries.by_code(request.auth, organization)
    rows = queries.worsened(request.auth, organization_id=own.pk, since=since, limit=limit)
    return [
        {
            "judgement_id": row.judgement_id,
            "requirement": row.judgement.requirement.ref,
            "subject": row.judgement.subject.name,
            "at": row.at,
            "what": row.what,
            "level_before": row.level_before,
            "level_after": row.level_after,
        }
        for row in rows
    ]


@router.get("/assessment/soa", response={200: list[schemas.SoaOut], **_REFUSALS}, operation_id="assessment_soa")
def get_soa(request: ApiRequest, organization: Plain, catalog_id: uuid.UUID) -> list[dict[str, Any]]:
    """適用宣言書."""
    lang = request.auth.language
    own = organization_queries.by_code(request.auth, organization)
    catalog = catalog_queries.catalog(request.auth, catalog_id)
    rows = queries.statement_of_applicability(request.auth, organization_id=own.pk, catalog=catalog, now=request.now)
    return [
        {
            "requirement": row.requirement.ref,
            "title": catalog_queries.text(row.requirement, "title", lang),
            "applicable": row.applicable,
            "excluded": row.excluded,
            "reasons": [reason or render(code, fields, lang) for code, fields, reason in row.reasons],
            "levels": _keys(row.levels),
            "lowest": row.lowest,
            "evidence": row.evidence,
        }
        for row in rows
    ]


@router.get("/assessment/rules/{requirement_id}", response={200: schemas.RuleOut, **_REFUSALS}, operation_id="assessment_rule")
def get_rule(request: ApiRequest, requirement_id: uuid.UUID) -> dict[str, Any]:
    """How the level of a requirement is judged."""
    lang = request.auth.language
    requirement = catalog_queries.requirement(request.auth, requirement_id)
    rule = rule_for(requirement.catalog.key, requirement.ref)
    levels = presenting.levels_of(rule, {}, now=request.now, lang=lang) if rule else []
    return {
        "requirement": requirement.ref,
        "rule": rule.label if rule else "",
        "proposal": rule.proposal if rule else False,
        "verified": rule.verified if rule else "",
        "note": rule.conditions_note.get(lang) if rule and rule.conditions_note else "",
        "levels": [
            {
                "level": level.number,
                "meaning": level.meaning,
                "conditions": [{"text": x.text, "depth": x.depth, "is_group": x.is_group} for x in level.lines],
            }
            for level in levels
        ],
    }


@router.post("/assessment/refresh", response={200: schemas.RefreshedOut, **_REFUSALS}, operation_id="assessment_refresh")
def refresh(request: ApiRequest, organization: Plain) -> dict[str, Any]:
    """Bring applicability by rule up to date for an organisation."""
    own = organization_queries.by_code(request.auth, organization)
    request.auth.require("subject.edit", own.pk)
    done = actions.refresh_applicability(request.auth, organization_id=own.pk, now=request.now)
    return {"pairs": done.pairs, "changed": done.changed, "judgements": done.judgements}


@router.post("/assessment/propose", response={200: schemas.ProposedOut, **_REFUSALS}, operation_id="assessment_propose")
def propose(request: ApiRequest, organization: Plain) -> dict[str, Any]:
    """Evaluate the level rules for everything of an organisation now."""
    own = organization_queries.by_code(request.auth, organization)
    request.auth.require("judgement.declare", own.pk)
    subjects = subject_queries.subjects(request.auth).filter(organization=own.pk).values_list("pk", flat=True)
    done = actions.propose(request.auth, subject_ids=list(subjects), now=request.now)
    return {"evaluated": done.evaluated, "changed": done.changed}


@router.post("/assessment/editions", response={200: schemas.MovedOut, **_REFUSALS}, operation_id="assessment_move_edition")
def move_to_edition(request: ApiRequest, body: schemas.EditionIn) -> dict[str, Any]:
    """Carry judgements to a new edition; each is then to be reviewed."""
    own = organization_queries.by_code(request.auth, body.organization)
    moved = actions.move_to_edition(
        request.auth,
        organization_id=own.pk,
        old_catalog_id=body.old_catalog_id,
        new_catalog_id=body.new_catalog_id,
        now=request.now,
    )
    return {"moved": moved}


def _corrective(row: CorrectiveAction) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in schemas.CorrectiveOut.model_fields if name != "organization"}
    return own | {"organization": row.organization.code}


@router.get(
    "/corrective-actions", response={200: Paged[schemas.CorrectiveOut], **_REFUSALS}, operation_id="corrective_actions_list"
)
def list_corrective(
    request: ApiRequest, organization: Plain = "", state: Plain = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Corrective actions; ``state`` "open" for all that still need somebody."""
    own = organization_queries.by_code(request.auth, organization).pk if organization else None
    if state not in {"", "open", *CorrectiveAction.State.values}:
        raise InputError("assessment.unknown_state")
    rows = queries.corrective_actions(request.auth, organization_id=own, state=state)
    return {"items": [_corrective(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.get(
    "/corrective-actions/{action_id}", response={200: schemas.CorrectiveOut, **_REFUSALS}, operation_id="corrective_actions_get"
)
def get_corrective(request: ApiRequest, action_id: uuid.UUID) -> dict[str, Any]:
    """One corrective action."""
    return _corrective(queries.corrective_action(request.auth, action_id))


@router.post("/corrective-actions", response={200: schemas.CorrectiveOut, **_REFUSALS}, operation_id="corrective_actions_make")
def make_corrective(request: ApiRequest, body: schemas.CorrectiveIn) -> dict[str, Any]:
    """Plan one."""
    made = actions.make_corrective_action(request.auth, **body.model_dump(), now=request.now)
    return _corrective(made)


@router.patch(
    "/corrective-actions/{action_id}",
    response={200: schemas.CorrectiveOut, **_REFUSALS},
    operation_id="corrective_actions_change",
)
def change_corrective(request: ApiRequest, action_id: uuid.UUID, body: schemas.CorrectiveChangeIn) -> dict[str, Any]:
    """Change what, cause, owner or due date."""
    given = body.model_dump(exclude_none=True)
    version = given.pop("version")
    row = actions.change_corrective_action(request.auth, action_id=action_id, version=version, changes=given, now=request.now)
    return _corrective(row)


@router.post(
    "/corrective-actions/{action_id}/move",
    response={200: schemas.CorrectiveOut, **_REFUSALS},
    operation_id="corrective_actions_move",
)
def move_corrective(request: ApiRequest, action_id: uuid.UUID, body: schemas.CorrectiveMoveIn) -> dict[str, Any]:
    """Take it to its next state."""
    row = actions.move_corrective_action(
        request.auth, action_id=action_id, version=body.version, state=body.state, outcome=body.outcome, now=request.now
    )
    return _corrective(row)
