"""Taking in notices: what is in a file is shown first, then kept; what came twice is joined."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from sekisho.errors import Conflict, InputError
from sekisho.records.duties.rules import add_business_days
from sekisho.records.evidence import actions as evidence
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.actions import relevance, sources
from sekisho.records.intelligence.actions.steps import duty_of, numbered, step, words_of
from sekisho.records.intelligence.models import (
    Candidate,
    CandidateState,
    IntelSource,
    Notice,
    NoticeReader,
    NoticeReceipt,
    TlpLabel,
)
from sekisho.records.intelligence.queries.indicators import own_of
from sekisho.records.intelligence.queries.notices import with_digest
from sekisho.records.intelligence.rules.checking import checked_past, checked_text
from sekisho.records.intelligence.rules.intake import Found, Material
from sekisho.records.intelligence.rules.labels import LABELS, checked_label
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries as organization_queries

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["MOST_BYTES", "Registered", "Taking", "look_into", "register"]

MOST_BYTES: Final = 32_000_000
_ACTION: Final = "intelligence.take_in"
_JUDGE_WITHIN: Final = 1  # business days


@dataclass(frozen=True, slots=True)
class Taking:
    """What a person says about materials. ``tlp`` overrides what stands in them; ``readers``: persons for RED."""

    source: IntelSource | None
    received_at: datetime | None = None
    tlp: str = ""
    title: str = ""
    readers: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a material: a new notice, or one that was there already (``joined``)."""

    notice: Notice
    joined: bool


