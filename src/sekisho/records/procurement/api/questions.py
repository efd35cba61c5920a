"""The questions of a case over HTTP. Answers are saved with ``PATCH /procurement/cases/{case_id}/answers``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged
from sekisho.records.procurement import queries
from sekisho.records.procurement.api.routing import ERRORS, router
from sekisho.records.procurement.schemas import cases as schemas
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.standards.model import Text
    from sekisho.standards.rule_sets import Question


def _options(question: Question, language: str) -> list[dict[str, str]]:
    if question.kind == "yes_no":
        return [{"id": name, "title": texts.render(f"derivation.{name}", {}, language), "note": ""} for name in ("yes", "no")]
    return [{"id": o.id, "title": o.title.get(language), "note": _said(o.note, language)} for o in question.options]


def _said(text: Text | None, language: str) -> str:
    return text.get(language) if text else ""


@router.get("/procurement/cases/{case_id}/questions", response={200: Paged[schemas.CaseQuestionOut], **ERRORS})
def list_questions(request: ApiRequest, case_id: uuid.UUID, limit: Limit = 100, offset: Offset = 0) -> dict[str, Any]:
    """Every question in the caller's language: whether it is asked and why not, its answer, what the tasks say."""
    row = queries.case(request.auth, case_id)
    language = "en" if request.auth.language.startswith("en") else "ja"
    derivation = queries.derivation_of(row)
    why = queries.not_asked_because(row, derivation, language)
    questions = queries.rules_of(row).questions
    pairs = list(zip(questions, derivation.answers, strict=True))
    items = [
        {
            "id": question.id,
            "section": question.section,
            "kind": question.kind,
            "title": question.title.get(language),
            "why": question.why.get(language),
            "help": _said(question.help, language),
            "example": _said(question.example, language),
            "unit": _said(question.unit, language),
            "required": question.required,
            "options": _options(question, language),
            "asked": reply.asked,
            "because": why.get(question.id, []),
            "value": reply.value,
            "origin": reply.origin,
            "tasks": reply.tasks,
            "contradicted": reply.contradicted,
        }
        for question, reply in pairs[offset : offset + limit]
    ]
    return {"items": items, "total": len(pairs)}
