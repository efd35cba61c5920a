"""The acceptance of a case as an Observation: how many tests passed and failed, and a finding for each that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sekisho import __version__
from sekisho.engines.observation import (
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    Observation,
    Severity,
    fingerprint,
)

__all__ = ["ENGINE", "ENGINE_VERSION", "Tested", "mark_of", "observe"]

ENGINE: Final = "procurement"
ENGINE_VERSION: Final = "1.0.0"


@dataclass(frozen=True, slots=True)
class Tested:
    """One test: which clause (``ref``), what it demands in both languages, how it came out."""

    ref: str
    requirement: str
    demand_ja: str
    demand_en: str
    state: str


def mark_of(case: str, ref: str) -> str:
    """The fingerprint of the finding that a failed test of the case (its id) becomes."""
    return fingerprint("procurement", case, ref)


def observe(*, case: str, number: str, kind: str, name: str, tests: Sequence[Tested], now: datetime) -> Observation:
    """The Observation over all tests of one case, about the subject (``kind``, ``name``) that was bought.

    ``case``: the id of the case, ``number`` what people call it. A failed test is a finding that a later run closes when the test
    passed or was waived; its scope is the acceptance of this case alone.
    """
    scope = f"acceptance:{number}"
    failed = [test for test in tests if test.state == "failed"]
    dimensions = {"case": number}
    counts = {
        "procurement.tests_total": len(tests),
        "procurement.tests_passed": sum(test.state == "passed" for test in tests),
        "procurement.tests_failed": len(failed),
    }
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="microseconds"),
        scope=(scope,),
        measures=tuple(Measure(key=key, value=value, dimensions=dimensions) for key, value in counts.items()),
        findings=tuple(
            Finding(
                code="procurement_contract.test_failed",
                fingerprint=mark_of(case, test.ref),
                scope=scope,
                severity=Severity.MEDIUM,
                fields={"ref": test.ref, "number": number, "demand_ja": test.demand_ja, "demand_en": test.demand_en},
                location=f"{number} {test.ref}",
                references=(f"sbd:{test.requirement}",) if test.requirement else (),
            )
            for test in failed
        ),
        parameters={"case": case, "waived": sum(test.state == "waived" for test in tests)},
    )
