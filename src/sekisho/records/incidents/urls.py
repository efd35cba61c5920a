"""Addresses of 事案."""

from __future__ import annotations

from django.urls import path

from sekisho.records.incidents import sheet_views, views

app_name = "incidents"
urlpatterns = [
    path("o/<slug:code>/incidents/", views.index, name="index"),
    path("o/<slug:code>/incidents/export/<slug:form>", views.export_list, name="export"),
    path("o/<slug:code>/incidents/new", views.create, name="new"),
    path("o/<slug:code>/incidents/causes", sheet_views.causes, name="causes"),
    path("o/<slug:code>/incidents/causes/export/<slug:form>", sheet_views.export_causes, name="causes_export"),
    path("o/<slug:code>/incidents/<uuid:incident_id>/", views.detail, name="detail"),
    path("o/<slug:code>/incidents/<uuid:incident_id>/edit", views.edit, name="edit"),
    path("o/<slug:code>/incidents/<uuid:incident_id>/close", views.close, name="close"),
    path("o/<slug:code>/incidents/<uuid:incident_id>/reopen", views.reopen, name="reopen"),
    path("o/<slug:code>/incidents/<uuid:incident_id>/countermeasure", views.countermeasure, name="countermeasure"),
    path("o/<slug:code>/incidents/<uuid:incident_id>/analyse", sheet_views.begin, name="begin_sheet"),
    path("o/<slug:code>/incidents/measures/<uuid:countermeasure_id>/effect", views.effect, name="effect"),
    path("o/<slug:code>/incidents/sheets/<uuid:sheet_id>/", sheet_views.sheet, name="sheet"),
    path("o/<slug:code>/incidents/sheets/<uuid:sheet_id>/settle", sheet_views.settle, name="settle_sheet"),
    path("o/<slug:code>/incidents/sheets/<uuid:sheet_id>/discard", sheet_views.discard, name="discard_sheet"),
    path("o/<slug:code>/incidents/sheets/<uuid:sheet_id>/document/<slug:form>", sheet_views.document, name="sheet_document"),
]
