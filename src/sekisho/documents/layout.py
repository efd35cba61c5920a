"""What all four renderers share: numbers of headings, tables, figures and references; values as words; mark data.

:func:`lay_out` walks the document once, so that 表3, 図2 and 根12 are the same in every output.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from sekisho.documents import dates
from sekisho.documents.checking import LEVEL_SERIES, check, runs_of
from sekisho.documents.model import (
    Block,
    Cell,
    CellState,
    Chart,
    ChartKind,
    Cite,
    Column,
    ColumnKind,
    Document,
    Heading,
    Level,
    LevelMark,
    MarkState,
    Picture,
    ProvenanceNotes,
    Reference,
    Status,
    Table,
    TableOfContents,
)
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STROKES", "Layout", "MarkLook", "NumberedHeading", "chart_table", "lay_out", "look", "series_label"]

STROKES: Final = 3
MINUS: Final = "−"
LYING: Final = 36  # characters of all categories that still stand side by side


@dataclass(frozen=True, slots=True)
class MarkLook:
    """How a level mark looks everywhere: the character, how many of the three strokes are filled, the name of its style."""

    character: str
    filled: int
    style: str
    label: str
    stale: bool


@dataclass(frozen=True, slots=True)
class NumberedHeading:
    """A heading with its number (「1.2」 or "") and its anchor."""

    heading: Heading
    number: str
    anchor: str

    @property
    def text(self) -> str:
        """Number and words."""
        return f"{self.number}  {self.heading.text}" if self.number else self.heading.text


_MARKS: Final = {
    Level.NONE: ("未", 0),
    Level.UME: ("梅", 1),
    Level.TAKE: ("竹", 2),
    Level.MATSU: ("松", 3),
    MarkState.UNMEASURED: ("―", 0),
    MarkState.NOT_APPLICABLE: ("外", 0),
}


def look(mark: LevelMark, language: str) -> MarkLook:
    """The look of a mark; ``label`` is its name for those who do not see it."""
    key = mark.level if mark.level is not None else mark.state
    character, filled = _MARKS[key]
    stale = mark.state is MarkState.STALE
    label = texts.render(f"documents.level_{key.value}", lang=language)
    if stale:
        label += f"（{_text('stale', language)}）" if language == "ja" else f" ({_text('stale', language)})"
    return MarkLook(character, filled, key.value.replace("_", "-"), label, stale)


def series_label(series: str, language: str) -> str:
    """The name of a chart's level series."""
    return _text(f"level_{series}", language)


def _text(name: str, language: str) -> str:
    return texts.render(f"documents.{name}", lang=language)


@dataclass(slots=True)
class Layout:
    """The document with everything counted. Made by :func:`lay_out`; renderers only read it."""

    document: Document
    blocks: tuple[Block, ...] = ()
    headings: dict[int, NumberedHeading] = field(default_factory=dict)
    captions: dict[int, str] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    cited: list[Reference] = field(default_factory=list)

    @property
    def language(self) -> str:
        """Language of the document."""
        return self.document.language

    def text(self, name: str, **fields: object) -> str:
        """A word of the renderers in the document's language."""
        return texts.render(f"documents.{name}", fields, self.language)

    def number(self, identifier: str) -> int:
        """The number of a cited reference."""
        return self.references[identifier]

    def mark(self, identifier: str) -> str:
        """「根3」."""
        return self.text("reference_mark", number=self.number(identifier))

    def address(self, url: str) -> str:
        """``url`` for a file that leaves the house."""
        return self.document.base_url + url if url.startswith("/") else url

    def date(self, text: str) -> str:
        """An ISO date or date-time as the reader writes it."""
        if not text:
            return ""
        return dates.format_date(dt.date.fromisoformat(text[:10]), language=self.language, era=self.document.era)

    def moment(self, moment: dt.datetime) -> str:
        """A date-time as the reader writes it."""
        return dates.format_datetime(moment, language=self.language, era=self.document.era)

    def figure(self, value: float, kind: str, digits: int | None = None) -> str:
        """A number (1,234.5) or a share (0.986 → 98.6%), half away from zero, with a true minus."""
        exact = Decimal(repr(value)) * (100 if kind == "percent" else 1)
        if digits is None:
            digits = 1 if kind == "percent" else min(max(0, -int(exact.normalize().as_tuple().exponent)), 2)
        rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
        shown = f"{abs(rounded):,}" + ("%" if kind == "percent" else "")
        return (MINUS if rounded < 0 else "") + shown

    def cell(self, cell: Cell, column: Column) -> str:
        """The words of a cell; for a level its label."""
        if cell.state is not CellState.VALUE:
            return self.text(f"state_{cell.state.value}")
        value = cell.value
        if value is None:
            return ""
        if isinstance(value, LevelMark):
            return look(value, self.language).label
        if isinstance(value, str):
            return self.date(value) if column.kind is ColumnKind.DATE else value
        return self.figure(value, column.kind.value, column.digits)

    @property
    def watermark(self) -> str:
        """The watermark: the document's own, or 案 for a draft."""
        return self.document.watermark or (self.text("draft") if self.document.status is Status.DRAFT else "")

    def facts(self) -> list[tuple[str, str]]:
        """What stands on the cover and in the overview: organisation, as of, issued, status."""
        document = self.document
        out = [(self.text("organization"), document.organization), (self.text("as_of"), self.moment(document.as_of))]
        if document.issued_at is not None:
            issued = dates.format_date(document.issued_at, language=self.language, era=document.era)
            out.append((self.text("issued_at"), issued))
        out.append((self.text("status"), self.text(document.status.value)))
        return out

    def contents(self, block: TableOfContents) -> list[NumberedHeading]:
        """The headings that a table of contents lists."""
        return [h for h in self.headings.values() if h.heading.level <= block.depth]


