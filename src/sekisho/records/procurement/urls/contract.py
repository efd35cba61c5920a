"""Addresses of the area ``contract`` of 調達."""

from __future__ import annotations

from django.urls import URLPattern, path

from sekisho.records.procurement.views import acceptance, contract, gates

_CASE = "o/<slug:code>/procurement/<uuid:case_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_CASE}contract/", contract.contract, name="contract"),
    path(f"{_CASE}contract/sign", contract.sign, name="sign"),
    path(f"{_CASE}contract/change", contract.change, name="change_contract"),
    path(f"{_CASE}contract/accept", contract.accept, name="accept"),
    path(f"{_CASE}contract/hand-over", contract.hand_over, name="hand_over"),
    path(f"{_CASE}contract/tests/", acceptance.tests, name="acceptance_tests"),
    path(f"{_CASE}contract/tests/bulk", acceptance.bulk, name="acceptance_bulk"),
    path(f"{_CASE}contract/tests/sheet.xlsx", acceptance.export, name="acceptance_sheet"),
    path(f"{_CASE}contract/tests/import", acceptance.sheet, name="acceptance_import"),
    path(f"{_CASE}contract/tests/import/confirm", acceptance.sheet_confirm, name="acceptance_import_confirm"),
    path(f"{_CASE}contract/tests/<uuid:test_id>/", acceptance.test, name="acceptance_test"),
    path(f"{_CASE}contract/tests/<uuid:test_id>/detach", acceptance.detach, name="acceptance_detach"),
    path(f"{_CASE}gates/", gates.gates, name="gates"),
    path(f"{_CASE}gates/duties", gates.duties, name="gate_duties"),
    path(f"{_CASE}gates/retire", gates.retire, name="retire"),
    path(f"{_CASE}gates/<slug:item>/", gates.gate, name="gate"),
    path(f"{_CASE}gates/<slug:item>/reopen", gates.reopen, name="gate_reopen"),
]
