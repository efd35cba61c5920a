"""Taking in a catalogue: upload, look at what it would do, confirm. And the form to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records import staging
from sekisho.records.catalog import actions, importing, queries
from sekisho.records.catalog.forms import ImportForm
from sekisho.records.catalog.rules import read_upload
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.tabular import XLSX_TYPE
from sekisho.standards.own_rules import template_xlsx

if TYPE_CHECKING:
    from sekisho.errors import SekishoError

__all__ = ["confirm", "template", "upload"]

_PURPOSE: Final = "catalog"


def _again(request: PageRequest, form: ImportForm, error: SekishoError | None = None) -> HttpResponse:
    """The upload page, with every place that is wrong."""
    language = request.principal.language
    context: dict[str, Any] = {"form": form}
    status = 422 if request.method == "POST" else 200
    if error is not None:
        status = error.http_status
        context |= {"lines": say(error, language)[:1], "problems": importing.places(error, language)}
    return render(request, "catalog/import.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def upload(request: PageRequest, code: str) -> HttpResponse:
    """Choose a file; what it would do is shown before anything is written."""
    del code
    here = request.organization
    request.principal.require("catalog.import", here.pk)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _again(request, form)
    file = form.cleaned_data["file"]
    try:
        content = importing.content_of(file)
        preview = importing.preview(content, file.name, organization_id=here.pk, language=request.principal.language)
    except (InputError, Conflict) as error:
        return _again(request, form, error)
    ticket = staging.keep(
        request.principal, content=content, name=file.name, purpose=_PURPOSE, organization_id=here.pk, now=request.now
    )
    return render(request, "catalog/preview.html", {"preview": preview, "ticket": ticket, "filename": file.name})


@require_POST
@page
def confirm(request: PageRequest, code: str) -> HttpResponse:
    """Take what was previewed."""
    here = request.organization
    request.principal.require("catalog.import", here.pk)
    try:
        ticket = request.POST.get("ticket", "")
        content, name = staging.take(request.principal, ticket=ticket, purpose=_PURPOSE, organization_id=here.pk)
        found = read_upload(content, name)
        row = actions.import_catalog(request.principal, catalog=found, organization=here, now=request.now)
    except (InputError, Conflict) as error:
        return _again(request, ImportForm(), error)
    messages.success(
        request, _("「%(title)s」を取り込みました。") % {"title": queries.text(row, "title", request.principal.language)}
    )
    return redirect("catalog:catalog", code=code, catalog_id=row.pk)


@require_safe
@page
def template(request: PageRequest, code: str) -> HttpResponse:
    """The XLSX form for one's own rules, in the reader's language."""
    del code
    return attachment(template_xlsx(request.principal.language), name="sekisho-own-rules.xlsx", media_type=XLSX_TYPE)
