"""情報セキュリティ対策状況報告書 as a document model. Pure: facts in, Document and its references out.

Measured, documented and declared stand in columns of their own; what nothing measured is 未測定, never a number; every figure
carries a reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sekisho.documents import dates
from sekisho.documents.model import (
    BulletList,
    Callout,
    Cell,
    CellState,
    Chart,
    ChartKind,
    Cite,
    Column,
    ColumnGroup,
    ColumnKind,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Level,
    LevelMark,
    MarkState,
    Paragraph,
    Point,
    ProvenanceNotes,
    Reference,
    Status,
    Table,
    TableOfContents,
)
from sekisho.records.measurement.rules.report_facts import CatalogPart, IndicatorRow, JudgementRow, ReportFacts, ThemeRow
from sekisho.records.measurement.rules.wording import figure_text, trend
from sekisho.standards import texts

__all__ = ["BuiltReport", "ReferenceDraft", "build"]

_LEVELS: Final = {0: Level.NONE, 1: Level.UME, 2: Level.TAKE, 3: Level.MATSU}
_ORDER: Final = (3, 2, 1, 0, None)
_SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_OPEN_SHOWN: Final = 30
_SUMMARISED: Final = 6


@dataclass(frozen=True, slots=True)
class ReferenceDraft:
    """A 根 to be stored with the report: what it points to and the chain as it was."""

    number: int
    kind: str
    target_id: str
    frozen: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BuiltReport:
    """The document and its references."""

    document: Document
    references: tuple[ReferenceDraft, ...]


@dataclass(slots=True)
class _Writer:
    """Collects references while the parts are written."""

    facts: ReportFacts
    references: list[Reference] = field(default_factory=list)
    drafts: list[ReferenceDraft] = field(default_factory=list)
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    def t(self, name: str, **fields: Any) -> str:
        """A sentence of ``standards/texts/report.yaml``."""
        return texts.render(f"report.{name}", fields, self.facts.language)

    def cite(self, kind: str, target_id: str, *, text: str, sha256: str = "", frozen: Mapping[str, Any] | None = None) -> str:
        """The reference to a thing, made at its first mention; returns its id."""
        if (kind, target_id) in self.made:
            return self.made[kind, target_id]
        number = len(self.drafts) + 1
        url = f"/o/{self.facts.organization_code}/reports/{self.facts.report_id}/references/{number}/"
        self.references.append(Reference(id=f"r{number}", label=self.t(f"ref_kind_{kind}"), url=url, text=text, sha256=sha256))
        self.drafts.append(ReferenceDraft(number, kind, target_id, {"text": text, **(frozen or {})}))
        return self.made.setdefault((kind, target_id), f"r{number}")

    def indicator(self, row: IndicatorRow) -> str:
        """The reference to an indicator's value."""
        return self.cite(
            "indicator", row.value_id, text=self.t("ref_indicator", title=row.title, formula=row.formula), frozen=row.chain
        )

    def day(self, moment: datetime) -> str:
        """ISO date of a moment, in the offset of the report's as-of time."""
        return moment.astimezone(self.facts.as_of.tzinfo).date().isoformat()


def build(facts: ReportFacts, *, status: Status = Status.DRAFT, issued_at: datetime | None = None) -> BuiltReport:
    """The report. ``status`` issued freezes it (no watermark)."""
    writer = _Writer(facts)
    blocks: list[Any] = [
        *_summary(writer),
        TableOfContents(depth=2),
        *_levels(writer),
        *_indicators(writer),
        *_judgements(writer),
        *_findings(writer),
        *_actions(writer),
        *_changes(writer),
        *_method(writer),
        *_unanswered(writer),
        ProvenanceNotes(),
    ]
    quarter = dates.format_quarter(facts.period_end, language=facts.language, era=facts.era)
    document = Document(
        title=writer.t("title"),
        subtitle=quarter,
        organization=facts.organization,
        as_of=facts.as_of,
        language="en" if facts.language == "en" else "ja",
        era=facts.era,
        fictional=facts.fictional,
        status=status,
        issued_at=issued_at,
        base_url=facts.base_url,
        blocks=tuple(blocks),
        metadata=dict(facts.versions),
        references=tuple(writer.references),
    )
    return BuiltReport(document=document, references=tuple(writer.drafts))


def _mark(level: int | None, *, stale: bool = False) -> LevelMark:
    if level is None:
        return LevelMark(state=MarkState.UNMEASURED)
    return LevelMark(level=_LEVELS[level], state=MarkState.STALE if stale else MarkState.CURRENT)