def look_into(
    principal: Principal,
    organization: Organization,
    *,
    untrusted: bytes,
    name: str,
    source: IntelSource | None = None,
    form: str = "",
) -> list[Material]:
    """What a file or a pasted text holds; nothing is kept. Raises InputError with the place of what is broken."""
    principal.require(_ACTION, organization.pk)
    if not untrusted.strip():
        raise InputError("intelligence.nothing_given", name="file")
    if len(untrusted) > MOST_BYTES:
        raise InputError("intelligence.file_too_large", name="file", limit=MOST_BYTES // 1_000_000)
    found: list[Material] = bound.load("reading").materials(
        untrusted, name=name, own_names=own_of(organization.pk), source=source.name if source else "", form=form
    )
    return found


def label_of(material: Material, taking: Taking) -> tuple[str, str]:
    """(label, where it comes from): what a person says, else what stands in it, else what the source usually means.

    A person may make it stricter than the material says, never looser: that is for the source to allow (``relabel``).
    """
    in_it = material.tlp
    default = taking.source.default_tlp if taking.source else TlpLabel.AMBER_STRICT.value
    if not taking.tlp:
        return (in_it, "material") if in_it else (default, "source")
    label = checked_label(taking.tlp)
    if in_it and LABELS.index(label) > LABELS.index(in_it):
        raise InputError("intelligence.label_looser", name="tlp", found=in_it.upper(), given=label.upper())
    return label, "person"


def register(
    principal: Principal,
    organization: Organization,
    *,
    materials: Sequence[Material],
    untrusted: bytes,
    name: str,
    taking: Taking,
    now: datetime,
) -> list[Registered]:
    """Keep materials as notices, all or none; what an earlier notice already says is joined to it.

    The bytes are sealed: only this room gives them out. Raises InputError that names the field, Unavailable for a full store.
    """
    principal.require(_ACTION, organization.pk)
    if not materials:
        raise InputError("intelligence.nothing_given", name="file")
    source = taking.source
    if source is not None and (source.organization_id != organization.pk or source.retired_at is not None):
        raise Conflict("intelligence.source_retired", source=source.name)
    received = checked_past(taking.received_at, name="received_at", now=now) if taking.received_at else now
    labels = [label_of(one, taking) for one in materials]
    _check_readers(taking.readers, organization.pk, now=now)
    stored = evidence.artifact_store().put((untrusted,), limit=MOST_BYTES)
    made: list[Registered] = []
    with recording(principal, "intelligence.take_in", now=now, organization_id=organization.pk) as entry:
        evidence.seal(stored, media_type="application/octet-stream", now=now)
        known = with_digest(organization.pk, [one.digest for one in materials])
        for material, label in zip(materials, labels, strict=True):
            if (old := known.get(material.digest)) is not None:
                made.append(_join(principal, old, taking, received=received, now=now))
                continue
            row = _notice(principal, organization, material, label, taking, received=received, now=now)
            row.content_id, row.file_name = stored.sha256, name[:300]
            row.save(force_insert=True)
            known[material.digest] = row
            _fill(principal, row, material, taking, label=label[0], now=now)
            made.append(Registered(row, joined=False))
        if source is not None:
            sources.note_look(principal, source, now=now, received=True)
        entry.about(*(one.notice.pk for one in made), *([source.pk] if source else []))
        entry.fact(new=sum(not one.joined for one in made), joined=sum(one.joined for one in made), sha256=stored.sha256)
        if len(made) == 1:
            entry.words(**words_of(made[0].notice, title=made[0].notice.title))
    return made


def _check_readers(readers: Iterable[uuid.UUID], organization_id: uuid.UUID, *, now: datetime) -> None:
    wanted = set(readers)
    people = organization_queries.people_of(organization_id, today=timezone.localdate(now))
    if wanted and people.filter(pk__in=wanted).count() != len(wanted):
        raise InputError("intelligence.reader_unknown", name="readers")


def _join(principal: Principal, old: Notice, taking: Taking, *, received: datetime, now: datetime) -> Registered:
    NoticeReceipt.objects.create(notice=old, source=taking.source, person_id=principal.person_id, at=received)
    step(old, "came_again", principal, now=now, source=taking.source.name if taking.source else "")
    if old.tlp == TlpLabel.RED and principal.person_id is not None:
        NoticeReader.objects.get_or_create(notice=old, person_id=principal.person_id, defaults={"added_at": now})
    return Registered(old, joined=True)


def _notice(
    principal: Principal,
    organization: Organization,
    material: Material,
    label: tuple[str, str],
    taking: Taking,
    *,
    received: datetime,
    now: datetime,
) -> Notice:
    title = checked_text((taking.title or material.title)[:300], name="title", limit=300)
    return Notice(
        organization=organization,
        source=taking.source,
        number=numbered(Notice, "TI", organization.pk, now=now),
        title=title or timezone.localtime(received).strftime("%Y-%m-%d %H:%M"),
        form=material.form,
        text=material.text.replace("\x00", "�"),
        reference=material.reference,
        digest=material.digest,
        tlp=label[0],
        tlp_origin=label[1],
        cves=list(material.cves),
        products=list(material.products),
        published_at=material.published,
        received_at=received,
        registered_at=now,
        received_by_id=principal.person_id,
    )


def _fill(principal: Principal, row: Notice, material: Material, taking: Taking, *, label: str, now: datetime) -> None:
    Candidate.objects.bulk_create((_candidate(row, number, one) for number, one in enumerate(material.found)), batch_size=1000)
    if label == TlpLabel.RED:
        people = {*taking.readers, *([principal.person_id] if principal.person_id else [])}
        NoticeReader.objects.bulk_create(NoticeReader(notice=row, person_id=one, added_at=now) for one in sorted(people))
    step(row, "received", principal, now=row.received_at, source=taking.source.name if taking.source else "")
    relevance.compute(row, now=now)
    due = add_business_days(timezone.localdate(now), _JUDGE_WITHIN)
    within = timedelta(days=(due - timezone.localdate(now)).days)
    duty_of(principal, row, "judge", due_at=now + within, now=now, source=taking.source)


def _candidate(row: Notice, number: int, one: Found) -> Candidate:
    return Candidate(
        notice=row,
        position=number,
        kind=one.kind,
        value=one.value[:4096].replace("\x00", "�"),
        original=one.original[:4096].replace("\x00", "�"),
        start=one.start,
        end=one.end,
        around=one.around[:300].replace("\x00", "�"),
        ambiguous=one.ambiguous,
        reasons=list(one.reasons),
        facts=one.facts,
        state=CandidateState.DROPPED if one.refused or not one.kind else CandidateState.WAITING,
    )
