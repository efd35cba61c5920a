"""Levels proposed by rule: after evidence came in, and when time has passed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Q

from sekisho.records.assessment.actions.common import source_of_duty
from sekisho.records.assessment.actions.grounding import ground_again
from sekisho.records.assessment.models import Judgement, JudgementChange
from sekisho.records.assessment.rules.evaluate import Evaluation, evaluate
from sekisho.records.assessment.rules.settle import Standing, settle
from sekisho.records.assessment.sources import facts_for, family_of
from sekisho.records.duties import actions as duties
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.level_rules import duration, generic_rule, level_rules

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal
    from sekisho.standards.level_rules import LevelRule

__all__ = ["Proposed", "propose", "tick"]

_STANDING: Final = tuple(f.name for f in fields(Standing) if f.name != "what")
_DECISION: Final = ("reason", "judged_by", "judged_at", "approved_by", "request")
_WRITTEN: Final = (*_STANDING, *_DECISION, "proposed_at", "explanation", "rule", "changed_at", "version")
_BATCH: Final = 500
_SILENT: Final = frozenset({"", "refreshed"})


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a run did: judgements evaluated, and how many of them changed."""

    evaluated: int
    changed: int


def _rule_of(judgement: Judgement) -> LevelRule | None:
    requirement = judgement.requirement
    rule = level_rules().get((requirement.catalog.key, requirement.ref))
    return rule if rule is not None and judgement.subject.kind in rule.subject_kinds else None


def propose(principal: Principal, *, subject_ids: Collection[uuid.UUID], now: datetime) -> Proposed:
    """Evaluate every rule that new knowledge about these subjects may touch. Safe to repeat: the same facts change nothing."""
    rows = subject_queries.subjects(principal, action="judgement.declare").filter(pk__in=list(subject_ids))
    organizations = set(rows.order_by().values_list("organization_id", flat=True))
    evaluated = changed = 0
    for organization_id in sorted(organizations):
        touched = family_of([organization_id]).touched_by(subject_ids)
        wanted = Q(organization=organization_id, subject__in=list(touched)) & _with_rules()
        done = _run(principal, organization_id, wanted, now=now)
        grounded = ground_again(principal, organization_id=organization_id, subject_ids=subject_ids, below=touched, now=now)
        evaluated, changed = evaluated + done.evaluated, changed + done.changed + grounded
    return Proposed(evaluated, changed)


def tick(principal: Principal, *, now: datetime) -> Proposed:
    """Look again at every judgement whose evidence has gone stale or whose grace is over."""
    due = Q(fresh_until__lte=now, stale_at=None, level__isnull=False) | Q(lapses_at__lte=now)
    waiting = Judgement.objects.filter(due, applicable=True).order_by().values_list("organization_id", flat=True).distinct()
    evaluated = changed = 0
    for organization_id in sorted(waiting):
        done = _run(principal, organization_id, Q(organization=organization_id) & due, now=now)
        evaluated, changed = evaluated + done.evaluated, changed + done.changed
    return Proposed(evaluated, changed)


def _with_rules() -> Q:
    wanted = Q(pk__in=[])
    for catalog, ref in level_rules():
        wanted |= Q(requirement__catalog__key=catalog, requirement__ref=ref)
    return wanted


def _run(principal: Principal, organization_id: uuid.UUID, wanted: Q, *, now: datetime) -> Proposed:
    ids = list(Judgement.objects.filter(wanted, applicable=True).order_by("pk").values_list("pk", flat=True))
    changed = 0
    for start in range(0, len(ids), _BATCH):
        changed += _run_batch(principal, organization_id, ids[start : start + _BATCH], now=now)
    return Proposed(len(ids), changed)


def _run_batch(principal: Principal, organization_id: uuid.UUID, ids: Sequence[uuid.UUID], *, now: datetime) -> int:
    with transaction.atomic():
        rows = list(
            Judgement.objects.select_for_update(of=("self",))
            .filter(pk__in=ids)
            .select_related("requirement__catalog", "subject")
            .order_by("pk")
        )
        found = _evaluate(organization_id, rows, now=now)
        settled = [(row, found.get(row.pk), _settle(row, found.get(row.pk), now=now)) for row in rows]
        changes = [_apply(row, evaluation, standing, now=now) for row, evaluation, standing in settled]
        told = [change for change in changes if change.what not in _SILENT]
        # An upsert of the locked rows: bulk_update's CASE for each of 18 columns takes ten times as long.
        Judgement.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=list(_WRITTEN), batch_size=200
        )
        _link_evidence(settled)
        if told:
            with recording(principal, "judgement.propose", now=now, organization_id=organization_id) as entry:
                entry.about(*(change.judgement_id for change in told))
                entry.fact(changes=[[str(c.judgement_id), c.what, c.level_before, c.level_after] for c in told])
            for change in told:
                change.ledger_sequence = entry.sequence
            JudgementChange.objects.bulk_create(told, batch_size=200)
        _duties(principal, organization_id, {row.subject_id for row, _, standing in settled if standing.what}, now=now)
    return len(told)


