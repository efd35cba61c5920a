"""Views that belong to no room: error pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form was sent from a page that is too old, or from elsewhere."""
    del reason
    return render(request, "web/csrf_failure.html", status=403)
