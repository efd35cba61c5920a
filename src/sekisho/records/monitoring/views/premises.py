"""The page of the 建物と札の台帳."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.languages import language
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.forms.sources import PremisesForm
from sekisho.records.monitoring.premises_sheet import COLUMNS, KIND_NAMES
from sekisho.records.monitoring.queries.premises import premises
from sekisho.records.monitoring.views.common import export, page_of
from sekisho.records.pages import PageRequest, beside, page, say

if TYPE_CHECKING:
    from collections.abc import Sequence


@require_http_methods(["GET", "POST"])
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What doors, cards, accounts and machines are; posting a sheet replaces all of it."""
    here = request.organization
    request.principal.require("monitoring.search", here.pk)
    may_edit = request.principal.may("monitoring.source", here.pk)
    form = PremisesForm(request.POST or None, request.FILES or None) if may_edit else None
    lines: Sequence[str] = []
    if request.method == "POST":
        request.principal.require("monitoring.source", here.pk)
        assert form is not None
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                count = actions.replace_premises(
                    request.principal,
                    organization=here,
                    untrusted=file.read(actions.PREMISES_LIMIT + 1),
                    filename=str(file.name),
                    now=request.now,
                )
            except (InputError, Conflict) as error:
                lines = say(error, language()) if error.problems else beside(form, error)
            else:
                messages.success(request, _("台帳を%(n)d行に置きかえました。") % {"n": count})
                return redirect("monitoring:premises", code)
    shown = page_of(request, premises(request.principal, here), each=100)
    place = 1 if language() == "en" else 0
    context: dict[str, Any] = {
        "page": shown,
        "rows": [{"row": row, "kind": KIND_NAMES[row.kind][place]} for row in shown],
        "form": form,
        "lines": lines,
    }
    return render(request, "monitoring/premises.html", context, status=422 if lines or (form and form.errors) else 200)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """All lines, to be changed in Excel and handed back."""
    del code
    request.principal.require("monitoring.search", request.organization.pk)
    rows = [
        {"kind": row.kind, "key": row.key, "value": row.value, "more": row.more}
        for row in premises(request.principal, request.organization)
    ]
    return export(request, COLUMNS, rows, form=form, title=_("建物と札の台帳"), name="premises")
