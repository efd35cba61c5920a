"""Every write of the room."""

from sekisho.records.monitoring.actions.alerts import (
    MOST_AT_ONCE,
    assign_alert,
    end_suppression,
    expire_suppressions,
    suppress,
    take_sightings,
    triage,
    triage_many,
)
from sekisho.records.monitoring.actions.ingesting import (
    Handed,
    apply_retention,
    receive_files,
    receive_from_machine,
    run_ingestion,
    watch_folders,
)
from sekisho.records.monitoring.actions.plans import PlanFacts, edit_plan, end_plan, make_plan
from sekisho.records.monitoring.actions.premises import PREMISES_LIMIT, replace_premises
from sekisho.records.monitoring.actions.reviews import (
    begin_planned,
    begin_review,
    cancel_review,
    finish_review,
    rerun_review,
    run_review,
    save_notes,
)
from sekisho.records.monitoring.actions.rules import SIGMA_LIMIT, preview_sigma, set_rule, switch_sigma, upload_sigma
from sekisho.records.monitoring.actions.searches import Searched, close_trail, note_step, open_trail, search
from sekisho.records.monitoring.actions.sources import SourceFacts, edit_source, register_source, retire_source
from sekisho.records.monitoring.actions.staff import REQUEST_KIND, BasisFacts, ask_basis, end_basis, search_staff
from sekisho.records.monitoring.rules.detected import Hit

__all__ = [
    "MOST_AT_ONCE",
    "PREMISES_LIMIT",
    "REQUEST_KIND",
    "SIGMA_LIMIT",
    "BasisFacts",
    "Handed",
    "Hit",
    "PlanFacts",
    "Searched",
    "SourceFacts",
    "apply_retention",
    "ask_basis",
    "assign_alert",
    "begin_planned",
    "begin_review",
    "cancel_review",
    "close_trail",
    "edit_plan",
    "edit_source",
    "end_basis",
    "end_plan",
    "end_suppression",
    "expire_suppressions",
    "finish_review",
    "make_plan",
    "note_step",
    "open_trail",
    "preview_sigma",
    "receive_files",
    "receive_from_machine",
    "register_source",
    "replace_premises",
    "rerun_review",
    "retire_source",
    "run_ingestion",
    "run_review",
    "save_notes",
    "search",
    "search_staff",
    "set_rule",
    "suppress",
    "switch_sigma",
    "take_sightings",
    "triage",
    "triage_many",
    "upload_sigma",
    "watch_folders",
]
