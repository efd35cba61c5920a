"""Addresses of 基準."""

from __future__ import annotations

from django.urls import path

from sekisho.records.catalog import facts_views, import_views, views

app_name = "catalog"
urlpatterns = [
    path("o/<slug:code>/catalog/", views.index, name="index"),
    path("o/<slug:code>/catalog/import", import_views.upload, name="import"),
    path("o/<slug:code>/catalog/import/confirm", import_views.confirm, name="confirm"),
    path("o/<slug:code>/catalog/import/template", import_views.template, name="template"),
    path("o/<slug:code>/catalog/adopt/<str:catalog_key>/", views.adopt, name="adopt"),
    path("o/<slug:code>/catalog/facts/<slug:list_id>/", facts_views.facts, name="facts"),
    path("o/<slug:code>/catalog/requirements/", views.index, name="requirements"),
    path("o/<slug:code>/catalog/requirements/<uuid:requirement_id>/", views.requirement, name="requirement"),
    path("o/<slug:code>/catalog/requirements/<uuid:requirement_id>/correct", views.correct, name="correct"),
    path("o/<slug:code>/catalog/overlays/<uuid:overlay_id>/withdraw", views.withdraw, name="withdraw"),
    path("o/<slug:code>/catalog/<uuid:catalog_id>/", views.catalog, name="catalog"),
    path("o/<slug:code>/catalog/<uuid:catalog_id>/compare/<uuid:other_id>/", views.compare, name="compare"),
]