def _summary(w: _Writer) -> list[Any]:
    f = w.facts
    themes = [theme for catalog in f.catalogs for theme in catalog.themes]
    total = sum(t.total for t in themes)
    judged = total - sum(t.levels.get(None, 0) for t in themes)
    cite = w.cite("judgements", "all", text=w.t("ref_all_judgements"))
    counts = w.t(
        "summary_counts",
        total=total,
        judged=judged,
        measured=sum(t.measured for t in themes),
        documented=sum(t.documented for t in themes),
        declared=sum(t.declared for t in themes),
        unmeasured=total - judged,
    )
    period = " – ".join(dates.format_date(d, language=f.language, era=f.era) for d in (f.period_start, f.period_end))
    items = [
        KeyValue(w.t("period"), (period,)),
        KeyValue(w.t("catalogs"), (w.t("comma").join(f"{c.title} {c.edition}" for c in f.catalogs) or w.t("none"),)),
        KeyValue(w.t("judgements"), (counts, Cite(cite))),
    ]
    outcomes = [row for row in f.indicators if row.kind == "outcome" and row.value is not None][:_SUMMARISED]
    items += [KeyValue(row.title, (_shown(row, row.value or 0.0), Cite(w.indicator(row)))) for row in outcomes]
    lead = Paragraph((w.t("lead"),))
    blocks: list[Any] = [Heading(w.t("h_summary")), lead, KeyValues(tuple(items))]
    superseded = [c for c in f.catalogs if c.superseded_by]
    if superseded:
        words = " ".join(w.t("superseded", title=f"{c.title} {c.edition}", by=c.superseded_by) for c in superseded)
        blocks.append(Callout((words,), kind="warning", title=w.t("superseded_title")))
    return blocks


def _levels(w: _Writer) -> list[Any]:
    blocks: list[Any] = [Heading(w.t("h_levels")), Paragraph((w.t("levels_lead"),))]
    for catalog in w.facts.catalogs:
        blocks.append(Heading(f"{catalog.title} {catalog.edition}", level=2))
        blocks.extend(_catalog(w, catalog))
    if not w.facts.catalogs:
        blocks.append(Callout((w.t("no_catalog"),), kind="warning"))
    return blocks


def _catalog(w: _Writer, catalog: CatalogPart) -> list[Any]:
    refs = [
        w.cite("judgements", t.query, text=w.t("ref_theme", catalog=catalog.title, theme=t.title), frozen=_counted(t))
        for t in catalog.themes
    ]
    columns = (
        Column(w.t("theme"), width=4),
        *(Column(texts.render(f"report.level_{level}", {}, w.facts.language), ColumnKind.NUMBER, width=1.1) for level in _ORDER),
        *(Column(w.t(name), ColumnKind.NUMBER, width=1.1) for name in ("total", "measured", "documented", "declared")),
        Column(w.t("ref"), width=1.2),
    )
    whole = ThemeRow(
        w.t("total"),
        {level: sum(t.levels.get(level, 0) for t in catalog.themes) for level in _ORDER},
        sum(t.measured for t in catalog.themes),
        sum(t.documented for t in catalog.themes),
        sum(t.declared for t in catalog.themes),
    )
    sum_ref = w.cite(
        "judgements", f"catalog={catalog.key}", text=w.t("ref_catalog", catalog=catalog.title), frozen=_counted(whole)
    )
    rows = tuple(_theme_cells(t, ref) for t, ref in zip(catalog.themes, refs, strict=True))
    table = Table(
        columns=columns,
        rows=(*rows, _theme_cells(whole, sum_ref, strong=True)),
        caption=w.t("levels_caption", catalog=catalog.title),
        name=catalog.key,
        groups=(ColumnGroup("", 1), ColumnGroup(w.t("by_level"), 6), ColumnGroup(w.t("by_basis"), 3), ColumnGroup("", 1)),
        total=True,
        empty=w.t("no_pairs"),
    )
    if not catalog.themes:
        return [Table(columns=columns, caption=table.caption, name=catalog.key, empty=w.t("no_pairs"))]
    points = tuple(
        Point(t.title, t.levels.get(level, 0), series=_LEVELS[level].value if level is not None else "unmeasured", refs=(ref,))
        for t, ref in zip(catalog.themes, refs, strict=True)
        for level in _ORDER
    )
    chart = Chart(
        kind=ChartKind.LEVELS,
        points=points,
        caption=w.t("levels_chart", catalog=catalog.title),
        alternative=w.t("levels_alternative", judged=whole.total - whole.levels.get(None, 0), total=whole.total),
        category_title=w.t("theme"),
        with_table=False,
    )
    note = w.t("unverified_note", count=catalog.unverified, total=catalog.requirements) if catalog.unverified else ""
    drawn = [chart] if whole.total > whole.levels.get(None, 0) else []  # where nothing is judged there is nothing to draw
    return [*drawn, table, *([Paragraph((note,))] if note else [])]


