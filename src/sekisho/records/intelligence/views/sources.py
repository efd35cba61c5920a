"""Pages of sources."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.fields import owner_value
from sekisho.records.intelligence.forms.sources import RetireForm, SecretForm, SourceForm
from sekisho.records.intelligence.queries import notices as queries
from sekisho.records.intelligence.views.common import here, page_of
from sekisho.records.intelligence.views.names import SOURCE_KINDS, TLP, TRUST
from sekisho.records.intelligence.views.notices import lines_of
from sekisho.records.languages import language
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, beside, page, tell
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.intelligence.models import IntelSource


def _line(row: IntelSource, request: PageRequest) -> dict[str, Any]:
    due = (row.last_looked_at or row.created_at) + timedelta(days=row.rhythm_days)
    return {
        "source": row,
        "kind": SOURCE_KINDS[row.kind],
        "tlp": TLP[row.default_tlp],
        "trust": TRUST[row.trust],
        "role": dict(ROLE_NAMES).get(row.owner_role, ""),
        "due": due,
        "late": due < request.now,
        "error": texts.render(row.last_error["code"], row.last_error["fields"], language()) if row.last_error else "",
    }


def _find(request: PageRequest, source_id: uuid.UUID) -> IntelSource:
    row: IntelSource = here(request, queries.source(request.principal, source_id))
    return row


def _people(request: PageRequest) -> Any:
    return organization_queries.people_of(request.organization.pk, today=timezone.localdate(request.now)).order_by(
        "kana", "login"
    )[:500]


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The sources."""
    del code
    request.principal.require(queries.READ, request.organization.pk)
    retired = request.GET.get("state") == "all"
    shown = page_of(request, queries.sources(request.principal, request.organization, retired=retired))
    context = {
        "page": shown,
        "rows": [_line(row, request) for row in shown],
        "retired": retired,
        "may_edit": request.principal.may("intelligence.source", request.organization.pk),
    }
    return render(request, "intelligence/sources.html", context)


@require_safe
@page
def detail(request: PageRequest, code: str, source_id: uuid.UUID) -> HttpResponse:
    """One source, with what came from it."""
    del code
    return _detail(request, _find(request, source_id))


def _detail(request: PageRequest, row: IntelSource, *, lines: Sequence[str] = ()) -> HttpResponse:
    came = queries.notices(request.principal).filter(source=row).order_by("-received_at")
    shown = page_of(request, came)
    may = request.principal.may("intelligence.source", row.organization_id) and row.retired_at is None
    context = {
        **_line(row, request),
        "page": shown,
        "rows": lines_of(shown),
        "lines": lines,
        "may_edit": may,
        "may_take_in": request.principal.may("intelligence.take_in", row.organization_id) and row.retired_at is None,
        "secret_form": SecretForm() if may and row.kind == "taxii" else None,
        "retire_form": RetireForm() if may else None,
    }
    return render(request, "intelligence/source.html", context, status=422 if lines else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, source_id: uuid.UUID | None = None) -> HttpResponse:
    """Register a source, or change one."""
    request.principal.require("intelligence.source", request.organization.pk)
    row = _find(request, source_id) if source_id else None
    form = SourceForm(request.POST or None, people=_people(request), initial=_initial(row))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        facts = actions.SourceFacts(**form.facts)
        try:
            if row is None:
                row = actions.register_source(request.principal, request.organization, facts, now=request.now)
            else:
                version = request.POST.get("version", "0")
                number = int(version) if version.isdecimal() and len(version) < 10 else 0  # noqa: PLR2004 - an int of the database
                row = actions.edit_source(request.principal, row, facts, version=number, now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("入手元を登録しました。"))
            return redirect("intelligence:source", code, row.pk)
    context = {"form": form, "lines": lines, "source": row}
    return render(request, "intelligence/source_edit.html", context, status=422 if lines or form.errors else 200)


def _initial(row: IntelSource | None) -> dict[str, Any]:
    if row is None:
        return {"kind": "notice", "default_tlp": "amber+strict", "trust": "unknown", "owner": "role:csirt", "rhythm_days": 7}
    names = ("name", "kind", "address", "collection", "login", "default_tlp", "trust", "rhythm_days", "gives_back", "note")
    return {**{name: getattr(row, name) for name in names}, "owner": owner_value(row.owner_id, row.owner_role)}


@require_POST
@page
def change(request: PageRequest, code: str, source_id: uuid.UUID) -> HttpResponse:
    """Looked at with nothing new, fetch now, another secret, or used no longer."""
    row = _find(request, source_id)
    try:
        _change(request, row, request.POST.get("do", ""))
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("intelligence:source", code, row.pk)


def _change(request: PageRequest, row: IntelSource, what: str) -> None:
    if what == "look":
        actions.looked_at(request.principal, row, now=request.now)
        messages.success(request, _("見たことを記録しました。"))
    elif what == "poll":
        actions.poll(request.principal, row, now=request.now)
        messages.success(request, _("取りに行きます。終わると、届いた脅威情報に出ます。"))
    elif what == "secret":
        actions.set_secret(request.principal, row, untrusted=request.POST.get("secret", ""), now=request.now)
        messages.success(request, _("合言葉を変えました。"))
    elif what == "retire":
        actions.retire_source(request.principal, row, reason=request.POST.get("reason", ""), now=request.now)
        messages.success(request, _("使わないことにしました。届いたものは残ります。"))
