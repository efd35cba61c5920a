"""Every read of the room."""

from sekisho.records.assessment.queries.attention import Attention, attention
from sekisho.records.assessment.queries.changes import changes
from sekisho.records.assessment.queries.corrective import corrective_action, corrective_actions
from sekisho.records.assessment.queries.judgements import (
    VIEWS,
    Counts,
    Filters,
    answers_of,
    applicability_of,
    below_target,
    counted_level,
    counts,
    history,
    is_stale,
    judgement,
    judgements,
    stale,
    worsened,
)
from sekisho.records.assessment.queries.matrix import (
    COLUMNS,
    Matrix,
    SoaRow,
    catalogs_in_use,
    matrix,
    statement_of_applicability,
)
from sekisho.records.assessment.queries.targets import Aim, TargetPlan, target_plan

__all__ = [
    "COLUMNS",
    "VIEWS",
    "Aim",
    "Attention",
    "Counts",
    "Filters",
    "Matrix",
    "SoaRow",
    "TargetPlan",
    "answers_of",
    "applicability_of",
    "attention",
    "below_target",
    "catalogs_in_use",
    "changes",
    "corrective_action",
    "corrective_actions",
    "counted_level",
    "counts",
    "history",
    "is_stale",
    "judgement",
    "judgements",
    "matrix",
    "stale",
    "statement_of_applicability",
    "target_plan",
    "worsened",
]
