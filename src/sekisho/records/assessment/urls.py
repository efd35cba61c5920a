"""Addresses of 判定."""

from __future__ import annotations

from django.urls import path, re_path

from sekisho.records.assessment.views import corrective, documenting, judgement, listing, table

app_name = "assessment"
urlpatterns = [
    path("o/<slug:code>/judgements/", table.index, name="list"),
    path("o/<slug:code>/judgements/table", table.table, name="table"),
    path("o/<slug:code>/judgements/export", table.export, name="export"),
    re_path(r"^o/(?P<code>[-\w]+)/judgements/list\.(?P<form>xlsx|csv|cp932)$", listing.export, name="list_export"),
    path("o/<slug:code>/judgements/confirm", table.confirm_many, name="confirm_many"),
    path("o/<slug:code>/judgements/soa", table.soa, name="soa"),
    path("o/<slug:code>/judgements/rules/<uuid:pk>", judgement.rule, name="rule"),
    path("o/<slug:code>/judgements/<uuid:pk>/", judgement.judgement, name="judgement"),
    path("o/<slug:code>/judgements/<uuid:pk>/confirm", judgement.confirm, name="confirm"),
    path("o/<slug:code>/judgements/<uuid:pk>/level", judgement.level, name="level"),
    path("o/<slug:code>/judgements/<uuid:pk>/document", documenting.document, name="document"),
    path("o/<slug:code>/judgements/<uuid:pk>/applicability", judgement.applicability, name="applicability"),
    path("o/<slug:code>/judgements/<uuid:pk>/attest", judgement.attest, name="attest"),
    path("o/<slug:code>/judgements/<uuid:pk>/target", judgement.target, name="target"),
    path("o/<slug:code>/corrective-actions/", corrective.index, name="corrective_actions"),
    path("o/<slug:code>/corrective-actions/new", corrective.new, name="corrective_new"),
    path("o/<slug:code>/corrective-actions/<uuid:pk>/", corrective.detail, name="corrective_action"),
]
