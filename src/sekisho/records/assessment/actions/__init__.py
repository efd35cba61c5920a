"""Every write of the room."""

from sekisho.records.assessment.actions.applicability import Refreshed, refresh_applicability
from sekisho.records.assessment.actions.bought import BOUGHT_CATALOG, TakenOver, take_over
from sekisho.records.assessment.actions.corrective import (
    change_corrective_action,
    make_corrective_action,
    move_corrective_action,
)
from sekisho.records.assessment.actions.documenting import Upload, declare_with_document, kind_of_request
from sekisho.records.assessment.actions.editions import move_to_edition
from sekisho.records.assessment.actions.judging import (
    Skipped,
    ask_applicability,
    ask_level,
    attest,
    confirm,
    confirm_many,
    questions_of,
    set_target,
)
from sekisho.records.assessment.actions.proposing import Proposed, propose, tick
from sekisho.records.assessment.actions.targets import set_targets

__all__ = [
    "BOUGHT_CATALOG",
    "Proposed",
    "Refreshed",
    "Skipped",
    "TakenOver",
    "Upload",
    "ask_applicability",
    "ask_level",
    "attest",
    "change_corrective_action",
    "confirm",
    "confirm_many",
    "declare_with_document",
    "kind_of_request",
    "make_corrective_action",
    "move_corrective_action",
    "move_to_edition",
    "propose",
    "questions_of",
    "refresh_applicability",
    "set_target",
    "set_targets",
    "take_over",
    "tick",
]
