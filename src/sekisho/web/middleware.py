"""Puts the principal and the time of the request on the request: views hand both to actions and queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from sekisho.records.organization import queries
from sekisho.records.organization.models import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

__all__ = ["SekishoMiddleware"]


class SekishoMiddleware:
    """Sets ``request.now`` (aware) and, for a logged-in person, ``request.principal``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        request.now = timezone.now()  # type: ignore[attr-defined] # our own attribute
        if isinstance(request.user, Person):
            request.principal = queries.principal_of(  # type: ignore[attr-defined] # our own attribute
                request.user, today=timezone.localdate()
            )
        return self.get_response(request)
