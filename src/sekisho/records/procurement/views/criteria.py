"""評価表: what bidders are asked, what is mandatory, and points where the award allows them."""

from __future__ import annotations

import unicodedata
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.views.deciding import require_editor
from sekisho.records.procurement.writing import MOST_POINTS, OVERALL, points_of, sheet

if TYPE_CHECKING:
    from sekisho.records.procurement.writing import Material

__all__ = ["criteria"]

_MOST_ROWS: Final = 1000
_MOST_DIGITS: Final = 6


@require_http_methods(["GET", "POST"])
@page
def criteria(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The evaluation sheet, edited as a whole."""
    shown = case_page(request, case_id, "procurement:documents")
    material = queries.material_of(shown.case, language=language(), now=request.now)
    rows: list[dict[str, Any]] = [msgspec.to_builtins(criterion) for criterion in sheet(material)]
    lines: list[str] = []
    status = 200
    if request.method == "POST":
        require_editor(request, shown)
        rows = _posted(request)
        try:
            kept: list[dict[str, Any]] = [] if request.POST.get("do") == "reset" else rows
            _require_numbers(kept)
            version = request.POST.get("version", "")
            actions.save_criteria(
                request.principal,
                shown.case,
                criteria=kept,
                base_version=int(version) if version.isascii() and version.isdigit() and len(version) <= _MOST_DIGITS else 0,
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines, status = say(error, request.principal.language), error.http_status
        else:
            messages.success(request, _("評価表を保存しました。"))
            return redirect("procurement:criteria", code=code, case_id=case_id)
    context = {
        **shown.context,
        "rows": [_row(row, material, number) for number, row in enumerate(rows, 1)],
        "lines": lines,
        "overall": material.award == OVERALL,
        "award": material.award,
        "points": points_of(sheet(material)),
        "most": MOST_POINTS,
        "version": queries.case(request.principal, case_id).version if status == 409 else shown.case.version,  # noqa: PLR2004
        "saved": bool(shown.case.criteria),
        "clauses": [(clause.id, material.outline.cited(clause.id)) for clause in material.derivation.included],
    }
    return render(request, "procurement/criteria.html", context, status=status)


def _row(row: dict[str, Any], material: Material, number: int) -> dict[str, Any]:
    return {**row, "number": number, "cited": material.outline.cited(str(row.get("clause", "")))}


def _posted(request: PageRequest) -> list[dict[str, Any]]:
    """The rows of the form in their order; ones marked for removal are left out, a new one is added at the end."""
    given = request.POST
    names = ("id", "clause", "title", "kind", "points", "question", "shown")
    columns = {name: given.getlist(name) for name in names}
    count = min(len(columns["id"]), _MOST_ROWS)
    removed = set(given.getlist("remove"))
    rows: list[dict[str, Any]] = []
    for index in range(count):
        row: dict[str, Any] = {name: values[index] if index < len(values) else "" for name, values in columns.items()}
        if row["id"] in removed:
            continue
        new = row["id"] == ""
        if new and not row["title"].strip():
            continue
        row["points"] = _points(row["points"]) if row["kind"] == "additional" else 0  # a mandatory one's field is not shown
        row["id"] = row["id"] or _new_id(rows)
        rows.append({**row, "question": row["question"].replace("\r\n", "\n"), "shown": row["shown"].replace("\r\n", "\n")})
    return rows


def _points(text: str) -> int | str:
    """The number (full-width digits, too; nothing typed is 0), or what was typed when it is none."""
    plain = unicodedata.normalize("NFKC", text).strip() or "0"
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _MOST_DIGITS else text


def _require_numbers(rows: list[dict[str, Any]]) -> None:
    """Raises InputError that names each criterion whose points are no number."""
    problems = tuple(
        Problem("procurement_outputs.criterion_points_number", {"title": row["title"], "value": row["points"]}, row=number)
        for number, row in enumerate(rows, 1)
        if isinstance(row["points"], str)
    )
    if problems:
        raise InputError("procurement_outputs.wrong_criteria", problems=problems, count=len(problems))


def _new_id(rows: list[dict[str, Any]]) -> str:
    known = {row["id"] for row in rows}
    return next(name for name in (f"own{n}" for n in range(1, _MOST_ROWS + 2)) if name not in known)