def lay_out(document: Document) -> Layout:
    """Check the document and count what is counted; InputError as in :func:`sekisho.documents.checking.check`."""
    check(document)
    blocks = document.blocks
    layout = Layout(document)
    if (document.references or document.metadata) and not any(isinstance(block, ProvenanceNotes) for block in blocks):
        title = Heading(layout.text("provenance"), numbered=False)
        blocks = (*blocks, title, ProvenanceNotes())
    layout.blocks = blocks
    _number_headings(layout)
    tables = figures = 0
    by_id = {reference.id: reference for reference in document.references}
    for index, block in enumerate(blocks):
        if isinstance(block, Table) and block.caption:
            tables += 1
            layout.captions[index] = f"{layout.text('table_number', number=tables)}  {block.caption}"
        elif isinstance(block, Chart | Picture):
            figures += 1
            layout.captions[index] = f"{layout.text('figure_number', number=figures)}  {block.caption}"
        for identifier in _cited(block):
            if identifier not in layout.references:
                layout.references[identifier] = len(layout.references) + 1
                layout.cited.append(by_id[identifier])
    return layout


def _number_headings(layout: Layout) -> None:
    counters = [0, 0, 0, 0]
    for index, block in enumerate(layout.blocks):
        if not isinstance(block, Heading):
            continue
        number = ""
        if block.numbered:
            counters[block.level - 1] += 1
            counters[block.level :] = [0] * (4 - block.level)
            number = ".".join(str(n or 1) for n in counters[: block.level])
        layout.headings[index] = NumberedHeading(block, number, f"section-{len(layout.headings) + 1}")


def _cited(block: Block) -> Iterator[str]:
    for runs in runs_of(block):
        for run in runs:
            if isinstance(run, Cite):
                yield run.id
    if isinstance(block, Table):
        for row in block.rows:
            for cell in row:
                yield from cell.refs
    elif isinstance(block, Chart):
        for point in block.points:
            yield from point.refs


def chart_table(chart: Chart, layout: Layout) -> Table:
    """The figures of a chart as a table: a row for each category and a column for each series; a single short series lies down.

    A reference that all figures of a row share stands once, at its head.
    """
    kind = ColumnKind.PERCENT if chart.value_kind == "percent" else ColumnKind.NUMBER
    present = list(dict.fromkeys(point.series for point in chart.points))
    levels = chart.kind is ChartKind.LEVELS
    series = [s for s in LEVEL_SERIES if s in present] if levels else present
    titles = [series_label(s, layout.language) if levels else s or layout.text("value") for s in series]
    categories = list(dict.fromkeys(point.category for point in chart.points))
    cells = {(point.category, point.series): Cell(point.value, refs=point.refs) for point in chart.points}
    missing = Cell(0) if levels else Cell()
    head = chart.category_title or layout.text("category")
    if len(series) == 1 and len(categories) > 1 and len("".join(categories)) <= LYING:
        columns = [Column(head), *(Column(category, kind, digits=chart.digits) for category in categories)]
        title = f"{titles[0]} ({chart.unit})" if chart.unit else titles[0]
        rows = [_row(title, [cells.get((category, series[0]), missing) for category in categories])]
    else:
        columns = [Column(head), *(Column(title, kind, digits=chart.digits, unit=chart.unit) for title in titles)]
        rows = [_row(category, [cells.get((category, s), missing) for s in series]) for category in categories]
    return Table(tuple(columns), tuple(rows), name=chart.caption)


def _row(head: str, cells: list[Cell]) -> tuple[Cell, ...]:
    shared = {cell.refs for cell in cells if cell.value not in {None, 0} or cell.refs}
    if len(shared) == 1 and len(cells) > 1:
        return (Cell(head, refs=shared.pop()), *(Cell(cell.value) for cell in cells))
    return (Cell(head), *cells)
