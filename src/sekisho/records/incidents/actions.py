"""Every write of 事案: recording one, its sheets, its countermeasures, closing it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from sekisho.engines.observation import encode
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.assessment import actions as assessment
from sekisho.records.evidence import actions as evidence
from sekisho.records.incidents import queries
from sekisho.records.incidents.models import (
    AnalysisSheet,
    Countermeasure,
    Effect,
    Incident,
    IncidentState,
    SheetCause,
    SheetState,
)
from sekisho.records.incidents.observe import WINDOW, observe
from sekisho.records.incidents.rules import (
    Ticked,
    check_kind,
    check_method,
    check_remedy,
    check_ticked,
    checked_text,
)
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.human_error import human_error

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "IncidentFacts",
    "add_countermeasure",
    "begin_sheet",
    "close",
    "discard_sheet",
    "edit",
    "judge_effect",
    "measure",
    "measure_all",
    "record",
    "reopen",
    "save_sheet",
    "settle_sheet",
]

_MOST_PEOPLE: Final = 200_000_000
_MOST_AIMS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """What is said of an incident."""

    kind: str
    title: str
    did: str
    found_at: datetime
    happened_on: date | None = None
    subject_id: uuid.UUID | None = None
    found_by_outside: bool = False
    people_affected: int | None = None
    personal_data: bool = False
    my_number: bool = False
    near_miss: bool = False
    should_have: str = ""
    first_aid: str = ""


def _checked(organization_id: uuid.UUID, principal: Principal, facts: IncidentFacts, *, now: datetime) -> dict[str, Any]:
    if facts.found_at > now:
        raise InputError("incidents.found_later", name="found_at")
    if facts.happened_on is not None and facts.happened_on > timezone.localdate(facts.found_at):
        raise InputError("incidents.happened_after_found", name="happened_on")
    if facts.people_affected is not None and not 0 <= facts.people_affected <= _MOST_PEOPLE:
        raise InputError("incidents.out_of_range", name="people_affected", least=0, most=_MOST_PEOPLE)
    if facts.subject_id is not None and not (
        subject_queries.in_organization(principal, organization_id).filter(pk=facts.subject_id).exists()
    ):
        raise InputError("incidents.subject_elsewhere", name="subject")
    return {
        "kind": check_kind(facts.kind),
        "title": checked_text(facts.title, name="title", limit=200, needed=True),
        "did": checked_text(facts.did, name="did", needed=True),
        "should_have": checked_text(facts.should_have, name="should_have"),
        "first_aid": checked_text(facts.first_aid, name="first_aid"),
        "found_at": facts.found_at,
        "happened_on": facts.happened_on,
        "subject_id": facts.subject_id,
        "found_by_outside": facts.found_by_outside,
        "people_affected": facts.people_affected,
        "personal_data": facts.personal_data or facts.my_number,
        "my_number": facts.my_number,
        "near_miss": facts.near_miss,
    }


def record(principal: Principal, organization: Organization, *, facts: IncidentFacts, now: datetime) -> Incident:
    """Record an incident. Raises InputError for what cannot be."""
    principal.require("incident.record", organization.pk)
    values = _checked(organization.pk, principal, facts, now=now)
    with recording(principal, "incident.record", now=now, organization_id=organization.pk) as entry:
        made = Incident.objects.create(
            organization=organization,
            number=queries.next_number(organization.pk, now=now),
            recorded_at=now,
            recorded_by_id=principal.person_id,
            **values,
        )
        entry.about(made.pk, *([made.subject_id] if made.subject_id else []))
        entry.fact(number=made.number, kind=made.kind, near_miss=made.near_miss)
        entry.words(title=made.title, did=made.did)
    return made


def _locked(incident: Incident, *, version: int | None = None) -> Incident:
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    if row.state == IncidentState.CLOSED:
        raise Conflict("incidents.closed", number=row.number)
    if version is not None and row.version != version:
        raise Conflict("incidents.changed_meanwhile")
    return row


def edit(principal: Principal, incident: Incident, *, facts: IncidentFacts, version: int, now: datetime) -> Incident:
    """Change what is said of an open incident. Raises Conflict when somebody was faster, or when its sheets no longer fit."""
    principal.require("incident.record", incident.organization_id)
    values = _checked(incident.organization_id, principal, facts, now=now)
    with recording(principal, "incident.edit", now=now, organization_id=incident.organization_id) as entry:
        row = _locked(incident, version=version)
        fitting = {one.id for one in human_error().methods_for(values["kind"])}
        if row.sheets.exclude(state=SheetState.REPLACED).exclude(method__in=fitting).exists():
            raise Conflict("incidents.sheets_unfit")
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        row.save()
        entry.about(row.pk)
        entry.fact(changed=changed)
        entry.words(title=row.title, did=row.did)
    return row


def close(principal: Principal, incident: Incident, *, note: str, version: int, now: datetime) -> Incident:
    """The incident is done with. Raises Conflict while nothing is settled or a countermeasure is neither verified nor dropped."""
    principal.require("incident.close", incident.organization_id)
    note = checked_text(note, name="note", needed=True)
    with recording(principal, "incident.close", now=now, organization_id=incident.organization_id) as entry:
        row = _locked(incident, version=version)
        if not row.sheets.filter(state=SheetState.SETTLED).exists():
            raise Conflict("incidents.not_analysed")
        if row.sheets.filter(state=SheetState.DRAFT).exists():
            raise Conflict("incidents.draft_left")
        waiting = row.countermeasures.exclude(action__state__in=("verified", "cancelled")).count()
        if waiting:
            raise Conflict("incidents.countermeasures_left", count=waiting)
        row.state, row.closed_at, row.closed_by_id, row.closing_note = IncidentState.CLOSED, now, principal.person_id, note
        row.version += 1
        row.save()
        entry.about(row.pk)
        entry.words(note=note)
    return row


def reopen(principal: Principal, incident: Incident, *, reason: str, now: datetime) -> Incident:
    """Take a closed incident up again."""
    principal.require("incident.close", incident.organization_id)
    reason = checked_text(reason, name="reason", needed=True)
    with recording(principal, "incident.reopen", now=now, organization_id=incident.organization_id) as entry:
        rows = Incident.objects.filter(pk=incident.pk, state=IncidentState.CLOSED)
        if not rows.update(state=IncidentState.OPEN, closed_at=None, closed_by=None, version=incident.version + 1):
            raise Conflict("incidents.not_closed")
        entry.about(incident.pk)
        entry.words(reason=reason)
    incident.refresh_from_db()
    return incident


# ------------------------------------------------------------------------------------------------------------- sheets


def begin_sheet(principal: Principal, incident: Incident, *, method: str, now: datetime) -> AnalysisSheet:
    """A draft by one method; it begins with what the settled sheet says, if there is one. The draft that is there, if any."""
    principal.require("incident.analyse", incident.organization_id)
    check_method(method, kind=incident.kind)
    with recording(principal, "incident.begin_sheet", now=now, organization_id=incident.organization_id) as entry:
        row = _locked(incident)
        draft = row.sheets.filter(method=method, state=SheetState.DRAFT).first()
        if draft is None:
            settled = row.sheets.filter(method=method, state=SheetState.SETTLED).first()
            draft = AnalysisSheet.objects.create(
                incident=row,
                method=method,
                conclusion=settled.conclusion if settled else "",
                made_at=now,
                made_by_id=principal.person_id,
            )
            if settled:
                _write(draft, [Ticked(one.factor, one.cause, one.text, one.weight) for one in settled.causes.all()])
        entry.about(row.pk, draft.pk)
        entry.fact(method=method)
    return draft


def _write(sheet: AnalysisSheet, lines: Sequence[Ticked]) -> None:
    sheet.causes.all().delete()
    SheetCause.objects.bulk_create(
        SheetCause(sheet=sheet, factor=one.factor, cause=one.cause, text=one.text, weight=one.weight, position=number)
        for number, one in enumerate(lines)
    )


def _draft(sheet: AnalysisSheet, *, version: int) -> AnalysisSheet:
    row = AnalysisSheet.objects.select_for_update().get(pk=sheet.pk)
    if row.state != SheetState.DRAFT:
        raise Conflict("incidents.sheet_settled")
    if row.version != version:
        raise Conflict("incidents.changed_meanwhile")
    return row


def save_sheet(
    principal: Principal, sheet: AnalysisSheet, *, lines: Sequence[Ticked], conclusion: str, version: int, now: datetime
) -> AnalysisSheet:
    """Save a draft: its causes and what follows from them. Raises InputError for a cause that the method does not know."""
    organization_id = sheet.incident.organization_id
    principal.require("incident.analyse", organization_id)
    checked = check_ticked(sheet.method, lines)
    conclusion = checked_text(conclusion, name="conclusion")
    with recording(principal, "incident.save_sheet", now=now, organization_id=organization_id) as entry:
        _locked(sheet.incident)
        row = _draft(sheet, version=version)
        _write(row, checked)
        row.conclusion = conclusion
        row.version += 1
        row.save(update_fields=["conclusion", "version"])
        entry.about(row.incident_id, row.pk)
        entry.fact(causes=[one.cause for one in checked if one.cause], own=sum(not one.cause for one in checked))
        entry.words(conclusion=conclusion, own=[one.text for one in checked if one.text])
    return row


def settle_sheet(principal: Principal, sheet: AnalysisSheet, *, version: int, now: datetime) -> AnalysisSheet:
    """The sheet is right: from now on it is counted. It takes the place of an earlier one of the same method."""
    organization_id = sheet.incident.organization_id
    principal.require("incident.settle", organization_id)
    with recording(principal, "incident.settle_sheet", now=now, organization_id=organization_id) as entry:
        _locked(sheet.incident)
        row = _draft(sheet, version=version)
        if not row.causes.exists():
            raise Conflict("incidents.no_causes")
        if not row.conclusion:
            raise Conflict("incidents.no_conclusion")
        AnalysisSheet.objects.filter(incident=row.incident_id, method=row.method, state=SheetState.SETTLED).update(
            state=SheetState.REPLACED
        )
        row.state, row.settled_at, row.settled_by_id = SheetState.SETTLED, now, principal.person_id
        row.version += 1
        row.save()
        entry.about(row.incident_id, row.pk)
        entry.fact(method=row.method)
    return row


def discard_sheet(principal: Principal, sheet: AnalysisSheet, *, version: int, now: datetime) -> None:
    """Throw a draft away."""
    organization_id = sheet.incident.organization_id
    principal.require("incident.analyse", organization_id)
    with recording(principal, "incident.discard_sheet", now=now, organization_id=organization_id) as entry:
        row = _draft(sheet, version=version)
        entry.about(row.incident_id, row.pk)
        row.delete()


# ---------------------------------------------------------------------------------------------------- countermeasures


def add_countermeasure(
    principal: Principal,
    incident: Incident,
    *,
    what: str,
    remedy: str,
    owner_id: uuid.UUID,
    due_on: date,
    causes: Sequence[str] = (),
    now: datetime,
) -> Countermeasure:
    """Plan what keeps it from happening again: a corrective action, aimed at causes of the incident's settled sheets."""
    principal.require("incident.analyse", incident.organization_id)
    what = checked_text(what, name="what", limit=1000, needed=True)
    check_remedy(remedy)
    subject_id = incident.subject_id
    if subject_id is None:
        subject = subject_queries.organization_subject(incident.organization_id)
        if subject is None:
            raise Conflict("incidents.no_subject")
        subject_id = subject.pk
    with transaction.atomic():
        row = _locked(incident)
        aimed = list(dict.fromkeys(causes))[:_MOST_AIMS]
        settled = set(
            SheetCause.objects.filter(sheet__incident=row, sheet__state=SheetState.SETTLED)
            .exclude(cause="")
            .values_list("cause", flat=True)
        )
        if set(aimed) - settled:
            raise InputError("incidents.cause_not_found", name="causes")
        action = assessment.make_corrective_action(
            principal, subject_id=subject_id, what=what, cause=row.number, owner_id=owner_id, due_on=due_on, now=now
        )
        with recording(principal, "incident.countermeasure", now=now, organization_id=row.organization_id) as entry:
            made = Countermeasure.objects.create(incident=row, action=action, remedy=remedy, causes=aimed, made_at=now)
            entry.about(row.pk, made.pk, action.pk)
            entry.fact(remedy=remedy, causes=aimed)
    return made


