"""Puts the principal and the time of the request on the request: views hand both to actions and queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation

from sekisho.records.organization import queries
from sekisho.records.organization.actions import accounts
from sekisho.records.organization.models import Person
from sekisho.standards import texts
from sekisho.web.adapters import SEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

__all__ = ["SekishoMiddleware"]

TOUCH_SECONDS: Final = 300


class SekishoMiddleware:
    """Sets ``request.now`` (aware) and, for a logged-in person, ``request.principal`` and their language.

    Who must change their password first is sent to do so, whatever they asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            raise SuspiciousOperation("NUL in the query")  # no database would take it as text
        now = request.now = timezone.now()  # type: ignore[attr-defined] # our own attribute
        person = request.user
        if isinstance(person, Person):
            request.principal = queries.principal_of(person, today=timezone.localdate())  # type: ignore[attr-defined] # our own attribute
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
            seen = request.session.get(SEEN)
            if seen is not None and now.timestamp() - seen > TOUCH_SECONDS:
                request.session[SEEN] = int(now.timestamp())
                accounts.touch_session(session_key=str(request.session.session_key), now=now)
            if person.must_change_password and not self._allowed(request):
                return self._must_change(request, person)
        response = self.get_response(request)
        if isinstance(person, Person):
            # What a person may see is theirs alone: neither a proxy nor the next user of the browser may keep it.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @staticmethod
    def _allowed(request: HttpRequest) -> bool:
        allowed = ("account_change_password", "account_logout", "account_reauthenticate", "language")
        return request.path.startswith(settings.STATIC_URL) or request.path in {reverse(name) for name in allowed}

    @staticmethod
    def _must_change(request: HttpRequest, person: Person) -> HttpResponse:
        if request.path.startswith("/api/"):
            code = "access.password_change_first"
            message = texts.render(code, {}, person.language)
            return JsonResponse({"code": code, "message": message, "fields": {}, "problems": []}, status=403)
        return HttpResponseRedirect(reverse("account_change_password"))
