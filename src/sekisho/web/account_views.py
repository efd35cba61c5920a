"""A person's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from sekisho.records.pages import PageRequest, page

if TYPE_CHECKING:
    from django.http import HttpResponse


@page
def settings_page(request: PageRequest) -> HttpResponse:
    """The settings."""
    return render(request, "account/settings.html")
