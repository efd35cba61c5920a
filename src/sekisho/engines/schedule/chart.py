"""The schedule as a Gantt chart: SVG with presentation attributes only, a text alternative, and no meaning by colour alone."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from lxml import etree

from sekisho.engines.schedule.days import fiscal_year
from sekisho.engines.schedule.model import Schedule, StepPlan
from sekisho.engines.schedule.table import shown_date
from sekisho.standards.texts import render

__all__ = ["chart"]

# デジタル庁デザインシステム: the same values as on the pages.
PRIMARY, DEEP, TINT, BODY, MUTED, LINE, FAINT, ERROR, WHITE = (
    "#0017c1", "#00118f", "#d9e6ff", "#333333", "#4d4d4d", "#cccccc", "#f7f7f7", "#ce0000", "#ffffff",
)  # fmt: skip
ERROR_TINT: Final = "#fdeeee"
WIDTH: Final = 1080
LABEL: Final = 332
RIGHT: Final = 128
TOP: Final = 56
LEGEND: Final = 58
FONT: Final = 13
SMALL: Final = 12
LINE_HEIGHT: Final = 17
BAR: Final = 14
PAD: Final = 6
FAMILY: Final = "'Noto Sans JP', 'Noto Sans CJK JP', sans-serif"
SVG: Final = "http://www.w3.org/2000/svg"
_MONTHS: Final = 12
_MIN_MONTH: Final = 34


@dataclass(frozen=True, slots=True)
class _Scale:
    """Days to the horizontal place."""

    first: date
    last: date

    def x(self, day: date) -> float:
        """The left edge of ``day``."""
        return LABEL + (day - self.first).days / max(1, (self.last - self.first).days) * (WIDTH - LABEL - RIGHT)


@dataclass(frozen=True, slots=True)
class _Box:
    """The place of a row and the lines of its label."""

    lines: list[str]
    top: int
    height: int
    shaded: bool


def chart(schedule: Schedule, language: str, *, identifier: str = "schedule") -> str:
    """The schedule as an SVG element; ``identifier`` begins its ids and is unique in the page."""
    scale = _scale(schedule)
    labels = [_wrapped(step.title.get(language), LABEL - 20) for step in schedule.steps]
    heights = [max(1, len(lines)) * LINE_HEIGHT + 2 * PAD for lines in labels]
    bottom = TOP + sum(heights)
    root = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})  # type: ignore[dict-item]
    for name, value in {
        "viewBox": f"0 0 {WIDTH} {bottom + LEGEND}",
        "role": "img",
        "class": "schedule-chart",
        "aria-labelledby": f"{identifier}-title {identifier}-desc",
        "font-family": FAMILY,
        "font-size": str(FONT),
    }.items():
        root.set(name, value)
    _add(root, "title", id=f"{identifier}-title").text = render("schedule.chart_title", {}, language)
    _add(root, "desc", id=f"{identifier}-desc").text = _told(schedule, language)
    _add(root, "rect", x=0, y=0, width=WIDTH, height=bottom + LEGEND, fill=WHITE)
    boxes, top = [], TOP
    for number, (lines, height) in enumerate(zip(labels, heights, strict=True)):
        boxes.append(_Box(lines, top, height, shaded=number % 2 == 1))
        top += height
    for step, box in zip(schedule.steps, boxes, strict=True):
        _band(root, step, box)
    _months(root, scale, bottom, language)
    _today(root, scale, schedule.today, bottom, language)
    for step, box in zip(schedule.steps, boxes, strict=True):
        _row(root, scale, step, box, language)
    _legend(root, bottom, schedule, language)
    return etree.tostring(root, encoding="unicode")


def _scale(schedule: Schedule) -> _Scale:
    days = [day for step in schedule.steps for day in (step.start, step.due)] + [schedule.today]
    last = max(days) + timedelta(days=1)
    return _Scale(min(days).replace(day=1), _month_after(last))


def _month_after(day: date) -> date:
    return date(day.year + day.month // _MONTHS, day.month % _MONTHS + 1, 1)


def _add(parent: Any, tag: str, **attributes: Any) -> Any:
    element = etree.SubElement(parent, f"{{{SVG}}}{tag}")
    for name, value in attributes.items():
        shown = f"{value:.1f}" if isinstance(value, float) else str(value)
        element.set(name.rstrip("_").replace("_", "-"), shown)
    return element


def _text(parent: Any, x: float, y: float, words: str, **attributes: Any) -> None:
    _add(parent, "text", x=x, y=y, **{"fill": BODY, **attributes}).text = words


def _months(root: Any, scale: _Scale, bottom: int, language: str) -> None:
    """A line for each month, the year above; months that would touch each other are passed over."""
    day, last_label, last_year = scale.first, -1000.0, None
    while day < scale.last:
        x = scale.x(day)
        fiscal = day.month == 4  # noqa: PLR2004 - April, when the fiscal year begins
        _add(root, "line", x1=x, x2=x, y1=TOP - 8, y2=bottom, stroke=MUTED if fiscal else LINE, stroke_width=1)
        if x - last_label >= _MIN_MONTH:
            name = f"{day:%b}" if language.startswith("en") else f"{day.month}月"
            _text(root, x + 4, TOP - 14, name, font_size=SMALL, fill=MUTED)
            last_label = x
        if fiscal_year(day) != last_year:
            last_year = fiscal_year(day)
            words = render("schedule.chart_fiscal_year", {"year": last_year}, language)
            if fiscal or _month_room(scale, day):
                _text(root, x + 4, TOP - 34, words, font_size=SMALL, font_weight=700)
        day = _month_after(day)


def _month_room(scale: _Scale, day: date) -> bool:
    """Whether the name of the fiscal year fits before the next one begins."""
    april = date(day.year if day.month < 4 else day.year + 1, 4, 1)  # noqa: PLR2004 - April
    return scale.x(min(april, scale.last)) - scale.x(day) > 80  # noqa: PLR2004 - pixels of its name


def _background(step: StepPlan, box: _Box) -> str:
    if step.late_days:
        return ERROR_TINT
    return FAINT if box.shaded else WHITE


def _band(root: Any, step: StepPlan, box: _Box) -> None:
    _add(root, "rect", x=0, y=box.top, width=WIDTH, height=box.height, fill=_background(step, box))


def _row(root: Any, scale: _Scale, step: StepPlan, box: _Box, language: str) -> None:
    lines, top, height = box.lines, box.top, box.height
    group = _add(root, "g")
    late = bool(step.late_days)
    middle = top + height / 2
    first = middle - (len(lines) - 1) * LINE_HEIGHT / 2 + FONT * 0.36
    mark = "！" if late else ""
    for number, line in enumerate(lines):
        words = f"{mark}{line}" if number == 0 else line
        _text(group, 8, first + number * LINE_HEIGHT, words, fill=ERROR if late else BODY)
    left, right = scale.x(step.start), scale.x(step.due + timedelta(days=1))
    if step.milestone:
        centre = (left + right) / 2
        right = centre + 8
        if step.until:
            right = scale.x(step.until)
            _add(group, "rect", x=centre, y=middle - 2, width=max(3.0, right - centre), height=4, **_look(step))
        _diamond(group, centre, middle, step)
    else:
        _add(group, "rect", x=left, y=middle - BAR / 2, width=max(3.0, right - left), height=BAR, rx=3, **_look(step))
        right = max(right, left + 3)
    dates = (
        _short(step.start, language) if step.start == step.due else f"{_short(step.start, language)}–{_short(step.due, language)}"
    )
    look = {"font_size": SMALL, "fill": ERROR if late else MUTED}
    halo = {"stroke": _background(step, box), "stroke_width": 4, "paint_order": "stroke"}
    _text(group, right + 6, middle + SMALL * 0.36, dates, **look, **halo)


def _look(step: StepPlan) -> dict[str, Any]:
    """Filled: a length of law or source. Light with a broken outline: our proposal or from memory. Red: cannot be kept."""
    verified = (step.length_source or step.source).verified
    stroke = ERROR if step.late_days else PRIMARY
    if verified in {"proposal", "memory"}:
        return {"fill": WHITE if step.late_days else TINT, "stroke": stroke, "stroke_width": 1.5, "stroke_dasharray": "4 2"}
    return {"fill": stroke, "stroke": stroke, "stroke_width": 1.5}


def _diamond(group: Any, x: float, y: float, step: StepPlan) -> None:
    points = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
    _add(group, "polygon", points=points, fill=ERROR if step.late_days else DEEP)


def _short(day: date, language: str) -> str:
    return f"{day:%-d %b}" if language.startswith("en") else f"{day.month}/{day.day}"


def _today(root: Any, scale: _Scale, today: date, bottom: int, language: str) -> None:
    x = scale.x(today)
    _add(root, "line", x1=x, x2=x, y1=TOP - 4, y2=bottom, stroke=BODY, stroke_width=2, stroke_dasharray="2 3")
    words = render("schedule.chart_today", {}, language)
    width = _width(words, SMALL) + 8
    _add(root, "rect", x=x - width / 2, y=bottom + 2, width=width, height=18, fill=BODY, rx=3)
    _text(root, x, bottom + 15, words, font_size=SMALL, fill=WHITE, text_anchor="middle")


def _legend(root: Any, bottom: int, schedule: Schedule, language: str) -> None:
    entries: list[tuple[str, dict[str, Any]]] = [
        ("schedule.chart_fixed", {"fill": PRIMARY, "stroke": PRIMARY}),
        ("schedule.chart_proposal", {"fill": TINT, "stroke": PRIMARY, "stroke_width": 1.5, "stroke_dasharray": "4 2"}),
    ]
    if schedule.late:
        entries.append(("schedule.chart_late", {"fill": ERROR_TINT, "stroke": ERROR, "stroke_width": 1.5}))
    x, y = 8.0, bottom + 46
    for code, look in entries:
        words = render(code, {}, language)
        _add(root, "rect", x=x, y=y - 10, width=22, height=11, rx=2, **look)
        _text(root, x + 28, y, words, font_size=SMALL, fill=MUTED)
        x += 28 + _width(words, SMALL) + 24
    _add(root, "polygon", points=f"{x + 6:.1f},{y - 11} {x + 12:.1f},{y - 5} {x + 6:.1f},{y + 1} {x:.1f},{y - 5}", fill=DEEP)
    _text(root, x + 18, y, render("schedule.chart_milestone", {}, language), font_size=SMALL, fill=MUTED)


def _told(schedule: Schedule, language: str) -> str:
    """Every step with its dates, for those who do not see the chart."""
    parts = [
        render(
            "schedule.chart_late_step" if step.late_days else "schedule.chart_step",
            {
                "title": step.title.get(language),
                "start": shown_date(step.start, language),
                "due": shown_date(step.due, language),
                "days": step.late_days,
            },
            language,
        )
        for step in schedule.steps
    ]
    return " ".join(parts)


def _width(text: str, size: float) -> float:
    """About how wide a text is drawn."""
    return sum(size if unicodedata.east_asian_width(c) in "WFA" else size * 0.56 for c in text)


def _wrapped(text: str, room: float) -> list[str]:
    """The text in lines no wider than ``room``; Japanese breaks anywhere but before closing marks, English at spaces."""
    japanese = any(unicodedata.east_asian_width(c) in "WF" for c in text)
    pieces = list(text) if japanese else [f"{word} " for word in text.split(" ")]
    lines, line = [], ""
    count = -(-_width(text, FONT) // room)
    room = min(room, _width(text, FONT) / count + 2 * FONT) if count > 1 and japanese else room  # lines of about one length
    for piece in pieces:
        if line and _width((line + piece).rstrip(), FONT) > room and piece not in "）」、。・ー":
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines or [""]
