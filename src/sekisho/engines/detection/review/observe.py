"""From a review to an Observation about whatever the logs belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho import __version__
from sekisho.engines.detection.review.apply import HISTORIC
from sekisho.engines.observation import ClaimedSubject, Collector, Finding, Measure, MeasureStatus, Observation, Period
from sekisho.standards.watch_rules import Silence

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sekisho.engines.detection.review.results import LogReview, WatchFinding
    from sekisho.standards.watch_rules import WatchRule

__all__ = ["observe"]

_LOCATIONS: Final = 200


def observe(
    review: LogReview, rules: Mapping[str, WatchRule], *, now: datetime, name: str, kind: str = "system",
    expected: Collection[str] = (),
) -> Observation:  # fmt: skip
    """The Observation of a review: what was looked at, what was found for each purpose, which logs are silent.

    ``rules``: those that were applied. ``name``, ``kind``: the subject. ``expected``: kinds of logs that there should be; without
    them coverage is not measured. The scope of each finding is its rule, and only rules that could be used are in the scope:
    what a rule could not see does not close what it found before.
    """
    used = [o.rule for o in review.outcomes if o.status == "evaluated"]
    period = Period(start=review.since, end=review.until) if review.since and review.until else None
    return Observation(
        engine=review.engine, engine_version=review.engine_version, collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name), observed_at=now.isoformat(timespec="seconds"), period=period,
        scope=tuple(f"watch:{rule}" for rule in used), measures=tuple(_measures(review, rules, frozenset(expected))),
        findings=tuple(_finding(f) for f in review.findings),
        parameters={"rules_version": review.rules_version, "sources": dict(review.sources), "parts": review.parts},
    )  # fmt: skip


def _finding(found: WatchFinding) -> Finding:
    fields = {
        **{key: value for key, value in found.fields.items() if value is None or isinstance(value, str | int | float)},
        "title_ja": found.title.ja, "title_en": found.title.en, "purpose": found.purpose.value, "sign": found.sign.value,
    }  # fmt: skip
    first = found.records[0] if found.records else None
    return Finding(
        code=found.code, fingerprint=found.fingerprint, scope=f"watch:{found.rule}", severity=found.severity, fields=fields,
        location=f"{first.file}#{first.record}"[:_LOCATIONS] if first else "", references=(found.rule, *found.controls),
    )  # fmt: skip


def _measures(review: LogReview, rules: Mapping[str, WatchRule], expected: frozenset[str]) -> list[Measure]:
    made = [Measure(key="watch.records", value=n, dimensions={"source": source}) for source, n in review.sources.items()]
    used = {o.rule for o in review.outcomes if o.status == "evaluated"}
    compared = {o.rule for o in review.outcomes if isinstance(rules[o.rule].evaluate, HISTORIC)}
    seen = {source for source, n in review.sources.items() if n}
    if expected:
        silent = len(expected - seen) + sum(isinstance(rules[f.rule].evaluate, Silence) for f in review.findings)
        made += [
            _share("watch.sources_reviewed", len(expected & seen), len(expected), ""),
            Measure(key="watch.silent_sources", value=silent),
        ]
    else:
        made += [
            Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="watch.no_expected")
            for key in ("watch.sources_reviewed", "watch.silent_sources")
        ]
    made += [
        _share("watch.rules_evaluated", len(used), len(review.outcomes), "watch.no_rules"),
        _share("watch.baselines_in_use", len(used & compared), len(compared), "watch.nothing_historic"),
    ]
    made += [
        Measure(key="watch.findings", value=number, dimensions={"purpose": purpose, "sign": sign})
        for purpose, signs in review.counts().items()
        for sign, number in signs.items()
    ]
    return made


def _share(key: str, part: int, whole: int, reason: str) -> Measure:
    if not whole:
        return Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason=reason)
    return Measure(key=key, value=part / whole, numerator=part, denominator=whole)
