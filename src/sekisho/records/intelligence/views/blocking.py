"""Pages of releases: choosing, the false-block test, asking, what became of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotPermitted
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.blocking import AskForm, ReleaseForm
from sekisho.records.intelligence.queries import blocking as queries
from sekisho.records.intelligence.queries.notices import READ
from sekisho.records.intelligence.rules.blocking import BLOCKABLE, test_summary
from sekisho.records.intelligence.views.common import choice_of, here, page_of, sentences
from sekisho.records.intelligence.views.indicators import chosen, lines_of
from sekisho.records.intelligence.views.names import DIRECTIONS, KINDS, RELEASE_STATES, TLP
from sekisho.records.intelligence.views.notices import confirmed_of
from sekisho.records.intelligence.views.notices import find as find_notice
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, beside, page, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.intelligence.models import Ioc, Notice, Release

_SHOWN: Final = 200


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The releases, newest first."""
    del code
    request.principal.require(READ, request.organization.pk)
    state = choice_of(request, "state", RELEASE_STATES)
    shown = page_of(request, queries.releases(request.principal, request.organization, state=state))
    rows = [{"release": row, "state": RELEASE_STATES[row.state], "summary": test_summary(row.test)} for row in shown]
    context = {
        "page": shown,
        "rows": rows,
        "states": [(key, name) for key, (_style, name) in RELEASE_STATES.items()],
        "state": state,
    }
    return render(request, "intelligence/releases.html", context)


@require_http_methods(["GET", "POST"])
@page
def prepare(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """The indicators of a notice: which of them, in which direction, until when."""
    notice = find_notice(request, notice_id)
    rows = [row for row in confirmed_of(request, notice) if row.kind in BLOCKABLE and row.removed_at is None]
    if request.method == "POST" and request.POST.getlist("ioc"):
        rows = chosen(request)
    return _prepare(request, code, rows, notice, again=request.method == "POST")


@require_POST
@page
def prepare_chosen(request: PageRequest, code: str) -> HttpResponse:
    """The indicators that were ticked in the list."""
    try:
        rows = chosen(request)
    except InputError as error:
        tell(request, error)
        return redirect("intelligence:iocs", code)
    return _prepare(request, code, rows, None, again="test_days" in request.POST)


def _prepare(request: PageRequest, code: str, rows: Sequence[Ioc], notice: Notice | None, *, again: bool) -> HttpResponse:
    request.principal.require("intelligence.release", request.organization.pk)
    form = ReleaseForm(request.POST if again else None)
    lines: list[str] = []
    if again and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.prepare(
                request.principal,
                request.organization,
                rows=rows,
                notice=notice,
                direction=given["direction"],
                expires_on=given["expires_on"],
                test_days=given["test_days"],
                now=request.now,
            )
        except NotPermitted as error:
            lines = say(error, language())
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            return redirect("intelligence:release", code, made.pk)
    context = {
        "form": form,
        "lines": lines,
        "notice": notice,
        "rows": lines_of(rows, request.now),
        "blockable": sum(row.kind in BLOCKABLE for row in rows),
    }
    return render(request, "intelligence/prepare.html", context, status=422 if lines or form.errors else 200)


@require_safe
@page
def detail(request: PageRequest, code: str, release_id: uuid.UUID) -> HttpResponse:
    """One release: what the test found, and asking for approval."""
    del code
    return _detail(request, here(request, queries.release(request.principal, release_id)))


def _detail(request: PageRequest, row: Release, *, form: AskForm | None = None, lines: Sequence[str] = ()) -> HttpResponse:
    shown = page_of(request, queries.items_of(request.principal, row), each=_SHOWN)
    may_release = request.principal.may("intelligence.release", row.organization_id)
    may_search = request.principal.may("monitoring.search", row.organization_id)
    wide = set(row.test.get("wide", []))
    items = [
        {
            "item": one,
            "kind": KINDS.get(one.ioc.kind, one.ioc.kind),
            "tlp": TLP[one.ioc.tlp],
            "direction": DIRECTIONS.get(one.direction, one.direction),
            "reasons": sentences(one.reasons, language()),
            "count": one.stopped.get("count", 0),
            "hosts": list(one.stopped.get("hosts", {}).items())[:10] if may_search else [],
            "first": parse_datetime(one.stopped["first"]) if one.stopped.get("first") else None,
            "last": parse_datetime(one.stopped["last"]) if one.stopped.get("last") else None,
            "wide": f"{one.ioc.kind}:{one.ioc.value}" in wide,
        }
        for one in shown
    ]
    context: dict[str, Any] = {
        "release": row,
        "state": RELEASE_STATES[row.state],
        "summary": test_summary(row.test),
        "test": row.test,
        "page": shown,
        "items": sorted(items, key=lambda one: -one["count"]),
        "form": form or (AskForm() if may_release and row.state == "tested" else None),
        "lines": lines,
        "may_release": may_release,
        "without": sum(row.test.get("without_columns", {}).values()),
    }
    return render(request, "intelligence/release.html", context, status=422 if lines or (form and form.errors) else 200)


@require_POST
@page
def ask(request: PageRequest, code: str, release_id: uuid.UUID) -> HttpResponse:
    """Ask for approval."""
    row = here(request, queries.release(request.principal, release_id))
    form = AskForm(request.POST)
    if not form.is_valid():
        return _detail(request, row, form=form)
    try:
        actions.ask(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
    except (InputError, Conflict, NotPermitted) as error:
        return _detail(request, row, form=form, lines=beside(form, error))
    messages.success(request, _("申請しました。承認されると、遮断リストに載ります。"))
    return redirect("intelligence:release", code, row.pk)


@require_POST
@page
def change(request: PageRequest, code: str, release_id: uuid.UUID) -> HttpResponse:
    """Try it once more, or drop it."""
    row = here(request, queries.release(request.principal, release_id))
    try:
        if request.POST.get("do") == "drop":
            actions.drop_release(request.principal, row, now=request.now)
            messages.success(request, _("取りやめました。"))
        else:
            actions.test_again(request.principal, row, now=request.now)
            messages.success(request, _("いまのログで、もう一度試します。"))
    except Conflict as error:
        tell(request, error)
    return redirect("intelligence:release", code, row.pk)
