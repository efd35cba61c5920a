"""Addresses of the area ``questions`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import questions

_CASE = "o/<slug:code>/procurement/<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_CASE}questions/", questions.sections, name="questions"),
    path(f"{_CASE}check", questions.check, name="check"),
    # An organisation's own rules may name their questions as they like.
    path(f"{_CASE}questions/<path:question_id>", questions.question, name="question"),
]
