"""Small SVG figures of the pages, with text alternatives and without inline style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sekisho.web import marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["level_bar", "progress", "sparkline"]

WIDTH: Final = 92
HEIGHT: Final = 32
INSET: Final = 3
NARROW: Final = 6  # per cent of a bar below which its label does not fit


def progress(value: float, maximum: float, label: str) -> SafeString:
    """``value`` of ``maximum`` as a bar and in per cent."""
    share = max(0.0, min(100.0, 100.0 * value / maximum)) if maximum else 0.0
    return format_html(
        '<span class="progress{}"><svg role="img" aria-label="{}" preserveAspectRatio="none">'
        '<rect width="{}%" height="100%"/></svg>'
        "<b>{}%</b></span>",
        " done" if share >= 100 else "",  # noqa: PLR2004 - per cent
        label or _("進み具合 %(n)d％") % {"n": share},
        f"{share:.1f}",
        int(share),
    )


def sparkline(values: Sequence[float | None], target: float | None, label: str) -> SafeString:
    """A line over the known ``values`` (unknown ones leave a gap in time), dashed ``target``; empty below two values."""
    known = [(n, v) for n, v in enumerate(values) if v is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line needs two points
        return SafeString("")
    levels = [v for _n, v in known] + ([target] if target is not None else [])
    low, high = min(levels), max(levels)
    span = (high - low) or 1.0

    def x(n: int) -> float:
        return INSET + (WIDTH - 2 * INSET) * n / max(1, len(values) - 1)

    def y(value: float) -> float:
        return HEIGHT - INSET - (HEIGHT - 2 * INSET) * (value - low) / span

    points = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in known)
    last_n, last = known[-1]
    line = (
        format_html('<line x1="0" x2="{}" y1="{}" y2="{}"/>', WIDTH, f"{y(target):.1f}", f"{y(target):.1f}")
        if target is not None
        else ""
    )
    spoken = label or _("推移")
    told = f"{spoken}: " + " → ".join(f"{v:g}" for _n, v in known)
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2.5"/></svg>',
        WIDTH,
        HEIGHT,
        told,
        line,
        points,
        f"{x(last_n):.1f}",
        f"{y(last):.1f}",
    )


def level_bar(counts: Mapping[Any, int], label: str) -> SafeString:
    """松 竹 梅 未実施 未測定 side by side in proportion; the numbers stand in the bar and in the text alternative."""
    by_key: dict[str, int] = {}
    for level, count in counts.items():
        key = marks.level_of(level).key
        by_key[key] = by_key.get(key, 0) + int(count)
    parts = [(marks.LEVELS[key], by_key.get(key, 0)) for key in ("matsu", "take", "ume", "none", "unmeasured")]
    total = sum(n for _mark, n in parts)
    told = "、".join(_("%(level)s %(n)d") % {"level": mark.name, "n": n} for mark, n in parts if n) or _("0件")
    spoken = _("%(label)s：%(figures)s") % {"label": label, "figures": told} if label else told
    pieces: list[tuple[Any, ...]] = []
    left = 0.0
    for mark, count in parts:
        if not count:
            continue
        width = 100 * count / total
        sign = f"{mark.sign}{count}" if mark.key != "unmeasured" else f"―{count}"
        shown = sign if width >= NARROW else ""
        pieces.append((mark.key, f"{left:.3f}", f"{width:.3f}", mark.name, count, mark.key, f"{left + width / 2:.3f}", shown))
        left += width
    return format_html(
        '<svg class="level-bar" role="img" aria-label="{}">{}</svg>',
        spoken,
        format_html_join(
            "",
            '<rect class="b-{}" x="{}%" y="0" width="{}%" height="100%"><title>{} {}</title></rect>'
            '<text class="t-{}" x="{}%" y="50%" aria-hidden="true">{}</text>',
            pieces,
        ),
    )
