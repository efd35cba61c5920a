"""What people do with a judgement: confirm it, set a target, answer a question of its rule, ask for another level."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from sekisho.errors import Conflict, InputError, NotFound, SekishoError
from sekisho.records.assessment.actions.common import changed_meanwhile, find, save, source_of_duty
from sekisho.records.assessment.actions.proposing import propose
from sekisho.records.assessment.models import Attestation, Judgement, Level, TargetOrigin
from sekisho.records.assessment.rules.evaluate import LEVEL_NUMBER
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.queries import visible_to
from sekisho.records.requests import actions as requests
from sekisho.standards.level_rules import LEVELS, AttestationCondition, duration, leaves, rule_for

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["Skipped", "ask_applicability", "ask_level", "attest", "confirm", "confirm_many", "questions_of", "set_target"]

_NAMES: Final = {number: name for name, number in LEVEL_NUMBER.items()}
_MOST_AT_ONCE: Final = 500
_TARGET_REASON: Final = 400


def confirm(
    principal: Principal, *, judgement_id: uuid.UUID, version: int, now: datetime, organization_id: uuid.UUID | None = None
) -> Judgement:
    """A person agrees with what the rule proposes (for a judgement of that organisation, where given).

    Raises Conflict ``assessment.nothing_proposed``, or ``assessment.changed_meanwhile`` with what the other person saved.
    """
    judgement = find(principal, judgement_id, organization_id=organization_id)
    principal.require("judgement.confirm", judgement.organization_id)
    return _confirm(principal, judgement, version=version, now=now)


def _confirm(principal: Principal, judgement: Judgement, *, version: int, now: datetime) -> Judgement:
    if not judgement.applicable:
        raise Conflict("assessment.not_applicable_now")
    if judgement.proposed_level is None:
        raise Conflict("assessment.nothing_proposed")
    was_stale = judgement.stale_at is not None
    until = judgement.explanation.get("fresh_until")
    changes: dict[str, Any] = {
        "state": Judgement.State.CONFIRMED,
        "level": judgement.proposed_level,
        "basis": judgement.proposed_basis,
        "fresh_until": datetime.fromisoformat(until) if until else None,
        "stale_at": None,
        "lapses_at": None,
        "reason": "",
        "judged_by_id": principal.person_id,
        "judged_at": now,
        "approved_by_id": None,
        "request_id": None,
    }
    # What is saved alone needs no second transaction around it.
    with transaction.atomic() if was_stale else nullcontext():
        saved = save(
            principal, judgement, version=version, what="confirmed", changes=changes, now=now, facts={"rule": judgement.rule}
        )
        if was_stale:
            renew_duty(principal, judgement.subject_id, now=now)
    return saved


def renew_duty(principal: Principal, subject_id: uuid.UUID, *, now: datetime) -> None:
    """The duty about a subject's stale evidence is done when nothing of it is stale any more."""
    if not Judgement.objects.filter(subject=subject_id, applicable=True, lapses_at__isnull=False).exists():
        duties.complete_by_source(principal, source=source_of_duty(subject_id), now=now)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A judgement that a bulk action left alone, and why."""

    judgement_id: uuid.UUID
    error: SekishoError


def confirm_many(principal: Principal, *, versions: dict[uuid.UUID, int], now: datetime) -> tuple[list[Judgement], list[Skipped]]:
    """Confirm what was previewed: each with the version that was shown. What changed meanwhile is left alone and returned."""
    if len(versions) > _MOST_AT_ONCE:
        raise InputError("assessment.too_many", limit=_MOST_AT_ONCE)
    rows = Judgement.objects.filter(pk__in=list(versions)).select_related("requirement__catalog", "subject")
    done, skipped = [], []
    for judgement in visible_to(rows, principal, action="judgement.confirm"):
        try:
            done.append(_confirm(principal, judgement, version=versions[judgement.pk], now=now))
        except SekishoError as error:
            skipped.append(Skipped(judgement.pk, error))
    reached = {j.pk for j in done} | {s.judgement_id for s in skipped}
    skipped.extend(Skipped(pk, NotFound("access.not_found")) for pk in versions if pk not in reached)
    return done, skipped


def set_target(
    principal: Principal,
    *,
    judgement_id: uuid.UUID,
    version: int,
    level: int | None,
    on: date | None,
    now: datetime,
    reason: str = "",
) -> Judgement:
    """Which level is to be reached, by when (both or neither), and why. What a person decides here no grade changes later."""
    judgement = find(principal, judgement_id)
    principal.require("judgement.target", judgement.organization_id)
    if (level is None) != (on is None):
        raise InputError("assessment.target_needs_both")
    if level is not None and level not in (Level.UME, Level.TAKE, Level.MATSU):
        raise InputError("assessment.unknown_level", level=level)
    return save(
        principal,
        judgement,
        version=version,
        what="target",
        changes={
            "target_level": level,
            "target_on": on,
            "target_origin": TargetOrigin.PERSON,
            "target_reason": reason.strip()[:_TARGET_REASON],
        },
        now=now,
        reason=reason.strip()[:_TARGET_REASON],
        facts={"target": level, "on": on.isoformat() if on else None},
    )


def questions_of(judgement: Judgement) -> dict[str, AttestationCondition]:
    """The questions that the rule of this judgement asks a person, by key."""
    rule = rule_for(judgement.requirement.catalog.key, judgement.requirement.ref)
    if rule is None:
        return {}
    found = [leaf for name in LEVELS for leaf in leaves(rule.levels[name].condition)]
    return {leaf.key: leaf for leaf in found if isinstance(leaf, AttestationCondition)}


def attest(principal: Principal, *, judgement_id: uuid.UUID, key: str, holds: bool, statement: str, now: datetime) -> Attestation:
    """A person answers a question of the rule (申告). The former answer stays on record; the level is proposed anew."""
    judgement = find(principal, judgement_id)
    principal.require("judgement.declare", judgement.organization_id)
    question = questions_of(judgement).get(key)
    if question is None:
        raise InputError("assessment.unknown_question", key=key)
    if principal.person_id is None:
        raise Conflict("assessment.person_needed")
    with transaction.atomic():
        with recording(principal, "attestation.make", now=now, organization_id=judgement.organization_id) as entry:
            Attestation.objects.filter(
                requirement=judgement.requirement_id, subject=judgement.subject_id, key=key, superseded_at=None
            ).update(superseded_at=now)
            made = Attestation.objects.create(
                organization_id=judgement.organization_id,
                requirement_id=judgement.requirement_id,
                subject_id=judgement.subject_id,
                key=key,
                holds=holds,
                statement=statement,
                made_by_id=principal.person_id,
                made_at=now,
                valid_until=now + duration(question.valid_for),
            )
            entry.about(made.pk, judgement.pk)
            entry.fact(key=key, holds=holds)
            entry.words(statement=statement)
        propose(principal, subject_ids=[judgement.subject_id], now=now)
    return made


def ask_level(principal: Principal, *, judgement_id: uuid.UUID, version: int, level: int, reason: str, now: datetime) -> Request:
    """Ask for a level with a reason: an override where a rule proposes one, a declaration elsewhere. Applied when approved.

    Whether it rests on documents or on the person's word alone is decided when it is applied (``handlers.apply_level``).
    """
    judgement = find(principal, judgement_id)
    if level not in Level.values:
        raise InputError("assessment.unknown_level", level=level)
    if not judgement.applicable:
        raise Conflict("assessment.not_applicable_now")
    if judgement.version != version:
        raise changed_meanwhile(judgement.pk, principal.language)
    override = judgement.proposed_level is not None
    kind = "judgement.override" if override else "judgement.declare"
    principal.require(kind, judgement.organization_id)
    return requests.submit(
        principal,
        kind=kind,
        organization_id=judgement.organization_id,
        subject_id=judgement.subject_id,
        payload={"judgement": str(judgement.pk), "level": level},
        summary={
            "code": "assessment.request_override" if override else "assessment.request_declare",
            "fields": _summary(judgement) | {"level": _NAMES[level], "proposed": _name(judgement.proposed_level)},
        },
        reason=reason,
        now=now,
    )


def ask_applicability(principal: Principal, *, judgement_id: uuid.UUID, applicable: bool, reason: str, now: datetime) -> Request:
    """Ask that a requirement be (or no longer be) left out for a subject, with a reason."""
    judgement = find(principal, judgement_id)
    principal.require("applicability.decide", judgement.organization_id)
    if judgement.applicable == applicable:
        raise Conflict("assessment.applicability_same")
    return requests.submit(
        principal,
        kind="applicability.decide",
        organization_id=judgement.organization_id,
        subject_id=judgement.subject_id,
        payload={"judgement": str(judgement.pk), "applicable": applicable},
        summary={
            "code": "assessment.request_applicable" if applicable else "assessment.request_not_applicable",
            "fields": _summary(judgement),
        },
        reason=reason,
        now=now,
    )


def _name(level: int | None) -> str:
    return _NAMES[level] if level is not None else "unmeasured"


def _summary(judgement: Judgement) -> dict[str, Any]:
    return {"requirement": judgement.requirement.ref, "title": judgement.requirement.title, "subject": judgement.subject.name}
