"""Pages of indicators: the list, one with its origins and sightings, the block list, the allow-list."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.downloads import attachment
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.blocking import AllowForm, HandOutForm, ReadBackForm, RemoveForm
from sekisho.records.intelligence.models import Ioc
from sekisho.records.intelligence.queries import blocking, searches
from sekisho.records.intelligence.queries import indicators as queries
from sekisho.records.intelligence.queries.notices import READ
from sekisho.records.intelligence.views.common import MOST_EXPORTED, choice_of, export, here, ids_of, local, page_of, text_of
from sekisho.records.intelligence.views.names import AUDIENCES, DIRECTIONS, FORMS, IOC_STATES, KINDS, TLP
from sekisho.records.intelligence.views.notices import find as find_notice
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, beside, page, say, tell
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_MOST_CHOSEN: Final = 20_000
_STATES: Final = ("all", "new", "listed", "blocked", "unproven", "seen", "expired", "removed")
_COLUMNS: Final = (
    Column("kind", "種類", "Kind", width=14),
    Column("value", "値", "Value", width=60),
    Column("direction", "向き", "Direction", width=10),
    Column("tlp", "共有範囲", "TLP", width=18),
    Column("state", "状態", "State", width=16),
    Column("title", "説明", "Title", width=40),
    Column("added", "認めた日", "Confirmed", width=18),
    Column("expires", "期限", "Expires", width=18),
    Column("blocked", "止まることの確認", "Blocked", width=18),
    Column("count", "見つかった回数", "Sightings", width=12),
    Column("last", "最後に見つかった", "Last seen", width=18),
)


def state_of(row: Ioc, now: datetime) -> str:
    """The state of an indicator, as a key of IOC_STATES."""
    if row.removed_at is not None and row.removed_reason != "intelligence.expired":
        return "removed"
    if row.removed_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return "expired"
    if row.released_at is None:
        return "new"
    return "blocked" if row.blocked_at is not None else "listed"


def lines_of(rows: Iterable[Ioc], now: datetime) -> list[dict[str, Any]]:
    """Indicators with the words that a list shows."""
    return [
        {
            "ioc": row,
            "kind": KINDS.get(row.kind, row.kind),
            "tlp": TLP[row.tlp],
            "state": IOC_STATES[state_of(row, now)],
            "direction": DIRECTIONS.get(row.direction, row.direction),
        }
        for row in rows
    ]


def _filters(request: PageRequest) -> queries.IocFilters:
    return queries.IocFilters(
        state=choice_of(request, "state", _STATES, default="all"),
        kind=choice_of(request, "kind", KINDS),
        tlp=choice_of(request, "tlp", TLP),
        text=text_of(request),
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The indicators, newest first."""
    del code
    request.principal.require(READ, request.organization.pk)
    filters = _filters(request)
    shown = page_of(request, queries.listed(request.principal, request.organization, filters=filters, now=request.now), each=100)
    counts = queries.counts_by_state(request.principal, request.organization, now=request.now)
    context: dict[str, Any] = {
        "page": shown,
        "rows": lines_of(shown, request.now),
        "filters": filters,
        "counts": counts,
        "kinds": [(key, name) for key, name in KINDS.items() if key],
        "labels": [(key, name) for key, (_style, name, _who) in TLP.items()],
        "narrowed": any(request.GET.get(name) for name in ("q", "kind", "tlp")),
        "may_release": request.principal.may("intelligence.release", request.organization.pk),
    }
    return render(request, "intelligence/iocs.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the indicators that the list shows. RED ones are left out: a file is no named person."""
    del code
    request.principal.require(READ, request.organization.pk)
    found = queries.listed(request.principal, request.organization, filters=_filters(request), now=request.now).exclude(tlp="red")
    rows = [
        {
            "kind": str(line["kind"]),
            "value": row.value,
            "direction": str(line["direction"]),
            "tlp": line["tlp"][1],
            "state": str(line["state"][1]),
            "title": row.title,
            "added": local(row.added_at),
            "expires": local(row.expires_at),
            "blocked": local(row.blocked_at),
            "count": row.seen_count,
            "last": local(row.last_seen_at),
        }
        for line in lines_of(found[:MOST_EXPORTED], request.now)
        for row in (line["ioc"],)
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("指標"), name="indicators")


@require_safe
@page
def detail(request: PageRequest, code: str, ioc_id: uuid.UUID) -> HttpResponse:
    """One indicator: from where, on the list since when, what shows that it is blocked, where it was seen."""
    del code
    row = here(request, queries.ioc(request.principal, ioc_id))
    may_search = request.principal.may("monitoring.search", row.organization_id)
    sightings = [
        {
            "sighting": one,
            "places": [{**place, "at": parse_datetime(place["time"]) if place.get("time") else None} for place in one.places[:10]]
            if may_search
            else [],
        }
        for one in searches.sightings_of_ioc(row)[:20]
    ]
    reason = row.removed_reason
    context = {
        **lines_of([row], request.now)[0],
        "origins": list(queries.origins_of(request.principal, row)),
        "proofs": list(blocking.proofs_of(request.principal, row)[:20]),
        "sightings": sightings,
        "may_search": may_search,
        "removed": texts.render(reason, {}, language()) if texts.known(reason) else reason,
        "may_release": request.principal.may("intelligence.release", row.organization_id),
    }
    return render(request, "intelligence/ioc.html", context)


def chosen(request: PageRequest) -> list[Ioc]:
    """The indicators that were ticked, as far as the reader sees them. Raises InputError when there is none."""
    wanted = set(ids_of(request, "ioc"))
    if not wanted:
        raise InputError("intelligence.none_chosen")
    if len(wanted) > _MOST_CHOSEN:
        raise InputError("intelligence.too_many_chosen", limit=_MOST_CHOSEN)
    rows = list(queries.iocs(request.principal).filter(pk__in=wanted, organization=request.organization))
    if len(rows) != len(wanted):
        raise NotFound("access.not_found")
    return rows


@require_POST
@page
def remove(request: PageRequest, code: str) -> HttpResponse:
    """Take indicators off: first shown with what would follow, then done."""
    request.principal.require("intelligence.release", request.organization.pk)
    try:
        rows = chosen(request)
    except InputError as error:
        tell(request, error)
        return redirect("intelligence:iocs", code)
    confirmed = "confirm" in request.POST
    form = RemoveForm(request.POST if confirmed else None)
    lines: list[str] = []
    if confirmed and form.is_valid():
        try:
            count = actions.remove(request.principal, rows, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(
                request,
                _("%(count)s件を外しました。機器の設定からも消えたことを、読み出して確かめてください。") % {"count": count},
            )
            return redirect("intelligence:iocs", code)
    context = {"rows": lines_of(rows, request.now), "form": form, "lines": lines}
    return render(request, "intelligence/remove.html", context, status=422 if lines or form.errors else 200)


# --------------------------------------------------------------------------------------------------------- the block list


@require_safe
@page
def block_list(request: PageRequest, code: str) -> HttpResponse:
    """What stands on the list, its forms for devices, what was shown to be blocked, what was written out."""
    request.principal.require(READ, request.organization.pk)
    rows = queries.block_list(request.principal, request.organization, now=request.now)
    counts: dict[str, int] = {}
    for kind in rows.order_by().values_list("kind", flat=True):
        counts[kind] = counts.get(kind, 0) + 1
    address = request.build_absolute_uri(reverse("api:api-root"))
    context = {
        "total": sum(counts.values()),
        "counts": [(KINDS.get(kind, kind), count) for kind, count in sorted(counts.items())],
        "unproven": rows.filter(blocked_at=None).count(),
        "forms": [(key, FORMS[key]) for key in actions.LISTS],
        "proofs": list(blocking.proofs(request.principal, request.organization)[:10]),
        "handouts": [
            {
                "handout": one,
                "form": FORMS.get(one.form, one.form),
                "audience": AUDIENCES.get(one.audience, one.audience),
                "tlp": TLP[one.tlp],
            }
            for one in blocking.handouts(request.principal, request.organization)[:20]
        ],
        "address": f"{address}intelligence/block-list/squid?organization={code}",
        "may_hand_out": request.principal.may("intelligence.hand_out", request.organization.pk),
        "may_prove": request.principal.may("intelligence.prove", request.organization.pk),
    }
    return render(request, "intelligence/block_list.html", context)


@require_http_methods(["GET", "POST"])
@page
def hand_out(request: PageRequest, code: str, notice_id: uuid.UUID | None = None) -> HttpResponse:
    """Write indicators out. A refusal names what forbids it."""
    del code
    notice = find_notice(request, notice_id) if notice_id else None
    request.principal.require("intelligence.hand_out", request.organization.pk)
    shown = () if notice else actions.LISTS
    initial = {"form": text_of(request, "form", limit=16), "audience": "organization"}
    form = HandOutForm(request.POST or None, forms_shown=shown, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            given = actions.hand_out(request.principal, request.organization, notice=notice, now=request.now, **form.cleaned_data)
        except NotPermitted as error:
            lines = say(error, language())
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            return attachment(given.content, name=given.file_name, media_type=given.media_type)
    context = {"form": form, "lines": lines, "notice": notice}
    return render(request, "intelligence/hand_out.html", context, status=422 if lines or form.errors else 200)


@require_http_methods(["GET", "POST"])
@page
def read_back(request: PageRequest, code: str) -> HttpResponse:
    """Show by a device's configuration what is blocked."""
    request.principal.require("intelligence.prove", request.organization.pk)
    form = ReadBackForm(request.POST or None, request.FILES or None, initial={"read_at": timezone.localtime(request.now)})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.read_back(
                request.principal,
                request.organization,
                device=given["device"],
                form=given["form"],
                untrusted=given["file"].read(actions.MOST_BYTES + 1),
                name=given["file"].name or "",
                read_at=given["read_at"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            return redirect("intelligence:proof", code, made.pk)
    return render(
        request, "intelligence/read_back.html", {"form": form, "lines": lines}, status=422 if lines or form.errors else 200
    )


@require_safe
@page
def proof(request: PageRequest, code: str, proof_id: uuid.UUID) -> HttpResponse:
    """What a configuration or the denials in the logs show: held, and still missing."""
    del code
    row = here(request, blocking.proof(request.principal, proof_id))
    held = queries.iocs(request.principal).filter(proofs=row).order_by("kind", "value")
    waiting = queries.block_list(request.principal, request.organization, now=request.now).filter(blocked_at=None)
    context = {
        "proof": row,
        "page": page_of(request, held, each=100),
        "missing": lines_of(waiting[:200], request.now),
        "held": lines_of(page_of(request, held, each=100), request.now),
    }
    return render(request, "intelligence/proof.html", context)


# --------------------------------------------------------------------------------------------------------- the allow-list


@require_http_methods(["GET", "POST"])
@page
def allowed(request: PageRequest, code: str) -> HttpResponse:
    """What must never be blocked, and a form to add to it."""
    request.principal.require(READ, request.organization.pk)
    form = AllowForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.allow(request.principal, request.organization, now=request.now, **form.cleaned_data)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("遮断しないものに加えました。"))
            return redirect("intelligence:allowed", code)
    context = {
        "rows": list(queries.allowed(request.principal, request.organization)),
        "form": form,
        "lines": lines,
        "may_allow": request.principal.may("intelligence.allow", request.organization.pk),
    }
    return render(request, "intelligence/allowed.html", context, status=422 if lines or form.errors else 200)


@require_POST
@page
def end_allowed(request: PageRequest, code: str, allowed_id: uuid.UUID) -> HttpResponse:
    """It may be blocked again."""
    row = here(request, queries.allowed_one(request.principal, allowed_id))
    try:
        actions.end_allowed(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("外しました。"))
    return redirect("intelligence:allowed", code)
