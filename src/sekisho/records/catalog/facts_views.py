"""The lists of reference facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sekisho.records.catalog import queries, reference
from sekisho.records.pages import PageRequest, page

if TYPE_CHECKING:
    from django.http import HttpResponse

__all__ = ["facts"]

ROWS: Final = 30


@require_safe
@page
def facts(request: PageRequest, code: str, list_id: str) -> HttpResponse:
    """One list with search; each fact with how it was checked."""
    del code
    language = request.principal.language
    about = reference.list_of(list_id)
    words = request.GET.get("q", "").strip()[:100]
    targets = queries.current_ids(request.principal, ("annex_a_2022", "unified_standard_r5"))
    found = reference.find(list_id, language, words, targets)
    if request.GET.get("unverified") == "1":
        found = [item for item in found if "memory" in item.verified.values()]
    context = {
        "about": about,
        "title": about.title.get(language),
        "note": about.confidence_note.get(language) if about.confidence_note else "",
        "confidence": f"facts.confidence_{about.confidence}" if about.confidence else "",
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "search_text": words,
    }
    return render(request, "catalog/facts.html", context)
