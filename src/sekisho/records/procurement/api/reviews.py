"""The area ``reviews`` of 調達 over HTTP."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from ninja import File, Form, Status, UploadedFile
from pydantic import Field

from sekisho.engines.draftreview import MAX_BYTES
from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.organization import queries as organization_queries
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.models import DraftReview
from sekisho.records.procurement.queries import reviews as review_queries
from sekisho.records.procurement.schemas import reviews as schemas

Code = Annotated[str, Field(max_length=64)]


@router.get("/procurement/reviews", response={200: Paged[schemas.DraftReviewOut], **ERRORS})
def list_reviews(
    request: ApiRequest, organization: Code, case: uuid.UUID | None = None, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """The reviews of drafts that the caller may see, newest first: of cases as a member, without a case the caller's own."""
    found = organization_queries.by_code(request.auth, organization)
    rows = review_queries.reviews_in(request.auth, found.pk, case_id=case)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/procurement/reviews", response={201: schemas.DraftReviewOut, **ERRORS})
def review_draft(request: ApiRequest, data: Form[schemas.DraftReviewIn], file: File[UploadedFile]) -> Status[DraftReview]:
    """Review a draft (DOCX, PDF, text, Markdown). A long one is read by a job: ``done`` is then false."""
    found = organization_queries.by_code(request.auth, data.organization)
    made = actions.review_draft(
        request.auth,
        organization=found,
        untrusted=file.read(MAX_BYTES + 1),
        filename=str(file.name),
        case=queries.case(request.auth, data.case) if data.case else None,
        families=[name.strip() for name in data.families.split(",") if name.strip()],
        products=data.products.splitlines(),
        now=request.now,
    )
    return Status(201, made)


@router.get("/procurement/reviews/{review_id}", response={200: schemas.DraftReviewDetailOut, **ERRORS})
def get_review(request: ApiRequest, review_id: uuid.UUID) -> dict[str, Any]:
    """One review with everything found and decided."""
    row = review_queries.draft_review(request.auth, review_id)
    return {
        **schemas.DraftReviewOut.from_orm(row).dict(),
        "result": row.result.get("review"),
        "basis": row.result.get("basis", {}),
        "decisions": list(review_queries.verdicts_of(row).values()),
    }


@router.post("/procurement/reviews/{review_id}/decisions", response={200: schemas.DraftReviewDetailOut, **ERRORS})
def decide_point(request: ApiRequest, review_id: uuid.UUID, data: schemas.PointIn) -> dict[str, Any]:
    """Decide about one point."""
    row = review_queries.draft_review(request.auth, review_id)
    actions.decide_point(
        request.auth, row, fingerprint=data.fingerprint, verdict=data.verdict, reason=data.reason, now=request.now
    )
    return get_review(request, review_id)


@router.delete("/procurement/reviews/{review_id}", response={204: None, **ERRORS})
def discard_review(request: ApiRequest, review_id: uuid.UUID) -> Status[None]:
    """Take a review and its decisions away for ever."""
    actions.discard_review(request.auth, review_queries.draft_review(request.auth, review_id), now=request.now)
    return Status(204, None)
