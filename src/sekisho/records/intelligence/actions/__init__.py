"""Every write of the room."""

from sekisho.records.intelligence.actions.allowing import allow, end_allowed
from sekisho.records.intelligence.actions.handing import LISTS, Given, block_list_file, hand_out
from sekisho.records.intelligence.actions.intake import MOST_BYTES, Registered, Taking, label_of, look_into, register
from sekisho.records.intelligence.actions.judging import (
    add_reader,
    confirm,
    describe,
    drop,
    judge,
    refresh_relevance,
    relabel,
    remove_reader,
)
from sekisho.records.intelligence.actions.measuring import measure, measure_all
from sekisho.records.intelligence.actions.polling import poll, poll_due, run_poll
from sekisho.records.intelligence.actions.proving import read_back
from sekisho.records.intelligence.actions.releasing import (
    REQUEST_KIND,
    ask,
    drop_release,
    expire,
    prepare,
    remove,
    run_test,
    test_again,
)
from sekisho.records.intelligence.actions.reporting import (
    Page,
    announce,
    document_of,
    end_announcement,
    give_briefing,
    order,
    preview_briefing,
)
from sekisho.records.intelligence.actions.searching import begin_search, run_search, search_arrived
from sekisho.records.intelligence.actions.sources import (
    SourceFacts,
    edit_source,
    looked_at,
    register_source,
    retire_source,
    set_secret,
)

__all__ = [
    "LISTS",
    "MOST_BYTES",
    "REQUEST_KIND",
    "Given",
    "Page",
    "Registered",
    "SourceFacts",
    "Taking",
    "add_reader",
    "allow",
    "announce",
    "ask",
    "begin_search",
    "block_list_file",
    "confirm",
    "describe",
    "document_of",
    "drop",
    "drop_release",
    "edit_source",
    "end_allowed",
    "end_announcement",
    "expire",
    "give_briefing",
    "hand_out",
    "judge",
    "label_of",
    "look_into",
    "looked_at",
    "measure",
    "measure_all",
    "order",
    "poll",
    "poll_due",
    "prepare",
    "preview_briefing",
    "read_back",
    "refresh_relevance",
    "register",
    "register_source",
    "relabel",
    "remove",
    "remove_reader",
    "retire_source",
    "run_poll",
    "run_search",
    "run_test",
    "search_arrived",
    "set_secret",
    "test_again",
]
