"""From facts to an Observation: checks by rules, the recorded settings, drift, and the clock."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
import rfc8785

from sekisho.engines.baseline.derived import derive
from sekisho.engines.baseline.evaluate import CheckResult, Outcome, evaluate
from sekisho.engines.baseline.facts import FactStatus
from sekisho.engines.baseline.rules import CONSIDERATIONS, RuleSet, load_rules
from sekisho.engines.baseline.snapshot import Drift, Snapshot, drift, encode_snapshot, snapshot
from sekisho.engines.observation import (
    Artifact,
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

    from sekisho.engines.baseline.facts import Facts

__all__ = ["ENGINE", "observe"]

ENGINE: Final = "baseline"
_SHOWN: Final = 300


def _shown(value: Any) -> str:
    """A value for a sentence, shortened."""
    if isinstance(value, list | tuple):
        text = ", ".join(str(v) for v in value) or "–"
    elif isinstance(value, dict):
        text = ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) or "–"
    else:
        text = "–" if value is None else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _location(result: CheckResult) -> str:
    if not result.sources:
        return result.fact
    source = result.sources[-1]
    return source.path if source.line is None else f"{source.path}:{source.line}"


def _rule_findings(results: Sequence[CheckResult], rules: RuleSet, machine: str) -> list[Finding]:
    by_id = {rule.id: rule for rule in rules.rules}
    findings = []
    for result in results:
        if result.outcome is not Outcome.FAIL:
            continue
        rule = by_id[result.rule]
        place = result.sources[-1].path if result.sources else result.fact
        findings.append(
            Finding(
                code="baseline.check_failed",
                fingerprint=fingerprint(ENGINE, machine, rule.id, place),
                scope=rule.id,
                severity=rule.severity,
                location=_location(result),
                references=rule.source,
                fields={
                    "rule": rule.id,
                    "consideration": rule.consideration,
                    "title_ja": rule.title.ja,
                    "title_en": rule.title.en,
                    "remedy_ja": rule.remedy.ja,
                    "remedy_en": rule.remedy.en,
                    "actual": _shown(result.actual),
                    "expected": _shown(result.expected),
                    "fact": result.fact,
                },
            )
        )
    return findings


def _fact_of(key: str, facts: Facts) -> str:
    """The fact that a setting belongs to: the longest known key that begins it. A fact nobody reads any more is its own."""
    parts = key.split(".")
    candidates = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((c for c in candidates if c in facts.facts), key)


def _drifted(accepted: Snapshot, current: Snapshot, facts: Facts) -> list[Drift]:
    """What drifted, without facts that were settings to an older version, which accepted them, and no longer are."""
    volatile = {key for key, fact in facts.facts.items() if fact.volatile}
    return [row for row in drift(accepted, current) if _fact_of(row.key, facts) not in volatile]


def _drift_findings(rows: Sequence[Drift], machine: str, facts: Facts) -> list[Finding]:
    return [
        Finding(
            code="baseline.drift",
            fingerprint=fingerprint(ENGINE, machine, "drift", row.key),
            scope=f"drift:{_fact_of(row.key, facts)}",
            severity=Severity.MEDIUM,
            location=row.key,
            fields={"key": row.key, "was": _shown(row.was), "now": _shown(row.now)},
        )
        for row in rows
    ]


def _decided(rows: Sequence[CheckResult]) -> tuple[int, int]:
    """Checks that came to a verdict, and those that should have (what a system at rest cannot tell included)."""
    decided = sum(r.outcome in (Outcome.PASS, Outcome.FAIL) for r in rows)
    unknown = sum(r.outcome is Outcome.ERROR or r.reason == "not_live" for r in rows)
    return decided, decided + unknown


def _ratio(key: str, parts: tuple[int, int], dimensions: dict[str, str], coverage: float | None) -> Measure:
    numerator, denominator = parts
    if denominator == 0:
        return Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, dimensions=dimensions, reason="baseline.no_verdict")
    return Measure(
        key=key,
        value=numerator / denominator,
        numerator=numerator,
        denominator=denominator,
        dimensions=dimensions,
        coverage=coverage,
    )


def _check_measures(rows: Sequence[CheckResult], dimensions: dict[str, str]) -> list[Measure]:
    counts = {o: sum(r.outcome is o for r in rows) for o in Outcome}
    decided, expected = _decided(rows)
    coverage = decided / expected if expected else None
    names = {"passed": Outcome.PASS, "failed": Outcome.FAIL, "not_applicable": Outcome.NOT_APPLICABLE, "error": Outcome.ERROR}
    measures = [Measure(key="baseline.checks.total", value=len(rows), dimensions=dimensions, coverage=coverage)]
    measures += [
        Measure(key=f"baseline.checks.{n}", value=counts[o], dimensions=dimensions, coverage=coverage) for n, o in names.items()
    ]
    judged = counts[Outcome.PASS] + counts[Outcome.FAIL]
    measures.append(_ratio("baseline.pass_rate", (counts[Outcome.PASS], judged), dimensions, coverage))
    measures.append(_ratio("baseline.coverage", (decided, expected), dimensions, None))
    return measures


def _clock_measures(facts: Facts) -> list[Measure]:
    """Clock facts as measures; what is not known is said so, never zero."""
    measures = []
    for key, fact_key in (
        ("clock.synchronised", "clock.synchronised"),
        ("clock.offset_seconds", "clock.offset_seconds"),
        ("clock.sources", "clock.source_count"),
    ):
        fact = facts.get(fact_key)
        if fact is not None and fact.status is FactStatus.READABLE and fact.value is not None:
            measures.append(Measure(key=key, value=int(fact.value) if isinstance(fact.value, bool) else fact.value))
            continue
        status = MeasureStatus.ERROR if fact is None or fact.status in (FactStatus.DENIED, FactStatus.UNPARSABLE) else None
        measures.append(Measure(key=key, status=status or MeasureStatus.NOT_APPLICABLE, reason="baseline.clock_unknown"))
    return measures


def _measures(facts: Facts, results: Sequence[CheckResult], current: Snapshot, drifted: list[Drift] | None) -> list[Measure]:
    """All figures: of all checks, of each consideration, of the settings and of the clock."""
    measures = _check_measures(results, {})
    for name in CONSIDERATIONS:
        measures += _check_measures([r for r in results if r.consideration == name], {"consideration": name})
    covered = [n for n in CONSIDERATIONS if _decided([r for r in results if r.consideration == n])[0]]
    measures.append(Measure(key="baseline.considerations.covered", value=len(covered)))
    measures.append(Measure(key="baseline.settings.recorded", value=len(current.settings), coverage=_read_share(facts)))
    if drifted is None:
        reason = "baseline.no_accepted_snapshot"
        measures.append(Measure(key="baseline.drift.unaccepted", status=MeasureStatus.NOT_APPLICABLE, reason=reason))
    else:
        measures.append(Measure(key="baseline.drift.unaccepted", value=len(drifted), coverage=_read_share(facts)))
    measures += _clock_measures(facts)
    return measures


def _artifact(name: str, data: bytes) -> Artifact:
    return Artifact(name=name, media_type="application/json", size=len(data), sha256=hashlib.sha256(data).hexdigest())


def observe(
    facts: Facts,
    *,
    observed_at: str,
    collector: Collector,
    subject: ClaimedSubject,
    accepted: Snapshot | None,
    version: str,
    rules: RuleSet | None = None,
) -> tuple[Observation, dict[str, bytes]]:
    """Judge ``facts`` and compare them with the ``accepted`` snapshot.

    Args:
        facts: from :func:`collect_linux` or :func:`read_windows`.
        observed_at: when they were read, RFC 3339 with offset.
        collector: the program that read them, and with which rights.
        subject: the host; ``subject.machine`` makes the fingerprints stable.
        accepted: the snapshot that was accepted for this host; None when there is none yet (drift is then not applicable).
        version: version of Sekisho, recorded as the engine's.
        rules: other rules than ours.

    Returns:
        The Observation and the bytes of its artifacts (facts, snapshot, results), by SHA-256.

    Raises:
        InputError: no check came to a verdict (see :func:`evaluate`), or the snapshot is of another platform.
    """
    rules = rules or load_rules(facts.platform)
    facts = derive(facts, observed_at=observed_at)
    results = evaluate(facts, rules)
    current = snapshot(facts)
    drifted = _drifted(accepted, current, facts) if accepted is not None else None

    measures = _measures(facts, results, current, drifted)
    contents = {
        "baseline-facts.json": rfc8785.dumps(msgspec.to_builtins(facts)),
        "baseline-snapshot.json": encode_snapshot(current),
        "baseline-results.json": rfc8785.dumps(msgspec.to_builtins(results)),
    }
    artifacts = tuple(_artifact(name, data) for name, data in contents.items())
    machine = subject.machine or subject.name
    findings = _rule_findings(results, rules, machine) + _drift_findings(drifted or [], machine, facts)
    observation = Observation(
        engine=ENGINE,
        engine_version=version,
        collector=collector,
        subject=subject,
        observed_at=observed_at,
        scope=_scope(results, accepted, facts, findings),
        measures=tuple(measures),
        findings=tuple(findings),
        artifacts=artifacts,
        parameters={
            "platform": facts.platform,
            "live": facts.live,
            "container": facts.container,
            "privileged": facts.privileged,
            "rules_version": rules.version,
            "accepted_snapshot": hashlib.sha256(encode_snapshot(accepted)).hexdigest() if accepted is not None else "",
        },
    )
    return observation, {a.sha256: contents[a.name] for a in artifacts}


def _read_share(facts: Facts) -> float:
    known = sum(f.status in (FactStatus.READABLE, FactStatus.ABSENT) for f in facts.facts.values())
    return known / len(facts.facts) if facts.facts else 0.0


def _scope(
    results: Sequence[CheckResult], accepted: Snapshot | None, facts: Facts, findings: Sequence[Finding]
) -> tuple[str, ...]:
    """What was looked at: each rule that could be judged or does not apply, each fact that was compared with the accepted
    snapshot, and whatever else a finding is about (a setting that is gone altogether). A finding is closed only by a run that
    covered its item, so nothing closes because it could no longer be read.
    """
    judged = [r.rule for r in results if r.outcome is not Outcome.ERROR and r.reason != "not_live"]
    if accepted is None:
        return tuple(judged)
    known = (FactStatus.READABLE, FactStatus.ABSENT)
    compared = [f"drift:{k}" for k, f in facts.facts.items() if f.status in known and not f.volatile and k not in accepted.unread]
    return tuple(dict.fromkeys((*judged, *compared, *(f.scope for f in findings))))
