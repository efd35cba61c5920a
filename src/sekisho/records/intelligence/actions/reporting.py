"""The ways out: one page for the executives, tasks from what they order, plain words for the staff."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from sekisho.documents import render
from sekisho.documents.model import decode, encode
from sekisho.errors import Conflict, InputError, NotPermitted, Problem
from sekisho.records.duties import actions as duties
from sekisho.records.evidence import actions as evidence
from sekisho.records.intelligence.actions.steps import numbered, step
from sekisho.records.intelligence.briefing import brief
from sekisho.records.intelligence.models import Announcement, Briefing, Horizon, Instruction, Notice, TlpLabel
from sekisho.records.intelligence.queries.overview import told
from sekisho.records.intelligence.queries.reporting import source_of
from sekisho.records.intelligence.rules.checking import checked_choice, checked_text
from sekisho.records.intelligence.rules.labels import RED, strictest
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards import texts

if TYPE_CHECKING:
    from datetime import date

    from sekisho.documents.model import Document
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["Page", "announce", "end_announcement", "give_briefing", "order", "preview_briefing"]

_BRIEF: Final = "intelligence.brief"
_MOST_NOTICES: Final = 50


@dataclass(frozen=True, slots=True)
class Page:
    """What a person writes on the page for the executives. ``summaries``: notice's id → what it is, in plain words."""

    title: str
    horizon: str
    asked: str = ""
    given_to: str = ""
    summaries: dict[uuid.UUID, str] | None = None


def preview_briefing(
    principal: Principal,
    organization: Organization,
    notices: Sequence[Notice],
    page: Page,
    *,
    now: datetime,
    issued: bool = False,
) -> Document:
    """Exactly what would be frozen. Raises InputError that names the field; NotPermitted where a notice is RED for others."""
    principal.require(_BRIEF, organization.pk)
    if not notices:
        raise InputError("intelligence.no_notices_chosen", name="notices")
    if len(notices) > _MOST_NOTICES:
        raise InputError("intelligence.too_many_chosen", limit=_MOST_NOTICES)
    if any(one.organization_id != organization.pk for one in notices):
        raise InputError("intelligence.several_organizations")
    checked_choice(page.horizon, Horizon.values, name="horizon")
    unjudged = [one for one in notices if not one.verdict]
    if unjudged:
        problems = tuple(Problem("intelligence.not_judged", {"number": one.number}) for one in unjudged)
        raise InputError("intelligence.not_judged_yet", problems=problems)
    words = page.summaries or {}
    return brief(
        [told(principal, one, summary=checked_text(words.get(one.pk, ""), name="summary", limit=2000)) for one in notices],
        title=checked_text(page.title, name="title", limit=200, needed=True),
        horizon=page.horizon,
        asked=checked_text(page.asked, name="asked", limit=4000),
        organization=organization.name,
        language="en" if principal.language == "en" else "ja",
        fictional=organization.is_fictional,
        now=timezone.localtime(now),
        issued=issued,
    )


def give_briefing(
    principal: Principal, organization: Organization, notices: Sequence[Notice], page: Page, *, now: datetime
) -> Briefing:
    """Freeze the page and note to whom it was given. A notice of the short horizon counts as reported from then on.

    A page with a RED notice shows for its named persons only; whoever is told must be one of them, which the giver sees to.
    """
    given_to = checked_text(page.given_to, name="given_to", limit=300, needed=True)
    document = preview_briefing(principal, organization, notices, page, now=now, issued=True)
    with recording(principal, "intelligence.brief", now=now, organization_id=organization.pk) as entry:
        made = Briefing.objects.create(
            organization=organization,
            number=numbered(Briefing, "BR", organization.pk, now=now),
            title=document.title,
            horizon=page.horizon,
            tlp=strictest(one.tlp for one in notices),
            document=json.loads(encode(document)),
            given_to=given_to,
            person_id=principal.person_id,
            at=now,
        )
        made.notices.set(notices)
        for one in notices:
            Notice.objects.filter(pk=one.pk, reported_at=None).update(reported_at=now)
            step(one, "reported", principal, now=now, number=made.number, to=given_to)
        entry.about(made.pk, *(one.pk for one in notices))
        entry.fact(number=made.number, horizon=page.horizon, notices=len(notices), tlp=made.tlp)
        if made.tlp != RED:
            entry.words(title=made.title, given_to=given_to)
        _as_evidence(principal, made, document, now=now)
    return made


def _as_evidence(principal: Principal, made: Briefing, document: Document, *, now: datetime) -> None:
    """That the executives were told becomes evidence of 5.7: the page itself where everybody may read it, else only its hash.

    Evidence is read by more people than the label of a notice allows.
    """
    subject = subject_queries.organization_subject(made.organization_id)
    if subject is None or not principal.may("evidence.add", made.organization_id):
        return
    whole = encode(document)
    if made.tlp in {TlpLabel.GREEN, TlpLabel.CLEAR}:
        name, content = f"{made.number}.md", render(document, "md")
    else:
        facts = {"number": made.number, "horizon": made.horizon, "tlp": made.tlp, "at": made.at.isoformat()}
        record = {**facts, "given_to": made.given_to if made.tlp != RED else "", "sha256": hashlib.sha256(whole).hexdigest()}
        name, content = f"{made.number}.json", json.dumps(record, ensure_ascii=False, indent=2).encode()
    evidence.add_document(
        principal,
        subject=subject,
        title=texts.render("intelligence.evidence_briefing", {"number": made.number}, "ja"),
        document_kind="executive_threat_summary",
        file_name=name,
        chunks=(content,),
        number=made.number,
        now=now,
    )


