"""Addresses of the area ``outputs`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import criteria, outputs

_CASE = "o/<slug:code>/procurement/<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_CASE}documents/", outputs.documents, name="documents"),
    path(f"{_CASE}documents/numbering", outputs.numbering, name="documents_numbering"),
    path(f"{_CASE}documents/workbook.xlsx", outputs.workbook, name="documents_workbook"),
    path(f"{_CASE}documents/<slug:which>", outputs.preview, name="document"),
    path(f"{_CASE}documents/<slug:which>.<slug:form>", outputs.download, name="document_file"),
    path(f"{_CASE}criteria", criteria.criteria, name="criteria"),
]
