"""Charts as SVG (pages, PDF) and PNG (Word), drawn by Vega-Lite through vl-convert.

Nothing is fetched (``allowed_base_urls=[]``; all data is inline), nothing is animated, and the SVG has neither script nor
``style`` attribute, so that it may stand in a page under a strict content-security policy. Levels are told apart by their
character and outline as well as by colour.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Final

import vl_convert
from lxml import etree

from sekisho.documents.checking import LEVEL_SERIES
from sekisho.documents.fonts import japanese_fonts
from sekisho.documents.layout import Layout, look, series_label
from sekisho.documents.model import Chart, ChartKind, Level, LevelMark
from sekisho.documents.tables import display_width

__all__ = ["chart_png", "chart_svg"]

WIDTH: Final = 640
FONT_SIZE: Final = 13
BODY, MUTED, LINE, PRIMARY, DEEP, TINT = "#333333", "#4d4d4d", "#cccccc", "#0017c1", "#000060", "#c5d7fb"
TARGET: Final = "#c74700"
# fill, outline, dash, text: the same marks as on the pages.
LOOKS: Final = {
    "matsu": (PRIMARY, PRIMARY, [1, 0], "#ffffff"),
    "take": (TINT, PRIMARY, [1, 0], DEEP),
    "ume": ("#ffffff", PRIMARY, [1, 0], "#00118f"),
    "none": ("#ffffff", "#767676", [1, 0], MUTED),
    "unmeasured": ("#ffffff", "#767676", [4, 3], MUTED),
    "not_applicable": ("#f2f2f2", "#b3b3b3", [1, 0], MUTED),
}
SERIES: Final = (PRIMARY, "#c74700", "#197a4b", "#8b008b", "#666666", "#927200")
DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3])
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
# What a half-width character of a label takes of the bar's length (the bar is about two thirds of the width).
CHARACTER_SHARE: Final = 0.0185
LABEL_LINE: Final = 12
# A label nearer to the target line than this share of the axis would touch it: all go below their points then.
NEAR: Final = 0.12
SVG: Final = "{http://www.w3.org/2000/svg}"


def chart_svg(chart: Chart, layout: Layout, *, identifier: str) -> str:
    """The chart as an accessible SVG element; ``identifier`` begins its ids and is unique in the page."""
    source = _convert(_specification(chart, layout))
    root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        _settle(element)
    title = etree.Element(SVG + "title", id=f"{identifier}-title")
    title.text = chart.caption
    description = etree.Element(SVG + "desc", id=f"{identifier}-desc")
    description.text = chart.alternative
    root.insert(0, title)
    root.insert(1, description)
    root.set("role", "img")
    root.set("aria-labelledby", f"{identifier}-title {identifier}-desc")
    root.set("class", "doc-chart__svg")
    return etree.tostring(root, encoding="unicode")


def chart_png(chart: Chart, layout: Layout) -> bytes:
    """The chart as PNG at 192 pixels an inch."""
    return vl_convert.svg_to_png(_convert(_specification(chart, layout)), scale=2, ppi=96)


def _settle(element: Any) -> None:
    """Make an element fit for a page: presentation attributes for ``style``, no roles of Vega's own (the root has one)."""
    for name in ("role", "class", "pointer-events", *(n for n in element.attrib if n.startswith("aria-"))):
        element.attrib.pop(name, None)
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if value:
            element.set(name.strip(), value.strip())


@cache
def _registered(directory: str) -> bool:
    vl_convert.register_font_directory(directory)
    return True


def _convert(specification: dict[str, Any]) -> str:
    fonts = japanese_fonts()
    for directory in fonts.directories:
        _registered(str(directory))
    return vl_convert.vegalite_to_svg(specification, allowed_base_urls=[], config=_config(fonts.family))


def _config(family: str) -> dict[str, Any]:
    axis = {"labelFontSize": FONT_SIZE, "titleFontSize": FONT_SIZE, "titleFontWeight": "normal", "labelColor": BODY}
    axis |= {"titleColor": MUTED, "gridColor": "#e6e6e6", "domainColor": "#949494", "tickColor": "#949494", "labelLimit": 400}
    return {
        "font": f"{family}, Noto Sans JP, sans-serif",
        "background": "#ffffff",
        "view": {"stroke": None},
        "axis": axis,
        "legend": {"labelFontSize": FONT_SIZE, "labelColor": BODY, "labelLimit": 300, "symbolSize": 140},
        "text": {"fontSize": FONT_SIZE},
    }


def _base(height: float, values: list[dict[str, Any]], layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": height,
        "padding": 4,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": values},
        "layer": layers,
    }


def _specification(chart: Chart, layout: Layout) -> dict[str, Any]:
    if chart.kind is ChartKind.LEVELS:
        return _levels(chart, layout)
    return _bars(chart, layout) if chart.kind is ChartKind.BAR else _lines(chart, layout)


