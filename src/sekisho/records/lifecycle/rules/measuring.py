"""Retention and deletion as an Observation about an organisation. Pure: figures in, value out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Measure, MeasureStatus, Observation, Period

__all__ = ["ENGINE", "ENGINE_VERSION", "Measured", "observe"]

ENGINE: Final = "lifecycle"
ENGINE_VERSION: Final = "1.0.0"


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one organisation with those below it. Pairs are (numerator, denominator); 0 below: nothing to measure.

    ``overdue``: due, not gone, and stopped by no hold; ``overdue_days``: of the oldest of them. What was deleted counts for the
    last 365 days.
    """

    entries: int
    with_rule: tuple[int, int]
    determined: tuple[int, int]
    overdue: int
    overdue_days: int
    overdue_personal: int
    held: int
    awaiting: int
    deleted: int
    on_time: tuple[int, int]
    automatic: tuple[int, int]
    certified: tuple[int, int]
    orders: int
    stock_days: int | None
    stock_confirmed: tuple[int, int]


def _count(key: str, value: float) -> Measure:
    return Measure(key=f"lifecycle.{key}", value=value)


def _nothing(key: str, reason: str) -> Measure:
    return Measure(key=f"lifecycle.{key}", status=MeasureStatus.NOT_APPLICABLE, reason=f"lifecycle.{reason}")


def _ratio(key: str, pair: tuple[int, int], reason: str) -> Measure:
    part, whole = pair
    if not whole:
        return _nothing(key, reason)
    return Measure(key=f"lifecycle.{key}", value=part / whole, numerator=part, denominator=whole)


def observe(measured: Measured, *, kind: str, name: str, period: tuple[datetime, datetime], now: datetime) -> Observation:
    """The Observation about the subject (``kind``, ``name``) that stands for the organisation."""
    measures = (
        _count("entries", measured.entries),
        _ratio("with_rule", measured.with_rule, "no_entries"),
        _ratio("determined", measured.determined, "no_entries"),
        _count("overdue", measured.overdue),
        _count("overdue_days", measured.overdue_days),
        _count("overdue_personal", measured.overdue_personal),
        _count("held", measured.held),
        _count("awaiting_decision", measured.awaiting),
        _count("deleted", measured.deleted),
        _ratio("deleted_on_time", measured.on_time, "nothing_deleted_yet"),
        _ratio("deleted_automatically", measured.automatic, "nothing_deleted_yet"),
        _ratio("certified", measured.certified, "nothing_deleted_yet"),
        _count("automatic_orders", measured.orders),
        _nothing("days_since_stocktaking", "no_stocktaking")
        if measured.stock_days is None
        else _count("days_since_stocktaking", measured.stock_days),
        _ratio("stock_confirmed", measured.stock_confirmed, "no_stocktaking"),
    )
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        period=Period(start=period[0].isoformat(), end=period[1].isoformat()),
        scope=("retention",),
        measures=measures,
    )
