"""Assessing the risk of re-identification: measured, declared, signed by the 保護管理者."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.utils import timezone

from sekisho.engines.observation import encode
from sekisho.errors import Conflict, InputError
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.lifecycle import secrets_of
from sekisho.records.lifecycle.actions.common import NAME, fresh
from sekisho.records.lifecycle.actions.masking import below, usable_store
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import MaskRun, PrivacyAssessment
from sekisho.records.lifecycle.rules.checking import checked_choice, checked_text
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.lifecycle.models import DataStore
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["AssessFacts", "assess_table", "declare_duty", "sign_assessment"]

_MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessFacts:
    """What is assessed: a table below a store. ``quasi`` and ``sensitive`` empty: as the engine proposes.

    ``scheme``: what it is to become (anonymised, pseudonymised, public_anonymised); k, l, t, ``threshold``: what is asked for.
    """

    name: str
    path: str
    scheme: str
    quasi: Sequence[str] = field(default_factory=tuple)
    sensitive: Sequence[str] = field(default_factory=tuple)
    k: int = 5
    l: float = 2  # noqa: E741 - the measure's name
    t: float = 0.5
    threshold: float = 0.2
    mask_run_id: uuid.UUID | None = None


def _columns(names: Sequence[str], *, name: str) -> list[str]:
    found = [checked_text(one, name=name, limit=200) for one in names]
    found = [one for one in dict.fromkeys(found) if one]
    if len(found) > _MOST_COLUMNS:
        raise InputError("lifecycle.too_many", name=name, limit=_MOST_COLUMNS)
    return found


def _wanted(facts: AssessFacts) -> dict[str, float]:
    for name, value, least, most in (
        ("k", facts.k, 1, 10_000), ("l", facts.l, 1, 10_000), ("t", facts.t, 0, 1), ("threshold", facts.threshold, 0, 1),
    ):  # fmt: skip
        if not least <= value <= most:
            raise InputError("lifecycle.out_of_range", name=name, least=least, most=most)
    return {"k": facts.k, "l": facts.l, "t": facts.t, "threshold": facts.threshold}


def assess_table(
    principal: Principal, organization: Organization, *, store: DataStore, facts: AssessFacts, now: datetime
) -> PrivacyAssessment:
    """Measure a table, join the figures with the duties of the kind of body, keep the report. The table is not kept.

    Raises InputError for a table that cannot be read, a column that it has not, an organisation without a kind of body.
    """
    principal.require("lifecycle.assess", organization.pk)
    usable_store(store, "store", organization.pk)
    path = below(store, facts.path, name="path")
    body = organization_queries.body_kind_of(organization.pk)
    bound = load("assessing")
    scheme = checked_choice(facts.scheme, name="scheme", known=bound.kinds_for(body))
    if facts.mask_run_id is not None and not MaskRun.objects.filter(organization=organization, pk=facts.mask_run_id).exists():
        raise InputError("lifecycle.mask_run_unknown", name="mask_run")
    name = checked_text(facts.name, name="name", limit=NAME, needed=True)
    wanted = _wanted(facts)
    location = load("masking").location_of(store, path, secret=secrets_of.read(settings.CONFIG.keys, store.pk))
    found = bound.measure(
        location,
        name=name,
        quasi=_columns(facts.quasi, name="quasi"),
        sensitive=_columns(facts.sensitive, name="sensitive"),
        wanted=wanted,
        now=timezone.localtime(now),
    )
    made = PrivacyAssessment(
        organization=organization,
        name=name,
        file_name=path.rsplit("/", 1)[-1][:300] or store.name[:300],
        digest=found.digest or hashlib.sha256(msgspec.json.encode(found.assessment, order="deterministic")).hexdigest(),
        scheme=scheme,
        settings={**wanted, "body": body, "store": str(store.pk), "path": path},
        figures={"assessment": found.assessment, "proposal": found.proposal, "plain": found.figures},
        mask_run_id=facts.mask_run_id,
        person_id=principal.person_id,
        at=now,
    )
    _judge(made, principal.language, now=now)
    with recording(principal, "lifecycle.assess", now=now, organization_id=organization.pk) as entry:
        made.save(force_insert=True)
        entry.about(made.pk, store.pk)
        entry.fact(k=found.assessment.get("k"), digest=made.digest, scheme=scheme)
        entry.words(name=name)
        _hand_in(store, organization, found.observation, now=now)
    return made


def _hand_in(store: DataStore, organization: Organization, observation: Any, *, now: datetime) -> None:
    subject = store.subject or subject_queries.organization_subject(organization.pk)
    if subject is None or subject.retired_at is not None:
        return
    claimed = msgspec.structs.replace(observation.subject, kind=subject.kind, name=subject.name)
    made = msgspec.structs.replace(observation, subject=claimed)
    evidence.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now)


def _judge(row: PrivacyAssessment, language: str, *, now: datetime) -> None:
    """Join figures, duties and declarations anew, and make the report of it."""
    bound = load("assessing")
    kept = row.figures
    wanted = {name: row.settings[name] for name in ("k", "l", "t", "threshold")}
    checklist = bound.judged(kept["plain"], row.declared, body=row.settings["body"], kind=row.scheme, wanted=wanted)
    row.figures = {**kept, "checklist": checklist}
    row.report = bound.report(
        organization=row.organization.name,
        file=row.file_name,
        digest=row.digest,
        assessment=kept["assessment"],
        proposal=kept["proposal"],
        checklist=checklist,
        body=row.settings["body"],
        language=language,
        fictional=row.organization.is_fictional,
        now=timezone.localtime(now),
    )


def _name(principal: Principal) -> str:
    known = organization_queries.names_of([principal.person_id]) if principal.person_id else {}
    return known.get(str(principal.person_id), principal.kind)


def declare_duty(
    principal: Principal, row: PrivacyAssessment, *, duty: str, note: str, version: int, now: datetime
) -> PrivacyAssessment:
    """A person's word for a duty that no figure can show, or beside the figure. Empty ``note`` takes the word back."""
    principal.require("lifecycle.assess", row.organization_id)
    note = checked_text(note, name="note", limit=1000)
    known = {one["id"] for one in row.figures["checklist"]["items"]}
    checked_choice(duty, name="duty", known=known)
    with recording(principal, "lifecycle.declare_duty", now=now, organization_id=row.organization_id) as entry:
        found = fresh(PrivacyAssessment.objects.select_related("organization"), row.pk, version)
        if found.signed_at is not None:
            raise Conflict("lifecycle.signed_already")
        words = dict(found.declared)
        if note:
            words[duty] = {"by": _name(principal), "on": timezone.localdate(now).isoformat(), "note": note}
        else:
            words.pop(duty, None)
        found.declared = words
        _judge(found, principal.language, now=now)
        found.version += 1
        found.save(update_fields=["declared", "figures", "report", "version"])
        entry.about(found.pk)
        entry.fact(duty=duty, declared=bool(note))
        entry.words(note=note)
    return found


