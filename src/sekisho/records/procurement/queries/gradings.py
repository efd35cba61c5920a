"""Gradings: of systems for everybody who may read procurements, of cases for whoever may see the case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from sekisho.errors import Conflict, NotFound, SekishoError
from sekisho.records.assessment import queries as assessment_queries
from sekisho.records.organization.queries import visible_to
from sekisho.records.procurement.models import Case, CaseState, Grading, RuleEdition
from sekisho.records.procurement.queries.cases import cases, edition_in_force, rules_of
from sekisho.records.procurement.rules.grading import RULE_SET, digest_of, target_of
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.assessment.queries import TargetPlan
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.rules.grading import Target
    from sekisho.records.subjects.models import Subject
    from sekisho.standards.rule_sets import RuleSet

__all__ = [
    "GRADED_KINDS",
    "Follows",
    "GradingRules",
    "follows",
    "grading",
    "grading_rules",
    "gradings",
    "history_of",
    "present_gradings",
    "systems",
]

GRADED_KINDS = ("information_system", "cloud_service")


@dataclass(frozen=True, slots=True)
class GradingRules:
    """The rules by which an organisation grades now."""

    rules: RuleSet
    settings: Mapping[str, float]
    edition: RuleEdition | None

    @property
    def digest(self) -> str:
        """Names these rules; a grading with another one is stale."""
        return digest_of(self.rules, self.settings)


def grading_rules(organization_id: uuid.UUID) -> GradingRules:
    """The grading rules in force in the organisation."""
    edition = edition_in_force(organization_id, RULE_SET)
    rules = rules_of(Case(organization_id=organization_id, rule_set=RULE_SET, edition=edition))
    return GradingRules(rules, edition.settings if edition else {}, edition)


def gradings(principal: Principal) -> QuerySet[Grading]:
    """The gradings that the principal may see, newest first."""
    rows = visible_to(Grading.objects.all(), principal, action="procurement.read")
    rows = rows.select_related("decided_by", "subject", "case__subject")
    if principal.is_system:
        return rows
    seen = subject_queries.subjects(principal)
    return rows.filter(Q(case=None, subject__in=seen) | Q(case__in=cases(principal).order_by()))


def grading(principal: Principal, grading_id: uuid.UUID) -> Grading:
    """One grading. Raises NotFound."""
    found = gradings(principal).select_related("organization", "edition").filter(pk=grading_id).first()
    if found is None:
        raise NotFound("access.not_found")
    return found


def systems(principal: Principal, organization_id: uuid.UUID) -> QuerySet[Subject]:
    """What may be graded in the organisation and below: information systems and cloud services in use, ungraded ones first."""
    rows = subject_queries.in_organization(principal, organization_id).filter(kind__in=GRADED_KINDS, retired_at=None)
    return rows.select_related("organization").order_by("grade", "name", "pk")


def present_gradings(principal: Principal, subjects: list[Subject]) -> dict[uuid.UUID, Grading]:
    """Subject → its present grading. One query."""
    rows = gradings(principal).filter(subject__in=[one.pk for one in subjects], superseded_at=None)
    return {row.subject_id: row for row in rows if row.subject_id is not None}


@dataclass(frozen=True, slots=True)
class Follows:
    """What a grading means for the judgements of its subject. ``refused``: why nothing can be set now."""

    subject: Subject | None = None
    target: Target | None = None
    plan: TargetPlan | None = None
    refused: SekishoError | None = None


def follows(principal: Principal, row: Grading) -> Follows:
    """The target level that goes with the grade, and what it would change."""
    try:
        subject, target = _following(principal, row)
    except SekishoError as error:
        return Follows(refused=error)
    return Follows(subject, target, assessment_queries.target_plan(principal, subject=subject, level=target.level))


def _following(principal: Principal, row: Grading) -> tuple[Subject, Target]:
    """The subject that a grading counts for, and its target. Raises Conflict or InputError where the grading counts no longer."""
    subject = row.subject
    if row.case is not None and row.case.state == CaseState.OPERATING:
        subject = row.case.subject
    if subject is None:
        raise Conflict("procurement_tools.nothing_graded_yet")
    subject = subject_queries.subject(principal, subject.pk)
    rules = grading_rules(row.organization_id)
    if row.superseded_at is not None:
        raise Conflict("procurement_tools.grading_superseded")
    if row.rule_digest != rules.digest:
        raise Conflict("procurement_tools.grading_stale")
    if subject.retired_at is not None:
        raise Conflict("subjects.retired", subject=subject.name)
    if subject.grade != row.grade:
        raise Conflict("procurement_tools.grade_differs", grade=row.grade, found=subject.grade or "―", subject=subject.name)
    return subject, target_of(rules.rules, row.answers, row.grade, settings=rules.settings)


def history_of(
    principal: Principal, *, subject_id: uuid.UUID | None = None, case_id: uuid.UUID | None = None
) -> QuerySet[Grading]:
    """Every grading of a subject or of a case, newest first."""
    return gradings(principal).filter(subject=subject_id) if subject_id else gradings(principal).filter(case=case_id)
