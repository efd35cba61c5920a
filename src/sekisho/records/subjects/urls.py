"""Addresses of the room."""

from __future__ import annotations

from django.urls import path, re_path

from sekisho.records.subjects import machine_views, views

app_name = "subjects"
urlpatterns = [
    path("o/<slug:code>/subjects/", views.index, name="index"),
    path("o/<slug:code>/subjects/new", views.create, name="create"),
    re_path(r"^o/(?P<code>[-\w]+)/subjects/export\.(?P<form>xlsx|csv|cp932)$", views.export, name="export"),
    path("o/<slug:code>/subjects/template.xlsx", machine_views.template, name="template"),
    path("o/<slug:code>/subjects/import", machine_views.upload, name="import"),
    path("o/<slug:code>/subjects/import/confirm", machine_views.confirm, name="import_confirm"),
    path("o/<slug:code>/subjects/<uuid:subject_id>/", views.detail, name="detail"),
    path("o/<slug:code>/subjects/<uuid:subject_id>/edit", views.edit, name="edit"),
    path("o/<slug:code>/subjects/<uuid:subject_id>/retire", views.retire, name="retire"),
    path("o/<slug:code>/subjects/<uuid:subject_id>/<slug:verb>", views.link, name="link"),
    path("o/<slug:code>/machines/", machine_views.machines, name="machines"),
    path("o/<slug:code>/machines/new", machine_views.enroll, name="enroll"),
    path("o/<slug:code>/machines/<uuid:machine_id>/revoke", machine_views.revoke, name="revoke"),
    path("o/<slug:code>/machines/<uuid:machine_id>/resume", machine_views.resume, name="resume"),
]
