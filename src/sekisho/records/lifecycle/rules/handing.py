"""Decisions about data handed out of production, as pure functions: what is missing, which step may follow, the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Measure, MeasureStatus, Observation, Period

__all__ = ["ENGINE", "Given", "HandoverFigures", "figures", "gaps", "observe"]

ENGINE: Final = "data_care"
ENGINE_VERSION: Final = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A handover for the rules. ``proven``: the masked data's proof holds (None: nothing was masked by a plan);
    ``assessed``: a signed assessment stands behind it; ``back_on``: day of return or erasure.
    """

    content: str
    personal: bool = False
    my_number: bool = False
    proven: bool | None = None
    signed: bool = False
    assessed: bool = False
    pledge: bool = False
    supplier: bool = False
    back_on: date | None = None
    approved_on: date | None = None
    given_on: date | None = None
    ended_on: date | None = None


def gaps(one: Given) -> list[str]:
    """What is missing before it may be handed out: codes of ``lifecycle.gap_*``, in a fixed order.

    Real data need a pledge and a day of return or erasure, and no 個人番号 goes to anybody who was not entrusted with the work
    (番号法第19条第6号); masked data need a run whose proof holds and that the 保護管理者 signed; personal data an assessment.
    """
    found = []
    if one.content == "masked":
        if one.proven is not True:
            found.append("no_proof")
        elif not one.signed:
            found.append("not_signed")
        if one.personal and not one.assessed:
            found.append("not_assessed")
    if one.content == "real":
        if not one.pledge:
            found.append("no_pledge")
        if one.back_on is None:
            found.append("no_day")
        if one.my_number and not one.supplier:
            found.append("my_number_outside")
    return found


@dataclass(frozen=True, slots=True)
class HandoverFigures:
    """Figures of what was handed out. Pairs are (numerator, denominator)."""

    by_content: Mapping[str, int] = field(default_factory=dict)
    proven: tuple[int, int] = (0, 0)
    without_basis: int = 0
    overdue: int = 0
    approved: tuple[int, int] = (0, 0)
    assessed: tuple[int, int] = (0, 0)


def figures(given: Sequence[Given], *, today: date) -> HandoverFigures:
    """``given``: what was handed out within the period, and what is still out."""
    out = [one for one in given if one.ended_on is None]
    real = [one for one in out if one.content == "real"]
    before = [one.approved_on is not None and one.given_on is not None and one.approved_on <= one.given_on for one in given]
    personal = [one for one in given if one.content == "masked" and one.personal]
    return HandoverFigures(
        by_content=Counter(one.content for one in given),
        proven=(sum(one.content == "synthetic" or one.proven is True for one in given), len(given)),
        without_basis=sum(bool(gaps(one)) or one.approved_on is None for one in real),
        overdue=sum(one.back_on is not None and one.back_on < today for one in out),
        approved=(sum(before), len(given)),
        assessed=(sum(one.assessed for one in personal), len(personal)),
    )


def _ratio(key: str, pair: tuple[int, int], reason: str) -> Measure:
    part, whole = pair
    if not whole:
        return Measure(key=f"care.{key}", status=MeasureStatus.NOT_APPLICABLE, reason=f"lifecycle.{reason}")
    return Measure(key=f"care.{key}", value=part / whole, numerator=part, denominator=whole)


def observe(found: HandoverFigures, *, kind: str, name: str, period: tuple[datetime, datetime], now: datetime) -> Observation:
    """The Observation about the subject (``kind``, ``name``)."""
    measures = [
        *(
            Measure(key="care.handovers", value=count, dimensions={"content": content})
            for content, count in sorted(found.by_content.items())
        ),
        _ratio("handovers_proven", found.proven, "nothing_given"),
        Measure(key="care.handovers_without_basis", value=found.without_basis),
        Measure(key="care.handovers_overdue", value=found.overdue),
        _ratio("handovers_approved", found.approved, "nothing_given"),
        _ratio("handovers_assessed", found.assessed, "nothing_masked_given"),
    ]
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        period=Period(start=period[0].isoformat(), end=period[1].isoformat()),
        scope=("handovers",),
        measures=tuple(measures),
    )
