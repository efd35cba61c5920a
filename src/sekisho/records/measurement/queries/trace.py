"""この数字のもと: from a figure down to the files it rests on, their hashes and the Ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from sekisho.records.assessment import queries as assessment
from sekisho.records.evidence import queries as evidence
from sekisho.records.evidence.store import ArtifactStore
from sekisho.records.ledger import queries as ledger
from sekisho.standards import texts
from sekisho.standards.indicators import computed_indicators

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.evidence.models import Evidence
    from sekisho.records.measurement.models import IndicatorValue
    from sekisho.records.organization.principals import Principal

__all__ = ["SHOWN", "chain_of_evidence", "trace_indicator", "trace_judgement"]

SHOWN: Final = 200
"""How many objects of a kind a trace lists; the number of all is always given."""


def trace_indicator(principal: Principal, value: IndicatorValue, *, now: datetime, check_files: bool = True) -> dict[str, Any]:
    """The whole chain of one stored figure: formula → judgements, findings, measures → evidence → files → ledger."""
    indicator = computed_indicators().get(value.key)
    inputs = value.inputs
    language = principal.language
    return {
        "indicator": {
            "key": value.key,
            "title": indicator.title.get(language) if indicator else value.key,
            "kind": indicator.kind if indicator else "",
            "direction": indicator.direction if indicator else "",
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
        "judgements": _judgements(principal, inputs.get("judgements", ()), now),
        "judgement_count": len(inputs.get("judgements", ())),
        "findings": _findings(principal, inputs.get("findings", ())),
        "finding_count": len(inputs.get("findings", ())),
        "measures": inputs.get("measures", [])[:SHOWN],
        "measure_count": len(inputs.get("measures", ())),
        "evidence": chain_of_evidence(principal, inputs.get("evidence", ()), now=now, check_files=check_files),
        "evidence_count": len(inputs.get("evidence", ())),
        "ledger": _ledger(principal, [value.pk]),
    }


def trace_judgement(principal: Principal, row: Judgement, *, now: datetime, check_files: bool = True) -> dict[str, Any]:
    """The chain under one judgement: rule and explanation → evidence → files → ledger."""
    ids = [str(pk) for pk in row.evidence.values_list("pk", flat=True)]
    return {
        "judgement": _judgement(row),
        "rule": row.rule,
        "explanation": row.explanation,
        "reason": row.reason,
        "evidence": chain_of_evidence(principal, ids, now=now, check_files=check_files),
        "evidence_count": len(ids),
        "ledger": _ledger(principal, [row.pk]),
    }


def _judgement(row: Judgement) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "requirement": row.requirement.ref,
        "title": row.requirement.title,
        "title_en": row.requirement.title_en,
        "catalog": row.requirement.catalog.key,
        "subject": row.subject.name,
        "subject_id": str(row.subject_id),
        "level": row.level,
        "basis": row.basis,
        "state": row.state,
        "judged_at": row.judged_at.isoformat() if row.judged_at else None,
    }


def _judgements(principal: Principal, ids: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    return [_judgement(row) for row in assessment.judgements(principal, now=now).filter(pk__in=list(ids[:SHOWN]))]


def _findings(principal: Principal, ids: Sequence[str]) -> list[dict[str, Any]]:
    rows = evidence.findings(principal, state="all").filter(pk__in=list(ids[:SHOWN]))
    return [
        {
            "id": str(f.pk),
            "engine": f.engine,
            "severity": f.severity,
            "code": f.code,
            "sentence": texts.render(f.code, f.fields, principal.language),
            "subject": f.subject.name,
            "location": f.location,
            "first_seen_at": f.first_seen_at.isoformat(),
            "closed_at": f.closed_at.isoformat() if f.closed_at else None,
        }
        for f in rows
    ]


def chain_of_evidence(
    principal: Principal, ids: Iterable[str], *, now: datetime, check_files: bool = True
) -> list[dict[str, Any]]:
    """Evidence with its observation, files and hashes; ``check_files`` reads each file again and says whether the hash is right.

    What was lawfully deleted, or is not visible to the reader, is given as such, by its id only.
    """
    wanted = list(dict.fromkeys(ids))[:SHOWN]
    related = ("subject", "observation__machine", "artifact")
    rows = {
        str(row.pk): row
        for row in evidence.evidence(principal, now=now)
        .filter(pk__in=wanted)
        .select_related(*related)
        .prefetch_related("observation__artifact_links__artifact")
    }
    store = ArtifactStore(settings.CONFIG.store)
    return [_evidence(rows[pk], store, check_files=check_files) if pk in rows else {"id": pk, "gone": True} for pk in wanted]


def _evidence(row: Evidence, store: ArtifactStore, *, check_files: bool) -> dict[str, Any]:
    observation = row.observation
    files = []
    if observation is not None:
        files.append(("observation.json", observation.content_id, None, None))
        files += [
            (link.name, link.artifact_id, link.artifact.size, link.artifact.erased_at)
            for link in observation.artifact_links.all()
        ]
    if row.artifact is not None:
        files.append((row.file_name or row.title, row.artifact_id, row.artifact.size, row.artifact.erased_at))
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


def _ledger(principal: Principal, ids: list[uuid.UUID]) -> list[dict[str, Any]]:
    entries = ledger.mentioning(principal, ids, limit=10)
    return [{"sequence": e.sequence, "at": e.at.isoformat(), "action": e.action, "hash": e.hash} for e in entries]
