"""Addresses of the area ``calendar`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import calendar

_CASE = "o/<slug:code>/procurement/<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_CASE}calendar/", calendar.calendar, name="calendar"),
    path(f"{_CASE}calendar/duties", calendar.duties, name="calendar_duties"),
]
