"""Pages of automatic deletion and of stock-taking."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import NotFound
from sekisho.records.languages import language
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.deletions import AnswerForm, CloseForm, OrderForm, StockForm
from sekisho.records.lifecycle.forms.fields import ReasonForm
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.queries import retention as retention_queries
from sekisho.records.lifecycle.views.common import attempt, choice_of, form_page, page_of
from sekisho.records.lifecycle.views.holds import split
from sekisho.records.lifecycle.views.retention_names import ANSWERS, DELETION_STATES, METHODS, STANDINGS
from sekisho.records.pages import PageRequest, own, page, version_of
from sekisho.records.subjects import queries as subject_queries


def _order_crumbs(request: PageRequest) -> list[tuple[str, str]]:
    return [(reverse("lifecycle:orders", args=[request.organization.code]), _("自動の廃棄"))]


def order_state(row: Any) -> tuple[str, str]:
    """Style and name of the state of a standing order."""
    if row.ended_at is not None:
        return "", _("終わった")
    if row.approved_at is None:
        return "info", _("承認待ち") if row.request and row.request.state == "pending" else _("認められていない")
    if (row.last_result or {}).get("error"):
        return "bad", _("止まっている")
    return "ok", _("動いている")


@require_safe
@page
def orders(request: PageRequest, code: str) -> HttpResponse:
    """What is deleted by itself, and what it came to."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    shown = page_of(request, queries.standing_orders(principal, here))
    context = {
        "page": shown,
        "rows": [(row, order_state(row)) for row in shown],
        "may_edit": principal.may("lifecycle.automatic", here.pk),
    }
    return render(request, "lifecycle/orders.html", context)