def _wrapped(text: str, limit: int = LABEL_LINE) -> str:
    """An axis label in even lines of at most ``limit`` full-width characters, at most three of them."""
    text = " ".join(text.split())
    count = max(1, math.ceil(display_width(text) / 2 / limit))
    size = max(1, math.ceil(len(text) / count))
    lines = [text[at : at + size] for at in range(0, len(text), size)]
    return "\n".join(lines if len(lines) <= 3 else [*lines[:2], lines[2][:-1] + "…"])  # noqa: PLR2004


def _category_axis(categories: list[str]) -> dict[str, Any]:
    axis = {"title": None, "ticks": False, "domain": False, "labelPadding": 8, "labelExpr": "split(datum.label, '\\n')"}
    return {"field": "category", "type": "nominal", "sort": categories, "axis": axis, "scale": {"paddingInner": 0.35}}


def _short(series: str, language: str) -> str:
    """「松」 for a level; the whole word where the mark's character alone could be misread (「未」, 「―4」)."""
    if series in {Level.UME, Level.TAKE, Level.MATSU}:
        return look(LevelMark(Level(series)), language).character
    return series_label(series, language)


def _level_rows(chart: Chart, layout: Layout) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for category in dict.fromkeys(point.category for point in chart.points):
        counts = {p.series: p.value or 0 for p in chart.points if p.category == category}
        total = sum(counts.values())
        begin: float = 0
        unlabelled = []
        for series in LEVEL_SERIES:
            count = counts.get(series, 0)
            if not count or not total:
                continue
            share = count / total
            words = f"{_short(series, layout.language)}{layout.figure(count, 'number')}"
            fits = share >= (display_width(words) + 1) * CHARACTER_SHARE
            if not fits:
                unlabelled.append(words)
            row = {"series": series, "from": begin + 0.002, "to": begin + share - 0.002, "middle": begin + share / 2}
            rows.append({"category": _wrapped(category), "label": words if fits else "", **row})
            begin += share
        beside = f"{layout.text('total')} {layout.figure(total, 'number')}"
        if unlabelled:
            beside += f"（{' '.join(unlabelled)}）" if layout.language == "ja" else f" ({' '.join(unlabelled)})"
        rows.append({"category": _wrapped(category), "beside": beside, "series": "", "edge": 1.012})
    return rows


def _levels(chart: Chart, layout: Layout) -> dict[str, Any]:
    rows = _level_rows(chart, layout)
    categories = list(dict.fromkeys(row["category"] for row in rows))
    present = [s for s in LEVEL_SERIES if any(row["series"] == s for row in rows)]
    names = {s: series_label(s, layout.language) for s in present}
    for row in rows:
        row["name"] = names.get(row["series"], "")
    domain = [names[s] for s in present]
    legend = {"title": None, "orient": "top", "direction": "horizontal", "symbolType": "square"}

    def scale(place: int) -> dict[str, Any]:
        values = {"domain": domain, "range": [LOOKS[s][place] for s in present]}
        return {"field": "name", "type": "nominal", "scale": values, "legend": legend}

    y = _category_axis(categories)
    ticks = {"title": None, "format": "%", "tickCount": 5, "values": [0, 0.25, 0.5, 0.75, 1], "domain": False}
    x = {"field": "from", "type": "quantitative", "scale": {"domain": [0, 1.36], "nice": False}, "axis": ticks}
    bars = {"mark": {"type": "bar", "strokeWidth": 1.5}, "transform": [{"filter": "datum.series !== ''"}]}
    bars["encoding"] = {"y": y, "x": x, "x2": {"field": "to"}, "fill": scale(0), "stroke": scale(1), "strokeDash": scale(2)}
    colour = {"field": "name", "type": "nominal", "scale": {"domain": domain, "range": [LOOKS[s][3] for s in present]}}
    labels = {"mark": {"type": "text", "fontWeight": "bold"}, "transform": [{"filter": "datum.series !== ''"}]}
    labels["encoding"] = {
        "y": y,
        "x": {"field": "middle", "type": "quantitative"},
        "text": {"field": "label"},
        "color": {**colour, "legend": None},
    }
    beside: dict[str, Any] = {"mark": {"type": "text", "align": "left", "color": BODY}}
    beside["transform"] = [{"filter": "datum.series === ''"}]
    beside["encoding"] = {"y": y, "x": {"field": "edge", "type": "quantitative"}, "text": {"field": "beside"}}
    return _base(70 + 40 * len(categories), rows, [bars, labels, beside])


def _value_rows(chart: Chart, layout: Layout, limit: int = LABEL_LINE) -> list[dict[str, Any]]:
    return [
        {
            "category": _wrapped(point.category, limit),
            "series": point.series,
            "value": point.value,
            "label": layout.figure(point.value, chart.value_kind, chart.digits) + chart.unit,
        }
        for point in chart.points
        if point.value is not None
    ]


