"""The summary and the levels, by catalogue and theme."""

from __future__ import annotations

from typing import Any, Final

from sekisho.documents import dates
from sekisho.documents.model import (
    Callout,
    Cell,
    Chart,
    ChartKind,
    Cite,
    Column,
    ColumnGroup,
    ColumnKind,
    Heading,
    KeyValue,
    KeyValues,
    Paragraph,
    Point,
    Table,
)
from sekisho.records.measurement.rules.report.indicators import shown
from sekisho.records.measurement.rules.report.writer import LEVELS, ORDER, Writer
from sekisho.records.measurement.rules.report_facts import CatalogPart, ThemeRow
from sekisho.standards import texts

__all__ = ["levels", "summary"]

_SUMMARISED: Final = 6


def summary(w: Writer) -> list[Any]:
    """What the report says on its first page."""
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
    items += [KeyValue(row.title, (shown(row, row.value or 0.0), Cite(w.indicator(row)))) for row in outcomes]
    lead = Paragraph((w.t("lead"),))
    blocks: list[Any] = [Heading(w.t("h_summary")), lead, KeyValues(tuple(items))]
    superseded = [c for c in f.catalogs if c.superseded_by]
    if superseded:
        words = " ".join(w.t("superseded", title=f"{c.title} {c.edition}", by=c.superseded_by) for c in superseded)
        blocks.append(Callout((words,), kind="warning", title=w.t("superseded_title")))
    return blocks


def levels(w: Writer) -> list[Any]:
    """One chapter on levels, with a section for each catalogue."""
    blocks: list[Any] = [Heading(w.t("h_levels")), Paragraph((w.t("levels_lead"),))]
    for catalog in w.facts.catalogs:
        blocks.append(Heading(f"{catalog.title} {catalog.edition}", level=2))
        blocks.extend(_catalog(w, catalog))
    if not w.facts.catalogs:
        blocks.append(Callout((w.t("no_catalog"),), kind="warning"))
    return blocks


def _catalog(w: Writer, catalog: CatalogPart) -> list[Any]:
    refs = [
        w.cite("judgements", t.query, text=w.t("ref_theme", catalog=catalog.title, theme=t.title), frozen=_counted(t))
        for t in catalog.themes
    ]
    columns = (
        Column(w.t("theme"), width=4),
        *(Column(texts.render(f"report.level_{level}", {}, w.facts.language), ColumnKind.NUMBER, width=1.1) for level in ORDER),
        *(Column(w.t(name), ColumnKind.NUMBER, width=1.1) for name in ("total", "measured", "documented", "declared")),
        Column(w.t("ref"), width=1.2),
    )
    whole = ThemeRow(
        w.t("total"),
        {level: sum(t.levels.get(level, 0) for t in catalog.themes) for level in ORDER},
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
        Point(t.title, t.levels.get(level, 0), series=LEVELS[level].value if level is not None else "unmeasured", refs=(ref,))
        for t, ref in zip(catalog.themes, refs, strict=True)
        for level in ORDER
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
    levels = [{"level": level, "count": theme.levels.get(level, 0)} for level in ORDER]
    return {"levels": levels, "measured": theme.measured, "documented": theme.documented, "declared": theme.declared}


def _theme_cells(theme: ThemeRow, ref: str, *, strong: bool = False) -> tuple[Cell, ...]:
    numbers = (*(theme.levels.get(level, 0) for level in ORDER), theme.total, theme.measured, theme.documented, theme.declared)
    return (Cell(theme.title, strong=strong), *(Cell(n, strong=strong) for n in numbers), Cell(refs=(ref,)))
