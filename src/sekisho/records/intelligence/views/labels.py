"""The page on which title, label and readers of a notice are changed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.notices import DescribeForm, ReaderForm, RelabelForm
from sekisho.records.intelligence.models import Notice
from sekisho.records.intelligence.queries import notices as queries
from sekisho.records.intelligence.views.notices import find, lines_of
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, beside, page, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django import forms


def _people(request: PageRequest) -> Any:
    return organization_queries.people_of(request.organization.pk, today=timezone.localdate(request.now)).order_by(
        "kana", "login"
    )[:500]


def _edit(request: PageRequest, row: Notice, forms_given: dict[str, forms.Form], lines: Sequence[str] = ()) -> HttpResponse:
    described = {
        "title": row.title,
        "products": "\n".join(row.products),
        "sectors": "\n".join(row.sectors),
        "version": row.version,
    }
    context = {
        **lines_of([row])[0],
        "form": forms_given.get("describe") or DescribeForm(initial=described),
        "relabel_form": forms_given.get("relabel")
        or RelabelForm(initial={"tlp": row.tlp, "version": row.version}, prefix="label"),
        "reader_form": ReaderForm(people=_people(request), prefix="reader") if row.tlp == "red" else None,
        "readers": list(queries.readers_of(row)) if row.tlp == "red" else [],
        "lines": lines,
    }
    bad = bool(lines) or any(form.errors for form in forms_given.values())
    return render(request, "intelligence/notice_edit.html", context, status=422 if bad else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """Title, products, sectors; label and readers stand on the same page."""
    row = find(request, notice_id)
    request.principal.require("intelligence.judge", row.organization_id)
    if request.method != "POST":
        return _edit(request, row, {})
    form = DescribeForm(request.POST)
    if not form.is_valid():
        return _edit(request, row, {"describe": form})
    try:
        actions.describe(request.principal, row, now=request.now, **form.given)
    except (InputError, Conflict) as error:
        return _edit(request, row, {"describe": form}, beside(form, error))
    messages.success(request, _("直しました。関わりも比べ直しました。"))
    return redirect("intelligence:notice", code, row.pk)


@require_POST
@page
def relabel(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """Another label, with the reason."""
    row = find(request, notice_id)
    form = RelabelForm(request.POST, prefix="label")
    if not form.is_valid():
        return _edit(request, row, {"relabel": form})
    try:
        actions.relabel(request.principal, row, now=request.now, **form.cleaned_data)
    except (InputError, Conflict) as error:
        return _edit(request, row, {"relabel": form}, beside(form, error))
    messages.success(request, _("共有範囲を変えました。"))
    return redirect("intelligence:notice", code, row.pk)


@require_POST
@page
def change_reader(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """Name somebody for whose eyes a RED notice is, or no longer."""
    row = find(request, notice_id)
    given = request.POST.get("remove") or request.POST.get("reader-person", "")
    try:
        person = uuid.UUID(given)
    except ValueError as error:
        raise NotFound("access.not_found") from error
    try:
        if request.POST.get("remove"):
            actions.remove_reader(request.principal, row, person_id=person, now=request.now)
        else:
            actions.add_reader(request.principal, row, person_id=person, now=request.now)
    except (InputError, Conflict, NotPermitted) as error:
        tell(request, error)
        return redirect("intelligence:notice_edit", code, row.pk)
    messages.success(request, _("見てよい人を変えました。"))
    seen = queries.notices(request.principal).filter(pk=row.pk).exists()
    return redirect("intelligence:notice_edit", code, row.pk) if seen else redirect("intelligence:index", code)
