"""A deletion as an Observation: what was asked, what is gone, what is left, what was really reached. No name of anything."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sekisho import __version__
from sekisho.engines.deletion.model import ACHIEVED
from sekisho.engines.deletion.record import DeletionRecord, TargetRecord
from sekisho.engines.observation import ClaimedSubject, Collector, Finding, Measure, Observation, Severity, fingerprint

__all__ = ["ENGINE", "ENGINE_VERSION", "observe"]

ENGINE: Final = "deletion"
ENGINE_VERSION: Final = "1"


def observe(
    record: DeletionRecord, *, verified: tuple[TargetRecord, ...], now: datetime, name: str, machine: str = ""
) -> Observation:
    """The Observation of one deletion on the machine ``name``.

    ``verified``: what :func:`sekisho.engines.deletion.run.verify_record` has just seen. ``now`` is aware.
    """
    total = len(verified)
    complete = [row for row in verified if _complete(row)]
    reached = [row for row in verified if _reached(row)]
    looked = [row for row in verified if row.verification is not None and row.verification.result == "gone"]
    scope = f"deletion/{record.plan}"
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind="host", name=name, machine=machine),
        observed_at=now.isoformat(timespec="seconds"),
        scope=(scope,),
        measures=(
            Measure(key="deletion.items_gone", value=sum(row.outcome.done for row in verified if row.outcome)),
            Measure(key="deletion.items_left", value=sum(row.outcome.left for row in verified if row.outcome)),
            _ratio("deletion.complete", len(complete), total),
            _ratio("deletion.reached_as_asked", len(reached), total),
            _ratio("deletion.looked_again", len(looked), total),
        ),
        findings=tuple(_finding(row, scope) for row in verified if not _complete(row)),
        parameters={"record": record.sha256, "state": record.state, "run": record.run},
    )


def _ratio(key: str, part: int, whole: int) -> Measure:
    return Measure(key=key, value=part / whole, numerator=part, denominator=whole)


def _complete(row: TargetRecord) -> bool:
    gone = row.verification is not None and row.verification.result in {"gone", "not_checked"}
    return row.outcome is not None and row.outcome.complete and gone


def _reached(row: TargetRecord) -> bool:
    return row.outcome is not None and ACHIEVED.index(row.outcome.achieved) >= ACHIEVED.index(row.outcome.asked)


def _finding(row: TargetRecord, scope: str) -> Finding:
    left = row.outcome.left if row.outcome else 0
    again = len(row.verification.left) if row.verification else 0
    return Finding(
        code="deletion.target_left",
        fingerprint=fingerprint("deletion", scope, row.target.id),
        scope=scope,
        severity=Severity.HIGH,
        fields={"target": row.target.id, "left": left, "again": again},
        location=row.target.id,
    )