def document_of(row: Briefing) -> Document:
    """The frozen page. Raises InputError when it cannot be read."""
    return decode(json.dumps(row.document))


def order(
    principal: Principal,
    briefing: Briefing,
    *,
    text: str,
    given_by: str,
    due_on: date,
    now: datetime,
    owner_id: uuid.UUID | None = None,
    owner_role: str = "",
) -> Instruction:
    """Note what the executives ordered; it becomes a duty of somebody. Raises InputError that names the field."""
    principal.require(_BRIEF, briefing.organization_id)
    text = checked_text(text, name="text", limit=2000, needed=True)
    given_by = checked_text(given_by, name="given_by", limit=200, needed=True)
    _check_owner(briefing.organization_id, owner_id, owner_role, now=now)
    if due_on < timezone.localdate(now):
        raise InputError("intelligence.due_past", name="due_on")
    with recording(principal, "intelligence.order", now=now, organization_id=briefing.organization_id) as entry:
        made = Instruction.objects.create(
            organization_id=briefing.organization_id,
            briefing=briefing,
            text=text,
            given_by=given_by,
            owner_id=owner_id,
            owner_role=owner_role,
            due_on=due_on,
            person_id=principal.person_id,
            at=now,
        )
        open_words = briefing.tlp in {TlpLabel.GREEN, TlpLabel.CLEAR, TlpLabel.AMBER, TlpLabel.AMBER_STRICT}
        duties.set_duty(
            principal,
            source=source_of(made.pk),
            organization_id=briefing.organization_id,
            code="intelligence.duty_order" if open_words else "intelligence.duty_order_untitled",
            fields={"number": briefing.number, "text": text[:200] if open_words else ""},
            due_at=timezone.make_aware(datetime.combine(due_on, time(17))),
            owner_id=owner_id,
            owner_role=owner_role,
            basis="附属書A 5.7",
            url=f"intelligence/briefings/{briefing.pk}/",
            now=now,
        )
        entry.about(made.pk, briefing.pk)
        entry.fact(due_on=due_on.isoformat())
        if open_words:
            entry.words(text=text, given_by=given_by)
    return made


def _check_owner(organization_id: uuid.UUID, owner_id: uuid.UUID | None, owner_role: str, *, now: datetime) -> None:
    if owner_id is None and not owner_role:
        raise InputError("intelligence.owner_missing", name="owner")
    if owner_role and owner_role not in set(Role):
        raise InputError("intelligence.unknown_choice", name="owner", value=owner_role[:32])
    people = organization_queries.people_of(organization_id, today=timezone.localdate(now))
    if owner_id is not None and not people.filter(pk=owner_id).exists():
        raise InputError("intelligence.owner_unknown", name="owner")


def announce(
    principal: Principal,
    organization: Organization,
    *,
    title: str,
    text: str,
    what_to_do: str,
    contact: str,
    now: datetime,
    notice: Notice | None = None,
) -> Announcement:
    """Tell the staff in plain words. Nothing of a RED notice may be told, and AMBER only with the words of the label's rule:

    who needs to know to act. Raises NotPermitted ``intelligence.label_forbids_staff``; InputError that names the field.
    """
    principal.require("intelligence.announce", organization.pk)
    if notice is not None and notice.tlp == RED:
        raise NotPermitted("intelligence.label_forbids_staff", label="TLP:RED", number=notice.number)
    values: dict[str, Any] = {
        "title": checked_text(title, name="title", limit=200, needed=True),
        "text": checked_text(text, name="text", limit=4000, needed=True),
        "what_to_do": checked_text(what_to_do, name="what_to_do", limit=4000, needed=True),
        "contact": checked_text(contact, name="contact", limit=300, needed=True),
    }
    with recording(principal, "intelligence.announce", now=now, organization_id=organization.pk) as entry:
        made = Announcement.objects.create(
            organization=organization, notice=notice, person_id=principal.person_id, at=now, **values
        )
        if notice is not None:
            Notice.objects.filter(pk=notice.pk, announced_at=None).update(announced_at=now)
            step(notice, "announced", principal, now=now, title=values["title"])
        entry.about(made.pk, *([notice.pk] if notice else []))
        entry.words(title=values["title"])
    return made


def end_announcement(principal: Principal, row: Announcement, *, now: datetime) -> None:
    """It holds no longer: it leaves the list of what the staff are to know."""
    principal.require("intelligence.announce", row.organization_id)
    with recording(principal, "intelligence.end_announcement", now=now, organization_id=row.organization_id) as entry:
        if not Announcement.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now):
            raise Conflict("intelligence.announcement_ended")
        entry.about(row.pk)
