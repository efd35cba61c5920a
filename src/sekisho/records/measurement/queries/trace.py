"""この数字のもと: from a figure down to the files it rests on, their hashes and the Ledger."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from sekisho.records.assessment import queries as assessment
from sekisho.records.evidence import queries as evidence
from sekisho.records.evidence.store import ArtifactStore
from sekisho.records.ledger import queries as ledger
from sekisho.records.organization import queries as organization
from sekisho.records.subjects import queries as subjects
from sekisho.standards import texts
from sekisho.standards.indicators import computed_indicators

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.evidence.models import Evidence, Finding
    from sekisho.records.measurement.models import IndicatorValue
    from sekisho.records.organization.principals import Principal

__all__ = ["SHOWN", "chain_of_evidence", "evidence_by_id", "trace_finding", "trace_indicator", "trace_judgement"]

SHOWN: Final = 200
"""How many objects of a kind a trace lists; the number of all is always given."""
VERIFIED: Final = 2000
"""How many entries of the Ledger are walked again for one page."""


def trace_indicator(principal: Principal, value: IndicatorValue, *, now: datetime, check_files: bool = True) -> dict[str, Any]:
    """The whole chain of one stored figure: formula → judgements, findings, measures → evidence → files → ledger."""
    indicator = computed_indicators().get(value.key)
    inputs = value.inputs
    language = principal.language
    judgements = _judged(principal, inputs.get("judgements", ()), now)
    papers = chain_of_evidence(principal, inputs.get("evidence", ()), now=now, check_files=check_files)
    return {
        "kind": "indicator",
        "indicator": {
            "key": value.key,
            "title": indicator.title.get(language) if indicator else value.key,
            "metric": indicator.metric if indicator else "",
            "kind": indicator.kind if indicator else "",
            "direction": indicator.direction if indicator else "",
            "ratio": indicator.ratio if indicator else False,
            "unit": indicator.unit.get(language) if indicator else "",
            "formula": indicator.formula.get(language) if indicator else "",
            "formula_id": value.formula,
            "value": value.value,
            "numerator": value.numerator,
            "denominator": value.denominator,
            "measured": value.measured,
            "documented": value.documented,
            "declared": value.declared,
            "unmeasured": value.unmeasured,
            "period": [value.period_start.isoformat(), value.period_end.isoformat()],
            "as_of": value.as_of.isoformat(),
            "value_id": str(value.pk),
        },
        "judgements": [_judgement(row, language) for row in judgements],
        "judgement_count": len(inputs.get("judgements", ())),
        "findings": _findings(principal, inputs.get("findings", ())),
        "finding_count": len(inputs.get("findings", ())),
        "measures": _measures(principal, inputs.get("measures", ())),
        "measure_count": len(inputs.get("measures", ())),
        **{kind: list(inputs.get(kind, ())) for kind in ("subjects", "duties", "corrective_actions")},
        "evidence": papers,
        "evidence_count": len(inputs.get("evidence", ())),
        "confirmed_by": _confirmed(judgements, papers),
        "ledger": _ledger(principal, [value.pk]),
    }


def trace_judgement(principal: Principal, row: Judgement, *, now: datetime, check_files: bool = True) -> dict[str, Any]:
    """The chain under one judgement: rule and explanation → evidence → files → ledger."""
    ids = [str(pk) for pk in row.evidence.values_list("pk", flat=True)]
    papers = chain_of_evidence(principal, ids, now=now, check_files=check_files)
    return {
        "kind": "judgement",
        "judgement": _judgement(row, principal.language),
        "rule": row.rule,
        "explanation": row.explanation,
        "reason": row.reason,
        "evidence": papers,
        "evidence_count": len(ids),
        "confirmed_by": _confirmed([row], papers),
        "ledger": _ledger(principal, [row.pk]),
    }


def trace_finding(principal: Principal, row: Finding, *, now: datetime, check_files: bool = True) -> dict[str, Any]:
    """The chain under one finding: the observations that saw it first, last and no longer → files → ledger."""
    seen = [row.first_observation, row.last_observation, row.closed_by]
    ids = list(dict.fromkeys(str(o.evidence.pk) for o in seen if o is not None))
    papers = chain_of_evidence(principal, ids, now=now, check_files=check_files)
    return {
        "kind": "finding",
        "finding": _finding(row, principal.language),
        "evidence": papers,
        "evidence_count": len(ids),
        "confirmed_by": _confirmed([], papers),
        "ledger": _ledger(principal, [row.last_observation_id, row.first_observation_id]),
    }


def _judgement(row: Judgement, language: str) -> dict[str, Any]:
    requirement = row.requirement
    return {
        "id": str(row.pk),
        "requirement": requirement.ref,
        "title": (language == "en" and requirement.title_en) or requirement.title,
        "catalog": requirement.catalog.key,
        "subject": row.subject.name,
        "subject_id": str(row.subject_id),
        "organization": row.organization.code,
        "level": row.level,
        "basis": row.basis,
        "state": row.state,
        "stale_at": row.stale_at.isoformat() if row.stale_at else None,
        "judged_at": row.judged_at.isoformat() if row.judged_at else None,
    }


def _judged(principal: Principal, ids: Sequence[str], now: datetime) -> list[Judgement]:
    if not ids:
        return []
    return list(assessment.judgements(principal, now=now).filter(pk__in=list(ids[:SHOWN])))


def _finding(row: Finding, language: str) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "engine": row.engine,
        "severity": row.severity,
        "code": row.code,
        "sentence": texts.render(row.code, row.fields, language),
        "subject": row.subject.name,
        "subject_id": str(row.subject_id),
        "location": row.location,
        "first_seen_at": row.first_seen_at.isoformat(),
        "last_seen_at": row.last_seen_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }


def _findings(principal: Principal, ids: Sequence[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    rows = evidence.findings(principal, state="all").filter(pk__in=list(ids[:SHOWN]))
    return [_finding(row, principal.language) for row in rows]


def _measures(principal: Principal, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures that were summed, each with the name of its subject (empty when it may not be seen)."""
    if not rows:
        return []
    wanted = {row["subject"] for row in rows[:SHOWN]}
    names = {str(pk): name for pk, name in subjects.subjects(principal).filter(pk__in=wanted).values_list("pk", "name")}
    return [{**row, "subject_name": names.get(row["subject"], "")} for row in rows[:SHOWN]]


