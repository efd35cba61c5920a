"""Addresses of the room."""

from __future__ import annotations

from django.urls import path, re_path

from sekisho.records.evidence import finding_views, views

app_name = "evidence"
urlpatterns = [
    path("o/<slug:code>/evidence/", views.index, name="index"),
    path("o/<slug:code>/evidence/documents/new", views.add, name="add"),
    path("o/<slug:code>/evidence/bundle", views.bundle, name="bundle"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/", views.detail, name="detail"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/verify", views.verify, name="verify"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/file", views.download, name="file"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/artifacts/<slug:sha256>", views.artifact, name="artifact"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/review", views.review, name="review"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/accept", views.accept, name="accept"),
    path("o/<slug:code>/evidence/<uuid:evidence_id>/withdraw", views.withdraw, name="withdraw"),
    path("o/<slug:code>/findings/", finding_views.index, name="findings"),
    re_path(r"^o/(?P<code>[-\w]+)/findings/export\.(?P<form>xlsx|csv|cp932)$", finding_views.export, name="findings_export"),
    path("o/<slug:code>/findings/<uuid:finding_id>/", finding_views.detail, name="finding"),
]
