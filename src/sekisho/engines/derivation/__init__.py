"""One engine for questions → conditions → proposals → clauses: pure, driven by rule sets (``standards/rule_sets``)."""

from sekisho.engines.derivation.answers import SCHEMA, Answers, Choice, ClauseChoice, check_answers, checked_value
from sekisho.engines.derivation.answers_file import read_answers, unused_values, with_lines
from sekisho.engines.derivation.clauses import REQUIREMENTS_PART, fill, parts_in_order
from sekisho.engines.derivation.compare import Comparison, DecisionChange, RequirementChange, compare
from sekisho.engines.derivation.derive import derive, outcome
from sekisho.engines.derivation.explain import explain, in_words, strength_name
from sekisho.engines.derivation.result import (
    AnswerResult,
    CheckResult,
    ClauseResult,
    ConditionResult,
    DecisionResult,
    Derivation,
    Fired,
    PlaceUse,
    RequirementResult,
    Unfilled,
)
from sekisho.engines.derivation.tasks import from_tasks
from sekisho.engines.derivation.truth import Because, Evaluator

__all__ = [
    "REQUIREMENTS_PART",
    "SCHEMA",
    "AnswerResult",
    "Answers",
    "Because",
    "CheckResult",
    "Choice",
    "ClauseChoice",
    "ClauseResult",
    "Comparison",
    "ConditionResult",
    "DecisionChange",
    "DecisionResult",
    "Derivation",
    "Evaluator",
    "Fired",
    "PlaceUse",
    "RequirementChange",
    "RequirementResult",
    "Unfilled",
    "check_answers",
    "checked_value",
    "compare",
    "derive",
    "explain",
    "fill",
    "from_tasks",
    "in_words",
    "outcome",
    "parts_in_order",
    "read_answers",
    "strength_name",
    "unused_values",
    "with_lines",
]
