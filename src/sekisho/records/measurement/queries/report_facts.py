"""Gathering what a report says, in its language, at one moment."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sekisho import __version__
from sekisho.records.assessment import queries as assessment
from sekisho.records.catalog import queries as catalogs
from sekisho.records.evidence import queries as evidence
from sekisho.records.measurement.queries.trace import evidence_by_id
from sekisho.records.measurement.queries.values import Latest, latest
from sekisho.records.measurement.rules.freeze import catalog_part, theme_title
from sekisho.records.measurement.rules.report_facts import (
    ActionRow,
    CatalogPart,
    ChangeRow,
    FindingRow,
    IndicatorRow,
    JudgementRow,
    ReportFacts,
)
from sekisho.records.organization.queries import within
from sekisho.standards import catalog as standards
from sekisho.standards import texts
from sekisho.standards.indicators import computed_indicators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.evidence.models import Finding
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["report_facts"]

_JUDGEMENTS: Final = 400
_FINDINGS: Final = 30
_LOOKED_THROUGH: Final = 500
_ALIKE: Final = 5
"""How many findings of one kind a report lists: sixty missing updates are one message."""
_CHANGES: Final = 50
_SHA_LENGTH: Final = 64
_CHAIN: Final = 50
"""How many evidences of an indicator are frozen with a report; the number of all is always given."""


def report_facts(
    principal: Principal,
    *,
    organization: Organization,
    report_id: uuid.UUID,
    period: tuple[date, date],
    as_of: datetime,
    language: str,
    base_url: str,
    era: bool = True,
) -> ReportFacts:
    """Everything the report says. Indicators must have been computed for ``as_of`` (actions.compute does)."""
    name = organization.name_en if language == "en" and organization.name_en else organization.name
    latest_values = [v for v in latest(principal, organization_id=organization.pk, with_inputs=True) if v.value is not None]
    judged = _judged(principal, organization.pk, as_of)
    counts, found = _findings(principal, organization.pk)
    papers = evidence_by_id(
        principal,
        [
            *(pk for v in latest_values if v.value is not None for pk in v.value.inputs.get("evidence", ())[:_CHAIN]),
            *(str(e.pk) for row in judged for e in row.evidence.all()),
            *(str(f.last_observation.evidence.pk) for f in found),
        ],
        now=as_of,
    )
    parts, editions = _catalogs(principal, organization.pk, language, as_of)
    return ReportFacts(
        report_id=str(report_id),
        organization_code=organization.code,
        organization=name,
        fictional=organization.is_fictional,
        language=language,
        era=era,
        period_start=period[0],
        period_end=period[1],
        as_of=as_of,
        base_url=base_url,
        catalogs=parts,
        indicators=_indicators(latest_values, papers, language),
        unanswered=_unanswered(language),
        judgements=tuple(_judgement(row, papers, language, as_of) for row in judged),
        finding_counts=counts,
        findings=tuple(_finding(f, papers, language) for f in found),
        actions=_actions(principal, organization.pk, as_of),
        changes=_changes(principal, organization.pk, language, period),
        versions={
            texts.render("report.version_sekisho", {}, language): __version__,
            texts.render("report.version_catalogs", {}, language): ", ".join(editions),
            texts.render("report.version_formulas", {}, language): ", ".join(
                i.formula_id for i in computed_indicators().values()
            ),
        },
    )


def _catalogs(
    principal: Principal, organization_id: uuid.UUID, language: str, now: datetime
) -> tuple[tuple[CatalogPart, ...], list[str]]:
    rows = (
        assessment.judgements(principal, now=now)
        .filter(organization__in=within(organization_id))
        .order_by()
        .annotate(counted=assessment.counted_level(now))
        .values_list("requirement__catalog", "requirement__theme", "counted", "basis")
    )
    pairs: dict[uuid.UUID, list[tuple[str, int | None, str]]] = {}
    for catalog_id, theme, level, basis in rows:
        pairs.setdefault(catalog_id, []).append((theme, level, basis))
    parts, editions = [], []
    for catalog in catalogs.catalogs(principal).filter(pk__in=list(pairs)).order_by("key"):
        requirements = list(
            catalogs.requirements(principal, catalog_id=catalog.pk).values_list(
                "ref", "title", "title_en", "theme", "assessable", "verified"
            )
        )
        headings = {ref: (title, english) for ref, title, english, _, _, _ in requirements}
        order = list(dict.fromkeys(theme for *_, theme, assessable, _ in requirements if assessable))
        superseded = catalog.source.get("superseded_by") or {}
        parts.append(
            catalog_part(
                key=catalog.key,
                title=catalogs.text(catalog, "title", language),
                edition=catalog.edition,
                superseded_by=str(superseded.get("en" if language == "en" else "ja", ""))
                if catalog.status == "superseded"
                else "",
                pairs=pairs[catalog.pk],
                titles={theme: theme_title(catalog.source, theme, headings, language) for theme in order},
                order=order,
                unverified=sum("memory" in verified.values() for *_, assessable, verified in requirements if assessable),
                requirements=sum(assessable for *_, assessable, _ in requirements),
            )
        )
        editions.append(f"{catalog.key}@{catalog.edition} ({catalog.digest[:12]})")
    return tuple(sorted(parts, key=lambda p: (p.key != "annex_a_2022", p.key))), editions


def _chain(ids: Iterable[str], papers: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [papers.get(pk, {"id": pk, "gone": True}) for pk in ids]


def _indicators(rows: list[Latest], papers: Mapping[str, dict[str, Any]], language: str) -> tuple[IndicatorRow, ...]:
    rank = {"outcome": 0, "output": 1, "process": 2}
    return tuple(_indicator(row, papers, language) for row in sorted(rows, key=lambda r: rank[r.indicator.kind]))


def _indicator(row: Latest, papers: Mapping[str, dict[str, Any]], language: str) -> IndicatorRow:
    assert row.value is not None
    value, indicator = row.value, row.indicator
    inputs = value.inputs
    frozen: dict[str, Any] = {
        "value_id": str(value.pk),
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "formula": indicator.formula_id,
        "inputs": {kind: ids[:200] for kind, ids in inputs.items()},
        "counts": {kind: len(ids) for kind, ids in inputs.items()},
        "evidence": _chain(inputs.get("evidence", ())[:_CHAIN], papers),
    }
    return IndicatorRow(
        key=indicator.key,
        value_id=str(value.pk),
        title=indicator.title.get(language),
        kind=indicator.kind,
        unit=indicator.unit.get(language),
        ratio=indicator.ratio,
        direction=indicator.direction,
        formula=indicator.formula.get(language),
        formula_id=indicator.formula_id,
        value=value.value,
        previous=row.previous.value if row.previous else None,
        target=row.target,
        series=tuple((v.period_end.isoformat(), v.value) for v in row.course),
        numerator=value.numerator,
        denominator=value.denominator,
        measured=value.measured,
        documented=value.documented,
        declared=value.declared,
        unmeasured=value.unmeasured,
        chain=frozen,
    )


def _unanswered(language: str) -> tuple[tuple[str, str, str], ...]:
    answered = {indicator.metric for indicator in computed_indicators().values()}
    return tuple(
        (metric.id, metric.title.get(language), metric.data_source.get(language))
        for metric in standards.indicators()
        if metric.id not in answered
    )


def _judged(principal: Principal, organization_id: uuid.UUID, now: datetime) -> list[Judgement]:
    rows = (
        assessment.judgements(principal, now=now)
        .filter(organization__in=within(organization_id), level__isnull=False)
        .exclude(lapses_at__lte=now)
        .prefetch_related("evidence__observation", "evidence__artifact")
    )
    return list(rows[:_JUDGEMENTS])


def _judgement(row: Judgement, papers: Mapping[str, dict[str, Any]], language: str, now: datetime) -> JudgementRow:
    under = sorted(row.evidence.all(), key=lambda e: e.added_at, reverse=True)
    newest = under[0] if under else None
    sha256 = ""
    if newest is not None:
        sha256 = newest.observation.content_id if newest.observation else (newest.artifact_id or "")
    return JudgementRow(
        id=str(row.pk),
        ref=row.requirement.ref,
        title=catalogs.text(row.requirement, "title", language),
        subject=row.subject.name,
        level=row.level,
        basis=row.basis,
        stale=assessment.is_stale(row, now),
        state=row.state,
        sha256=sha256,
        evidence_count=len(under),
        observed_at=(newest.observation.observed_at if newest.observation else newest.added_at) if newest else None,
        chain={
            "rule": row.rule,
            "level": row.level,
            "basis": row.basis,
            "state": row.state,
            "judged_at": row.judged_at.isoformat() if row.judged_at else None,
            "judged_by": str(row.judged_by_id) if row.judged_by_id else None,
            "evidence": _chain([str(e.pk) for e in under], papers),
        },
    )


def _findings(principal: Principal, organization_id: uuid.UUID) -> tuple[dict[tuple[str, str], int], list[Finding]]:
    rows = evidence.findings(principal, state="open").filter(organization__in=within(organization_id))
    counts = Counter(rows.order_by().values_list("engine", "severity"))
    shown: list[Finding] = []
    alike: Counter[str] = Counter()
    for row in rows.select_related("subject", "last_observation__evidence")[:_LOOKED_THROUGH]:
        alike[row.code] += 1
        if alike[row.code] <= _ALIKE:
            shown.append(row)
    return dict(counts), shown[:_FINDINGS]


def _finding(row: Finding, papers: Mapping[str, dict[str, Any]], language: str) -> FindingRow:
    seen = row.last_observation
    return FindingRow(
        id=str(row.pk),
        engine=row.engine,
        severity=row.severity,
        sentence=texts.render(row.code, row.fields, language),
        subject=row.subject.name,
        first_seen_at=row.first_seen_at,
        sha256=seen.content_id if len(seen.content_id) == _SHA_LENGTH else "",
        chain={"code": row.code, "fields": row.fields, "evidence": _chain([str(seen.evidence.pk)], papers)},
    )


def _actions(principal: Principal, organization_id: uuid.UUID, now: datetime) -> tuple[ActionRow, ...]:
    rows = assessment.corrective_actions(principal, state="open").filter(organization__in=within(organization_id))
    today = now.date()
    return tuple(
        ActionRow(
            id=str(a.pk),
            what=a.what,
            subject=a.subject.name,
            due_on=a.due_on,
            overdue=a.due_on < today and a.state != "done",
            state=a.state,
        )
        for a in rows
    )


def _changes(principal: Principal, organization_id: uuid.UUID, language: str, period: tuple[date, date]) -> tuple[ChangeRow, ...]:
    rows = assessment.changes(principal, since=period[0], organization_ids=within(organization_id), limit=_CHANGES)
    return tuple(
        ChangeRow(
            judgement_id=str(c.judgement_id),
            ref=c.judgement.requirement.ref,
            title=catalogs.text(c.judgement.requirement, "title", language),
            subject=c.judgement.subject.name,
            before=c.level_before,
            after=c.level_after,
            at=c.at,
        )
        for c in rows
    )
