"""The retention ledger, holds, decisions about public records and own rules over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import File, Form, Status, UploadedFile
from pydantic import Field

from sekisho.errors import InputError
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.languages import language
from sekisho.records.lifecycle import actions, retention_sheet
from sekisho.records.lifecycle.api.routing import ERRORS, Code, Text, router
from sekisho.records.lifecycle.models import Consent, Hold, OwnRule, RetentionEntry
from sekisho.records.lifecycle.queries import deletions as deletion_queries
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.standing import Standing
from sekisho.records.lifecycle.schemas import deletions as deletion_schemas
from sekisho.records.lifecycle.schemas import retention as schemas
from sekisho.records.organization import queries as organization_queries

_READ = "lifecycle.read"
Version = Annotated[int, Field(ge=0, le=2_000_000_000)]
_COMPUTED = {"standing", "overdue_days", "holds", "steps_open"}


def _out(row: RetentionEntry, standing: Standing) -> dict[str, Any]:
    names = set(schemas.RetentionEntryOut.model_fields) - _COMPUTED
    return {
        **{name: getattr(row, name) for name in names},
        "standing": standing.state,
        "overdue_days": standing.overdue,
        "holds": list(standing.holds),
        "steps_open": list(standing.steps),
    }


def _all_out(rows: Sequence[RetentionEntry], on: date) -> list[dict[str, Any]]:
    found = queries.standings(rows, on=on)
    return [_out(row, found[row.pk]) for row in rows]


def _one_out(row: RetentionEntry, request: ApiRequest) -> dict[str, Any]:
    return _out(row, queries.standing_of(row, on=timezone.localdate(request.now)))


def _facts(data: schemas._EntryFacts) -> actions.EntryFacts:
    given = data.model_dump(exclude={"organization", "places", "version", "subject", "owner"})
    return actions.EntryFacts(**given, subject_id=data.subject, owner_id=data.owner)


def _place(data: schemas.RetentionPlaceIn) -> actions.PlaceFacts:
    return actions.PlaceFacts(
        kind=data.kind, label=data.label, store_id=data.store, locator=data.locator, supplier_id=data.supplier,
        quantity=data.quantity,
    )  # fmt: skip


@router.get("/lifecycle/kinds", response={200: Paged[schemas.RetentionKindOut], **ERRORS})
def list_retention_kinds(
    request: ApiRequest, organization: Code, q: Text = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The kinds of record that hold in an organisation: statutory ones and its own."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    spoken = language()
    found = []
    for kind in queries.book_of(here.pk).rules.kinds.values():
        title = getattr(kind.title, spoken)
        if q and q.casefold() not in f"{kind.id} {title} {kind.basis.ja}".casefold():
            continue
        starts = [kind.rule.start, *(one.start for one in kind.rule.alternatives if one.start)]
        found.append(
            {
                "id": kind.id, "title": title, "field": kind.field, "basis": getattr(kind.basis, spoken),
                "rule_class": kind.rule.class_, "value": kind.rule.period.value, "unit": kind.rule.period.unit,
                "events": list(dict.fromkeys(name for start in starts for name in start.events)),
                "questions": [one.when for one in kind.rule.alternatives], "statutory": kind.statutory,
                "verified": kind.verified,
            }
        )  # fmt: skip
    return {"items": found[offset : offset + limit], "total": len(found)}


@router.get("/lifecycle/entries", response={200: Paged[schemas.RetentionEntryOut], **ERRORS})
def list_retention_entries(
    request: ApiRequest,
    organization: Code,
    show: Literal["", "due", "overdue", "soon", "undetermined", "held", "no_rule", "uncertain", "gone", "all"] = "",
    on: date | None = None,
    kind: Code = "",
    q: Text = "",
    owner: Code = "",
    personal: Literal["", "personal", "my_number", "sensitive"] = "",
    place: Literal["", "folder", "rows", "objects", "key", "paper", "media", "supplier", "other"] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The ledger of an organisation (its code) and those below, the earliest date first; ``on``: as of which day (today)."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    day = on or timezone.localdate(request.now)
    rows = queries.listed(request.auth, here, on=day, show=show, kind=kind, text=q, owner=owner, personal=personal, place=place)
    return {"items": _all_out(list(rows[offset : offset + limit]), day), "total": rows.count()}


@router.post("/lifecycle/entries", response={201: schemas.RetentionEntryOut, **ERRORS})
def register_retention_entry(request: ApiRequest, data: schemas.RetentionEntryIn) -> Status[dict[str, Any]]:
    """Enter something that is kept; its last day is computed at once."""
    here = organization_queries.by_code(request.auth, data.organization)
    places = [_place(one) for one in data.places]
    made = actions.register_entry(request.auth, organization=here, facts=_facts(data), places=places, now=request.now)
    return Status(201, _one_out(made, request))


@router.post("/lifecycle/entries/import", response={200: schemas.RetentionImportOut, **ERRORS})
def import_retention_entries(
    request: ApiRequest,
    organization: Form[Code],
    file: File[UploadedFile],
    apply: Form[bool] = False,
    encoding: Form[Literal["", "utf-8", "cp932"]] = "",
) -> dict[str, Any]:
    """Say what a sheet (XLSX, CSV) would do, or with ``apply`` do it: all or nothing."""
    here = organization_queries.by_code(request.auth, organization)
    content = file.read(retention_sheet.LIMIT + 1)
    act = actions.import_entries if apply else retention_sheet.plan_import
    plan = act(request.auth, organization=here, untrusted=content, name=str(file.name), now=request.now, encoding=encoding)
    if plan.problems:
        raise InputError("tabular.rejected", problems=tuple(plan.problems), count=len(plan.problems))
    rows = [
        {"row": row.row, "verb": row.verb, "number": row.entry.number, "name": row.entry.name, "changed": row.changed,
         "outcome": row.entry.outcome, "due_on": row.entry.due_on}
        for row in plan.rows[:1000]
    ]  # fmt: skip
    counts = {"created": plan.count("create"), "updated": plan.count("update"), "same": plan.count("same")}
    return {"applied": apply, **counts, "rows": rows}


@router.get("/lifecycle/entries/{uuid:retention_entry_id}", response={200: schemas.RetentionEntryOut, **ERRORS})
def get_retention_entry(request: ApiRequest, retention_entry_id: uuid.UUID) -> dict[str, Any]:
    """One entry with every reason."""
    return _one_out(queries.entry(request.auth, retention_entry_id), request)


@router.put("/lifecycle/entries/{uuid:retention_entry_id}", response={200: schemas.RetentionEntryOut, **ERRORS})
def edit_retention_entry(
    request: ApiRequest, retention_entry_id: uuid.UUID, data: schemas.RetentionEntryEditIn
) -> dict[str, Any]:
    """Change what is said of an entry."""
    row = queries.entry(request.auth, retention_entry_id)
    return _one_out(actions.edit_entry(request.auth, row, facts=_facts(data), version=data.version, now=request.now), request)


@router.get("/lifecycle/entries/{uuid:retention_entry_id}/places", response={200: list[schemas.RetentionPlaceOut], **ERRORS})
def list_retention_places(request: ApiRequest, retention_entry_id: uuid.UUID) -> list[Any]:
    """Where an entry lies, also what is gone already."""
    return list(queries.places_of(queries.entry(request.auth, retention_entry_id)))


@router.post("/lifecycle/entries/{uuid:retention_entry_id}/places", response={201: schemas.RetentionPlaceOut, **ERRORS})
def add_retention_place(
    request: ApiRequest, retention_entry_id: uuid.UUID, version: Version, data: schemas.RetentionPlaceIn
) -> Status[Any]:
    """Name another copy; ``version``: of the entry as it was read."""
    row = queries.entry(request.auth, retention_entry_id)
    return Status(201, actions.add_place(request.auth, row, facts=_place(data), version=version, now=request.now))


@router.post("/lifecycle/places/{uuid:place_id}/drop", response={204: None, **ERRORS})
def drop_retention_place(request: ApiRequest, place_id: uuid.UUID, data: schemas.VersionedReasonIn) -> Status[None]:
    """There is no such copy (a mistake of the ledger); ``version``: of its entry."""
    place = deletion_queries.place(request.auth, place_id)
    actions.drop_place(request.auth, place, reason=data.reason, version=data.version, now=request.now)
    return Status(204, None)


# -------------------------------------------------------------------------------------------------------------- holds


def _hold_out(row: Hold) -> dict[str, Any]:
    names = set(schemas.HoldOut.model_fields) - {"entries", "subjects"}
    return {
        **{name: getattr(row, name) for name in names},
        "entries": list(row.entries.order_by("pk").values_list("pk", flat=True)),
        "subjects": list(row.subjects.order_by("pk").values_list("pk", flat=True)),
    }


@router.get("/lifecycle/holds", response={200: Paged[schemas.HoldOut], **ERRORS})
def list_holds(
    request: ApiRequest, organization: Code, show: Literal["", "over", "all"] = "", limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Holds of an organisation, of those below, and of those above that reach it."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.holds(request.auth, here, show=show, today=timezone.localdate(request.now))
    return {"items": [_hold_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/lifecycle/holds", response={201: schemas.HoldOut, **ERRORS})
def set_hold(request: ApiRequest, data: schemas.HoldIn) -> Status[dict[str, Any]]:
    """Stop deletions of what the hold names, from this moment on."""
    here = organization_queries.by_code(request.auth, data.organization)
    facts = actions.HoldFacts(**data.model_dump(exclude={"organization"}))
    return Status(201, _hold_out(actions.set_hold(request.auth, organization=here, facts=facts, now=request.now)))


@router.get("/lifecycle/holds/{uuid:hold_id}", response={200: schemas.HoldOut, **ERRORS})
def get_hold(request: ApiRequest, hold_id: uuid.UUID) -> dict[str, Any]:
    """One hold."""
    return _hold_out(queries.hold(request.auth, hold_id))


@router.post("/lifecycle/holds/{uuid:hold_id}/release", response={200: schemas.HoldOut, **ERRORS})
def ask_release(request: ApiRequest, hold_id: uuid.UUID, data: schemas.VersionedReasonIn) -> dict[str, Any]:
    """Ask that a hold ends; it holds on until a second person has approved."""
    row = queries.hold(request.auth, hold_id)
    return _hold_out(actions.ask_release(request.auth, row, reason=data.reason, version=data.version, now=request.now))


# ------------------------------------------------------------------------------------------------------------ consents


def _consent_out(row: Consent) -> dict[str, Any]:
    names = set(schemas.ConsentOut.model_fields) - {"entries"}
    return {
        **{name: getattr(row, name) for name in names},
        "entries": list(row.entries.order_by("pk").values_list("pk", flat=True)),
    }


@router.get("/lifecycle/decisions", response={200: Paged[schemas.ConsentOut], **ERRORS})
def list_consents(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Consents, decisions and transfers of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = deletion_queries.consents(request.auth, here)
    return {"items": [_consent_out(row) for row in rows[offset : offset + limit]], "total": rows.count()}


@router.post("/lifecycle/decisions", response={201: schemas.ConsentOut, **ERRORS})
def record_consent(request: ApiRequest, data: schemas.ConsentIn) -> Status[dict[str, Any]]:
    """Record a consent to destroy, a decision to destroy, or a transfer."""
    here = organization_queries.by_code(request.auth, data.organization)
    facts = actions.ConsentFacts(
        kind=data.kind, number=data.number, decided_on=data.decided_on, document_id=data.document, entries=data.entries,
        archive=data.archive, note=data.note,
    )  # fmt: skip
    return Status(201, _consent_out(actions.record_consent(request.auth, organization=here, facts=facts, now=request.now)))


@router.get("/lifecycle/decisions/{uuid:consent_id}", response={200: schemas.ConsentOut, **ERRORS})
def get_consent(request: ApiRequest, consent_id: uuid.UUID) -> dict[str, Any]:
    """One of them."""
    return _consent_out(deletion_queries.consent(request.auth, consent_id))


@router.post("/lifecycle/decisions/{uuid:consent_id}/withdraw", response={200: schemas.ConsentOut, **ERRORS})
def withdraw_consent(request: ApiRequest, consent_id: uuid.UUID, data: ReasonIn) -> dict[str, Any]:
    """It does not hold any more."""
    row = deletion_queries.consent(request.auth, consent_id)
    return _consent_out(actions.withdraw_consent(request.auth, row, reason=data.reason, now=request.now))


# ----------------------------------------------------------------------------------------------------------- own rules


@router.get("/lifecycle/own-rules", response={200: Paged[schemas.OwnRuleOut], **ERRORS})
def list_own_rules(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Own rules of an organisation, of those below, and of those above that reach it."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.own_rules(request.auth, here)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/own-rules", response={201: schemas.OwnRuleOut, **ERRORS})
def ask_own_rule(request: ApiRequest, data: schemas.OwnRuleIn) -> Status[OwnRule]:
    """Ask for a rule; it counts once a second person has approved it."""
    here = organization_queries.by_code(request.auth, data.organization)
    given = data.model_dump(exclude={"organization", "document", "reason"})
    facts = actions.OwnRuleFacts(**given, document_id=data.document)
    return Status(201, actions.ask_own_rule(request.auth, organization=here, facts=facts, reason=data.reason, now=request.now))


@router.get("/lifecycle/own-rules/{uuid:own_rule_id}", response={200: schemas.OwnRuleOut, **ERRORS})
def get_own_rule(request: ApiRequest, own_rule_id: uuid.UUID) -> OwnRule:
    """One own rule."""
    return queries.own_rule(request.auth, own_rule_id)


@router.post("/lifecycle/own-rules/{uuid:own_rule_id}/end", response={200: schemas.OwnRuleOut, **ERRORS})
def end_own_rule(request: ApiRequest, own_rule_id: uuid.UUID, data: schemas.VersionedReasonIn) -> OwnRule:
    """The rule holds no more."""
    row = queries.own_rule(request.auth, own_rule_id)
    return actions.end_own_rule(request.auth, row, reason=data.reason, version=data.version, now=request.now)


@router.get("/lifecycle/settings", response={200: schemas.RetentionSettingOut, **ERRORS})
def get_retention_settings(request: ApiRequest, organization: Code) -> dict[str, Any]:
    """What counts for all of an organisation; version 0 when nothing was said."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    row = queries.setting(here.pk)
    if row is None:
        return {"year_end": "", "filing_months": 0, "version": 0}
    return {"year_end": row.year_end, "filing_months": row.filing_months, "version": row.version}


@router.put("/lifecycle/settings", response={200: schemas.RetentionSettingOut, **ERRORS})
def set_retention_settings(request: ApiRequest, data: schemas.RetentionSettingIn) -> Any:
    """Say when the business year ends."""
    here = organization_queries.by_code(request.auth, data.organization)
    return actions.set_retention_settings(
        request.auth, organization=here, year_end=data.year_end, filing_months=data.filing_months, version=data.version,
        now=request.now,
    )  # fmt: skip


@router.post("/lifecycle/measure", response={204: None, **ERRORS}, operation_id="lifecycle_measure_retention")
def measure_retention(request: ApiRequest, data: deletion_schemas.MeasureIn) -> Status[None]:
    """Measure retention and deletion now: the figures become evidence."""
    here = organization_queries.by_code(request.auth, data.organization)
    actions.measure_retention(request.auth, organization=here, now=request.now)
    return Status(204, None)
