"""Pages of the sheet: a template, the ledger as a sheet, and a file that is read and shown before anything happens."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records import staging
from sekisho.records.downloads import attachment
from sekisho.records.languages import language
from sekisho.records.lifecycle import actions, retention_sheet
from sekisho.records.lifecycle.forms.retention import ImportForm
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.views.common import form_page
from sekisho.records.lifecycle.views.retention import kinds_of
from sekisho.records.lifecycle.views.retention_entries import crumbs_of
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.tabular import XLSX_TYPE, write_xlsx

_PURPOSE: Final = "lifecycle.import"


@require_safe
@page
def template(request: PageRequest, code: str) -> HttpResponse:
    """An empty sheet with the columns and choices of the import."""
    del code
    request.principal.require("lifecycle.import", request.organization.pk)
    data = write_xlsx(retention_sheet.COLUMNS, [], title=_("保存の台帳"), language=language(), template=True)
    return attachment(data, name=_("保存の台帳のひな形.xlsx"), media_type=XLSX_TYPE)


@require_safe
@page
def export_sheet(request: PageRequest, code: str) -> HttpResponse:
    """The ledger of this organisation as the sheet that can be imported again."""
    del code
    request.principal.require("lifecycle.read", request.organization.pk)
    rows = queries.entries(request.principal).filter(organization=request.organization, state="held")
    found = rows.prefetch_related("places__supplier").order_by("number")
    sheet = [retention_sheet.as_row(row) for row in found]
    data = write_xlsx(retention_sheet.COLUMNS, sheet, title=_("保存の台帳"), language=language())
    return attachment(data, name=f"retention-sheet-{request.organization.code}.xlsx", media_type=XLSX_TYPE)


@require_http_methods(["GET", "POST"])
@page
def import_file(request: PageRequest, code: str) -> HttpResponse:
    """A file is read and shown before anything happens."""
    request.principal.require("lifecycle.import", request.organization.pk)
    form, lines = ImportForm(request.POST or None, request.FILES or None), list[str]()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content, encoding = file.read(retention_sheet.LIMIT + 1), form.cleaned_data["encoding"]
        try:
            plan = retention_sheet.plan_import(
                request.principal, organization=request.organization, untrusted=content, name=file.name, now=request.now,
                encoding=encoding,
            )  # fmt: skip
        except (InputError, Conflict) as error:
            lines = say(error, language())
        else:
            if plan.problems:
                lines = say(InputError("tabular.rejected", problems=tuple(plan.problems), count=len(plan.problems)), language())
            else:
                ticket = staging.keep(
                    request.principal, content=content, name=file.name, purpose=_PURPOSE,
                    organization_id=request.organization.pk, now=request.now,
                )  # fmt: skip
                return _preview(request, plan, ticket, encoding)
    return form_page(
        request,
        form,
        lines,
        heading=_("保存の台帳の取り込み"),
        lead=_("取り込む前に、何が起きるかを確かめられます。管理番号が同じ行は変更、ないものは追加になります。"),
        submit=_("内容を確かめる"),
        back=reverse("lifecycle:entries", args=[code]),
        crumbs=crumbs_of(request),
        multipart=True,
        template="lifecycle/import.html",
    )


def _preview(request: PageRequest, plan: retention_sheet.Plan, ticket: str, encoding: str) -> HttpResponse:
    verbs = {"create": ("ok", _("追加")), "update": ("info", _("変更")), "same": ("", _("同じ"))}
    context = {
        "plan": plan,
        "rows": [(row, verbs[row.verb], kinds_of(row.entry)) for row in plan.rows[:500]],
        "more": max(len(plan.rows) - 500, 0),
        "created": plan.count("create"),
        "updated": plan.count("update"),
        "same": plan.count("same"),
        "ticket": ticket,
        "encoding": encoding,
        "trail": crumbs_of(request),
    }
    return render(request, "lifecycle/import_preview.html", context)


@require_POST
@page
def import_confirm(request: PageRequest, code: str) -> HttpResponse:
    """Do what was shown."""
    try:
        content, name = staging.take(
            request.principal, ticket=request.POST.get("ticket", ""), purpose=_PURPOSE, organization_id=request.organization.pk
        )
        plan = actions.import_entries(
            request.principal, organization=request.organization, untrusted=content, name=name, now=request.now,
            encoding=request.POST.get("encoding", "")[:16],
        )  # fmt: skip
    except (InputError, Conflict) as error:
        tell(request, error)
        return redirect("lifecycle:import", code)
    done = {"n": plan.count("create"), "m": plan.count("update")}
    messages.success(request, _("取り込みました：追加 %(n)s件、変更 %(m)s件。") % done)
    return redirect("lifecycle:entries", code)
