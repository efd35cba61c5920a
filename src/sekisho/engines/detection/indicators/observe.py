"""From a search for indicators to the Observation: what was searched, what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho import __version__
from sekisho.engines.observation import (
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    MeasureStatus,
    Observation,
    Severity,
    fingerprint,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sekisho.engines.detection.indicators.matcher import Matcher
    from sekisho.engines.detection.indicators.sightings import Sighting

__all__ = ["ENGINE", "ENGINE_VERSION", "observe"]

ENGINE: Final = "indicators"
ENGINE_VERSION: Final = "1.0.0"
_MOST_FINDINGS: Final = 10_000
_MOST_PLACES: Final = 5


def observe(
    matcher: Matcher, sightings: Sequence[Sighting], *, now: datetime, name: str, scope: str, subject_kind: str = "organization"
) -> Observation:
    """The Observation of one search. ``scope`` says which logs were searched (a store, a period): a finding is closed only by a
    later search of the same scope. ``name`` is the subject's name. With no record read, the sightings are an error, not zero.
    """
    indicators = len(matcher.lookup.indicators)
    unread = sum(matcher.without_columns.values())
    coverage = round(1 - unread / matcher.rows, 4) if matcher.rows else None
    if matcher.rows > unread:
        seen = Measure(key="indicators.sighted", value=len(sightings), coverage=coverage)
        records = Measure(key="indicators.records", value=sum(one.count for one in sightings), coverage=coverage)
    else:
        seen, records = (
            Measure(key=key, status=MeasureStatus.ERROR, reason="threatintel.cli_no_rows")
            for key in ("indicators.sighted", "indicators.records")
        )
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=subject_kind, name=name),
        observed_at=now.isoformat(timespec="seconds"),
        scope=(scope,),
        measures=(
            Measure(key="indicators.searched", value=indicators),
            Measure(key="indicators.rows", value=matcher.rows),
            seen,
            records,
        ),
        findings=tuple(_finding(one, scope) for one in sightings[:_MOST_FINDINGS]),
        parameters={"columns": matcher.columns.decided(), "without_columns": matcher.without_columns},
    )


def _finding(one: Sighting, scope: str) -> Finding:
    confidence = one.indicator.confidence
    high = confidence is None or confidence >= 50  # noqa: PLR2004 - the middle of the scale
    return Finding(
        code="indicators.sighted",
        fingerprint=fingerprint("indicators.sighted", one.indicator.key),
        scope=scope,
        severity=Severity.HIGH if high else Severity.MEDIUM,
        fields={
            "kind": one.indicator.kind.value, "value": one.indicator.value, "count": one.count, "first": _shown(one.first),
            "last": _shown(one.last), "source": one.indicator.source, "tlp": one.indicator.tlp.value if one.indicator.tlp else "",
            "places": [place.as_dict() for place in one.places[:_MOST_PLACES]],
        },
        location=f"{one.places[0].file}:{one.places[0].record}" if one.places else "",
        references=tuple(text for text in (one.indicator.reference,) if text),
    )  # fmt: skip


def _shown(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else "-"
