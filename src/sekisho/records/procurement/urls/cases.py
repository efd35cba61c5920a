"""Addresses of the area ``cases`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import business, cases, diagram, history, overview

_CASE = "o/<slug:code>/procurement/<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path("o/<slug:code>/procurement/", cases.index, name="index"),
    path("o/<slug:code>/procurement/export.<slug:form>", cases.export, name="export"),
    path("o/<slug:code>/procurement/new", cases.create, name="new"),
    path("o/<slug:code>/procurement/import", cases.upload, name="import"),
    path("o/<slug:code>/procurement/import/confirm", cases.confirm_upload, name="import_confirm"),
    path(_CASE, overview.case, name="case"),
    path(f"{_CASE}copy", cases.copy, name="copy"),
    path(f"{_CASE}members/<slug:verb>", overview.member, name="member"),
    path(f"{_CASE}opinion", overview.opinion, name="opinion"),
    path(f"{_CASE}subject", overview.subject, name="subject"),
    path(f"{_CASE}cancel", overview.cancel, name="cancel"),
    path(f"{_CASE}business/", business.overview, name="business"),
    path(f"{_CASE}business/purposes", business.purposes, name="purposes"),
    path(f"{_CASE}business/hosting", business.hosting, name="hosting"),
    path(f"{_CASE}business/information/new", business.information, name="information_new"),
    path(f"{_CASE}business/information/<str:item_id>", business.information, name="information"),
    path(f"{_CASE}business/tasks/new", business.task, name="task_new"),
    path(f"{_CASE}business/tasks/<str:item_id>", business.task, name="task"),
    path(f"{_CASE}business/<slug:field>/<str:item_id>/remove", business.remove, name="business_remove"),
    path(f"{_CASE}diagram/", diagram.show, name="diagram"),
    path(f"{_CASE}diagram/edit", diagram.edit, name="diagram_edit"),
    path(f"{_CASE}diagram/confirm", diagram.confirm, name="diagram_confirm"),
    path(f"{_CASE}diagram/picture.svg", diagram.picture, name="diagram_svg"),
    path(f"{_CASE}history/", history.show, name="history"),
    path(f"{_CASE}history/keep", history.keep, name="keep"),
    path(f"{_CASE}history/<int:number>/return", history.go_back, name="return"),
    path(f"{_CASE}history/answers.yaml", history.answers_file, name="answers_file"),
]