def _counted(theme: ThemeRow) -> dict[str, Any]:
    """What a reference to a theme's counts keeps of them."""
    levels = [{"level": level, "count": theme.levels.get(level, 0)} for level in _ORDER]
    return {"levels": levels, "measured": theme.measured, "documented": theme.documented, "declared": theme.declared}


def _theme_cells(theme: ThemeRow, ref: str, *, strong: bool = False) -> tuple[Cell, ...]:
    numbers = (*(theme.levels.get(level, 0) for level in _ORDER), theme.total, theme.measured, theme.documented, theme.declared)
    return (Cell(theme.title, strong=strong), *(Cell(n, strong=strong) for n in numbers), Cell(refs=(ref,)))


def _indicators(w: _Writer) -> list[Any]:
    rows = []
    charts: list[Any] = []
    for row in w.facts.indicators:
        ref = w.indicator(row)
        rows.append(_indicator_cells(w, row, ref))
        known = [(label, value) for label, value in row.series if value is not None]
        if row.kind == "outcome" and len(known) > 1:
            charts.append(_trend(w, row, ref, known))
    table = Table(
        columns=(
            Column(w.t("indicator"), width=4),
            Column(w.t("kind"), width=1.4),
            Column(w.t("now"), width=1.6),
            Column(w.t("previous"), width=1.6),
            Column(w.t("target"), width=1.6),
            Column(w.t("trend"), width=1.4),
        ),
        rows=tuple(rows),
        caption=w.t("indicators_caption"),
        name=w.t("indicators_sheet"),
        notes=(w.t("indicators_note"),),
    )
    return [Heading(w.t("h_indicators")), Paragraph((w.t("indicators_lead"),)), table, *charts]


def _unanswered(w: _Writer) -> list[Any]:
    if not w.facts.unanswered:
        return []
    pattern = "{}（{}）" if w.facts.language == "ja" else "{} ({})"
    return [
        Heading(w.t("h_unanswered")),
        Paragraph((w.t("unanswered_lead", count=len(w.facts.unanswered)),)),
        BulletList(tuple((pattern.format(title, source),) for _, title, source in w.facts.unanswered)),
    ]


def _indicator_cells(w: _Writer, row: IndicatorRow, ref: str) -> tuple[Cell, ...]:
    now = (
        Cell(state=CellState.UNMEASURED, refs=(ref,))
        if row.value is None
        else Cell(_shown(row, row.value), refs=(ref,), strong=True)
    )
    return (
        Cell(row.title),
        Cell(w.t(f"kind_{row.kind}")),
        now,
        Cell(_shown(row, row.previous) if row.previous is not None else "―", refs=(ref,) if row.previous is not None else ()),
        Cell(_shown(row, row.target) if row.target is not None else "―"),
        Cell(w.t(f"trend_{_trend_of(row)}")),
    )


def _shown(row: IndicatorRow, value: float) -> str:
    return figure_text(value, ratio=row.ratio, unit=row.unit)


def _trend_of(row: IndicatorRow) -> str:
    if row.value is not None and row.value == row.previous:
        return "same"
    return {True: "better", False: "worse", None: "unknown"}[trend(row.value, row.previous, row.direction)]


def _trend(w: _Writer, row: IndicatorRow, ref: str, known: list[tuple[str, float]]) -> Chart:
    return Chart(
        kind=ChartKind.LINE,
        points=tuple(Point(label, value, series=row.title, refs=(ref,)) for label, value in known),
        caption=w.t("trend_caption", title=row.title),
        alternative=w.t("trend_alternative", title=row.title, first=_shown(row, known[0][1]), last=_shown(row, known[-1][1])),
        value_kind="percent" if row.ratio else "number",
        unit="" if row.ratio else row.unit,
        target=row.target,
        category_title=w.t("as_of"),
    )


def _judgements(w: _Writer) -> list[Any]:
    rows = tuple(_judgement_cells(w, row) for row in w.facts.judgements)
    table = Table(
        columns=(
            Column(w.t("requirement"), width=4),
            Column(w.t("subject"), width=2.4),
            Column(w.t("level"), ColumnKind.LEVEL, width=1),
            Column(w.t("basis"), width=1.2),
            Column(w.t("evidence_count"), ColumnKind.NUMBER, width=1.6),
            Column(w.t("evidence_at"), ColumnKind.DATE, width=1.8),
            Column(w.t("ref"), width=1),
        ),
        rows=rows,
        caption=w.t("judgements_caption"),
        name=w.t("judgements_sheet"),
        empty=w.t("no_judgements"),
    )
    return [Heading(w.t("h_judgements")), Paragraph((w.t("judgements_lead"),)), table]


