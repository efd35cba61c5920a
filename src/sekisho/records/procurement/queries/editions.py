"""Editions of rules: which there are, what one changes, which cases it would change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.engines.derivation import Comparison, check_answers, compare, derive
from sekisho.errors import InputError
from sekisho.records.organization.queries import ancestors, visible_to
from sekisho.records.procurement.models import Case, CaseState, RuleEdition
from sekisho.records.procurement.queries.cases import answers_of, edition_in_force, in_organization, rules_of, settings_of
from sekisho.records.rows import the_row
from sekisho.standards.rule_sets import RuleSet, included_rule_files, read_rule_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = [
    "MOST_CASES",
    "CaseEffect",
    "Effects",
    "edition",
    "edition_files",
    "editions",
    "editions_for",
    "effect_on",
    "effects",
    "merged",
    "present_rules",
    "rules_with",
]

MOST_CASES = 100
"""How many cases are derived twice for one preview (each takes some 50 ms)."""


@dataclass(frozen=True, slots=True)
class CaseEffect:
    """What other rules would change in a case; ``error``: why its answers do not fit them."""

    case: Case
    comparison: Comparison | None
    error: InputError | None = None

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return self.error is not None or (self.comparison is not None and not self.comparison.is_empty)


@dataclass(frozen=True, slots=True)
class Effects:
    """The cases that were looked at, those that would change first; ``left_out``: how many were too many."""

    cases: tuple[CaseEffect, ...]
    left_out: int

    @property
    def changed(self) -> tuple[CaseEffect, ...]:
        """The cases that would change."""
        return tuple(one for one in self.cases if one.changes)


def editions(principal: Principal, organization_id: uuid.UUID, rule_set_id: str = "") -> QuerySet[RuleEdition]:
    """The editions of an organisation itself, newest first."""
    rows = visible_to(RuleEdition.objects.filter(organization=organization_id), principal, action="procurement.read")
    rows = rows.select_related("person", "organization").order_by("rule_set", "-number")
    return rows.filter(rule_set=rule_set_id) if rule_set_id else rows


def edition(principal: Principal, edition_id: uuid.UUID) -> RuleEdition:
    """One edition. Raises NotFound."""
    rows = visible_to(RuleEdition.objects.all(), principal, action="procurement.read").select_related("person", "organization")
    return the_row(rows.filter(pk=edition_id))


def editions_for(case_: Case) -> QuerySet[RuleEdition]:
    """The editions that a case may follow: those that are or were in force in its organisation or above."""
    own = [organization.pk for organization in ancestors(case_.organization_id)]
    rows = RuleEdition.objects.filter(organization__in=own, rule_set=case_.rule_set).exclude(in_force_at=None)
    return rows.select_related("organization").order_by("-in_force_at")


def edition_files(row: RuleEdition | None, rule_set_id: str) -> dict[str, bytes]:
    """The files of an edition; without one the included ones. Raises NotFound ``rules.unknown_set``."""
    if row is None:
        return included_rule_files(rule_set_id)
    return {name: str(text).encode() for name, text in row.files.items()}


def present_rules(organization_id: uuid.UUID, rule_set_id: str) -> tuple[RuleSet, Mapping[str, float], RuleEdition | None]:
    """The rules in force in an organisation, its numbers, and the edition (None: the included rules)."""
    found = edition_in_force(organization_id, rule_set_id)
    return *rules_with(found, organization_id, rule_set_id), found


def rules_with(row: RuleEdition | None, organization_id: uuid.UUID, rule_set_id: str) -> tuple[RuleSet, Mapping[str, float]]:
    """The rules and numbers of an edition, or the included ones."""
    seen = Case(organization_id=organization_id, rule_set=rule_set_id, edition=row)
    return rules_of(seen), settings_of(seen)


def effect_on(case_: Case, rules: RuleSet, settings: Mapping[str, float]) -> CaseEffect:
    """What a case would look like under other rules."""
    answers = answers_of(case_.answers)
    before = derive(rules_of(case_), answers, settings=settings_of(case_))
    try:
        check_answers(rules, answers)
        after = derive(rules, answers, settings=settings)
    except InputError as error:
        return CaseEffect(case_, None, error)
    return CaseEffect(case_, compare(before, after))


def effects(principal: Principal, organization_id: uuid.UUID, rules: RuleSet, settings: Mapping[str, float]) -> Effects:
    """Every visible case in preparation, in the organisation and below, under other rules; at most MOST_CASES, newest first."""
    rows = in_organization(principal, organization_id, state=CaseState.PREPARING, rule_set=rules.id).select_related("edition")
    found: Iterable[Case] = rows[:MOST_CASES]
    made = sorted((effect_on(one, rules, settings) for one in found), key=lambda one: not one.changes)
    return Effects(tuple(made), max(0, rows.count() - len(made)))


def merged(rule_set_id: str, files: Mapping[str, str]) -> RuleSet:
    """The included rules with an organisation's files laid over. Raises InputError ``rules.invalid`` naming file and line."""
    changes = {name: text.encode() for name, text in files.items()}
    return read_rule_set(included_rule_files(rule_set_id), changes=changes)
