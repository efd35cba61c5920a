"""測定と報告: indicators, targets, reports, submissions."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class IndicatorValue(Identified):
    """One figure for one organisation and period, with the inputs it was computed from (``inputs``: what a trace follows)."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="indicator_values")
    key = models.CharField(max_length=64)
    period_start = models.DateField()
    period_end = models.DateField()
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    measured = models.PositiveIntegerField(default=0)
    documented = models.PositiveIntegerField(default=0)
    declared = models.PositiveIntegerField(default=0)
    unmeasured = models.PositiveIntegerField(default=0)
    formula = models.CharField(max_length=100)  # id@version
    inputs = models.JSONField(default=dict)
    as_of = models.DateTimeField()

    class Meta:
        ordering = ("-as_of",)
        indexes = (models.Index(fields=("organization", "key", "-as_of"), name="measurement_latest"),)


class IndicatorTarget(Identified):
    """What the organisation wants an indicator to be, by when."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="indicator_targets")
    key = models.CharField(max_length=64)
    value = models.FloatField()
    due_on = models.DateField(null=True, blank=True)
    set_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "key"), name="measurement_target_once"),)


class Report(Identified):
    """情報セキュリティ対策状況報告書. Issued reports are frozen: ``document`` is the hash of the document model in the store."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="reports")
    title = models.CharField(max_length=300)
    language = models.CharField(max_length=2, default="ja")
    period_start = models.DateField()
    period_end = models.DateField()
    as_of = models.DateTimeField()
    state = models.CharField(max_length=16, default="draft")  # draft | issued
    document = models.ForeignKey("evidence.Artifact", on_delete=models.PROTECT, related_name="+")
    versions = models.JSONField(default=dict)  # rules, catalogues, formulas
    renderings = models.JSONField(default=dict)  # format -> sha256
    built_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    built_at = models.DateTimeField()
    issued_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    issued_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-built_at",)


class ReportReference(Identified):
    """A 根 in a report: resolves for ever. ``frozen`` holds the chain as it was when the report was built."""

    report = models.ForeignKey("measurement.Report", on_delete=models.CASCADE, related_name="references")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=32)  # indicator | judgement | finding | evidence
    target_id = models.CharField(max_length=64)
    frozen = models.JSONField(default=dict)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("report", "number"), name="measurement_reference_once"),)


class Submission(Identified):
    """A report handed up to an organisation on the other side of a boundary: all that it will see."""

    report = models.ForeignKey("measurement.Report", on_delete=models.PROTECT, related_name="submissions")
    to_organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="received_reports")
    submitted_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    submitted_at = models.DateTimeField()
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("report", "to_organization"), name="measurement_submission_once"),)
