"""Cases: until the notice only members see them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Exists, OuterRef, Q

from sekisho.engines.derivation import Answers, Derivation, derive
from sekisho.errors import NotFound, NotPermitted
from sekisho.records.organization.queries import ancestors, visible_to, within
from sekisho.records.procurement.models import AnswerChange, Case, CaseMember, CaseVersion, MemberPart, Notice, RuleEdition
from sekisho.records.rows import the_row
from sekisho.standards.rule_sets import RuleSet, included_rule_files, read_rule_set, rule_set

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = [
    "announced_case",
    "answers_of",
    "case",
    "cases",
    "changes_since",
    "derivation_of",
    "edition_in_force",
    "in_organization",
    "members",
    "parts_of",
    "require_part",
    "rules_of",
    "settings_of",
    "versions",
]


def cases(principal: Principal) -> QuerySet[Case]:
    """The cases that the principal may see: as a member, or, once the notice is out, as a reader of the organisation."""
    rows = visible_to(Case.objects.all(), principal, action="procurement.read")
    if principal.is_system:
        return rows
    mine = CaseMember.objects.filter(case=OuterRef("pk"), person=principal.person_id)
    public = Notice.objects.filter(case=OuterRef("pk"))
    return rows.filter(Q(Exists(mine)) | Q(Exists(public)))


def case(principal: Principal, case_id: uuid.UUID) -> Case:
    """One case with its organisation and edition, for its members: drafts stay theirs after the notice too. Raises NotFound."""
    found = announced_case(principal, case_id)
    if not principal.is_system and not parts_of(principal, found):
        raise NotFound("access.not_found")
    return found


def announced_case(principal: Principal, case_id: uuid.UUID) -> Case:
    """One case for whom :func:`cases` shows it: what is asked of it next has to be public by itself. Raises NotFound."""
    return the_row(cases(principal).select_related("organization", "edition").filter(pk=case_id))


def in_organization(
    principal: Principal, organization_id: uuid.UUID, *, state: str = "", rule_set: str = "", text: str = ""
) -> QuerySet[Case]:
    """The visible cases of an organisation and those below it, newest change first."""
    rows = (
        cases(principal).filter(organization__in=within(organization_id, principal)).select_related("organization", "created_by")
    )
    if state:
        rows = rows.filter(state=state)
    if rule_set:
        rows = rows.filter(rule_set=rule_set)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(number__icontains=text))
    return rows


def members(case_: Case) -> QuerySet[CaseMember]:
    """Who works on a case (which the caller was allowed to see)."""
    return CaseMember.objects.filter(case=case_).select_related("person").order_by("person__name", "part")


def parts_of(principal: Principal, case_: Case) -> frozenset[str]:
    """What the principal does in the case; the installation itself does everything."""
    if principal.is_system:
        return frozenset(MemberPart.values)
    return frozenset(CaseMember.objects.filter(case=case_, person=principal.person_id).values_list("part", flat=True))


def require_part(principal: Principal, case_: Case, action: str, *parts: str) -> None:
    """Raise NotPermitted unless the principal may do ``action`` there and is a member with one of ``parts``."""
    principal.require(action, case_.organization_id)
    if not principal.is_system and not parts_of(principal, case_) & set(parts):
        raise NotPermitted("procurement.not_member", parts=", ".join(parts))


def versions(case_: Case) -> QuerySet[CaseVersion]:
    """The kept versions, newest first."""
    return CaseVersion.objects.filter(case=case_).select_related("person", "edition")


def changes_since(case_: Case, version: int) -> QuerySet[AnswerChange]:
    """What was saved after ``version`` of the answers, newest first."""
    return AnswerChange.objects.filter(case=case_, version__gt=version).select_related("person")


@lru_cache(maxsize=32)
def _edition_rules(edition_id: uuid.UUID, digest: str) -> RuleSet:  # noqa: ARG001 - the digest is part of the key
    edition = RuleEdition.objects.get(pk=edition_id)
    files = {name: str(text).encode() for name, text in edition.files.items()}
    return read_rule_set(included_rule_files(edition.rule_set), changes=files)


def rules_of(case_: Case) -> RuleSet:
    """The rules that the case follows: the included ones, or the edition of the organisation with which it began."""
    if case_.edition is None:
        return rule_set(case_.rule_set)
    return _edition_rules(case_.edition.pk, case_.edition.digest)


def settings_of(case_: Case) -> Mapping[str, float]:
    """The organisation's own values of the rule set's settings."""
    return case_.edition.settings if case_.edition else {}


def edition_in_force(organization_id: uuid.UUID, rule_set_id: str) -> RuleEdition | None:
    """The nearest edition in force, from the organisation upwards; None: the included rules."""
    for organization in reversed([*ancestors(organization_id)]):
        found = (
            RuleEdition.objects.filter(organization=organization, rule_set=rule_set_id)
            .exclude(in_force_at=None)
            .order_by("-in_force_at")
            .first()
        )
        if found is not None:
            return found
    return None


def answers_of(plain: Mapping[str, Any]) -> Answers:
    """Stored answers as a value."""
    return msgspec.convert(plain, Answers)


def derivation_of(case_: Case, *, answers: Mapping[str, Any] | None = None) -> Derivation:
    """What the rules say about the case now (or about other ``answers`` of it)."""
    return derive(rules_of(case_), answers_of(case_.answers if answers is None else answers), settings=settings_of(case_))
