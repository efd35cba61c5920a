"""A privacy assessment as an Observation: figures as measures, what must be treated as findings; no value of the table."""

from __future__ import annotations

from datetime import datetime
from typing import Final

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
from sekisho.engines.privacyrisk.assess import Assessment
from sekisho.engines.privacyrisk.checklist import Checklist
from sekisho.engines.privacyrisk.generalize import Generalized

__all__ = ["ENGINE", "observe"]

ENGINE: Final = "privacyrisk"


def observe(
    assessment: Assessment, *, now: datetime, dataset: str, version: str, wanted_k: int = 5,
    checklist: Checklist | None = None, generalized: Generalized | None = None,
) -> Observation:  # fmt: skip
    """The Observation of the table ``dataset`` (a name, no path of somebody's home). ``now``: when it was counted, with offset.

    ``wanted_k``: the class size that the organisation asks for; smaller classes are a finding.
    """
    return Observation(
        engine=ENGINE, engine_version=version, collector=Collector(name="sekisho", version=version),
        subject=ClaimedSubject(kind="dataset", name=dataset), observed_at=now.isoformat(), scope=(dataset,),
        measures=tuple(_measures(assessment, wanted_k, checklist, generalized)),
        findings=tuple(_findings(assessment, dataset, wanted_k, checklist)),
        parameters={
            "quasi": list(assessment.roles.quasi), "sensitive": list(assessment.roles.sensitive),
            "missing": assessment.options.missing.value, "threshold": assessment.options.threshold, "k": wanted_k,
        },
    )  # fmt: skip


def _measures(
    assessment: Assessment, wanted_k: int, checklist: Checklist | None, generalized: Generalized | None
) -> list[Measure]:
    counted = assessment.assessed
    coverage = counted / assessment.rows
    small = assessment.under.get(wanted_k)
    found = [
        Measure(key="privacyrisk.k", value=assessment.k, coverage=coverage),
        Measure(key="privacyrisk.highest_risk", value=assessment.risk_prosecutor.highest, coverage=coverage),
        _share("privacyrisk.average_risk", assessment.classes, counted, coverage),
        _share("privacyrisk.unique_records", assessment.unique, counted, coverage),
        _share("privacyrisk.records_at_risk", assessment.risk_prosecutor.at_risk, counted, coverage),
    ]
    if small is not None:
        found.append(_share("privacyrisk.records_in_small_classes", small[1], counted, coverage))
    if not assessment.sensitive:
        found += [
            Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="privacy.no_sensitive")
            for key in ("privacyrisk.l", "privacyrisk.t")
        ]
    for one in assessment.sensitive:
        found.append(Measure(key="privacyrisk.l", value=one.distinct, dimensions={"column": one.column}, coverage=coverage))
        found.append(Measure(key="privacyrisk.t", value=one.t, dimensions={"column": one.column}, coverage=coverage))
    if generalized is not None:
        found.append(_share("privacyrisk.suppressed", generalized.suppressed, generalized.rows, None))
        found.append(Measure(key="privacyrisk.information_lost", value=generalized.cost.ncp))
    if checklist is not None:
        counts = checklist.counts
        settled = counts["confirmed"] + counts["declared"]
        found.append(_share("privacyrisk.duties_settled", settled, len(checklist.items), None))
        found.append(Measure(key="privacyrisk.duties_contradicted", value=counts["contradicted"]))
    return found


def _share(key: str, part: int, whole: int, coverage: float | None) -> Measure:
    return Measure(key=key, value=part / whole, numerator=part, denominator=whole, coverage=coverage)


def _findings(assessment: Assessment, dataset: str, wanted_k: int, checklist: Checklist | None) -> list[Finding]:
    found = []
    if assessment.k < wanted_k:
        severity = Severity.HIGH if assessment.k == 1 else Severity.MEDIUM
        records = assessment.under[wanted_k][1] if wanted_k in assessment.under else assessment.unique
        found.append(Finding(
            code="privacy.finding_small_classes", fingerprint=fingerprint(ENGINE, dataset, "k"), scope=dataset, severity=severity,
            fields={"k": assessment.k, "wanted": wanted_k, "records": records},
        ))  # fmt: skip
    found += [
        Finding(
            code="privacy.finding_homogeneous", fingerprint=fingerprint(ENGINE, dataset, "l", one.column), scope=dataset,
            severity=Severity.HIGH, location=one.column, fields={"column": one.column, "records": one.homogeneous_records},
        )
        for one in assessment.sensitive
        if one.homogeneous_records
    ]  # fmt: skip
    found += [
        Finding(
            code="privacy.finding_duty", fingerprint=fingerprint(ENGINE, dataset, "duty", item.duty.id), scope=dataset,
            severity=Severity.HIGH if item.duty.force == "must" else Severity.LOW, references=(item.duty.basis,),
            fields={"duty": item.duty.id, "title_ja": item.duty.title.ja, "title_en": item.duty.title.en},
        )
        for item in (checklist.items if checklist is not None else ())
        if item.state == "contradicted"
    ]  # fmt: skip
    return found