def _evaluate(organization_id: uuid.UUID, rows: Iterable[Judgement], *, now: datetime) -> dict[uuid.UUID, Evaluation]:
    by_rule = {row.pk: rule for row in rows if (rule := _rule_of(row)) is not None}
    if not by_rule:
        return {}
    family = family_of([organization_id])
    judged = [row for row in rows if row.pk in by_rule and row.subject_id in family.kinds]
    facts = facts_for(
        [(row.requirement_id, row.subject_id) for row in judged], {r.id: r for r in by_rule.values()}.values(), family, now=now
    )
    return {row.pk: evaluate(by_rule[row.pk], facts[row.requirement_id, row.subject_id], now=now) for row in judged}


def _settle(row: Judgement, found: Evaluation | None, *, now: datetime) -> Standing:
    rule = _rule_of(row)
    before = Standing(**{name: getattr(row, name) for name in _STANDING})
    grace = duration(rule.grace if rule else generic_rule().grace)
    by_word = row.state == Judgement.State.TO_REVIEW and bool(row.reason or row.explanation.get("moved_from"))
    return settle(before, found, now=now, grace=grace, by_word=by_word)


def _apply(row: Judgement, found: Evaluation | None, standing: Standing, *, now: datetime) -> JudgementChange:
    """Put the outcome on the row; the line of history is returned, whether or not it is worth keeping."""
    level_before = row.level
    seen = (row.state, row.level, row.proposed_level, row.stale_at)
    for name in _STANDING:
        setattr(row, name, getattr(standing, name))
    if found is not None:
        rule = _rule_of(row)
        assert rule is not None
        moved = {key: row.explanation[key] for key in ("moved_from",) if key in row.explanation}
        row.explanation = found.explanation | {"evidence": [str(e) for e in found.evidence]} | moved
        row.rule, row.proposed_at = rule.label, now
    if standing.what == "lapsed":
        row.reason, row.judged_by, row.judged_at, row.approved_by, row.request = "", None, None, None, None
    if seen != (row.state, row.level, row.proposed_level, row.stale_at):
        row.version += 1
        row.changed_at = now
    return JudgementChange(
        judgement=row,
        at=now,
        what=standing.what,
        level_before=level_before,
        level_after=standing.proposed_level if standing.what in {"improved", "worsened"} else standing.level,
        basis=standing.basis,
        explanation=row.explanation if found is not None else {},
        evidence_ids=[str(e) for e in found.evidence] if found else [],
    )


def _link_evidence(settled: Iterable[tuple[Judgement, Evaluation | None, Standing]]) -> None:
    """A judgement points to what its counted level rests on; while that is stale, to what it rested on before."""
    through: Any = Judgement.evidence.through
    wanted = {
        row.pk: set(found.evidence)
        for row, found, standing in settled
        if found is not None and standing.stale_at is None and found.level == standing.level
    }
    present: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for judgement_id, evidence_id in through.objects.filter(judgement__in=list(wanted)).values_list(
        "judgement_id", "evidence_id"
    ):
        present[judgement_id].add(evidence_id)
    changed = [pk for pk, ids in wanted.items() if ids != present[pk]]
    if not changed:
        return
    through.objects.filter(judgement__in=changed).delete()
    through.objects.bulk_create(
        [through(judgement_id=pk, evidence_id=evidence_id) for pk in changed for evidence_id in wanted[pk]], batch_size=500
    )


def _duties(principal: Principal, organization_id: uuid.UUID, subject_ids: set[uuid.UUID], *, now: datetime) -> None:
    """One duty for each subject that has anything stale; it is done when nothing is."""
    stale: dict[uuid.UUID, list[Judgement]] = defaultdict(list)
    rows = Judgement.objects.filter(subject__in=list(subject_ids), applicable=True, lapses_at__isnull=False)
    for row in rows.select_related("requirement", "subject").order_by("requirement__position"):
        stale[row.subject_id].append(row)
    for subject_id in sorted(subject_ids):
        found = stale.get(subject_id)
        if not found:
            duties.complete_by_source(principal, source=source_of_duty(subject_id), now=now)
            continue
        duties.set_duty(
            principal,
            source=source_of_duty(subject_id),
            organization_id=organization_id,
            subject_id=subject_id,
            code="assessment.duty_stale",
            fields={"subject": found[0].subject.name, "requirements": "、".join(row.requirement.ref for row in found[:10])},
            due_at=min(row.lapses_at for row in found if row.lapses_at is not None),
            owner_id=found[0].subject.owner_id,
            owner_role=Role.SYSTEM_OFFICER,
            now=now,
        )
