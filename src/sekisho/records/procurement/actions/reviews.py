"""Reading drafts: the review itself, what a person decides about its points, discarding it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines import draftreview
from sekisho.engines.draftreview import Draft
from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.downloads import safe_file_name
from sekisho.records.jobs import actions as job_actions
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import DraftReview, MemberPart, ReviewDecision
from sekisho.records.procurement.queries import reviews as review_queries
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.procurement.rules.reviewing import Wanted, checked_verdict, wanted_of
from sekisho.standards.review_rules import FAMILIES, review_rules

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.jobs.registry import JobContext
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case

__all__ = ["JOB", "LONG", "decide_point", "discard_review", "review_draft", "run_review"]

JOB: Final = "procurement.review"
LONG: Final = 30_000
"""Characters from which a draft is read by a job (some two seconds of reading)."""
_REASON: Final = 4000
_PRODUCTS: Final = 50
_PRODUCT: Final = 100  # characters


def review_draft(
    principal: Principal,
    *,
    organization: Organization,
    untrusted: bytes,
    filename: str,
    now: datetime,
    case: Case | None = None,
    families: Collection[str] = ("sbd",),
    products: Sequence[str] = (),
) -> DraftReview:
    """Read a draft and review it, a long one by a job. The file itself is not kept: only its hash, and passages.

    ``case``: what it demands is looked for; otherwise the clauses of ``families``. ``products``: names to be told about.
    Raises InputError ``review.*`` (the file) and ``procurement_reviews.*``.
    """
    _require_reviewer(principal, organization, case)
    person_id = principal.own_id
    asked = _asked(families, products, case)
    draft = draftreview.read_draft(untrusted, filename=filename)
    row = DraftReview(
        organization=organization,
        case=case,
        file_name=safe_file_name(filename),
        sha256=draft.sha256,
        result={"waiting": {"draft": msgspec.to_builtins(draft), **asked}},
        person_id=person_id,
        at=now,
    )
    long = draft.characters > LONG
    if not long:
        row.result = _reviewed(draft, case, asked)
    with recording(principal, "procurement.review", now=now, organization_id=organization.pk) as entry:
        row.save(force_insert=True)
        entry.about(row.pk, *((case.pk,) if case else ()))
        entry.fact(sha256=draft.sha256, characters=draft.characters)
        entry.words(file_name=row.file_name)
        if long:
            job = job_actions.enqueue(
                principal,
                JOB,
                now=now,
                payload={"review": str(row.pk)},
                organization_id=organization.pk,
                unique_key=f"{JOB}:{row.pk}",
            )
            row.result["job"] = str(job.pk)
            row.save(update_fields=["result"])
        else:
            _take_over(row)
    return row


def _require_reviewer(principal: Principal, organization: Organization, case: Case | None) -> None:
    if case is None:
        principal.require("procurement.review", organization.pk)
        return
    queries.require_part(principal, case, "procurement.review", *MemberPart.values)
    if case.organization_id != organization.pk:
        raise InputError("procurement_reviews.case_elsewhere")


def _asked(families: Collection[str], products: Sequence[str], case: Case | None) -> dict[str, Any]:
    """What to look for, checked; as it is stored."""
    if unknown := [name for name in families if name not in FAMILIES]:
        raise InputError("procurement_reviews.unknown_family", family=unknown[0][:40], families=", ".join(FAMILIES))
    if case is None and not families:
        raise InputError("procurement_reviews.nothing_to_look_for")
    names = [checked_text(name, name="products", limit=_PRODUCT) for name in products if name.strip()]
    if len(names) > _PRODUCTS:
        raise InputError("procurement_reviews.too_many_products", limit=_PRODUCTS)
    return {"families": sorted(set(families)), "products": names}


def _reviewed(draft: Draft, case: Case | None, asked: dict[str, Any]) -> dict[str, Any]:
    """The result as it is stored."""
    rules = review_rules()
    wanted, basis = Wanted(), {**asked}
    if case is not None:
        wanted = wanted_of(queries.derivation_of(case), rules)
        basis |= {"answers_version": case.answers_version, "rules": queries.rules_of(case).digest, "left_out": wanted.left_out}
    else:
        wanted = Wanted({clause.id: None for clause in rules.clauses if clause.family in asked["families"]})
    found = draftreview.review(draft, rules=rules, required=wanted.required, expected=wanted.expected, products=asked["products"])
    return {"review": found.as_dict(), "basis": basis}


def _take_over(row: DraftReview) -> int:
    """Copy what people decided on the draft before: same rule and wording, same verdict, by the same person at that time."""
    earlier = review_queries.review_before(row)
    if earlier is None:
        return 0
    result = review_queries.result_of(row)
    here = {one.fingerprint for one in result.clauses} | {one.fingerprint for one in result.items}
    kept = [one for one in ReviewDecision.objects.filter(review=earlier) if one.fingerprint in here]
    ReviewDecision.objects.bulk_create(
        ReviewDecision(
            review=row, fingerprint=one.fingerprint, verdict=one.verdict, reason=one.reason, person_id=one.person_id, at=one.at
        )
        for one in kept
    )
    return len(kept)


def run_review(context: JobContext) -> dict[str, Any]:
    """The job: reviews the draft that waits in its row; the text is then gone from the row. Safe to repeat."""
    row = review_queries.draft_review(context.principal, context.payload["review"])
    waiting = row.result.get("waiting")
    if waiting is None:
        return {}
    context.progress(1, 3)
    draft = msgspec.convert(waiting["draft"], Draft)
    asked = {"families": waiting["families"], "products": waiting["products"]}
    result = _reviewed(draft, row.case, asked)
    context.progress(2, 3)
    with recording(context.principal, "procurement.review_done", now=context.now, organization_id=row.organization_id) as entry:
        found = DraftReview.objects.select_for_update().get(pk=row.pk)
        if "waiting" in found.result:
            found.result = result
            found.save(update_fields=["result"])
            _take_over(found)
        entry.about(row.pk)
    context.progress(3, 3)
    return {}


def _writable(principal: Principal, row: DraftReview) -> None:
    if row.case is not None:
        queries.require_part(principal, row.case, "procurement.review", *MemberPart.values)
        return
    principal.require("procurement.review", row.organization_id)
    if not principal.is_system and row.person_id != principal.person_id:
        raise NotPermitted("procurement_reviews.not_yours")


def decide_point(
    principal: Principal, row: DraftReview, *, fingerprint: str, verdict: str, reason: str = "", now: datetime
) -> ReviewDecision | None:
    """Keep what a person decided about one point; an empty ``verdict`` takes the decision back.

    It holds for the next draft too, as long as rule and wording stay. Raises InputError ``procurement_reviews.*``.
    """
    _writable(principal, row)
    reason = checked_text(reason, name="reason", limit=_REASON)
    result = review_queries.result_of(row)
    if verdict:
        checked_verdict(result, fingerprint, verdict, reason)
    with recording(principal, "procurement.decide_point", now=now, organization_id=row.organization_id) as entry:
        made = None
        rows = ReviewDecision.objects.filter(review=row, fingerprint=fingerprint)
        if verdict:
            made, _ = ReviewDecision.objects.update_or_create(
                review=row,
                fingerprint=fingerprint,
                defaults={"verdict": verdict, "reason": reason, "person_id": principal.person_id, "at": now},
            )
        elif not rows.delete()[0]:
            raise Conflict("procurement_reviews.not_decided")
        entry.about(row.pk)
        entry.fact(fingerprint=fingerprint[:64], verdict=verdict)
        entry.words(reason=reason)
    return made


def discard_review(principal: Principal, row: DraftReview, *, now: datetime) -> None:
    """Take a review and its decisions away for ever: by whoever made it, or an owner of its case."""
    _writable(principal, row)
    if not principal.is_system and row.person_id != principal.person_id:
        if row.case is None:
            raise NotPermitted("procurement_reviews.not_yours")
        queries.require_part(principal, row.case, "procurement.review", MemberPart.OWNER)
    with recording(principal, "procurement.discard_review", now=now, organization_id=row.organization_id) as entry:
        entry.about(row.pk)
        entry.fact(sha256=row.sha256)
        DraftReview.objects.filter(pk=row.pk).delete()
