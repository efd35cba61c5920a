"""文書: what prevents issue, previews, files in every form, the office's own template and numbering."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sekisho.documents import ALL_MEDIA_TYPES
from sekisho.documents.html import render_html
from sekisho.documents.numbering import BUILT_IN, number
from sekisho.errors import Conflict, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import CaseState
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.writing import (
    DOCUMENTS,
    FORMATS,
    OVERALL,
    PLACES,
    points_of,
    render_workbook,
    sheet,
)
from sekisho.records.tabular import XLSX_TYPE
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.rules.issuing import Obstacle
    from sekisho.records.procurement.writing import Material

__all__ = ["documents", "download", "numbering", "preview", "workbook"]

_CURRENT: Final = "procurement:documents"
_NAMES: Final = {
    "specification": (gettext_lazy("調達仕様書"), gettext_lazy("仕様書のうち情報セキュリティの部分。公告までは案です。")),
    "traceability": (gettext_lazy("要件トレーサビリティ表"), gettext_lazy("答えから条項へ、条項から答え・検収・評価へ。")),
    "evaluation": (gettext_lazy("応札者への質問と評価表"), gettext_lazy("すべての応札者に同じ質問を出し、同じ表で評価します。")),
    "reasons": (gettext_lazy("理由書"), gettext_lazy("実施レベルごとの理由、費用と運用への影響、助言、過不足の指摘。")),
}
_FORM_NAMES: Final = {"docx": "Word", "xlsx": "Excel", "html": "HTML", "md": "Markdown", "pdf": "PDF"}
_SAMPLE: Final = (2, 3, 1, 2)


@require_safe
@page
def documents(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """All documents of the case, and what is still in the way of the notice."""
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    derivation = material.derivation
    preparing = shown.case.state == CaseState.PREPARING
    found = queries.obstacles_of(shown.case, derivation) if preparing else ()
    rows = [
        {
            "which": which,
            "name": name,
            "what": what,
            "url": reverse("procurement:document", args=[code, case_id, which]),
            "files": [(_FORM_NAMES[form], _file_url(code, case_id, which, form, material)) for form in FORMATS],
        }
        for which, (name, what) in _NAMES.items()
    ]
    criteria = sheet(material)
    context = {
        **shown.context,
        "rows": rows,
        "workbook": _FORM_NAMES["xlsx"],
        "obstacles": [_obstacle(one, material, code, case_id) for one in found],
        "preparing": preparing,
        "issued": material.issued,
        "unfilled": len(derivation.unfilled),
        "templates": queries.word_templates(shown.case),
        "places": PLACES,
        "template_url": reverse("procurement:document_file", args=[code, case_id, "specification", "docx"]),
        "styles": _styles(shown.case, language()),
        "numbering": shown.case.numbering,
        "criteria": len(criteria),
        "points": points_of(criteria),
        "overall": material.award == OVERALL,
        "award": material.award,
    }
    return render(request, "procurement/documents.html", context)


def _file_url(code: str, case_id: uuid.UUID, which: str, form: str, material: Material) -> str:
    url = reverse("procurement:document_file", args=[code, case_id, which, form])
    return f"{url}?draft=1" if which == "specification" and material.derivation.unfilled else url


def _styles(case: Case, spoken: str) -> list[tuple[str, str, str]]:
    """Every numbering style: its key, its name, how a clause deep down would be numbered."""
    found = []
    for key, style in BUILT_IN.items():
        sample = "　".join(number(style, _SAMPLE[: n + 1]) for n in range(min(len(style.levels), len(_SAMPLE))))
        found.append((key, texts.render(f"numbering.style_{key}", {}, spoken), sample))
    found += [(str(row.pk), row.name, " / ".join(row.levels)) for row in queries.numbering_styles(case)]
    return found


def _obstacle(found: Obstacle, material: Material, code: str, case_id: uuid.UUID) -> dict[str, str]:
    """An obstacle in words, with the page on which it is dealt with."""
    spoken = material.language
    fields = dict(found.fields)
    for kind in ("question", "requirement"):
        if item := material.rules.find(f"{kind}s", str(fields.get(kind, ""))):
            fields[kind] = item.title.get(spoken)
    if "clause" in fields:
        entry = material.outline.by_clause.get(str(fields["clause"]))
        fields["clause"] = f"{entry.citation} {entry.title}" if entry else fields["clause"]
    if "message" in fields:
        fields["message"] = fields["message"].get(spoken)
    return {"kind": found.kind, "text": texts.render(found.code, fields, spoken), "url": _where(found, material, code, case_id)}


def _where(found: Obstacle, material: Material, code: str, case_id: uuid.UUID) -> str:
    case = [code, case_id]
    if material.rules.find("questions", found.at):
        return reverse("procurement:question", args=[*case, found.at])
    if material.rules.find("requirements", found.at):
        return reverse("procurement:requirement", args=[*case, found.at])
    names = {"place": "places", "opinion": "opinion", "clauses": "clauses"}
    return reverse(f"procurement:{names.get(found.kind, 'requirements')}", args=case)


@require_safe
@page
def preview(request: PageRequest, code: str, case_id: uuid.UUID, which: str) -> HttpResponse:
    """One document as a page; empty places are marked."""
    if which not in DOCUMENTS:
        raise NotFound("access.not_found")
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    made = queries.document_of(shown.case, material, which, draft=True)
    context = {
        **shown.context,
        "name": _NAMES[which][0],
        "body": mark_safe(render_html(made, embed=True)),  # noqa: S308 - made by documents, which escapes
        "files": [(_FORM_NAMES[form], _file_url(code, case_id, which, form, material)) for form in FORMATS],
        "unfilled": len(material.derivation.unfilled) if which == "specification" and not material.issued else 0,
    }
    return render(request, "procurement/document.html", context)


@require_safe
@page
def download(request: PageRequest, code: str, case_id: uuid.UUID, which: str, form: str) -> HttpResponse:
    """One document as a file; ``?template=`` fills the office's own Word template, ``?draft=1`` leaves empty places marked."""
    del code
    if which not in DOCUMENTS or form not in FORMATS:
        raise NotFound("access.not_found")
    shown = case_page(request, case_id, _CURRENT)
    data = queries.document_file(
        shown.case,
        queries.material_of(shown.case, language=language(), now=request.now),
        which=which,
        form=form,
        template=request.GET.get("template", ""),
        draft=request.GET.get("draft") == "1",
    )
    return attachment(data, name=f"{shown.case.number}-{which}.{form}", media_type=ALL_MEDIA_TYPES[form])


@require_safe
@page
def workbook(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Traceability and evaluation as one workbook."""
    del code
    shown = case_page(request, case_id, _CURRENT)
    material = queries.material_of(shown.case, language=language(), now=request.now)
    return attachment(render_workbook(material), name=f"{shown.case.number}-workbook.xlsx", media_type=XLSX_TYPE)


@require_POST
@page
def numbering(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Choose how clauses are numbered."""
    shown = case_page(request, case_id, _CURRENT)
    try:
        actions.choose_numbering(request.principal, shown.case, numbering=request.POST.get("numbering", "")[:64], now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("条項の番号の書き方を変えました。"))
    return redirect("procurement:documents", code=code, case_id=case_id)
