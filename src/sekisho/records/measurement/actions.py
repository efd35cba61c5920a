"""Every write of the room: computing indicators, targets, building, issuing and handing up reports."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.utils import timezone

from sekisho.documents import FORMATS, MEDIA_TYPES, model, render
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.evidence import actions as evidence
from sekisho.records.ledger.actions import recording
from sekisho.records.measurement import queries
from sekisho.records.measurement.models import IndicatorTarget, IndicatorValue, Report, ReportReference, Submission
from sekisho.records.measurement.queries.report_facts import report_facts
from sekisho.records.measurement.rules.figures import compute as compute_figure
from sekisho.records.measurement.rules.report import build
from sekisho.records.organization import queries as organization_queries
from sekisho.standards.indicators import computed_indicators

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "build_report",
    "compute",
    "document_of",
    "issue_report",
    "remove_target",
    "render_report",
    "require_issuable",
    "set_target",
    "submit_report",
]


def compute(
    principal: Principal, *, organization: Organization, now: datetime, period: tuple[date, date] | None = None
) -> list[IndicatorValue]:
    """Compute every indicator as of ``now`` and keep the figures with what they were made of. One entry of the ledger."""
    principal.require("indicator.compute", organization.pk)
    zone = timezone.get_current_timezone()
    days = period or queries.period_of(now.astimezone(zone).date())
    facts = queries.figure_facts(principal, organization_id=organization.pk, now=now, period=days, zone=zone)
    rows = []
    for indicator in computed_indicators().values():
        figure = compute_figure(indicator, facts)
        rows.append(
            IndicatorValue(
                organization=organization,
                key=indicator.key,
                period_start=days[0],
                period_end=days[1],
                value=figure.value,
                numerator=figure.numerator,
                denominator=figure.denominator,
                measured=figure.measured,
                documented=figure.documented,
                declared=figure.declared,
                unmeasured=figure.unmeasured,
                formula=indicator.formula_id,
                inputs=dict(figure.inputs),
                as_of=now,
            )
        )
    with recording(principal, "indicator.compute", now=now, organization_id=organization.pk) as entry:
        IndicatorValue.objects.bulk_create(rows)
        entry.about(*(row.pk for row in rows))
        entry.fact(figures={row.key: None if row.value is None else round(row.value, 6) for row in rows})
    return rows


def set_target(
    principal: Principal, *, organization: Organization, key: str, value: float, due_on: date | None, now: datetime
) -> IndicatorTarget:
    """What an indicator shall be (a ratio as 0–1), by when."""
    principal.require("indicator.target", organization.pk)
    indicator = computed_indicators().get(key)
    if indicator is None:
        raise NotFound("access.not_found")
    if value < 0 or (indicator.ratio and value > 1):
        raise InputError("measurement.target_out_of_range", title=indicator.title.get(principal.language))
    with recording(principal, "indicator.target", now=now, organization_id=organization.pk) as entry:
        target, _ = IndicatorTarget.objects.update_or_create(
            organization=organization,
            key=key,
            defaults={"value": value, "due_on": due_on, "set_by_id": principal.person_id, "set_at": now},
        )
        entry.about(target.pk)
        entry.fact(key=key, value=value, due_on=due_on.isoformat() if due_on else None)
    return target


def remove_target(principal: Principal, *, organization: Organization, key: str, now: datetime) -> None:
    """The target no longer holds."""
    principal.require("indicator.target", organization.pk)
    with recording(principal, "indicator.remove_target", now=now, organization_id=organization.pk) as entry:
        if not IndicatorTarget.objects.filter(organization=organization, key=key).delete()[0]:
            raise NotFound("access.not_found")
        entry.fact(key=key)


def build_report(
    principal: Principal, *, organization: Organization, now: datetime, language: str = "ja", era: bool = True
) -> Report:
    """Compute the figures and build the report as a draft. Its document model is an artifact in the store."""
    principal.require("report.build", organization.pk)
    zone = timezone.get_current_timezone()
    as_of = now.astimezone(zone)
    period = queries.period_of(as_of.date())
    compute(principal, organization=organization, now=now, period=period)
    return _store(
        principal,
        organization=organization,
        report_id=uuid.uuid4(),
        period=period,
        as_of=as_of,
        now=now,
        language=language,
        era=era,
    )


def _store(
    principal: Principal,
    *,
    organization: Organization,
    report_id: uuid.UUID,
    period: tuple[date, date],
    as_of: datetime,
    now: datetime,
    language: str,
    era: bool,
) -> Report:
    facts = report_facts(
        principal,
        organization=organization,
        report_id=report_id,
        period=period,
        as_of=as_of,
        language=language,
        base_url=settings.CONFIG.base_url,
        era=era,
    )
    built = build(facts)
    data = model.encode(built.document)
    with recording(principal, "report.build", now=now, organization_id=organization.pk) as entry:
        artifact = _keep(principal, data, media_type="application/json", name="report.json", organization=organization, now=now)
        report = Report.objects.create(
            pk=report_id,
            organization=organization,
            title=built.document.title,
            language=language,
            period_start=period[0],
            period_end=period[1],
            as_of=as_of,
            document=artifact,
            versions=dict(facts.versions),
            built_by_id=principal.person_id,
            built_at=now,
        )
        ReportReference.objects.bulk_create(
            [
                ReportReference(report=report, number=r.number, kind=r.kind, target_id=r.target_id, frozen=dict(r.frozen))
                for r in built.references
            ],
            batch_size=500,
        )
        entry.about(report.pk)
        entry.fact(document=artifact.sha256, references=len(built.references))
    return report


def require_issuable(principal: Principal, report: Report) -> None:
    """Raise NotPermitted, or Conflict for a report that was issued already."""
    principal.require("report.issue", report.organization_id)
    if report.state == "issued":
        raise Conflict("measurement.already_issued")


def issue_report(
    principal: Principal, report: Report, *, now: datetime, progress: Callable[[int], None] = lambda _done: None
) -> Report:
    """Freeze the report: its document bears no draft mark any more, and all four files are rendered and kept by hash.

    ``progress`` is told how many of the files are ready; what it raises ends the issuing, and nothing has happened.
    """
    require_issuable(principal, report)
    document = document_of(report)
    issued = msgspec.structs.replace(
        document, status=model.Status.ISSUED, issued_at=now.astimezone(document.as_of.tzinfo or UTC), watermark=""
    )
    organization = report.organization
    files: dict[str, bytes] = {}
    for output in FORMATS:  # before the transaction: rendering takes seconds, and the ledger waits for nobody
        files[output] = render(issued, output)
        progress(len(files))
    with recording(principal, "report.issue", now=now, organization_id=organization.pk) as entry:
        saved = Report.objects.filter(pk=report.pk, state="draft", document=report.document_id).update(
            state="issued", issued_by_id=principal.person_id, issued_at=now
        )
        if not saved:
            raise Conflict("measurement.already_issued")
        artifact = _keep(
            principal, model.encode(issued), media_type="application/json", name="report.json", organization=organization, now=now
        )
        renderings = {}
        for output, data in files.items():
            name = f"report-{organization.code}-{report.period_end.isoformat()}.{output}"
            kept = _keep(principal, data, media_type=MEDIA_TYPES[output], name=name, organization=organization, now=now)
            renderings[output] = kept.sha256
        Report.objects.filter(pk=report.pk).update(document=artifact, renderings=renderings)
        entry.about(report.pk)
        entry.fact(document=artifact.sha256, renderings=renderings)
    report.refresh_from_db()
    return report


def submit_report(principal: Principal, report: Report, *, to: Organization, now: datetime) -> Submission:
    """Hand an issued report up to an organisation above, across the boundary: all that it will see of this one."""
    principal.require("report.submit", report.organization_id)
    if report.state != "issued":
        raise Conflict("measurement.issue_first")
    above = {o.pk for o in organization_queries.ancestors(report.organization_id)} - {report.organization_id}
    if to.pk not in above:
        raise InputError("measurement.not_above", organization=to.name)
    if Submission.objects.filter(report=report, to_organization=to).exists():
        raise Conflict("measurement.already_submitted", organization=to.name)
    keys = ("value", "numerator", "denominator", "measured", "documented", "declared", "unmeasured")
    values = IndicatorValue.objects.filter(organization=report.organization_id, as_of=report.as_of)
    figures = {v.key: {name: getattr(v, name) for name in keys} for v in values}
    with recording(principal, "report.submit", now=now, organization_id=report.organization_id) as entry:
        made = Submission.objects.create(
            report=report, to_organization=to, submitted_by_id=principal.person_id, submitted_at=now, figures=figures
        )
        entry.about(report.pk, made.pk, to.pk)
    return made


def render_report(report: Report, output: str, *, template: bytes | None = None) -> bytes:
    """The report as a file. An issued one comes from the store, as it was issued; a draft (or one in the office's template) is
    rendered now. The caller has checked that the report may be seen.
    """
    if output not in FORMATS:
        raise InputError("documents.unknown_format", format=output)
    if report.state == "issued" and template is None:
        return evidence.artifact_store().read(report.renderings[output])
    return render(document_of(report), output, template=template)


def document_of(report: Report) -> model.Document:
    """The report's document. The caller has checked that the report may be seen."""
    return model.decode(evidence.artifact_store().read(report.document_id))


def _keep(principal: Principal, data: bytes, *, media_type: str, name: str, organization: Organization, now: datetime) -> Any:
    return evidence.store_artifact(
        principal,
        chunks=(data,),
        now=now,
        media_type=media_type,
        name=name,
        organization_id=organization.pk,
        action="report.build",
    )
