"""Every write of the room."""

from sekisho.records.lifecycle.actions.certificates import issue_certificate
from sekisho.records.lifecycle.actions.consents import ConsentFacts, record_consent, withdraw_consent
from sekisho.records.lifecycle.actions.deletion_records import FACT_NAMES, RecordFacts, record_erasure, request_supplier
from sekisho.records.lifecycle.actions.deletion_runs import begin_dry_run, execute_deletion
from sekisho.records.lifecycle.actions.deletions import DeletionFacts, ask_deletion, cancel_deletion, make_deletion
from sekisho.records.lifecycle.actions.holds import HoldFacts, ask_release, set_hold
from sekisho.records.lifecycle.actions.own_rules import OwnRuleFacts, ask_own_rule, end_own_rule
from sekisho.records.lifecycle.actions.restoring import restore_deletion
from sekisho.records.lifecycle.actions.retention_entries import (
    EntryFacts,
    PlaceFacts,
    add_place,
    drop_place,
    edit_entry,
    register_entry,
    set_retention_settings,
)
from sekisho.records.lifecycle.actions.retention_importing import import_entries
from sekisho.records.lifecycle.actions.retention_measuring import measure_retention
from sekisho.records.lifecycle.actions.scanning import (
    ScanRuleFacts,
    accept_found,
    begin_scan,
    dismiss_found,
    end_scan_rule,
    make_scan_rule,
)
from sekisho.records.lifecycle.actions.standing_orders import OrderFacts, ask_order, end_order
from sekisho.records.lifecycle.actions.stocktaking import answer_stock, close_stocktaking, start_stocktaking
from sekisho.records.lifecycle.actions.stores import StoreFacts, edit_store, register_store, retire_store, set_store_secret
from sekisho.records.lifecycle.actions.verifying import verify_deletion

__all__ = [
    "FACT_NAMES",
    "ConsentFacts",
    "DeletionFacts",
    "EntryFacts",
    "HoldFacts",
    "OrderFacts",
    "OwnRuleFacts",
    "PlaceFacts",
    "RecordFacts",
    "ScanRuleFacts",
    "StoreFacts",
    "accept_found",
    "add_place",
    "answer_stock",
    "ask_deletion",
    "ask_order",
    "ask_own_rule",
    "ask_release",
    "begin_dry_run",
    "begin_scan",
    "cancel_deletion",
    "close_stocktaking",
    "dismiss_found",
    "drop_place",
    "edit_entry",
    "edit_store",
    "end_order",
    "end_own_rule",
    "end_scan_rule",
    "execute_deletion",
    "import_entries",
    "issue_certificate",
    "make_deletion",
    "make_scan_rule",
    "measure_retention",
    "record_consent",
    "record_erasure",
    "register_entry",
    "register_store",
    "request_supplier",
    "restore_deletion",
    "retire_store",
    "set_hold",
    "set_retention_settings",
    "set_store_secret",
    "start_stocktaking",
    "verify_deletion",
    "withdraw_consent",
]
