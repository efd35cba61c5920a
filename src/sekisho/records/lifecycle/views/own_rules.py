"""Pages of the organisation's own rules of keeping, and of what counts for all of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.records.languages import language
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.fields import ReasonForm
from sekisho.records.lifecycle.forms.retention import OwnRuleForm, SettingsForm
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.views.common import attempt, form_page, page_of
from sekisho.records.lifecycle.views.holds import crumb
from sekisho.records.lifecycle.views.retention_entries import documents_of
from sekisho.records.lifecycle.views.retention_names import RULE_CLASSES, RULE_STATES, STARTS, UNITS
from sekisho.records.pages import PageRequest, own, page, version_of
from sekisho.standards.retention_rules import retention_rules

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import OwnRule


def _rule_line(row: OwnRule) -> dict[str, Any]:
    event = retention_rules().events.get(row.event)
    return {
        "rule": row,
        "state": RULE_STATES[row.state],
        "how": RULE_CLASSES[row.rule_class],
        "period": f"{row.value}{UNITS[row.unit]}" if row.value else "",
        "start": STARTS.get(row.start, row.start),
        "event": getattr(event.title, language()) if event else row.event,
        "title": row.title_en if language() == "en" and row.title_en else row.title,
    }


@require_safe
@page
def own_rules(request: PageRequest, code: str) -> HttpResponse:
    """The organisation's own rules, and where its business year ends."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    shown = page_of(request, queries.own_rules(principal, here))
    context = {
        "page": shown,
        "rows": [_rule_line(row) for row in shown],
        "settings": queries.setting(here.pk),
        "statutory": len(retention_rules().kinds),
        "may_edit": principal.may("lifecycle.rules", here.pk),
    }
    return render(request, "lifecycle/own_rules.html", context)


@require_http_methods(["GET", "POST"])
@page
def own_rule_new(request: PageRequest, code: str) -> HttpResponse:
    """Ask for a rule."""
    principal, here = request.principal, request.organization
    principal.require("lifecycle.rules", here.pk)
    form = OwnRuleForm(request.POST or None, events=event_choices(), documents=documents_of(request))
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        names = ("key", "title", "title_en", "rule_class", "event", "start", "basis", "value", "unit", "personal")
        facts = actions.OwnRuleFacts(
            document_id=uuid.UUID(given["document"]) if given["document"] else None, **{name: given[name] for name in names}
        )
        made, lines = attempt(
            form,
            lambda: actions.ask_own_rule(principal, organization=here, facts=facts, reason=given["reason"], now=request.now),
        )
        if made is not None:
            messages.success(request, _("申請しました。別の人が承認すると、有効になります。"))
            return redirect("lifecycle:own_rules", code)
    return form_page(
        request,
        form,
        lines,
        heading=_("規程の保存期間を加える"),
        lead=_("文書管理規程などで決めた保存期間です。法令の期間は縮められません。長い方が優先します。"),
        submit=_("申請する"),
        back=reverse("lifecycle:own_rules", args=[code]),
        crumbs=crumb(request, "own_rules", _("保存期間の規程")),
    )


def event_choices() -> list[tuple[str, str]]:
    """The days from which a period may count."""
    spoken = language()
    return [(event.id, getattr(event.title, spoken)) for event in retention_rules().events.values()]


@require_http_methods(["GET", "POST"])
@page
def own_rule_end(request: PageRequest, code: str, own_rule_id: uuid.UUID) -> HttpResponse:
    """The rule holds no more."""
    row = own(request, queries.own_rule(request.principal, own_rule_id))
    request.principal.require("lifecycle.rules", row.organization_id)
    form, lines = ReasonForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(
            form,
            lambda: actions.end_own_rule(request.principal, row, reason=reason, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("終わりにしました。これを使っていたものは、期間が未定になります。"))
            return redirect("lifecycle:own_rules", code)
    return form_page(
        request,
        form,
        lines,
        heading=_("規程「%(key)s」を終わりにする") % {"key": row.key},
        submit=_("終わりにする"),
        back=reverse("lifecycle:own_rules", args=[code]),
        crumbs=crumb(request, "own_rules", _("保存期間の規程")),
        version=row.version,
    )


@require_http_methods(["GET", "POST"])
@page
def settings(request: PageRequest, code: str) -> HttpResponse:
    """What counts for all of the organisation."""
    principal, here = request.principal, request.organization
    principal.require("lifecycle.rules", here.pk)
    row = queries.setting(here.pk)
    initial = {"year_end": row.year_end, "filing_months": row.filing_months} if row else {"filing_months": 0}
    form, lines = SettingsForm(request.POST or None, initial=initial), list[str]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done, lines = attempt(
            form,
            lambda: actions.set_retention_settings(
                principal,
                organization=here,
                year_end=given["year_end"],
                filing_months=given["filing_months"],
                version=version_of(request),
                now=request.now,
            ),
        )
        if done is not None:
            messages.success(request, _("保存しました。保存期間を計算し直します。"))
            return redirect("lifecycle:own_rules", code)
    return form_page(
        request,
        form,
        lines,
        heading=_("年度と申告期限"),
        submit=_("保存する"),
        back=reverse("lifecycle:own_rules", args=[code]),
        crumbs=crumb(request, "own_rules", _("保存期間の規程")),
        version=row.version if row else 0,
    )
