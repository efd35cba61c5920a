"""Figures: progress, sparklines, bars of levels, indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from sekisho.web import charts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.template.context import Context
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def progress(value: float, maximum: float = 100, label: object = "") -> SafeString:
    """A progress bar with its figure."""
    return charts.progress(value, maximum, str(label))


@register.simple_tag
def sparkline(values: Sequence[float | None], target: float | None = None, label: object = "") -> SafeString:
    """A small line of the last values, with the target as a dashed line."""
    return charts.sparkline(values, target, str(label))


@register.simple_tag
def level_bar(counts: Mapping[Any, int], label: object = "") -> SafeString:
    """A stacked bar of levels: ``counts`` by level (0–3, keys, None = 未測定)."""
    return charts.level_bar(counts, str(label))


@register.inclusion_tag("web/components/kpi.html", takes_context=True)
def kpi(
    context: Context,
    name: object,
    value: object,
    *,
    unit: object = "",
    note: object = "",
    change: object = "",
    better: bool | None = None,
    url: str = "",
    values: Sequence[float | None] = (),
    target: float | None = None,
) -> dict[str, Any]:
    """One indicator: name, value (None = 未測定), change since the last period, 根, sparkline."""
    del context
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "note": note,
        "change": change,
        "better": better,
        "url": url,
        "values": [v for v in values if v is not None],
        "series": values,
        "target": target,
    }
