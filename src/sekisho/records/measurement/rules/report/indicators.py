"""The indicators, their course, and those that nothing measured."""

from __future__ import annotations

from typing import Any

from sekisho.documents.model import (
    BulletList,
    Cell,
    CellState,
    Chart,
    ChartKind,
    Column,
    Heading,
    Paragraph,
    Point,
    Table,
)
from sekisho.records.measurement.rules.report.writer import Writer
from sekisho.records.measurement.rules.report_facts import IndicatorRow
from sekisho.records.measurement.rules.wording import figure_text, trend

__all__ = ["indicators", "shown", "unanswered"]


def indicators(w: Writer) -> list[Any]:
    """The chapter on indicators, outcomes with their course first."""
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


def unanswered(w: Writer) -> list[Any]:
    """The proposed indicators that nothing measures yet."""
    if not w.facts.unanswered:
        return []
    pattern = "{}（{}）" if w.facts.language == "ja" else "{} ({})"
    return [
        Heading(w.t("h_unanswered")),
        Paragraph((w.t("unanswered_lead", count=len(w.facts.unanswered)),)),
        BulletList(tuple((pattern.format(title, source),) for _, title, source in w.facts.unanswered)),
    ]


def _indicator_cells(w: Writer, row: IndicatorRow, ref: str) -> tuple[Cell, ...]:
    now = (
        Cell(state=CellState.UNMEASURED, refs=(ref,))
        if row.value is None
        else Cell(shown(row, row.value), refs=(ref,), strong=True)
    )
    return (
        Cell(row.title),
        Cell(w.t(f"kind_{row.kind}")),
        now,
        Cell(shown(row, row.previous) if row.previous is not None else "―", refs=(ref,) if row.previous is not None else ()),
        Cell(shown(row, row.target) if row.target is not None else "―"),
        Cell(w.t(f"trend_{_trend_of(row)}")),
    )


def shown(row: IndicatorRow, value: float) -> str:
    """A figure of an indicator with its unit."""
    return figure_text(value, ratio=row.ratio, unit=row.unit)


def _trend_of(row: IndicatorRow) -> str:
    if row.value is not None and row.value == row.previous:
        return "same"
    return {True: "better", False: "worse", None: "unknown"}[trend(row.value, row.previous, row.direction)]


def _trend(w: Writer, row: IndicatorRow, ref: str, known: list[tuple[str, float]]) -> Chart:
    return Chart(
        kind=ChartKind.LINE,
        points=tuple(Point(label, value, series=row.title, refs=(ref,)) for label, value in known),
        caption=w.t("trend_caption", title=row.title),
        alternative=w.t("trend_alternative", title=row.title, first=shown(row, known[0][1]), last=shown(row, known[-1][1])),
        value_kind="percent" if row.ratio else "number",
        unit="" if row.ratio else row.unit,
        target=row.target,
        category_title=w.t("as_of"),
    )
