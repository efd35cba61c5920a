"""Every write of the room."""

from sekisho.records.procurement.actions.acceptance import (
    Decision,
    accept,
    attach_evidence,
    decide_test,
    decide_tests,
    detach_evidence,
)
from sekisho.records.procurement.actions.ai_check import start_ai_check, tick_ai_item
from sekisho.records.procurement.actions.bidding import (
    add_bidder,
    deliver_answers,
    draft_answer,
    edit_bidder,
    receive_question,
    release_answers,
)
from sekisho.records.procurement.actions.calendar import make_schedule_duties, save_schedule
from sekisho.records.procurement.actions.cases import (
    add_member,
    cancel_case,
    copy_case,
    create_case,
    give_opinion,
    import_case,
    keep_version,
    link_subject,
    read_import,
    remove_member,
    return_to_version,
    save_answers,
)
from sekisho.records.procurement.actions.contract import change_contract, sign_contract
from sekisho.records.procurement.actions.deliveries import take_delivery
from sekisho.records.procurement.actions.diagram import confirm_parts, save_diagram
from sekisho.records.procurement.actions.evaluating import (
    Judged,
    award_contract,
    close_evaluation,
    fetch_proposal,
    record_proposal,
    score_bidder,
)
from sekisho.records.procurement.actions.gates import check_gate, make_gate_duties, reopen_gate
from sekisho.records.procurement.actions.gradings import grade_system, set_grade_targets
from sekisho.records.procurement.actions.handover import HandedOver, hand_over, retire_case
from sekisho.records.procurement.actions.notice import (
    correct_notice,
    open_bids,
    preview_correction,
    preview_notice,
    publish_notice,
)
from sekisho.records.procurement.actions.outputs import choose_numbering, save_criteria
from sekisho.records.procurement.actions.reviews import decide_point, discard_review, review_draft, run_review
from sekisho.records.procurement.actions.rules import (
    check_edition,
    discard_edition,
    move_to_edition,
    propose_edition,
    put_in_force,
)
from sekisho.records.procurement.actions.styles import (
    add_word_template,
    delete_numbering,
    read_word_template,
    save_numbering,
    withdraw_word_template,
)

__all__ = [
    "Decision",
    "HandedOver",
    "Judged",
    "accept",
    "add_bidder",
    "add_member",
    "add_word_template",
    "attach_evidence",
    "award_contract",
    "cancel_case",
    "change_contract",
    "check_edition",
    "check_gate",
    "choose_numbering",
    "close_evaluation",
    "confirm_parts",
    "copy_case",
    "correct_notice",
    "create_case",
    "decide_point",
    "decide_test",
    "decide_tests",
    "delete_numbering",
    "deliver_answers",
    "detach_evidence",
    "discard_edition",
    "discard_review",
    "draft_answer",
    "edit_bidder",
    "fetch_proposal",
    "give_opinion",
    "grade_system",
    "hand_over",
    "import_case",
    "keep_version",
    "link_subject",
    "make_gate_duties",
    "make_schedule_duties",
    "move_to_edition",
    "open_bids",
    "preview_correction",
    "preview_notice",
    "propose_edition",
    "publish_notice",
    "put_in_force",
    "read_import",
    "read_word_template",
    "receive_question",
    "record_proposal",
    "release_answers",
    "remove_member",
    "reopen_gate",
    "retire_case",
    "return_to_version",
    "review_draft",
    "run_review",
    "save_answers",
    "save_criteria",
    "save_diagram",
    "save_numbering",
    "save_schedule",
    "score_bidder",
    "set_grade_targets",
    "sign_contract",
    "start_ai_check",
    "take_delivery",
    "tick_ai_item",
    "withdraw_word_template",
]
