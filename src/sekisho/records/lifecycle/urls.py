"""Addresses of the room, each part's from a module of its own."""

from __future__ import annotations

from sekisho.records.lifecycle import urls_care, urls_retention

app_name = "lifecycle"

urlpatterns: list[object] = [*urls_retention.urlpatterns, *urls_care.urlpatterns]
