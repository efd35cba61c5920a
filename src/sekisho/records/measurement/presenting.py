"""Figures made ready for pages: text, change, notes. The words are the pages'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sekisho.records.languages import language
from sekisho.records.measurement.rules.wording import change_text, figure_text
from sekisho.standards import catalog as standards
from sekisho.standards.indicators import ComputedIndicator, computed_indicators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sekisho.records.measurement.models import IndicatorValue, Submission
    from sekisho.records.measurement.queries import Latest
    from sekisho.standards.model import Indicator

__all__ = ["KINDS", "Shown", "address", "compare", "shown", "text_of", "unanswered"]

KINDS = ("outcome", "output", "process")


def address(names: Iterable[str], *args: Any) -> str:
    """The page of another room under the first of these names that exists; empty when that room has no pages."""
    for name in names:
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    return ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One indicator as the pages show it. Texts are empty for 未測定 or where there is none."""

    indicator: ComputedIndicator
    title: str
    formula: str
    value: IndicatorValue | None
    text: str
    previous: str
    target: str
    target_value: float | None
    change: str
    better: bool | None
    course: tuple[float | None, ...]

    @property
    def note(self) -> str:
        """「前期 19日　目標 14日」."""
        parts = [_("前期 %s") % self.previous if self.previous else "", _("目標 %s") % self.target if self.target else ""]
        return "　".join(part for part in parts if part)


def text_of(indicator: ComputedIndicator, value: float | None) -> str:
    """A figure of that indicator with its unit, in the reader's language."""
    return figure_text(value, ratio=indicator.ratio, unit=indicator.unit.get(language()))


def shown(row: Latest) -> Shown:
    """One indicator for the pages."""
    indicator, lang = row.indicator, language()
    now = row.value.value if row.value else None
    before = row.previous.value if row.previous else None
    return Shown(
        indicator=indicator,
        title=indicator.title.get(lang),
        formula=indicator.formula.get(lang),
        value=row.value,
        text=text_of(indicator, now),
        previous=text_of(indicator, before),
        target=text_of(indicator, row.target),
        target_value=row.target,
        change=change_text(now, before, ratio=indicator.ratio),
        better=row.better,
        course=tuple(v.value for v in row.course),
    )


def unanswered() -> list[Indicator]:
    """Proposed indicators that nothing here answers yet: 未測定, with the source that they would need."""
    answered = {indicator.metric for indicator in computed_indicators().values()}
    return [metric for metric in standards.indicators() if metric.id not in answered]


def compare(
    rows: Iterable[Submission], keys: Iterable[str] | None = None
) -> tuple[list[str], list[tuple[Submission, list[str]]]]:
    """Titles of indicators, and for each submission its figures as texts (empty: 未測定)."""
    indicators = computed_indicators()
    wanted = list(keys) if keys is not None else sorted(indicators, key=lambda k: KINDS.index(indicators[k].kind))
    titles = [indicators[key].title.get(language()) for key in wanted]
    return titles, [(row, [text_of(indicators[key], _number(row.figures, key)) for key in wanted]) for row in rows]


def _number(figures: Mapping[str, Any], key: str) -> float | None:
    value = figures.get(key, {}).get("value")
    return None if value is None else float(value)
