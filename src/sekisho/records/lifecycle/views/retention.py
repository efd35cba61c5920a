"""The room's first page, and the ledger as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.records.languages import language
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.queries import deletions as deletion_queries
from sekisho.records.lifecycle.queries import figures
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.views.common import (
    MOST_EXPORTED,
    choice_of,
    day_of,
    export,
    local,
    page_of,
    text_of,
    today_of,
)
from sekisho.records.lifecycle.views.retention_names import DELETION_STATES, PERSONAL, PLACE_KINDS, SHOW, STANDINGS
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, page
from sekisho.records.tabular import Column
from sekisho.standards.retention_rules import retention_rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet

    from sekisho.records.lifecycle.models import RetentionEntry

_COLUMNS: Final = (
    Column("number", "管理番号", "Number", width=14),
    Column("name", "名称", "Name", width=36),
    Column("standing", "状態", "State", width=18),
    Column("kinds", "記録の種類", "Kinds of record", width=40),
    Column("last_day", "保存する最後の日", "Kept until", width=14),
    Column("due_on", "廃棄する日", "To be deleted from", width=14),
    Column("overdue", "過ぎた日数", "Days overdue", width=10),
    Column("reasons", "根拠", "Reasons", width=60),
    Column("stopped", "止めているもの", "Stopped by", width=30),
    Column("personal", "個人情報", "Personal", width=20),
    Column("owner", "責任者", "Responsible", width=20),
    Column("places", "保管場所", "Places", width=40),
    Column("organization", "組織", "Organisation", width=24),
    Column("gone_at", "廃棄・移管した日", "Gone at", width=18),
)


def owner_of(row: Any) -> str:
    """Who answers for an entry, in words."""
    if row.owner:
        return str(row.owner)
    return str(ROLE_NAMES.get(row.owner_role, "")) if row.owner_role else ""


def kinds_of(row: RetentionEntry) -> list[str]:
    """The kinds of an entry by their titles, as they were computed; else their ids."""
    shown = {one["kind"]: one["title"] for one in row.computed.get("kinds", ())}
    spoken = language()
    return [str(shown[kind][spoken] or shown[kind]["ja"]) if kind in shown else kind for kind in row.kinds]


def lines_of(rows: Iterable[RetentionEntry], *, on: date) -> list[dict[str, Any]]:
    """Entries with the words that a list shows."""
    found = list(rows)
    standing = queries.standings(found, on=on)
    return [
        {
            "entry": row,
            "standing": standing[row.pk],
            "state": STANDINGS[standing[row.pk].state],
            "kinds": kinds_of(row),
            "owner": owner_of(row),
        }
        for row in found
    ]


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What is due, what waits, what stops it, what is not determined."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    today = today_of(request)
    area = queries.in_organization(principal, here.pk)
    open_ones = deletion_queries.listed(principal, here, state="open")[:8]
    context: dict[str, Any] = {
        "counts": figures.overview(area, on=today),
        "due": lines_of(queries.listed(principal, here, on=today, show="due")[:8], on=today),
        "soon": lines_of(queries.listed(principal, here, on=today, show="soon")[:6], on=today),
        "deletions": [{"row": row, "state": DELETION_STATES[row.state]} for row in open_ones],
        "holds": queries.holds(principal, here, today=today)[:6],
        "orders": deletion_queries.standing_orders(principal, here).filter(ended_at=None)[:6],
        "stock": deletion_queries.stock_takings(principal, here).filter(closed_at=None).first(),
        "certificates": deletion_queries.certificates(principal, here)[:5],
        "may_edit": principal.may("lifecycle.edit", here.pk),
        "may_measure": principal.may("lifecycle.measure", here.pk),
    }
    return render(request, "lifecycle/index.html", context)


@require_POST
@page
def measure(request: PageRequest, code: str) -> HttpResponse:
    """Measure now, so that the figures are evidence."""
    actions.measure_retention(request.principal, organization=request.organization, now=request.now)
    messages.success(request, _("いまの数字を測り、エビデンスにしました。"))
    return redirect("lifecycle:index", code)


def _listed(request: PageRequest) -> QuerySet[RetentionEntry]:
    return queries.listed(
        request.principal,
        request.organization,
        on=day_of(request, "on", default=today_of(request)),
        show=choice_of(request, "show", SHOW),
        kind=text_of(request, "kind", limit=40),
        text=text_of(request),
        owner=text_of(request, "owner", limit=64),
        personal=choice_of(request, "personal", PERSONAL),
        place=choice_of(request, "place", PLACE_KINDS),
    )


@require_safe
@page
def entries(request: PageRequest, code: str) -> HttpResponse:
    """The ledger, the earliest date first."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    on = day_of(request, "on", default=today_of(request))
    shown = page_of(request, _listed(request))
    context: dict[str, Any] = {
        "page": shown,
        "rows": lines_of(shown, on=on),
        "on": on,
        "counts": figures.overview(queries.in_organization(principal, here.pk), on=on),
        "show": choice_of(request, "show", SHOW),
        "shows": [(key, name) for key, name in SHOW.items() if key],
        "roles": ROLE_NAMES.items(),
        "personals": PERSONAL.items(),
        "places": [(key, name) for key, (name, _what) in PLACE_KINDS.items()],
        "filtered": any(request.GET.get(name) for name in ("q", "kind", "owner", "personal", "place", "show", "on")),
        "may_edit": principal.may("lifecycle.edit", here.pk),
        "may_import": principal.may("lifecycle.import", here.pk),
        "may_request": principal.may("lifecycle.request", here.pk),
        "may_hold": principal.may("lifecycle.hold", here.pk),
    }
    return render(request, "lifecycle/entries.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the entries that the list shows, with their reasons."""
    del code
    request.principal.require("lifecycle.read", request.organization.pk)
    on = day_of(request, "on", default=today_of(request))
    found = list(_listed(request).prefetch_related("places")[:MOST_EXPORTED])
    standing = queries.standings(found, on=on)
    steps = retention_rules().steps
    rows = []
    for row in found:
        now_so = standing[row.pk]
        names = [*now_so.holds, *(getattr(steps[step].title, language()) for step in now_so.steps if step in steps)]
        rows.append(
            {
                "number": row.number,
                "name": row.name,
                "standing": str(STANDINGS[now_so.state][1]),
                "kinds": "; ".join(kinds_of(row)),
                "last_day": row.last_day or "",
                "due_on": row.due_on or "",
                "overdue": now_so.overdue or "",
                "reasons": "; ".join(dict.fromkeys(one["law"][language()] for one in row.computed.get("reasons", ()))),
                "stopped": "; ".join(names),
                "personal": "; ".join(str(name) for key, name in PERSONAL.items() if getattr(row, key)),
                "owner": owner_of(row),
                "places": "; ".join(place.label for place in row.places.all() if place.gone_at is None),
                "organization": row.organization.name,
                "gone_at": local(row.gone_at),
            }
        )
    return export(request, _COLUMNS, rows, form=form, title=_("保存の台帳"), name="retention")


@require_POST
@page
def choose(request: PageRequest, code: str) -> HttpResponse:
    """What was ticked in the list goes to the page that was asked for: a deletion, a hold, a decision."""
    chosen = [value for value in request.POST.getlist("entry") if len(value) < 40][:500]  # noqa: PLR2004 - ids
    target = {"delete": "deletion_new", "hold": "hold_new", "consent": "consent_new"}.get(request.POST.get("to", ""), "")
    if not target:
        return redirect("lifecycle:entries", code)
    if not chosen:
        messages.error(request, _("台帳の項目を選んでから、押してください。"))
        return redirect("lifecycle:entries", code)
    request.session["lifecycle.chosen"] = chosen
    return redirect(f"lifecycle:{target}", code)


def chosen_of(request: PageRequest) -> list[str]:
    """What was ticked in the list, as far as this session remembers."""
    found = request.session.get("lifecycle.chosen", [])
    return [str(one) for one in found] if isinstance(found, list) else []


__all__ = ["choose", "chosen_of", "entries", "export_list", "index", "kinds_of", "lines_of", "measure", "owner_of"]