def _value_axis(chart: Chart, *, values: list[float]) -> dict[str, Any]:
    percent = chart.value_kind == "percent"
    title = None if percent or not chart.unit else chart.unit
    top = max([*values, chart.target or 0, 0]) or 1
    # Shares are drawn from 0 to 100 %, so that a small change does not look like a large one.
    domain = [min([*values, 0]), 1 if percent and top <= 1 else top * 1.12]
    axis = {"title": title, "format": "%" if percent else ",.2~f", "tickCount": 5}
    return {"type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": axis}


def _target_layers(chart: Chart, layout: Layout, direction: str) -> list[dict[str, Any]]:
    if chart.target is None:
        return []
    words = layout.text("target", value=layout.figure(chart.target, chart.value_kind, chart.digits) + chart.unit)
    data = {"values": [{"value": chart.target, "label": words}]}
    place = {direction: {"field": "value", "type": "quantitative"}}
    rule = {"data": data, "mark": {"type": "rule", "color": TARGET, "strokeDash": [6, 4], "strokeWidth": 1.5}, "encoding": place}
    other = {"y": {"value": -8}} if direction == "x" else {"x": {"value": 6}}
    align = {"align": "center"} if direction == "x" else {"align": "left", "dy": -8}
    mark = {"type": "text", "color": TARGET, "fontWeight": "bold", **align}
    return [rule, {"data": data, "mark": mark, "encoding": {**place, **other, "text": {"field": "label"}}}]


def _bars(chart: Chart, layout: Layout) -> dict[str, Any]:
    rows = _value_rows(chart, layout)
    categories = list(dict.fromkeys(row["category"] for row in rows))
    series = list(dict.fromkeys(row["series"] for row in rows))
    x = {"field": "value", **_value_axis(chart, values=[row["value"] for row in rows])}
    encoding: dict[str, Any] = {"y": _category_axis(categories), "x": x}
    if len(series) > 1:
        encoding["yOffset"] = {"field": "series", "type": "nominal", "sort": series}
    colours = {"domain": series, "range": [SERIES[n % len(SERIES)] for n in range(len(series))]}
    legend = {"title": None, "orient": "top", "symbolType": "square"} if len(series) > 1 else None
    fill = {"field": "series", "type": "nominal", "scale": colours, "legend": legend}
    bars = {"mark": {"type": "bar"}, "encoding": {**encoding, "fill": fill}}
    text = {"type": "text", "align": "left", "dx": 5, "color": BODY, "fontWeight": "bold"}
    labels = {"mark": text, "encoding": {**encoding, "text": {"field": "label"}}}
    height = 50 + 38 * len(categories) + 18 * (len(series) - 1) * len(categories)
    return _base(height, rows, [bars, *_target_layers(chart, layout, "x"), labels])


def _lines(chart: Chart, layout: Layout) -> dict[str, Any]:
    count = len({point.category for point in chart.points})
    limit = max(3, int((WIDTH - 70) / max(count, 1) / FONT_SIZE) - 1)
    rows = _value_rows(chart, layout, limit)
    categories = list(dict.fromkeys(_wrapped(point.category, limit) for point in chart.points))
    series = list(dict.fromkeys(row["series"] for row in rows))
    axis = {"title": None, "labelAngle": 0, "labelExpr": "split(datum.label, '\\n')", "grid": False, "labelPadding": 6}
    x = {"field": "category", "type": "ordinal", "sort": categories, "scale": {"domain": categories}, "axis": axis}
    y = {"field": "value", **_value_axis(chart, values=[row["value"] for row in rows])}

    def scale(values: tuple[Any, ...]) -> dict[str, Any]:
        chosen = [values[n % len(values)] for n in range(len(series))]
        legend = {"title": None, "orient": "top"} if len(series) > 1 else None
        return {"field": "series", "type": "nominal", "scale": {"domain": series, "range": chosen}, "legend": legend}

    line: dict[str, Any] = {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {"x": x, "y": y, "stroke": scale(SERIES)}}
    line["encoding"]["strokeDash"] = scale(DASHES)
    points: dict[str, Any] = {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": {"x": x, "y": y}}
    points["encoding"] |= {"shape": scale(SHAPES), "fill": scale(SERIES)}
    layers = [*_target_layers(chart, layout, "y"), line, points]
    span = y["scale"]["domain"][1] - y["scale"]["domain"][0]
    below = chart.target is not None and any(0 <= chart.target - row["value"] < NEAR * span for row in rows)
    text = {"type": "text", "dy": 16 if below else -13, "color": BODY, "fontWeight": "bold"}
    layers.append({"mark": text, "encoding": {"x": x, "y": y, "text": {"field": "label"}}})
    return _base(260, rows, layers)