def judge_effect(principal: Principal, measure: Countermeasure, *, effect: str, note: str, now: datetime) -> Countermeasure:
    """Say what a countermeasure that was carried out turned out to do."""
    organization_id = measure.incident.organization_id
    principal.require("incident.settle", organization_id)
    if effect not in {Effect.EFFECTIVE, Effect.INEFFECTIVE}:
        raise InputError("incidents.unknown_effect", name="effect", value=effect[:60])
    note = checked_text(note, name="note", limit=1000, needed=True)
    with recording(principal, "incident.judge_effect", now=now, organization_id=organization_id) as entry:
        row = Countermeasure.objects.select_for_update().select_related("action").get(pk=measure.pk)
        if row.action.state not in {"done", "verified"}:
            raise Conflict("incidents.not_carried_out")
        row.effect, row.effect_note, row.effect_on = effect, note, timezone.localdate(now)
        row.effect_by_id = principal.person_id
        row.save(update_fields=["effect", "effect_note", "effect_on", "effect_by"])
        entry.about(row.incident_id, row.pk)
        entry.fact(effect=effect)
        entry.words(note=note)
    return row


# -------------------------------------------------------------------------------------------------------- the figures


def measure(principal: Principal, organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Hand in the figures of one organisation about itself. Raises InputError when refused, NotFound without its subject."""
    principal.require("incident.settle", organization.pk)
    subject = subject_queries.organization_subject(organization.pk)
    if subject is None:
        raise NotFound("access.not_found")
    today = timezone.localdate(now)
    found = queries.figures_of(SYSTEM, organization, since=today - WINDOW, until=today)
    made = observe(found, kind=subject.kind, name=subject.name, period=(now - WINDOW, now), now=now)
    with recording(principal, "incident.measure", now=now, organization_id=organization.pk) as entry:
        result = evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now).results[0]
        if result.status == "refused":
            raise InputError(result.code, problems=tuple(result.problems), **result.fields)
        entry.about(subject.pk)
        entry.fact(incidents=found.incidents, content=result.content_id)
    return {"incidents": found.incidents}


def measure_all(principal: Principal, *, now: datetime) -> int:
    """Hand in the figures of every organisation that has incidents. By the installation, daily."""
    principal.require("installation.manage", None)
    places = set(Incident.objects.values_list("organization_id", flat=True))
    rows = organization_queries.organizations(SYSTEM).filter(pk__in=places).order_by("pk")
    count = 0
    for one in rows:
        if subject_queries.organization_subject(one.pk) is not None:
            measure(SYSTEM, one, now=now)
            count += 1
    return count
