"""Pages of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.organization import actions, queries
from sekisho.records.organization.forms import CloseForm, CreateForm, EditForm, MoveForm
from sekisho.records.organization.permissions import PERMISSIONS, READ
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, page, say
from sekisho.standards import texts
from sekisho.standards.catalog import body_kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.http import HttpResponse

__all__ = ["children", "close", "create", "edit", "index", "move", "roles", "submit"]

ROWS: Final = 50
WRITING: Final = ["GET", "HEAD", "POST"]


def submit(
    request: PageRequest, form: forms.Form, template: str, run: Callable[[dict[str, Any]], HttpResponse], **context: Any
) -> HttpResponse:
    """Show a form, or run its action; what the action refuses stands above the form with status 422 or 409."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return run(form.cleaned_data)
            except (InputError, Conflict) as error:
                status = error.http_status
                context["lines"] = say(error, request.principal.language)
    return render(request, template, {"form": form, **context}, status=status)


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The organisation, what is above and below it, and who holds which role."""
    del code
    here, today = request.organization, timezone.localdate(request.now)
    kind = body_kinds().get(queries.body_kind_of(here.pk))
    may = {
        a.split(".")[1]: request.principal.roles_for(a) for a in ("organization.edit", "organization.move", "membership.manage")
    }
    return render(
        request,
        "organization/index.html",
        {
            "above": queries.visible_ancestors(request.principal, here),
            "children": Paginator(queries.children(request.principal, here), ROWS).get_page(request.GET.get("page")),
            "memberships": queries.memberships_at(request.principal, here, today=today),
            "edges": queries.parent_edges(here),
            "kind": kind.title.get(request.principal.language) if kind else "",
            "role_names": ROLE_NAMES,
            "may_edit": bool(may["edit"]),
            "may_move": bool(may["move"]),
            "may_manage": bool(may["manage"]),
        },
    )


@require_safe
@page
def children(request: PageRequest, code: str) -> HttpResponse:
    """A branch of the tree, fetched when it is opened."""
    del code
    rows = list(queries.children(request.principal, request.organization)[: ROWS + 1])
    return render(
        request, "organization/branch.html", {"branch": rows[:ROWS], "more": len(rows) > ROWS, "whole": request.organization}
    )


@require_http_methods(WRITING)
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """A new organisation below this one."""
    request.principal.require("organization.create", request.organization.pk)

    def run(data: dict[str, Any]) -> HttpResponse:
        made = actions.create_organization(
            request.principal, parent=request.organization, now=request.now, today=timezone.localdate(request.now), **data
        )
        messages.success(request, _("「%(name)s」を作りました。") % {"name": made.name})
        return redirect("organization:index", code=code)

    return submit(request, CreateForm(request.POST or None), "organization/create.html", run)


@require_http_methods(WRITING)
@page
def edit(request: PageRequest, code: str) -> HttpResponse:
    """Names, kind, numbers, boundary."""
    here = request.organization
    request.principal.require("organization.edit", here.pk)

    def run(data: dict[str, Any]) -> HttpResponse:
        version = data.pop("version")
        changes = {name: value for name, value in data.items() if value != getattr(here, name)}
        if changes:
            today = timezone.localdate(request.now)
            actions.edit_organization(request.principal, here, changes=changes, version=version, now=request.now, today=today)
        messages.success(request, _("保存しました。"))
        return redirect("organization:index", code=code)

    initial = {name: getattr(here, name) for name in EditForm.base_fields}
    return submit(request, EditForm(request.POST or None, initial=initial), "organization/edit.html", run)


@require_http_methods(WRITING)
@page
def move(request: PageRequest, code: str) -> HttpResponse:
    """Under another organisation from a day on."""
    request.principal.require("organization.move", request.organization.pk)

    def run(data: dict[str, Any]) -> HttpResponse:
        try:
            parent = queries.by_code(request.principal, data["parent"])
        except NotFound as error:
            raise InputError("access.not_found") from error
        actions.move_organization(
            request.principal,
            request.organization,
            parent=parent,
            on=data["on"],
            now=request.now,
            today=timezone.localdate(request.now),
        )
        messages.success(request, _("移すことを登録しました。"))
        return redirect("organization:index", code=code)

    initial = {"on": timezone.localdate(request.now)}
    return submit(request, MoveForm(request.POST or None, initial=initial), "organization/move.html", run)


@require_http_methods(WRITING)
@page
def close(request: PageRequest, code: str) -> HttpResponse:
    """The organisation ends; confirmed by naming it."""
    request.principal.require("organization.close", request.organization.pk)

    def run(data: dict[str, Any]) -> HttpResponse:
        if data["confirm"] != request.organization.code:
            raise InputError("organization.confirm_differs", expected=request.organization.code)
        actions.close_organization(request.principal, request.organization, on=data["on"], now=request.now)
        messages.success(request, _("廃止を登録しました。記録は残ります。"))
        return redirect("organization:index", code=code)

    initial = {"on": timezone.localdate(request.now)}
    return submit(request, CloseForm(request.POST or None, initial=initial), "organization/close.html", run)


@require_safe
@page
def roles(request: PageRequest, code: str) -> HttpResponse:
    """The table of permissions as it is in force."""
    del code
    language = request.principal.language
    rows = [
        (action, texts.render(f"permission.{action}", {}, language), [role in holders for role in ROLE_NAMES])
        for action, holders in PERMISSIONS.items()
        if action != READ
    ]
    return render(request, "organization/roles.html", {"rows": rows, "roles": list(ROLE_NAMES.values())})
