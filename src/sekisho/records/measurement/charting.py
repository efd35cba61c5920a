"""The course of an indicator as a chart (the same drawing as in reports). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sekisho.documents.layout import lay_out
from sekisho.documents.model import Chart, ChartKind, Document, Point
from sekisho.records.measurement.rules.wording import figure_text
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.measurement.models import IndicatorValue
    from sekisho.standards.indicators import ComputedIndicator

__all__ = ["course_svg"]

_POINTS = 24


def course_svg(
    indicator: ComputedIndicator, title: str, values: Sequence[IndicatorValue], target: float | None, language: str
) -> str:
    """SVG of the known ``values`` (newest first); empty when there are fewer than two. A day's last value stands for the day."""
    by_day: dict[str, float] = {}
    for value in values:
        if value.value is not None:
            by_day.setdefault(value.as_of.date().isoformat(), value.value)
    known = list(reversed(list(by_day.items())[:_POINTS]))
    if len(known) < 2:  # noqa: PLR2004 - a course needs two points
        return ""
    from sekisho.documents.charts import chart_svg  # noqa: PLC0415 - loads the drawing library only when there is something to draw

    unit = indicator.unit.get("en" if language == "en" else "ja")
    first, last = (figure_text(v, ratio=indicator.ratio, unit=unit) for v in (known[0][1], known[-1][1]))
    chart = Chart(
        kind=ChartKind.LINE,
        points=tuple(Point(day, value, series=title) for day, value in known),
        caption=texts.render("report.trend_caption", {"title": title}, language),
        alternative=texts.render("report.trend_alternative", {"title": title, "first": first, "last": last}, language),
        value_kind="percent" if indicator.ratio else "number",
        unit="" if indicator.ratio else unit,
        target=target,
        category_title=texts.render("report.as_of", {}, language),
        with_table=False,
    )
    document = Document(
        title=title,
        organization="",
        as_of=datetime(1970, 1, 1, tzinfo=UTC),
        blocks=(chart,),
        language="en" if language == "en" else "ja",
    )
    return chart_svg(chart, lay_out(document), identifier="course")