def chain_of_evidence(
    principal: Principal, ids: Iterable[str], *, now: datetime, check_files: bool = True
) -> list[dict[str, Any]]:
    """Evidence with its observation, files and hashes; ``check_files`` reads each file again and says whether the hash is right.

    What was lawfully deleted, or is not visible to the reader, is given as such, by its id only.
    """
    wanted = list(dict.fromkeys(ids))[:SHOWN]
    rows = evidence_by_id(principal, wanted, now=now, check_files=check_files)
    return [rows.get(pk, {"id": pk, "gone": True}) for pk in wanted]


def evidence_by_id(
    principal: Principal, ids: Iterable[str], *, now: datetime, check_files: bool = False
) -> dict[str, dict[str, Any]]:
    """The visible ones of these evidences, by id. Two queries for each thousand."""
    store = ArtifactStore(settings.CONFIG.store)
    related = ("subject", "observation__machine", "artifact", "reviewed_by")
    wanted = list(dict.fromkeys(ids))
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), 1000):
        rows = evidence.evidence(principal, now=now).filter(pk__in=wanted[start : start + 1000])
        for row in rows.select_related(*related).prefetch_related("observation__artifact_links__artifact"):
            found[str(row.pk)] = _evidence(row, store, check_files=check_files)
    return found


def _evidence(row: Evidence, store: ArtifactStore, *, check_files: bool) -> dict[str, Any]:
    observation = row.observation
    files: list[tuple[str, str, int | None, datetime | None]] = []
    if observation is not None:
        kept = row.artifact  # its canonical JSON
        files.append(("observation.json", observation.content_id, kept.size if kept else None, kept.erased_at if kept else None))
        files += [
            (link.name, link.artifact_id, link.artifact.size, link.artifact.erased_at)
            for link in observation.artifact_links.all()
        ]
    elif row.artifact is not None:
        files.append((row.file_name or row.title, row.artifact.sha256, row.artifact.size, row.artifact.erased_at))
    return {
        "id": str(row.pk),
        "title": row.title,
        "kind": row.kind,
        "subject": row.subject.name,
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "withdrawn": row.withdrawn_at is not None,
        "engine": f"{observation.engine} {observation.engine_version}" if observation else "",
        "machine": observation.machine.name if observation and observation.machine else "",
        "observed_at": observation.observed_at.isoformat() if observation else None,
        "received_at": (observation.received_at if observation else row.added_at).isoformat(),
        "reviewed_by": (row.reviewed_by.name or row.reviewed_by.login) if row.reviewed_by else "",
        "reviewed_at": row.reviewed_at.isoformat() if row.reviewed_at else None,
        "files": [
            {
                "name": name,
                "sha256": sha256,
                "size": size,
                "erased": erased is not None,
                "intact": None if erased is not None or not check_files else store.verify(sha256),
            }
            for name, sha256, size, erased in files
        ],
    }


def _confirmed(judgements: Sequence[Judgement], papers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who confirmed judgements or reviewed documents of the chain, with the last time and how many; the latest first."""
    latest: dict[str, list[Any]] = {}
    ids = [str(row.judged_by_id) for row in judgements if row.judged_by_id]
    names = organization.names_of(ids) if ids else {}
    seen = [
        (names.get(str(row.judged_by_id), ""), row.judged_at.isoformat())
        for row in judgements
        if row.judged_by_id and row.judged_at
    ]
    seen += [(paper["reviewed_by"], paper["reviewed_at"]) for paper in papers if paper.get("reviewed_at")]
    for name, at in seen:
        entry = latest.setdefault(name, [at, 0])
        entry[0], entry[1] = max(entry[0], at), entry[1] + 1
    return sorted(
        ({"name": name, "at": at, "count": count} for name, (at, count) in latest.items()), key=lambda e: e["at"], reverse=True
    )


def _ledger(principal: Principal, ids: Sequence[uuid.UUID]) -> dict[str, Any]:
    """The entries that name the object, and whether the chain holds from the oldest of them on. Empty for who may not read it."""
    entries = ledger.mentioning(principal, ids, limit=10)
    shown = [{"sequence": e.sequence, "at": e.at.isoformat(), "action": e.action, "hash": e.hash} for e in entries]
    if not entries:
        return {"entries": [], "verified": None}
    oldest = entries[-1]
    head, _ = ledger.head()
    last = None if head - oldest.sequence < VERIFIED else oldest.sequence + VERIFIED
    result = ledger.verify(first=oldest.sequence, last=last, previous_hash=oldest.previous_hash)
    return {
        "entries": shown,
        "verified": {"ok": result.ok, "first": oldest.sequence, "last": oldest.sequence + result.entries - 1, "head": head},
    }
