"""Addresses of the room."""

from __future__ import annotations

from django.urls import path

from sekisho.records.jobs import views

app_name = "jobs"
urlpatterns = [
    path("o/<slug:code>/jobs/", views.index, name="index"),
    path("o/<slug:code>/jobs/<uuid:job_id>/", views.detail, name="detail"),
    path("o/<slug:code>/jobs/<uuid:job_id>/progress", views.progress, name="progress"),
    path("o/<slug:code>/jobs/<uuid:job_id>/cancel", views.cancel, name="cancel"),
]
