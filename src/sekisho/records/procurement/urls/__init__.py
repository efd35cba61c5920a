"""Addresses of 調達, one module an area."""

from __future__ import annotations

from sekisho.records.procurement.urls import calendar, cases, contract, deciding, notice, outputs, questions, reviews, tools

app_name = "procurement"
urlpatterns = [
    *cases.urlpatterns,
    *questions.urlpatterns,
    *deciding.urlpatterns,
    *outputs.urlpatterns,
    *notice.urlpatterns,
    *contract.urlpatterns,
    *calendar.urlpatterns,
    *reviews.urlpatterns,
    *tools.urlpatterns,
]
