"""Data that leave production: plans by which they are masked, runs with their proof, assessments, and what was handed to whom."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sekisho.records.base import Identified

__all__ = [
    "Handover",
    "HandoverContent",
    "HandoverState",
    "MaskPlan",
    "MaskRun",
    "MaskRunState",
    "PrivacyAssessment",
]


class MaskPlan(Identified):
    """A masking plan (YAML, ``engines.masking.plan``) for tables of a store. A change makes it wait for approval again.

    ``source``, ``target``: paths below the folders of their stores, or a database (empty); ``digest``: SHA-256 of ``text``.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="mask_plans")
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=500, blank=True, default="")
    source_store = models.ForeignKey("lifecycle.DataStore", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=500, blank=True, default="")
    target_store = models.ForeignKey("lifecycle.DataStore", on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField()
    digest = models.CharField(max_length=64)
    approved_digest = models.CharField(max_length=64, blank=True, default="")
    approved_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "name"), condition=Q(ended_at=None), name="lifecycle_mask_plan_once"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        """Whether the text, as it is now, was approved."""
        return bool(self.approved_digest) and self.approved_digest == self.digest


class MaskRunState(models.TextChoices):
    """waiting → done | failed. Done does not mean proven: see ``proof_holds``."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class MaskRun(Identified):
    """One run with its proof. ``text``: the plan as it ran; ``proof``: ``engines.masking.verify.Proof`` as JSON; ``report``: the
    report's document model. The 保護管理者 signs for it.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(MaskPlan, on_delete=models.PROTECT, related_name="runs")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=MaskRunState.choices, default=MaskRunState.WAITING)
    result = models.JSONField(default=dict)  # tables and rows written
    proof = models.JSONField(default=dict)
    proof_holds = models.BooleanField(null=True)
    report = models.JSONField(default=dict)  # document model of the report, as encoded
    error = models.JSONField(null=True, blank=True)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("plan",), condition=Q(state="waiting"), name="lifecycle_mask_run_one"),
            models.CheckConstraint(condition=Q(signed_at=None) | Q(proof_holds=True), name="lifecycle_mask_signed_proven"),
        )


class PrivacyAssessment(Identified):
    """再識別のおそれの評価 of a table. The table itself is not kept: ``digest`` of its bytes, ``settings`` and ``figures`` are.

    ``declared``: item of the checklist → {state, note}; ``report``: document model of the report, as encoded.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="privacy_assessments")
    name = models.CharField(max_length=200)
    file_name = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    scheme = models.CharField(max_length=40, blank=True, default="")  # what it is to become: 匿名加工情報 …
    settings = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    declared = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    mask_run = models.ForeignKey(MaskRun, null=True, blank=True, on_delete=models.PROTECT, related_name="assessments")
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    signed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-at", "pk")
        indexes = (models.Index(fields=("organization", "at"), name="lifecycle_assessments"),)

    def __str__(self) -> str:
        return self.name


class HandoverContent(models.TextChoices):
    """What is handed out: made from a description, masked by a plan with proof, or real data (inside only, with a basis)."""

    SYNTHETIC = "synthetic"
    MASKED = "masked"
    REAL = "real"


class HandoverState(models.TextChoices):
    """draft → asked → approved → given → ended; or refused, withdrawn."""

    DRAFT = "draft"
    ASKED = "asked"
    APPROVED = "approved"
    GIVEN = "given"
    ENDED = "ended"  # returned, erased or used up, confirmed
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Handover(Identified):
    """Data handed out of production: what, to whom, for what, on which basis, and how it came back or was erased."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="handovers")
    number = models.CharField(max_length=32)  # HO-2026-0001
    title = models.CharField(max_length=200)
    content = models.CharField(max_length=16, choices=HandoverContent.choices)
    purpose = models.CharField(max_length=500)
    recipient = models.CharField(max_length=200)
    supplier = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    personal = models.BooleanField(default=False)  # the originals were personal data
    my_number = models.BooleanField(default=False)
    mask_run = models.ForeignKey(MaskRun, null=True, blank=True, on_delete=models.PROTECT, related_name="handovers")
    assessment = models.ForeignKey(PrivacyAssessment, null=True, blank=True, on_delete=models.PROTECT, related_name="handovers")
    pledge = models.ForeignKey("evidence.Evidence", null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # 誓約書
    back_on = models.DateField(null=True, blank=True)  # to be returned or erased by
    state = models.CharField(max_length=16, choices=HandoverState.choices, default=HandoverState.DRAFT)
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    given_on = models.DateField(null=True, blank=True)
    given_how = models.CharField(max_length=500, blank=True, default="")
    ended_on = models.DateField(null=True, blank=True)
    ended_how = models.CharField(max_length=16, blank=True, default="")  # returned | erased | kept (synthetic only)
    ended_note = models.TextField(blank=True, default="")
    proof_of_end = models.ForeignKey("evidence.Evidence", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-made_at", "number")
        constraints = (
            models.UniqueConstraint(fields=("organization", "number"), name="lifecycle_handover_once"),
            models.CheckConstraint(condition=~Q(state="given") | Q(given_on__isnull=False), name="lifecycle_handover_given"),
            models.CheckConstraint(condition=~Q(state="ended") | Q(ended_on__isnull=False), name="lifecycle_handover_ended"),
        )
        indexes = (models.Index(fields=("organization", "state", "back_on"), name="lifecycle_handover_open"),)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
