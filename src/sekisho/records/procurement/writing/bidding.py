"""Documents of the bidding: answers to all bidders alike (質問回答書), and the sheets of the evaluation. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sekisho.documents import dates
from sekisho.documents.model import Block, Callout, Cell, Column, ColumnKind, Document, Heading, Paragraph, Status, Table
from sekisho.records.procurement.rules.scoring import Comparison, Given, Wanted
from sekisho.standards import texts

__all__ = ["Answer", "Place", "answer_sheet", "comparison_sheet", "scoring_sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Of which case a document is. ``language``: ja or en; ``issued`` False marks a draft."""

    title: str
    number: str
    organization: str
    as_of: datetime
    language: str = "ja"
    fictional: bool = False
    issued: bool = True
    cited: Mapping[str, str] = field(default_factory=dict)  # id of a clause → its number in the specification

    def word(self, name: str, /, **fields: object) -> str:
        """A word of these documents (``procurement_notice.doc_<name>``)."""
        return texts.render(f"procurement_notice.doc_{name}", dict(fields), self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question and its answer, without who asked. ``release``: which time answers were given (None: not yet)."""

    number: int
    clause: str
    question: str
    answer: str
    received_on: date
    release: int | None = None
    released_at: datetime | None = None


def _document(place: Place, title: str, blocks: Iterable[Block], **metadata: str) -> Document:
    return Document(
        title=title,
        organization=place.organization or "―",
        as_of=place.as_of,
        blocks=tuple(blocks),
        language="en" if place.language == "en" else "ja",
        status=Status.ISSUED if place.issued else Status.DRAFT,
        issued_at=place.as_of if place.issued else None,
        fictional=place.fictional,
        metadata={place.word("case"): place.number, **{place.word(name): value for name, value in metadata.items() if value}},
    )


def answer_sheet(place: Place, answers: Sequence[Answer]) -> Document:
    """質問回答書: every question with its answer, one table for each release; nobody's name."""
    blocks: list[Block] = [Paragraph((place.word("answers_lead", title=place.title),))]
    releases = sorted({one.release for one in answers}, key=lambda number: (number is None, number or 0))
    for number in releases:
        rows = [one for one in answers if one.release == number]
        if number is None:
            heading = place.word("not_released")
        else:
            moment = rows[0].released_at or place.as_of
            day = dates.format_date(moment, language=place.language, era=False)
            heading = place.word("release", number=number, day=day)
        blocks += [Heading(heading, 1, numbered=False), _answers(place, heading, rows)]
    if not answers:
        blocks.append(Callout((place.word("no_answers"),)))
    return _document(place, place.word("answers_title", title=place.title), blocks)


def _answers(place: Place, heading: str, rows: Sequence[Answer]) -> Table:
    names = (("number", 0.6), ("clause", 1.6), ("question", 5), ("answer", 5))
    return Table(
        columns=tuple(Column(place.word(f"column_{name}"), width=width) for name, width in names),
        rows=tuple(
            (Cell(str(one.number)), Cell(place.cited.get(one.clause, "―")), Cell(one.question), Cell(one.answer or "―"))
            for one in rows
        ),
        caption=heading,
        landscape=True,
    )


def scoring_sheet(
    place: Place, criteria: Sequence[Wanted], bidders: Sequence[tuple[str, str]], given: Iterable[Given], *, evaluator: str
) -> Document:
    """One evaluator's sheet: a row for each criterion, a column for each bidder (id, name); empty where nothing was given."""
    mine = {(one.bidder, one.criterion): one for one in given}
    rows = tuple(
        (*_criterion_cells(place, row, one), *(_given_cell(place, mine.get((key, one.id))) for key, _name in bidders))
        for row, one in enumerate(criteria, 1)
    )
    table = _matrix(place, place.word("sheet_scores"), bidders, rows)
    return _document(place, place.word("scoring_title", title=place.title), (table,), evaluator=evaluator)


def comparison_sheet(
    place: Place, criteria: Sequence[Wanted], bidders: Sequence[tuple[str, str]], comparison: Comparison, *, overall: bool
) -> Document:
    """What came out after the closing: result, points and rank of each bidder; means and verdicts for each criterion."""
    names = dict(bidders)
    results = []
    for one in comparison.standings:
        verdict = place.word("passed" if one.passed else "failed")
        failed = "、".join(c.title for c in criteria if c.id in one.failed)
        points = [Cell(_figure(one.points)), Cell(one.rank)] if overall else []
        results.append((Cell(names.get(one.bidder, "―")), Cell(verdict, strong=True), *points, Cell(failed or "―")))
    titles = ["bidder", "result", *(["points", "rank"] if overall else []), "failed_on"]
    numbers = {"points", "rank"}
    summary = Table(
        columns=tuple(
            Column(
                place.word(f"column_{name}"),
                ColumnKind.NUMBER if name in numbers else ColumnKind.TEXT,
                digits=2 if name == "points" else 0,
            )
            for name in titles
        ),
        rows=tuple(results),
        caption=place.word("sheet_result"),
        name=place.word("sheet_result"),
        empty=place.word("no_bidders"),
    )
    by_bidder = {one.bidder: one for one in comparison.standings}
    rows = []
    for number, criterion in enumerate(criteria, 1):
        cells = [*_criterion_cells(place, number, criterion)]
        for key, _name in bidders:
            standing = by_bidder[key]
            if criterion.kind == "additional":
                cells.append(Cell(_figure(standing.means.get(criterion.id))))
            elif criterion.id in standing.failed:
                cells.append(Cell(place.word("split" if criterion.id in standing.split else "not_met")))
            else:
                cells.append(Cell(place.word("met") if comparison.counted else ""))
        rows.append(tuple(cells))
    how = place.word("comparison_lead", count=len(comparison.counted))
    blocks = (summary, _matrix(place, place.word("sheet_means"), bidders, tuple(rows)))
    return _document(place, place.word("comparison_title", title=place.title), blocks, how=how)


def _figure(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _criterion_cells(place: Place, number: int, one: Wanted) -> tuple[Cell, ...]:
    kind = place.word(f"kind_{one.kind}")
    points = Cell(str(one.points)) if one.kind == "additional" else Cell("―")
    return (Cell(str(number)), Cell(place.cited.get(one.clause, "―")), Cell(one.title), Cell(kind), points)


def _given_cell(place: Place, one: Given | None) -> Cell:
    if one is None:
        return Cell("")
    if one.points is not None:
        return Cell(float(one.points))
    return Cell(place.word("met" if one.met else "not_met"))


def _matrix(place: Place, name: str, bidders: Sequence[tuple[str, str]], rows: tuple[tuple[Cell, ...], ...]) -> Table:
    columns = [
        Column(place.word(f"column_{key}"), width=width)
        for key, width in (("number", 0.6), ("clause", 1.5), ("criterion", 4), ("kind", 1), ("most", 0.8))
    ]
    columns += [Column(bidder, width=1.5) for _key, bidder in bidders]
    return Table(columns=tuple(columns), rows=rows, caption=name, name=name, landscape=True)