@require_http_methods(["GET", "POST"])
@page
def order_new(request: PageRequest, code: str) -> HttpResponse:
    """Ask for automatic deletion."""
    principal, here = request.principal, request.organization
    principal.require("lifecycle.automatic", here.pk)
    form = OrderForm(
        request.POST or None,
        stores=queries.stores(principal).filter(organization=here),
        subjects=subject_queries.in_organization(principal, here.pk).exclude(kind="supplier")[:1000],
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.OrderFacts(
            name=given["name"], reason=given["reason"], kinds=split(given["kinds"]),
            store_id=uuid.UUID(given["store"]) if given["store"] else None,
            subject_id=uuid.UUID(given["subject"]) if given["subject"] else None,
            every_days=given["every_days"], method=given["method"], limits=form.limits(),
        )  # fmt: skip
        made, lines = attempt(form, lambda: actions.ask_order(principal, organization=here, facts=facts, now=request.now))
        if made is not None:
            messages.success(request, _("申請しました。別の人が承認すると、動き始めます。"))
            return redirect("lifecycle:order", code, made.pk)
    return form_page(
        request, form, lines, heading=_("自動の廃棄を申請する"), submit=_("申請する"),
        lead=_("時期が来たものを、決めた間隔で、上限の中で消します。保全・公文書の手続・確かめは、手で消すときと同じです。"),
        back=reverse("lifecycle:orders", args=[code]), crumbs=_order_crumbs(request),
    )  # fmt: skip


@require_safe
@page
def order(request: PageRequest, code: str, standing_order_id: uuid.UUID) -> HttpResponse:
    """One standing order with its runs."""
    del code
    row = own(request, queries.standing_order(request.principal, standing_order_id))
    shown = page_of(request, row.runs.order_by("-created_at"), each=20)
    rules = retention_queries.book_of(row.organization_id).rules.kinds
    result = row.last_result or {}
    context = {
        "order": row,
        "state": order_state(row),
        "method": METHODS[row.method],
        "kinds": [(one, getattr(rules[one].title, language()) if one in rules else one) for one in row.kinds],
        "page": shown,
        "runs": [(one, DELETION_STATES[one.state]) for one in shown],
        "result": result,
        "stopped": [(STANDINGS[key], count) for key, count in result.get("stopped", {}).items() if key in STANDINGS],
        "may_end": row.ended_at is None and request.principal.may("lifecycle.automatic", row.organization_id),
        "trail": _order_crumbs(request),
    }
    return render(request, "lifecycle/order.html", context)


@require_http_methods(["GET", "POST"])
@page
def order_end(request: PageRequest, code: str, standing_order_id: uuid.UUID) -> HttpResponse:
    """No more runs."""
    row = own(request, queries.standing_order(request.principal, standing_order_id))
    request.principal.require("lifecycle.automatic", row.organization_id)
    form, lines = ReasonForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done, lines = attempt(
            form,
            lambda: actions.end_order(request.principal, row, reason=reason, version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("自動の廃棄をやめました。"))
            return redirect("lifecycle:orders", code)
    return form_page(
        request, form, lines, heading=_("「%(name)s」をやめる") % {"name": row.name}, submit=_("やめる"),
        back=reverse("lifecycle:order", args=[code, row.pk]), crumbs=_order_crumbs(request), version=row.version,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- stock-taking


def _stock_crumbs(request: PageRequest, row: Any = None) -> list[tuple[str, str]]:
    made = [(reverse("lifecycle:stocks", args=[request.organization.code]), _("棚卸し"))]
    if row is not None:
        made.append((reverse("lifecycle:stock", args=[request.organization.code, row.pk]), row.title))
    return made


@require_safe
@page
def stocks(request: PageRequest, code: str) -> HttpResponse:
    """Stock-takings, the newest first."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    shown = page_of(request, queries.stock_takings(principal, here))
    may = principal.may("lifecycle.stocktaking", here.pk)
    return render(request, "lifecycle/stocks.html", {"page": shown, "rows": shown, "may_start": may})


@require_http_methods(["GET", "POST"])
@page
def stock_new(request: PageRequest, code: str) -> HttpResponse:
    """Start one."""
    request.principal.require("lifecycle.stocktaking", request.organization.pk)
    form, lines = StockForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made, lines = attempt(
            form,
            lambda: actions.start_stocktaking(
                request.principal,
                organization=request.organization,
                title=given["title"],
                due_on=given["due_on"],
                now=request.now,
            ),
        )
        if made is not None:
            messages.success(request, _("棚卸しを始めました。責任者の期限に載りました。"))
            return redirect("lifecycle:stock", code, made.pk)
    return form_page(
        request, form, lines, heading=_("棚卸しを始める"), submit=_("始める"),
        lead=_("台帳にあるものが、いまもそこにあるかを、責任者が一つずつ確かめます。"),
        back=reverse("lifecycle:stocks", args=[code]), crumbs=_stock_crumbs(request),
    )  # fmt: skip


@require_safe
@page
def stock(request: PageRequest, code: str, stock_taking_id: uuid.UUID) -> HttpResponse:
    """One stock-taking with its answers."""
    del code
    row = own(request, queries.stock_taking(request.principal, stock_taking_id))
    answer = choice_of(request, "answer", ANSWERS)
    mine = request.principal.person_id if request.GET.get("mine") else None
    shown = page_of(request, queries.stock_answers(request.principal, row, answer=answer, mine=mine))
    counts = row.result or queries.answer_counts(row)
    context = {
        "stock": row,
        "page": shown,
        "rows": [(one, ANSWERS[one.answer]) for one in shown],
        "counts": [(key, ANSWERS[key], counts.get(key, 0)) for key in ANSWERS],
        "may_answer": row.closed_at is None and request.principal.may("lifecycle.edit", row.organization_id),
        "may_close": row.closed_at is None and request.principal.may("lifecycle.stocktaking", row.organization_id),
        "trail": _stock_crumbs(request),
    }
    return render(request, "lifecycle/stock.html", context)


@require_http_methods(["GET", "POST"])
@page
def stock_answer(request: PageRequest, code: str, stock_answer_id: uuid.UUID) -> HttpResponse:
    """Say what was found of one entry."""
    one = queries.stock_answer(request.principal, stock_answer_id)
    taking = own(request, one.taking)
    request.principal.require("lifecycle.edit", one.entry.organization_id)
    if taking.closed_at is not None:
        raise NotFound("access.not_found")
    initial = {"answer": "" if one.answer == "open" else one.answer, "moved_to": one.moved_to, "note": one.note}
    form, lines = AnswerForm(request.POST or None, initial=initial), list[str]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        done, lines = attempt(
            form,
            lambda: actions.answer_stock(
                request.principal,
                one,
                kind=given["answer"],
                moved_to=given["moved_to"],
                note=given["note"],
                version=version_of(request),
                now=request.now,
            ),
        )
        if done is not None:
            following = queries.stock_answers(request.principal, taking, answer="open").first()
            messages.success(request, _("記録しました。"))
            if following is not None and request.POST.get("next"):
                return redirect("lifecycle:stock_answer", code, following.pk)
            return redirect("lifecycle:stock", code, taking.pk)
    places = [place.label for place in one.entry.places.all() if place.gone_at is None]
    return form_page(
        request, form, lines, heading=f"{one.entry.number} {one.entry.name}", submit=_("記録する"),
        lead=_("台帳の保管場所：%(places)s") % {"places": "、".join(places) or "―"},
        back=reverse("lifecycle:stock", args=[code, taking.pk]), crumbs=_stock_crumbs(request, taking), version=one.version,
        hidden=[("next", "1")],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@page
def stock_close(request: PageRequest, code: str, stock_taking_id: uuid.UUID) -> HttpResponse:
    """End it."""
    row = own(request, queries.stock_taking(request.principal, stock_taking_id))
    request.principal.require("lifecycle.stocktaking", row.organization_id)
    form, lines = CloseForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["conclusion"]
        done, lines = attempt(
            form,
            lambda: actions.close_stocktaking(
                request.principal, row, conclusion=text, version=version_of(request), now=request.now
            ),
        )
        if done is not None:
            messages.success(request, _("棚卸しを締めました。"))
            return redirect("lifecycle:stock", code, row.pk)
    open_ones = queries.answer_counts(row).get("open", 0)
    lead = _("まだ答えのないものが%(n)s件あります。答えがないまま、数に残ります。") % {"n": open_ones} if open_ones else ""
    return form_page(
        request, form, lines, heading=_("棚卸しを締める"), submit=_("締める"), lead=lead,
        back=reverse("lifecycle:stock", args=[code, row.pk]), crumbs=_stock_crumbs(request, row), version=row.version,
    )  # fmt: skip