def sign_assessment(principal: Principal, row: PrivacyAssessment, *, version: int, now: datetime) -> PrivacyAssessment:
    """The 保護管理者 has read the report and signs: somebody else than who assessed, with no duty contradicted or left open.

    Duties of publication, provision and later stages may still be open. Raises Conflict ``lifecycle.assess_contradicted``,
    ``lifecycle.assess_open``, ``lifecycle.sign_own``, ``lifecycle.signed_already``.
    """
    principal.require("lifecycle.sign", row.organization_id)
    with recording(principal, "lifecycle.sign_assessment", now=now, organization_id=row.organization_id) as entry:
        found = fresh(PrivacyAssessment.objects.select_related("organization"), row.pk, version)
        if found.signed_at is not None:
            raise Conflict("lifecycle.signed_already")
        if principal.person_id is None or principal.person_id == found.person_id:
            raise Conflict("lifecycle.sign_own")
        counts = found.figures["checklist"]["counts"]
        if counts["contradicted"]:
            raise Conflict("lifecycle.assess_contradicted", count=counts["contradicted"])
        left = load("assessing").left_open(found.figures["checklist"])
        if left:
            raise Conflict("lifecycle.assess_open", count=len(left))
        found.signed_by_id, found.signed_at = principal.person_id, now
        found.version += 1
        found.save(update_fields=["signed_by", "signed_at", "version"])
        entry.about(found.pk)
        report = hashlib.sha256(msgspec.json.encode(found.report, order="deterministic")).hexdigest()
        entry.fact(digest=found.digest, report=report)
    return found