def _judgement_cells(w: _Writer, row: JudgementRow) -> tuple[Cell, ...]:
    ref = w.cite(
        "judgement",
        row.id,
        text=w.t("ref_judgement", requirement=f"{row.ref} {row.title}", subject=row.subject),
        sha256=row.sha256,
        frozen=row.chain,
    )
    return (
        Cell(f"{row.ref} {row.title}"),
        Cell(row.subject),
        Cell(_mark(row.level, stale=row.stale)),
        Cell(w.t(f"basis_{row.basis}") if row.basis else "―"),
        Cell(row.evidence_count),
        Cell(w.day(row.observed_at) if row.observed_at else None),
        Cell(refs=(ref,)),
    )


def _findings(w: _Writer) -> list[Any]:
    counts = w.facts.finding_counts
    engines = sorted({engine for engine, _ in counts})
    rows = []
    for engine in engines:
        ref = w.cite("findings", engine, text=w.t("ref_findings", engine=engine))
        numbers = [counts.get((engine, severity), 0) for severity in _SEVERITIES]
        rows.append((Cell(engine), *(Cell(n) for n in numbers), Cell(sum(numbers), strong=True), Cell(refs=(ref,))))
    summary = Table(
        columns=(
            Column(w.t("engine"), width=2),
            *(Column(w.t(f"severity_{s}"), ColumnKind.NUMBER) for s in _SEVERITIES),
            Column(w.t("total"), ColumnKind.NUMBER),
            Column(w.t("ref"), width=1),
        ),
        rows=tuple(rows),
        caption=w.t("findings_caption"),
        name=w.t("findings_sheet"),
        empty=w.t("no_findings"),
    )
    listed = []
    for finding in w.facts.findings[:_OPEN_SHOWN]:
        ref = w.cite("finding", finding.id, text=finding.sentence, sha256=finding.sha256, frozen=finding.chain)
        listed.append(
            (
                Cell(finding.sentence),
                Cell(w.t(f"severity_{finding.severity}"), (ref,)),
                Cell(finding.subject),
                Cell(w.day(finding.first_seen_at)),
            )
        )
    details = Table(
        columns=(
            Column(w.t("finding"), width=5),
            Column(w.t("severity"), width=1.2),
            Column(w.t("subject"), width=2),
            Column(w.t("first_seen"), ColumnKind.DATE, width=1.6),
        ),
        rows=tuple(listed),
        caption=w.t("open_findings_caption", shown=len(listed)),
        name=w.t("open_findings_sheet"),
        empty=w.t("no_findings"),
    )
    return [Heading(w.t("h_findings")), Paragraph((w.t("findings_lead"),)), summary, details]


def _actions(w: _Writer) -> list[Any]:
    rows = tuple(
        (
            Cell(a.what),
            Cell(a.subject),
            Cell(a.due_on.isoformat(), (w.cite("corrective_action", a.id, text=a.what),)),
            Cell(w.t("overdue") if a.overdue else w.t(f"action_{a.state}"), strong=a.overdue),
        )
        for a in w.facts.actions
    )
    table = Table(
        columns=(
            Column(w.t("action"), width=5),
            Column(w.t("subject"), width=2),
            Column(w.t("due"), ColumnKind.DATE, width=1.6),
            Column(w.t("state"), width=1.4),
        ),
        rows=rows,
        caption=w.t("actions_caption"),
        name=w.t("actions_sheet"),
        empty=w.t("no_actions"),
    )
    return [Heading(w.t("h_actions")), table]


def _changes(w: _Writer) -> list[Any]:
    rows = tuple(
        (
            Cell(f"{c.ref} {c.title}"),
            Cell(c.subject),
            Cell(_mark(c.before)),
            Cell(_mark(c.after), (w.cite("judgement", c.judgement_id, text=f"{c.ref} {c.title} / {c.subject}"),)),
            Cell(w.day(c.at)),
        )
        for c in w.facts.changes
    )
    table = Table(
        columns=(
            Column(w.t("requirement"), width=4),
            Column(w.t("subject"), width=2.4),
            Column(w.t("before"), ColumnKind.LEVEL),
            Column(w.t("after"), ColumnKind.LEVEL),
            Column(w.t("changed_on"), ColumnKind.DATE, width=1.6),
        ),
        rows=rows,
        caption=w.t("changes_caption"),
        name=w.t("changes_sheet"),
        empty=w.t("no_changes"),
    )
    return [Heading(w.t("h_changes")), table]


def _method(w: _Writer) -> list[Any]:
    items = tuple(
        (w.t(name),) for name in ("method_chain", "method_basis", "method_unmeasured", "method_proposal", "method_stale")
    )
    return [Heading(w.t("h_method")), BulletList(items)]
