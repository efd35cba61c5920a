"""Addresses of the area ``reviews`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import reviews

_BASE = "o/<slug:code>/procurement/reviews/"

urlpatterns: list[URLPattern] = [
    path(_BASE, reviews.index, name="reviews"),
    path(f"{_BASE}new", reviews.create, name="review_new"),
    path(f"{_BASE}<uuid:review_id>/", reviews.show, name="review"),
    path(f"{_BASE}<uuid:review_id>/waiting", reviews.waiting, name="review_waiting"),
    path(f"{_BASE}<uuid:review_id>/decide", reviews.decide, name="review_decide"),
    path(f"{_BASE}<uuid:review_id>/discard", reviews.discard, name="review_discard"),
    path(f"{_BASE}<uuid:review_id>/export.<slug:form>", reviews.export, name="review_export"),
]
