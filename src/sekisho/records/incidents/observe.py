"""The figures of a year's incidents as an Observation. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Measure, MeasureStatus, Observation, Period

if TYPE_CHECKING:
    from sekisho.records.incidents.rules import Figures

__all__ = ["ENGINE", "WINDOW", "observe"]

ENGINE: Final = "incidents"
ENGINE_VERSION: Final = "1.0.0"
WINDOW: Final = timedelta(days=365)


def _ratio(key: str, pair: tuple[int, int], reason: str) -> Measure:
    part, whole = pair
    if not whole:
        return Measure(key=f"incidents.{key}", status=MeasureStatus.NOT_APPLICABLE, reason=f"incidents.{reason}")
    return Measure(key=f"incidents.{key}", value=part / whole, numerator=part, denominator=whole)


def observe(figures: Figures, *, kind: str, name: str, period: tuple[datetime, datetime], now: datetime) -> Observation:
    """The Observation of a year's incidents about the subject (``kind``, ``name``)."""
    measures = [
        Measure(key="incidents.count", value=figures.incidents),
        Measure(key="incidents.near_misses", value=figures.near_misses),
        *(
            Measure(key="incidents.of_kind", value=count, dimensions={"kind": one})
            for one, count in sorted(figures.by_kind.items())
        ),
        *(
            Measure(key="incidents.with_factor", value=count, dimensions={"factor": one})
            for one, count in sorted(figures.by_factor.items())
        ),
        _ratio("analysed", figures.analysed, "none"),
        Measure(key="incidents.days_to_settle", status=MeasureStatus.NOT_APPLICABLE, reason="incidents.none_settled")
        if figures.days_to_settle is None
        else Measure(key="incidents.days_to_settle", value=round(figures.days_to_settle, 2)),
        _ratio("countermeasures_done", figures.measures_done, "no_countermeasures"),
        _ratio("beyond_reminding", figures.beyond_reminding, "no_countermeasures"),
        _ratio("causes_recurred", figures.recurred, "none_treated"),
    ]
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        period=Period(start=period[0].isoformat(), end=period[1].isoformat()),
        scope=("human_error",),
        measures=tuple(measures),
    )
