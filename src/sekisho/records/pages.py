"""What the views of all rooms share: who asks, about which organisation, and how errors become pages.

Every page about an organisation has its code in its address (``/o/<code>/…``), so that a link can be sent.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from sekisho.errors import NotFound, SekishoError
from sekisho.records.database import database_errors
from sekisho.records.languages import language
from sekisho.records.organization import queries as organization_queries
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django import forms

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["PageRequest", "beside", "given_of", "own", "page", "say", "tell", "version_of"]

P = ParamSpec("P")
T = TypeVar("T")


class PageRequest(HttpRequest):
    """A request of a logged-in person. ``organization`` is set on pages whose address has a ``code``."""

    principal: Principal
    now: datetime
    organization: Organization


def say(error: SekishoError, language: str) -> list[str]:
    """The sentences of an error: its own, then one for each place."""
    lines = [texts.render(error.code, error.fields, language)]
    for problem in error.problems:
        place = " ".join(str(p) for p in (problem.file, problem.row, problem.column) if p)
        sentence = texts.render_problem(problem, language)
        lines.append(f"{place}: {sentence}" if place else sentence)
    return lines


def tell(request: PageRequest, error: SekishoError) -> None:
    """Let the next page begin with what was refused."""
    for line in say(error, request.principal.language):
        messages.error(request, line)


def beside(form: forms.BaseForm, error: SekishoError) -> list[str]:
    """Put an error beside the field that it names; returns its sentences when it names none that the form shows."""
    name = str(error.fields.get("name", ""))
    if error.problems or name not in form.fields or form[name].is_hidden:
        return say(error, language())
    form.add_error(name, texts.render(error.code, {**error.fields, "name": str(form[name].label)}, language()))
    return []


def given_of(request: PageRequest) -> QueryDict | None:
    """What a form was sent with, an empty one too; None while it is only shown."""
    return request.POST if request.method == "POST" else None


def version_of(request: PageRequest) -> int:
    """The version that a form was made from; 0, which no row has, when it names none."""
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0  # noqa: PLR2004 - a database integer


def own(request: PageRequest, row: T) -> T:
    """The row, if it belongs to the organisation of the address. Raises NotFound."""
    if getattr(row, "organization_id", None) != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def page(
    view: Callable[Concatenate[PageRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Ask for log-in, look up the organisation of the address (404 if not visible), and turn a SekishoError into a page."""

    @wraps(view)
    def wrapped(plain: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not hasattr(plain, "principal"):
            return redirect_to_login(plain.get_full_path())
        request = cast("PageRequest", plain)
        named = cast("dict[str, Any]", kwargs)
        try:
            if "code" in named:
                request.organization = organization_queries.by_code(request.principal, named["code"])
            with database_errors():
                return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.code) from error
        except SekishoError as error:
            lines = say(error, request.principal.language)
            return render(request, "web/error.html", {"error": error, "lines": lines}, status=error.http_status)

    return wrapped
