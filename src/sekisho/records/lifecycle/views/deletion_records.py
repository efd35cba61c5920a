"""Pages on which people record what they destroyed, and what suppliers were asked and confirmed."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sekisho.errors import NotFound
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.deletions import RecordForm, SupplierForm
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.rules.deleting import BY_MACHINE
from sekisho.records.lifecycle.views.common import attempt, form_page, today_of
from sekisho.records.lifecycle.views.deletions import crumbs_of
from sekisho.records.lifecycle.views.retention_entries import documents_of
from sekisho.records.pages import PageRequest, own, page, version_of


@require_http_methods(["GET", "POST"])
@page
def record(request: PageRequest, code: str, erased_place_id: uuid.UUID) -> HttpResponse:
    """What people destroyed, or a supplier confirmed."""
    one = queries.erased_place(request.principal, erased_place_id)
    row = own(request, one.deletion)
    request.principal.require("lifecycle.record", row.organization_id)
    if one.place.kind in BY_MACHINE:
        raise NotFound("access.not_found")
    if one.place.kind == "supplier" and one.requested_on is None:
        return redirect("lifecycle:supplier", code, one.pk)
    form = RecordForm(
        request.POST or None,
        kind=one.place.kind,
        documents=documents_of(request),
        initial={"done_on": today_of(request), "quantity": one.place.quantity},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.RecordFacts(
            done_on=given["done_on"],
            method=given["method"],
            facts={name: given.get(name, "") for name in actions.FACT_NAMES},
            document_id=uuid.UUID(given["document"]) if given["document"] else None,
        )
        done, lines = attempt(
            form,
            lambda: actions.record_erasure(request.principal, one, facts=facts, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("記録しました。"))
            return redirect("lifecycle:deletion", code, row.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("廃棄の記録：%(label)s") % {"label": one.place.label},
        lead=f"{one.entry.number} {one.entry.name}",
        submit=_("記録する"),
        back=reverse("lifecycle:deletion", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=one.version,
    )


@require_http_methods(["GET", "POST"])
@page
def supplier(request: PageRequest, code: str, erased_place_id: uuid.UUID) -> HttpResponse:
    """The supplier was asked to delete its copy."""
    one = queries.erased_place(request.principal, erased_place_id)
    row = own(request, one.deletion)
    request.principal.require("lifecycle.record", row.organization_id)
    if one.place.kind != "supplier":
        raise NotFound("access.not_found")
    form, lines = SupplierForm(request.POST or None, initial={"requested_on": today_of(request)}), list[str]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done, lines = attempt(
            form,
            lambda: actions.request_supplier(
                request.principal,
                one,
                requested_on=given["requested_on"],
                how=given["how"],
                version=version_of(request),
                now=request.now,
            ),
        )
        if done is not None:
            messages.success(request, _("記録しました。証明書が届いたら、ここに記録します。"))
            return redirect("lifecycle:deletion", code, row.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("委託先に消去を求めた：%(label)s") % {"label": one.place.label},
        lead=f"{one.entry.number} {one.entry.name}",
        submit=_("記録する"),
        back=reverse("lifecycle:deletion", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=one.version,
    )
