"""A proof as an Observation: how many columns are masked, what is left, how many tables hold."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sekisho.engines.masking.plan import Action, Plan
from sekisho.engines.masking.verify import Outcome, Proof
from sekisho.engines.observation import ClaimedSubject, Collector, Finding, Measure, Observation, Severity, fingerprint

__all__ = ["ENGINE", "ENGINE_VERSION", "observe"]

ENGINE: Final = "masking"
ENGINE_VERSION: Final = "1"


def observe(plan: Plan, proof: Proof, *, now: datetime, version: str) -> Observation:
    """``now`` with offset; ``version`` of the program that collected. Leaks and failed checks are findings, without values."""
    columns = [column for _, column in plan.columns()]
    masked = sum(one.action is Action.TRANSFORM for one in columns)
    personal = [one for one in columns if one.personal]
    kept = sum(one.action is Action.KEEP for one in personal)
    bad = {one.table for one in proof.failed} | {one.table for one in proof.leaks}
    tables = [one for one in proof.tables if one.compared]
    good = sum(one.name not in bad and "" not in bad for one in tables) if proof.holds else 0
    planned = sum(one.include for one in plan.tables.values())
    measures = (
        Measure(key="masking.columns_masked", value=masked),
        Measure(key="masking.personal_columns_kept", value=kept),
        Measure(key="masking.cells_left", value=sum(one.count for one in proof.leaks)),
        _ratio("masking.tables_verified", good, planned),
        Measure(key="masking.proof_holds", value=int(proof.holds)),
    )
    return Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho mask", version=version),
        subject=ClaimedSubject(kind="dataset", name=proof.target),
        observed_at=now.isoformat(timespec="seconds"),
        scope=tuple(one.name for one in proof.tables) or ("-",),
        measures=measures,
        findings=tuple(_findings(proof)),
        parameters={"plan": proof.plan_hash, "plan_version": proof.plan_version},
    )


def _ratio(key: str, numerator: int, denominator: int) -> Measure:
    return Measure(key=key, value=numerator / denominator if denominator else 0.0, numerator=numerator, denominator=denominator)


def _findings(proof: Proof) -> list[Finding]:
    tables = {one.name for one in proof.tables}
    first = proof.tables[0].name if proof.tables else "-"
    found = [
        Finding(
            code="masking_runs.finding_left",
            fingerprint=fingerprint("masking_runs.finding_left", proof.target, one.table, one.column, one.kind),
            scope=one.table if one.table in tables else first,
            severity=Severity.CRITICAL if one.kind == "my_number" else Severity.HIGH,
            fields={"table": one.table, "column": one.column, "kind": one.kind, "count": one.count},
            location=f"{one.table}.{one.column}",
        )
        for one in proof.leaks
    ]
    found += [
        Finding(
            code=f"masking_runs.check_{one.code}",
            fingerprint=fingerprint("masking_runs.check", proof.target, one.code, one.table, one.column),
            scope=one.table if one.table in tables else first,
            severity=Severity.HIGH,
            fields={"outcome": Outcome.FAILED.value},
            location=".".join(part for part in (one.table, one.column) if part),
        )
        for one in proof.failed
        if one.code != "leak_scan"
    ]
    return found
