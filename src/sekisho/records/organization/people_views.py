"""Pages of people and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import InputError
from sekisho.records.organization import actions, queries
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.forms import MembershipForm, PersonForm
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.organization.views import ROWS, WRITING, submit
from sekisho.records.pages import PageRequest, page

if TYPE_CHECKING:
    import uuid

    from django.http import HttpResponse

    from sekisho.records.organization.models import Person

__all__ = ["act", "create", "detail", "end", "give", "index"]


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """People with a role here or below."""
    del code
    text = request.GET.get("q", "").strip()[:100]
    rows = queries.people(request.principal, request.organization, text=text)
    found = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "organization/people.html", {"page": found, "search_text": text})


@require_http_methods(WRITING)
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Somebody new with a first role; they choose their password with the link shown next."""
    here = request.organization
    request.principal.require("person.manage", here.pk)

    def run(data: dict[str, Any]) -> HttpResponse:
        role = Role(data.pop("role"))
        with transaction.atomic():
            person = actions.create_person(
                request.principal, password=None, organization=here, must_change_password=False, now=request.now, **data
            )
            actions.give_membership(
                request.principal,
                person=person,
                organization=here,
                role=role,
                valid_from=timezone.localdate(request.now),
                now=request.now,
            )
        return _link(request, person, code)

    return submit(request, PersonForm(request.POST or None), "organization/person_create.html", run)


@require_safe
@page
def detail(request: PageRequest, code: str, person_id: uuid.UUID) -> HttpResponse:
    """Somebody's account and roles."""
    del code
    return _person_page(request, queries.person(request.principal, person_id))


def _person_page(request: PageRequest, person: Person, **context: Any) -> HttpResponse:
    return render(
        request,
        "organization/person.html",
        {
            "person": person,
            "memberships": queries.roles_of(request.principal, person),
            "locked": bool(person.locked_until and person.locked_until > request.now),
            "is_self": person.pk == request.principal.person_id,
            "today": timezone.localdate(request.now),
            "role_names": ROLE_NAMES,
            **context,
        },
    )


def _link(request: PageRequest, person: Person, code: str, *, reset_factors: bool = False) -> HttpResponse:
    del code
    uid, token = accounts.issue_recovery_link(request.principal, person, reset_factors=reset_factors, now=request.now)
    link = request.build_absolute_uri(reverse("recover", args=[uid, token]))
    response = _person_page(request, person, link=link)
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_POST
@page
def act(request: PageRequest, code: str, person_id: uuid.UUID, verb: str) -> HttpResponse:
    """Close, open, unlock, or make a recovery link."""
    person = queries.person(request.principal, person_id)
    if verb == "recovery":
        return _link(request, person, code, reset_factors="reset_factors" in request.POST)
    if verb == "unlock":
        accounts.unlock_person(request.principal, person, now=request.now)
    elif verb in {"close", "open"}:
        reason = request.POST.get("reason", "")[:500]
        accounts.set_active(request.principal, person, active=verb == "open", reason=reason, now=request.now)
    else:
        raise Http404
    messages.success(request, _("変えました。"))
    return redirect("organization:person", code=code, person_id=person_id)


@require_http_methods(WRITING)
@page
def give(request: PageRequest, code: str) -> HttpResponse:
    """A role here for somebody who has an account."""
    here = request.organization
    request.principal.require("membership.manage", here.pk)

    def run(data: dict[str, Any]) -> HttpResponse:
        person = queries.manageable_people(request.principal).filter(login__iexact=data.pop("login")).first()
        if person is None:
            raise InputError("organization.person_unknown")
        actions.give_membership(
            request.principal, person=person, organization=here, role=Role(data.pop("role")), now=request.now, **data
        )
        messages.success(request, _("役割を登録しました。"))
        return redirect("organization:index", code=code)

    initial = {"valid_from": timezone.localdate(request.now), "login": request.GET.get("login", "")}
    return submit(request, MembershipForm(request.POST or None, initial=initial), "organization/membership.html", run)


@require_POST
@page
def end(request: PageRequest, code: str, membership_id: uuid.UUID) -> HttpResponse:
    """A role ends today."""
    membership = queries.membership(request.principal, membership_id)
    actions.end_membership(request.principal, membership, on=timezone.localdate(request.now), now=request.now)
    messages.success(request, _("役割を終わらせました。"))
    return redirect("organization:index", code=code)
