"""Reviews of drafts: with a case for its members, without one for whoever made it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Exists, OuterRef, Q

from sekisho.engines.derivation import derive
from sekisho.engines.draftreview import Review
from sekisho.errors import Conflict
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.procurement.models import CaseMember, DraftReview, ReviewDecision
from sekisho.records.procurement.queries.cases import answers_of, rules_of, settings_of
from sekisho.records.procurement.rules.wording import places_filled
from sekisho.records.rows import the_row
from sekisho.standards.model import Text
from sekisho.standards.rule_sets import rule_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["draft_review", "draft_reviews", "our_words", "result_of", "review_before", "reviews_in", "verdicts_of"]


def draft_reviews(principal: Principal) -> QuerySet[DraftReview]:
    """The reviews that the principal may see, newest first. A case's stay with its members, after the notice too."""
    rows = visible_to(DraftReview.objects.all(), principal, action="procurement.read").select_related("case", "person")
    if principal.is_system:
        return rows
    if principal.person_id is None:
        return rows.none()
    mine = CaseMember.objects.filter(case=OuterRef("case"), person=principal.person_id)
    return rows.filter(Q(case=None, person=principal.person_id) | Q(Exists(mine)))


def draft_review(principal: Principal, review_id: uuid.UUID) -> DraftReview:
    """One review with its case. Raises NotFound."""
    return the_row(draft_reviews(principal).select_related("case__edition", "organization").filter(pk=review_id))


def reviews_in(
    principal: Principal, organization_id: uuid.UUID, *, case_id: uuid.UUID | None = None
) -> QuerySet[DraftReview]:  # fmt: skip
    """The visible reviews of an organisation and those below it, without their long results."""
    rows = draft_reviews(principal).filter(organization__in=within(organization_id, principal))
    return rows.filter(case=case_id) if case_id else rows


def result_of(row: DraftReview) -> Review:
    """The result as a value. Raises Conflict ``procurement_reviews.waiting`` while the review is not done."""
    if "review" not in row.result:
        raise Conflict("procurement_reviews.waiting")
    return msgspec.convert(row.result["review"], Review)


def verdicts_of(row: DraftReview) -> dict[str, ReviewDecision]:
    """Fingerprint → what a person decided."""
    return {one.fingerprint: one for one in ReviewDecision.objects.filter(review=row).select_related("person")}


def review_before(row: DraftReview) -> DraftReview | None:
    """The review that this one continues: the last one of the same case; without a case, of a file of the same name by the same
    person.
    """
    rows = DraftReview.objects.filter(organization=row.organization_id, at__lt=row.at, result__has_key="review")
    if row.case_id:
        return rows.filter(case=row.case_id).order_by("-at").first()
    return rows.filter(case=None, person=row.person_id, file_name=row.file_name).order_by("-at").first()


def our_words(row: DraftReview) -> Mapping[str, Text]:
    """Id of a clause → our own wording of it: the case's, filled as far as it is; without a case that of the included rules, at
    the level that was looked for (or the lowest). Places without a value show their title in brackets.
    """
    words: dict[str, Text] = {}
    rules = rules_of(row.case) if row.case else rule_set("specification")
    levels: dict[str, Any] = {one["id"]: one.get("wanted") for one in row.result.get("review", {}).get("clauses", ())}
    for requirement in rules.requirements:
        words[requirement.id] = requirement.levels[levels.get(requirement.id) or requirement.base].clause
    for clause in rules.clauses:
        words[clause.id] = clause.text
    if row.case:
        derived = derive(rules, answers_of(row.case.answers), settings=settings_of(row.case))
        words |= {clause.id: clause.text for clause in derived.included}
    return {
        name: Text(places_filled(text.ja, {}, rules, "ja"), places_filled(text.en, {}, rules, "en"))
        for name, text in words.items()
    }
