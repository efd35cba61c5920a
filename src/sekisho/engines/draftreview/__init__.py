"""Review of a draft specification or contract: what is covered, what contradicts, what may restrict competition.

    draft = read_draft(content, filename="draft.docx")
    result = review(draft, rules=review_rules())

Everything is matching that can be followed (words, places, figures); a person decides on every item.
"""

from __future__ import annotations

from sekisho.engines.draftreview.container import MAX_BYTES
from sekisho.engines.draftreview.coverage import confidence
from sekisho.engines.draftreview.draft import MAX_CHARACTERS, Block, Draft, Notice
from sekisho.engines.draftreview.engine import ENGINE, ENGINE_VERSION, review
from sekisho.engines.draftreview.model import (
    Basis,
    ClauseResult,
    GroupResult,
    Item,
    Location,
    Match,
    ParameterValue,
    Passage,
    Review,
    ScoreParts,
)
from sekisho.engines.draftreview.normalise import Normalised, normalise
from sekisho.engines.draftreview.observe import observe
from sekisho.engines.draftreview.reading import SUFFIXES, read_draft, read_draft_file

__all__ = [
    "ENGINE",
    "ENGINE_VERSION",
    "MAX_BYTES",
    "MAX_CHARACTERS",
    "SUFFIXES",
    "Basis",
    "Block",
    "ClauseResult",
    "Draft",
    "GroupResult",
    "Item",
    "Location",
    "Match",
    "Normalised",
    "Notice",
    "ParameterValue",
    "Passage",
    "Review",
    "ScoreParts",
    "confidence",
    "normalise",
    "observe",
    "read_draft",
    "read_draft_file",
    "review",
]
