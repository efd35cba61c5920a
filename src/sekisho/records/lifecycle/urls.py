"""Addresses of the room, each part's from a module of its own."""

from __future__ import annotations

app_name = "lifecycle"

urlpatterns: list[object] = []
