"""Addresses of retention and deletion."""

from __future__ import annotations

from typing import Final

from django.urls import path

from sekisho.records.lifecycle.views import (
    certificates,
    deletion_records,
    deletions,
    holds,
    own_rules,
    retention,
    retention_entries,
    retention_import,
    routines,
    stores,
)

__all__ = ["AT", "urlpatterns"]

AT: Final = "o/<slug:code>/lifecycle/"
_ENTRY: Final = f"{AT}entries/<uuid:retention_entry_id>/"
_HOLD: Final = f"{AT}holds/<uuid:hold_id>/"
_CONSENT: Final = f"{AT}decisions/<uuid:consent_id>/"
_STORE: Final = f"{AT}stores/<uuid:data_store_id>/"
_DELETION: Final = f"{AT}deletions/<uuid:deletion_id>/"
_CERTIFICATE: Final = f"{AT}certificates/<uuid:certificate_id>/"
_ORDER: Final = f"{AT}automatic/<uuid:standing_order_id>/"
_STOCK: Final = f"{AT}stock-takings/<uuid:stock_taking_id>/"

urlpatterns = [
    path(AT, retention.index, name="index"),
    path(f"{AT}measure", retention.measure, name="measure"),
    path(f"{AT}entries/", retention.entries, name="entries"),
    path(f"{AT}entries/export.<slug:form>", retention.export_list, name="entries_export"),
    path(f"{AT}entries/choose", retention.choose, name="choose"),
    path(f"{AT}entries/kinds", retention_entries.kinds, name="kinds"),
    path(f"{AT}entries/new", retention_entries.create, name="entry_new"),
    path(f"{AT}entries/template", retention_import.template, name="template"),
    path(f"{AT}entries/sheet", retention_import.export_sheet, name="sheet"),
    path(f"{AT}entries/import", retention_import.import_file, name="import"),
    path(f"{AT}entries/import/confirm", retention_import.import_confirm, name="import_confirm"),
    path(_ENTRY, retention_entries.detail, name="entry"),
    path(f"{_ENTRY}edit", retention_entries.edit, name="entry_edit"),
    path(f"{_ENTRY}places/<slug:kind>", retention_entries.add_place, name="place_new"),
    path(f"{AT}places/<uuid:place_id>/drop", retention_entries.drop_place, name="place_drop"),
    path(f"{AT}holds/", holds.holds, name="holds"),
    path(f"{AT}holds/new", holds.hold_new, name="hold_new"),
    path(_HOLD, holds.hold, name="hold"),
    path(f"{_HOLD}release", holds.hold_release, name="hold_release"),
    path(f"{AT}decisions/", holds.consents, name="consents"),
    path(f"{AT}decisions/new", holds.consent_new, name="consent_new"),
    path(_CONSENT, holds.consent, name="consent"),
    path(f"{_CONSENT}withdraw", holds.consent_withdraw, name="consent_withdraw"),
    path(f"{AT}rules/", own_rules.own_rules, name="own_rules"),
    path(f"{AT}rules/new", own_rules.own_rule_new, name="own_rule_new"),
    path(f"{AT}rules/settings", own_rules.settings, name="settings"),
    path(f"{AT}rules/<uuid:own_rule_id>/end", own_rules.own_rule_end, name="own_rule_end"),
    path(f"{AT}stores/", stores.index, name="stores"),
    path(f"{AT}stores/new", stores.create, name="store_new"),
    path(_STORE, stores.detail, name="store"),
    path(f"{_STORE}edit", stores.edit, name="store_edit"),
    path(f"{_STORE}secret", stores.secret, name="store_secret"),
    path(f"{_STORE}retire", stores.retire, name="store_retire"),
    path(f"{_STORE}rules/new", stores.rule_new, name="scan_rule_new"),
    path(f"{_STORE}scan", stores.scan, name="scan"),
    path(f"{_STORE}scanning", stores.scanning, name="scanning"),
    path(f"{_STORE}found", stores.decide, name="found"),
    path(f"{AT}scan-rules/<uuid:scan_rule_id>/end", stores.rule_end, name="scan_rule_end"),
    path(f"{AT}deletions/", deletions.index, name="deletions"),
    path(f"{AT}deletions/export.<slug:form>", deletions.export_list, name="deletions_export"),
    path(f"{AT}deletions/new", deletions.create, name="deletion_new"),
    path(_DELETION, deletions.detail, name="deletion"),
    path(f"{_DELETION}running", deletions.running, name="deletion_running"),
    path(f"{_DELETION}dry-run", deletions.dry_run, name="dry_run"),
    path(f"{_DELETION}ask", deletions.ask, name="deletion_ask"),
    path(f"{_DELETION}execute", deletions.execute, name="deletion_execute"),
    path(f"{_DELETION}cancel", deletions.cancel, name="deletion_cancel"),
    path(f"{_DELETION}restore", deletions.restore, name="deletion_restore"),
    path(f"{_DELETION}verify", deletions.verify, name="deletion_verify"),
    path(f"{_DELETION}certificate", certificates.certify, name="certify"),
    path(f"{AT}erased/<uuid:erased_place_id>/record", deletion_records.record, name="record"),
    path(f"{AT}erased/<uuid:erased_place_id>/supplier", deletion_records.supplier, name="supplier"),
    path(f"{AT}certificates/", certificates.certificates, name="certificates"),
    path(_CERTIFICATE, certificates.certificate, name="certificate"),
    path(f"{_CERTIFICATE}file.<slug:form>", certificates.certificate_file, name="certificate_file"),
    path(f"{AT}automatic/", routines.orders, name="orders"),
    path(f"{AT}automatic/new", routines.order_new, name="order_new"),
    path(_ORDER, routines.order, name="order"),
    path(f"{_ORDER}end", routines.order_end, name="order_end"),
    path(f"{AT}stock-takings/", routines.stocks, name="stocks"),
    path(f"{AT}stock-takings/new", routines.stock_new, name="stock_new"),
    path(_STOCK, routines.stock, name="stock"),
    path(f"{_STOCK}close", routines.stock_close, name="stock_close"),
    path(f"{AT}stock-answers/<uuid:stock_answer_id>/", routines.stock_answer, name="stock_answer"),
]
