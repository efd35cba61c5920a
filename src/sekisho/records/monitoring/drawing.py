"""Charts of the room as SVG, without inline style or script: a time line of counts, a course with its limit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["course_svg", "timeline_svg"]

_WIDTH: Final = 720
_HEIGHT: Final = 160
_LEFT: Final = 52
_BOTTOM: Final = 24
_TOP: Final = 10
_FEW: Final = 2


def _when(moment: datetime, span_days: float) -> str:
    local = timezone.localtime(moment)
    return f"{local:%m-%d}" if span_days > _FEW else f"{local:%m-%d %H:%M}"


def timeline_svg(bars: Sequence[tuple[datetime, int]], *, label: str) -> SafeString:
    """Bars of counts over time; empty when there are none. The numbers stand in the text alternative and in the page's table."""
    most = max((count for _at, count in bars), default=0)
    if not most:
        return SafeString("")
    span = (bars[-1][0] - bars[0][0]).total_seconds() / 86400
    wide = (_WIDTH - _LEFT) / len(bars)
    high = _HEIGHT - _TOP - _BOTTOM
    drawn = []
    for place, (at, count) in enumerate(bars):
        tall = max(1.5, high * count / most) if count else 0.0
        where = (f"{_LEFT + place * wide + 0.5:.1f}", f"{_TOP + high - tall:.1f}", f"{max(1.0, wide - 1):.1f}", f"{tall:.1f}")
        drawn.append((*where, _when(at, span), f"{count:,}"))
    peak_at, peak = max(bars, key=lambda bar: bar[1])
    total = sum(count for _at, count in bars)
    told = f"{label}: {_when(bars[0][0], span)} – {_when(bars[-1][0], span)}, {total:,} ({_when(peak_at, span)}: {peak:,})"
    return format_html(
        '<svg class="timeline" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}" text-anchor="end">{}</text>'
        '<text class="tick" x="{}" y="{}" text-anchor="end">0</text>{}'
        '<text class="tick" x="{}" y="{}">{}</text><text class="tick" x="{}" y="{}" text-anchor="end">{}</text></svg>',
        _WIDTH, _HEIGHT, told,
        _LEFT, _WIDTH, _TOP + high, _TOP + high, _LEFT - 6, _TOP + 10, f"{most:,}",
        _LEFT - 6, _TOP + high,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>', drawn),
        _LEFT, _HEIGHT - 6, _when(bars[0][0], span), _WIDTH, _HEIGHT - 6, _when(bars[-1][0], span),
    )  # fmt: skip


def course_svg(
    points: Sequence[tuple[datetime, float]], *, limit: float | None, reached: datetime | None, label: str, unit: str
) -> SafeString:
    """A course with its dashed limit, drawn on to where it is expected to meet it (``reached``). Empty below two points."""
    if len(points) < _FEW:
        return SafeString("")
    last_at = max(points[-1][0], reached) if reached else points[-1][0]
    start, end = points[0][0], last_at
    seconds = max(1.0, (end - start).total_seconds())
    values = [value for _at, value in points] + ([limit] if limit is not None else [])
    low, most = min(0.0, *values), max(values)
    height = (most - low) or 1.0
    high, wide = _HEIGHT - _TOP - _BOTTOM, _WIDTH - _LEFT - 8

    def x(at: datetime) -> float:
        return _LEFT + wide * (at - start).total_seconds() / seconds

    def y(value: float) -> float:
        return _TOP + high - high * (value - low) / height

    line = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in points)
    ahead = SafeString("")
    if limit is not None and reached is not None and reached > points[-1][0]:
        ahead = format_html(
            '<line class="ahead" x1="{}" y1="{}" x2="{}" y2="{}"/>',
            f"{x(points[-1][0]):.1f}", f"{y(points[-1][1]):.1f}", f"{x(reached):.1f}", f"{y(limit):.1f}",
        )  # fmt: skip
    bound = SafeString("")
    if limit is not None:
        bound = format_html(
            '<line class="limit" x1="{}" x2="{}" y1="{}" y2="{}"/>', _LEFT, _WIDTH, f"{y(limit):.1f}", f"{y(limit):.1f}"
        )
    span = seconds / 86400
    told = f"{label}: {points[0][1]:g} → {points[-1][1]:g} {unit}".strip() + (f" / {limit:g}" if limit is not None else "")
    return format_html(
        '<svg class="course" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>{}'
        '<polyline points="{}"/>{}<circle cx="{}" cy="{}" r="3"/>'
        '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text><text class="tick" x="{}" y="{}" text-anchor="end">{}</text>'
        '<text class="tick" x="{}" y="{}">{}</text><text class="tick" x="{}" y="{}" text-anchor="end">{}</text></svg>',
        _WIDTH, _HEIGHT, told, _LEFT, _WIDTH, _TOP + high, _TOP + high, bound, line, ahead,
        f"{x(points[-1][0]):.1f}", f"{y(points[-1][1]):.1f}",
        _LEFT - 6, _TOP + 10, f"{most:g}", _LEFT - 6, _TOP + high, f"{low:g}",
        _LEFT, _HEIGHT - 6, _when(start, span), _WIDTH, _HEIGHT - 6, _when(end, span),
    )  # fmt: skip
