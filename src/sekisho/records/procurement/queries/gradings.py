"""Gradings: of systems for everybody who may read procurements, of cases for whoever may see the case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from sekisho.errors import NotFound
from sekisho.records.organization.queries import visible_to
from sekisho.records.procurement.models import Case, Grading, RuleEdition
from sekisho.records.procurement.queries.cases import cases, edition_in_force, rules_of
from sekisho.records.procurement.rules.grading import RULE_SET, digest_of
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["GRADED_KINDS", "GradingRules", "grading", "grading_rules", "gradings", "history_of", "present_gradings", "systems"]

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
    rows = visible_to(Grading.objects.all(), principal, action="procurement.read").select_related("decided_by", "subject", "case")
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


def history_of(
    principal: Principal, *, subject_id: uuid.UUID | None = None, case_id: uuid.UUID | None = None
) -> QuerySet[Grading]:
    """Every grading of a subject or of a case, newest first."""
    return gradings(principal).filter(subject=subject_id) if subject_id else gradings(principal).filter(case=case_id)
