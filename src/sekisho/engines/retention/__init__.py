"""Until when what is kept: from an event and a kind to the last day, with every reason; due lists over millions of entries.

>>> from datetime import date
>>> explanation = explain("RT01", date(2026, 3, 31))
>>> explanation.last_day_kept, explanation.first_deletion_day
(datetime.date(2036, 3, 31), datetime.date(2036, 4, 1))
>>> decide([explanation], on=date(2036, 4, 1)).state.value
'due'
"""

from __future__ import annotations

from sekisho.engines.retention.days import APRIL, YearEnd, last_day, months_after, parse_day, year_end_of, year_start_of
from sekisho.engines.retention.decide import decide
from sekisho.engines.retention.explain import explain, rule_hash
from sekisho.engines.retention.model import (
    Assumption,
    Case,
    Conflict,
    Decision,
    Disposal,
    Explanation,
    Hold,
    Option,
    Reason,
    State,
    Status,
)
from sekisho.engines.retention.words import as_dict, decision_dict, sentence

__all__ = [
    "APRIL",
    "Assumption",
    "Case",
    "Conflict",
    "Decision",
    "Disposal",
    "Explanation",
    "Hold",
    "Option",
    "Reason",
    "State",
    "Status",
    "YearEnd",
    "as_dict",
    "decide",
    "decision_dict",
    "explain",
    "last_day",
    "months_after",
    "parse_day",
    "rule_hash",
    "sentence",
    "year_end_of",
    "year_start_of",
]
