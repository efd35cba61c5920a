"""Addresses of the API."""

from __future__ import annotations

from django.urls import path

from sekisho.web import api_views
from sekisho.web.api import api

urlpatterns = [
    path("", api_views.description, name="api_description"),
    path("", api.urls),
]
