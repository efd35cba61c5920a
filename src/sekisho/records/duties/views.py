"""期限: what falls due, whose it is, and the calendar of it."""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.duties import actions, calendar, queries
from sekisho.records.duties.forms import AssignForm, CompleteForm
from sekisho.records.duties.rules import Urgency, urgency
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, page, say
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.duties.models import Duty

__all__ = ["assign", "complete", "detail", "feed", "index", "make_feed", "stop_feed"]

ROWS: Final = 30
WHICH: Final = ("mine", "near", "all", "late", "done")


def _urgency(duty: Duty, request: PageRequest) -> Urgency:
    return urgency(due_at=duty.due_at, done_at=duty.done_at, now=timezone.localtime(request.now))


@require_safe
@page
def index(request: PageRequest, code: str, secret: str = "") -> HttpResponse:
    """Mine, those of them that are near, all, late or done; grouped by how pressing they are."""
    del code
    return _index(request, secret)


def _index(request: PageRequest, secret: str = "") -> HttpResponse:
    given = request.GET
    which = given.get("show", "mine") if given.get("show", "mine") in WHICH else "mine"
    owner, role = given.get("owner", "").strip()[:100], given.get("role", "")[:32]
    rows = queries.listed(request.principal, request.organization, which=which, owner=owner, role=role, now=request.now)
    shown = Paginator(rows, ROWS).get_page(given.get("page"))
    language = request.principal.language
    groups = [
        (key, texts.render(f"duties.{key}", {}, language), list(group))
        for key, group in itertools.groupby(shown, key=lambda duty: _urgency(duty, request).value)
    ]
    context: dict[str, Any] = {
        "page": shown,
        "groups": groups,
        "which": which,
        "owner": owner,
        "role": role,
        "roles": ROLE_NAMES.items(),
        "has_feed": queries.has_feed(request.principal),
        "feed_url": request.build_absolute_uri(reverse("duties:feed", args=[secret])) if secret else "",
    }
    return render(request, "duties/index.html", context)


@require_safe
@page
def detail(request: PageRequest, code: str, duty_id: uuid.UUID) -> HttpResponse:
    """One duty, with what can be done about it."""
    del code
    return _detail(request, queries.one(request.principal, duty_id))


def _detail(request: PageRequest, duty: Duty, *, status: int = 200, **context: Any) -> HttpResponse:
    principal = request.principal
    people = organization_queries.people_of(duty.organization_id, today=timezone.localdate(request.now))
    may_assign = duty.done_at is None and principal.may("duty.assign", duty.organization_id)
    values = {
        "duty": duty,
        "role_name": dict(ROLE_NAMES).get(duty.owner_role, ""),
        "urgency": texts.render(f"duties.{_urgency(duty, request).value}", {}, principal.language),
        "target": f"/o/{duty.organization.code}/{duty.url}" if duty.url else "",
        "may_complete": duty.done_at is None and principal.may("duty.complete", duty.organization_id),
        "complete_form": CompleteForm(),
        "assign_form": AssignForm(people=people, initial={"owner": str(duty.owner_id or "")}) if may_assign else None,
        **context,
    }
    return render(request, "duties/detail.html", values, status=status)


@require_POST
@page
def complete(request: PageRequest, code: str, duty_id: uuid.UUID) -> HttpResponse:
    """It is done."""
    duty = queries.one(request.principal, duty_id)
    form = CompleteForm(request.POST)
    if not form.is_valid():
        return _detail(request, duty, status=422, complete_form=form, form=form)
    try:
        actions.complete(request.principal, duty, note=form.cleaned_data["note"], now=request.now)
    except Conflict as error:
        return _detail(request, duty, status=error.http_status, lines=say(error, request.principal.language))
    messages.success(request, _("済んだことを記録しました。"))
    return redirect("duties:index", code=code)


@require_POST
@page
def assign(request: PageRequest, code: str, duty_id: uuid.UUID) -> HttpResponse:
    """Give it to somebody."""
    duty = queries.one(request.principal, duty_id)
    try:
        try:
            owner = uuid.UUID(request.POST.get("owner", ""))
        except ValueError as error:
            raise InputError("duties.owner_unknown") from error
        actions.assign(request.principal, duty, owner_id=owner, now=request.now)
    except (InputError, Conflict) as error:
        return _detail(request, duty, status=error.http_status, lines=say(error, request.principal.language))
    messages.success(request, _("担当を決めました。"))
    return redirect("duties:detail", code=code, duty_id=duty.pk)


# ------------------------------------------------------------------------------------------------------- the calendar


@require_POST
@page
def make_feed(request: PageRequest, code: str) -> HttpResponse:
    """A secret address for one's calendar, shown this once."""
    del code
    return _index(request, actions.make_calendar_feed(request.principal, now=request.now))


@require_POST
@page
def stop_feed(request: PageRequest, code: str) -> HttpResponse:
    """The secret address ends."""
    actions.stop_calendar_feed(request.principal, now=request.now)
    messages.success(request, _("カレンダーのアドレスを止めました。"))
    return redirect("duties:index", code=code)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar itself: whoever has the secret address reads it, without logging in (calendar programs cannot)."""
    now = cast("PageRequest", request).now
    found = queries.feed(secret, today=timezone.localdate(now))
    if found is None:
        raise Http404
    person, rows = found
    events = [
        calendar.Event(
            uid=f"{duty.pk}@sekisho",
            due_at=duty.due_at,
            made_at=duty.created_at,
            summary=texts.render(duty.code, duty.fields, person.language),
            description="\n".join(word for word in (duty.organization.name, duty.basis_in(person.language)) if word),
            url=request.build_absolute_uri(reverse("duties:detail", args=[duty.organization.code, duty.pk])),
        )
        for duty in rows[:1000]
    ]
    name = texts.render("duties.calendar_name", {"name": str(person)}, person.language)
    response = HttpResponse(calendar.write(events, name=name, now=now), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'inline; filename="sekisho.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
