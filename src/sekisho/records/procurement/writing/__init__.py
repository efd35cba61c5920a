"""Documents of a case, pure: no Django, no clock, so that the command line is quick.

>>> material = Material(rules=…, answers=…, derivation=…, style=…, language="ja", as_of=…)      # doctest: +SKIP
>>> render_one(build(material, "specification"), "docx")                                       # doctest: +SKIP
"""

from __future__ import annotations

from sekisho.records.procurement.writing.evaluation import (
    MOST_POINTS,
    OVERALL,
    checked_criteria,
    default_criteria,
    evaluation,
    points_of,
    sheet,
)
from sekisho.records.procurement.writing.links import Ground, Link, links
from sekisho.records.procurement.writing.material import (
    Criterion,
    Material,
    OpinionNote,
    accept_suggestions,
    criteria_from,
    word,
)
from sekisho.records.procurement.writing.outline import Entry, Item, Outline, outline
from sekisho.records.procurement.writing.plain import plain
from sekisho.records.procurement.writing.reasons import reasons, why_lines
from sekisho.records.procurement.writing.rendering import (
    BLOCK_PLACES,
    DOCUMENTS,
    FORMATS,
    PLACES,
    REQUIRED_PLACES,
    build,
    fill_template,
    render_one,
    render_workbook,
)
from sekisho.records.procurement.writing.specification import named_places, refuse_unfilled, shown_text, specification
from sekisho.records.procurement.writing.traceability import traceability

__all__ = [
    "BLOCK_PLACES",
    "DOCUMENTS",
    "FORMATS",
    "MOST_POINTS",
    "OVERALL",
    "PLACES",
    "REQUIRED_PLACES",
    "Criterion",
    "Entry",
    "Ground",
    "Item",
    "Link",
    "Material",
    "OpinionNote",
    "Outline",
    "accept_suggestions",
    "build",
    "checked_criteria",
    "criteria_from",
    "default_criteria",
    "evaluation",
    "fill_template",
    "links",
    "named_places",
    "outline",
    "plain",
    "points_of",
    "reasons",
    "refuse_unfilled",
    "render_one",
    "render_workbook",
    "sheet",
    "shown_text",
    "specification",
    "traceability",
    "why_lines",
    "word",
]
