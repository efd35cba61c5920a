"""The figures of 5.7 as an Observation, from the course of each notice. Pure: values in, value out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Observation, Period
from sekisho.engines.threatintel.times import Case, Step, measures
from sekisho.records.intelligence.rules.times import WINDOW, NoticeFacts

__all__ = ["ENGINE", "ENGINE_VERSION", "case_of", "observe"]

ENGINE: Final = "intelligence"
ENGINE_VERSION: Final = "1.0.0"


def case_of(facts: NoticeFacts) -> Case:
    """The notice as the engine counts it. What has no indicators is neither blocked nor searched for.

    Something was done that protects: blocked (shown, not only written out), searched, or told to the staff.
    """
    times = {
        Step.RECEIVED: facts.received,
        Step.JUDGED: facts.judged,
        Step.BLOCKED: facts.blocked,
        Step.SEARCHED: facts.searched,
        Step.REPORTED: facts.reported,
    }
    needed = {Step.REPORTED}
    if facts.blockable:
        needed.add(Step.BLOCKED)
    if facts.indicators:
        needed.add(Step.SEARCHED)
    return Case(
        at={step: moment for step, moment in times.items() if moment is not None},
        relevant=None if not facts.verdict else facts.verdict == "relevant",
        needed=frozenset(needed),
        acted=any((facts.blocked, facts.searched, facts.announced)),
        shared_in=facts.shared_in,
        shared_out=facts.shared_out,
    )


def observe(notices: Sequence[NoticeFacts], *, kind: str, name: str, now: datetime) -> Observation:
    """The Observation about the organisation (``kind``, ``name`` of its subject) over :data:`WINDOW`."""
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        period=Period(start=(now - WINDOW).isoformat(timespec="seconds"), end=now.isoformat(timespec="seconds")),
        scope=("intelligence",),
        measures=tuple(measures([case_of(one) for one in notices], now=now)),
    )
