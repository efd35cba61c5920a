"""Questions to bidders and the evaluation sheet: mandatory criteria (必須), and points (加点) only under 総合評価落札方式."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from sekisho.documents.model import Callout, Cell, Column, ColumnKind, Document, Heading, Paragraph, Table
from sekisho.errors import InputError, Problem
from sekisho.records.procurement.writing.material import Criterion
from sekisho.records.procurement.writing.specification import document

if TYPE_CHECKING:
    from sekisho.engines.derivation.result import ClauseResult
    from sekisho.records.procurement.writing.material import Material

__all__ = ["MOST_POINTS", "OVERALL", "checked_criteria", "default_criteria", "evaluation", "points_of", "sheet"]

OVERALL: Final = "overall"
"""The answer of ``award`` under which points exist."""
MOST_POINTS: Final = 1000
_ADDED: Final = 10  # points proposed for going beyond a requirement of high strength
_MOST: Final = 1000
_LONGEST: Final = 2000  # characters of one text


def default_criteria(material: Material) -> tuple[Criterion, ...]:
    """What follows from the derivation: each clause is mandatory; going beyond one of high strength may earn points."""
    return tuple(criterion for clause in material.derivation.included for criterion in _of_clause(material, clause))


def _of_clause(material: Material, clause: ClauseResult) -> Iterator[Criterion]:
    title = clause.title.get(material.language)
    shown = "\n".join(acceptance.shown.get(material.language) for acceptance in clause.acceptance)
    known = material.rules.find("clauses", clause.id)
    own = known.question if known is not None and not clause.own_text else None
    question = own.get(material.language) if own else material.word("bidder_question", title=title)
    yield Criterion(id=clause.id, clause=clause.id, title=title, question=question, shown=shown)
    if clause.level == "high" and material.award == OVERALL:
        yield Criterion(
            id=f"{clause.id}+",
            clause=clause.id,
            title=material.word("beyond", title=title),
            kind="additional",
            points=_ADDED,
            question=material.word("bidder_question_beyond", title=title),
            shown=shown,
        )


def sheet(material: Material) -> tuple[Criterion, ...]:
    """The criteria that hold: those that were saved, otherwise the default; no points unless the award is 総合評価."""
    if "sheet" not in material.sheets:
        found = material.criteria or default_criteria(material)
        if material.award != OVERALL:
            found = tuple(criterion for criterion in found if criterion.kind == "mandatory")
        material.sheets["sheet"] = found
    return material.sheets["sheet"]


def points_of(criteria: tuple[Criterion, ...]) -> int:
    """The sum of points that can be earned."""
    return sum(criterion.points for criterion in criteria)


def checked_criteria(criteria: tuple[Criterion, ...], *, clauses: frozenset[str], award: str) -> None:
    """InputError ``procurement_outputs.wrong_criteria`` with every fault: doubled ids, unknown clauses, wrong points."""
    if len(criteria) > _MOST:
        raise InputError("procurement_outputs.criterion_too_many", count=len(criteria), limit=_MOST)
    problems: list[Problem] = []
    seen: set[str] = set()
    for row, criterion in enumerate(criteria, 1):
        faults = [*_name_faults(criterion, clauses, seen), *_point_faults(criterion, award)]
        problems += [Problem(f"procurement_outputs.criterion_{name}", fields, row=row) for name, fields in faults]
        seen.add(criterion.id)
    if problems:
        raise InputError("procurement_outputs.wrong_criteria", problems=tuple(problems[:100]), count=len(problems))


def _name_faults(criterion: Criterion, clauses: frozenset[str], seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    if not criterion.id or criterion.id in seen:
        yield "doubled", {"id": criterion.id[:40]}
    if criterion.clause and criterion.clause not in clauses:
        yield "unknown_clause", {"clause": criterion.clause[:40]}
    longest = max(len(text) for text in (criterion.title, criterion.id, criterion.question, criterion.shown))
    if not criterion.title.strip() or longest > _LONGEST:
        yield "title", {"limit": _LONGEST}


def _point_faults(criterion: Criterion, award: str) -> Iterator[tuple[str, dict[str, Any]]]:
    title = criterion.title[:80]
    if criterion.kind == "mandatory":
        if criterion.points:
            yield "mandatory_points", {"title": title}
    elif award != OVERALL:
        yield "points_without_overall", {"title": title}
    elif not 1 <= criterion.points <= MOST_POINTS:
        yield "points_range", {"title": title, "limit": MOST_POINTS}


def evaluation(material: Material) -> Document:
    """Questions to bidders, and the sheet that evaluators fill in."""
    criteria = sheet(material)
    scored = material.award == OVERALL
    blocks = (
        Paragraph((material.word("evaluation_lead"),)),
        Callout((material.word("scored" if scored else "not_scored"),)),
        Heading(material.word("bidder_questions")),
        _questions(material, criteria),
        Heading(material.word("evaluation_sheet")),
        _criteria(material, criteria, scored=scored),
    )
    title = material.word("evaluation_title", title=material.answers.title or material.word("untitled"))
    return document(material, title, blocks)


def _questions(material: Material, criteria: tuple[Criterion, ...]) -> Table:
    rows = tuple(
        (
            Cell(str(number)),
            Cell(material.outline.cited(criterion.clause) or "―"),
            Cell(criterion.question or criterion.title),
            Cell(criterion.shown or "―"),
            Cell(""),
        )
        for number, criterion in enumerate(criteria, 1)
    )
    names = (("number", 0.6), ("clause", 1.5), ("bidder_question", 4), ("bidder_shown", 4), ("bidder_answer", 4))
    return Table(
        columns=tuple(Column(material.word(f"column_{name}"), width=width) for name, width in names),
        rows=rows,
        caption=material.word("bidder_questions"),
        name=material.word("sheet_questions"),
        landscape=True,
    )


def _criteria(material: Material, criteria: tuple[Criterion, ...], *, scored: bool) -> Table:
    rows = []
    for number, criterion in enumerate(criteria, 1):
        cells = [str(number), material.outline.cited(criterion.clause) or "―", criterion.title]
        cells += [material.word(f"kind_{criterion.kind}"), material.word(f"judged_{criterion.kind}")]
        row = [Cell(value) for value in cells]
        rows.append((*row, *([Cell(criterion.points or None)] if scored else []), Cell(""), Cell("")))
    if scored and rows:
        total = Cell(points_of(criteria), strong=True)
        rows.append(
            (Cell(""), Cell(""), Cell(material.word("total"), strong=True), Cell(""), Cell(""), total, Cell(""), Cell(""))
        )
    names = [("number", 0.6), ("clause", 1.5), ("criterion_title", 4), ("kind", 1), ("judged", 1.5)]
    columns = [Column(material.word(f"column_{name}"), width=width) for name, width in names]
    if scored:
        columns.append(Column(material.word("column_points"), ColumnKind.NUMBER, width=1, digits=0))
    columns += [Column(material.word("column_result"), width=1.5), Column(material.word("column_remark"), width=3)]
    return Table(
        columns=tuple(columns),
        rows=tuple(rows),
        caption=material.word("evaluation_sheet"),
        name=material.word("sheet_criteria"),
        landscape=True,
        total=scored and bool(rows),
    )
