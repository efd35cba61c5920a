"""Addresses of the area ``deciding`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import clauses, deciding, variants

_CASE = "o/<slug:code>/procurement/<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_CASE}requirements/", deciding.requirements, name="requirements"),
    path(f"{_CASE}requirements/accept", deciding.accept, name="requirements_accept"),
    # An organisation's own rules may name their requirements and clauses as they like.
    path(f"{_CASE}requirements/of/<path:requirement_id>", deciding.requirement, name="requirement"),
    path(f"{_CASE}clauses/", clauses.clauses, name="clauses"),
    path(f"{_CASE}clauses/places", clauses.places, name="places"),
    path(f"{_CASE}clauses/of/<path:clause_id>", clauses.clause, name="clause"),
    path(f"{_CASE}compare", variants.compare_, name="compare"),
]
