"""Notices, what was taken out of them, and what became of them."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified
from sekisho.records.intelligence.models.sources import TlpLabel

__all__ = [
    "Candidate",
    "CandidateState",
    "Horizon",
    "Notice",
    "NoticeReader",
    "NoticeReceipt",
    "NoticeStep",
    "TlpLabel",
    "Verdict",
]


class Verdict(models.TextChoices):
    """What a person decided; empty until then."""

    RELEVANT = "relevant"
    WATCH = "watch"
    NOT_RELEVANT = "not_relevant"


class Horizon(models.TextChoices):
    """Short: a business risk now, told at once. Long: to be kept in mind, told at the management review."""

    SHORT = "short"
    LONG = "long"


class Notice(Identified):
    """One piece of threat information. Its bytes are sealed in the store: only this room gives them out, by the label.

    ``relevance``: {score, reasons: [{code, fields}], at} as computed; the verdict is a person's. The times from received to
    reported are what 5.7 is measured by. ``blocked_at``: when it was shown that all released indicators are stopped.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="threat_notices")
    source = models.ForeignKey(
        "intelligence.IntelSource", null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    number = models.CharField(max_length=32)  # TI-2026-0001
    title = models.CharField(max_length=300)
    form = models.CharField(max_length=16)  # text | mail | stix | misp | csv | feed
    file_name = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="")
    reference = models.CharField(max_length=500, blank=True, default="")
    digest = models.CharField(max_length=64)
    content = models.ForeignKey("evidence.Artifact", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tlp = models.CharField(max_length=16, choices=TlpLabel.choices)
    tlp_origin = models.CharField(max_length=16, default="source")  # material | source | person
    cves = models.JSONField(default=list)
    products = models.JSONField(default=list)
    sectors = models.JSONField(default=list)
    relevance = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    received_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verdict = models.CharField(max_length=16, choices=Verdict.choices, blank=True, default="")
    horizon = models.CharField(max_length=8, choices=Horizon.choices, blank=True, default="")
    verdict_reason = models.TextField(blank=True, default="")
    judged_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)
    look_again_on = models.DateField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    searched_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-received_at",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "number"), name="intelligence_number_once"),
            models.UniqueConstraint(fields=("organization", "digest"), name="intelligence_notice_once"),
        )
        indexes = (models.Index(fields=("organization", "verdict", "-received_at"), name="intelligence_notices"),)

    def __str__(self) -> str:
        return self.title


class NoticeReader(models.Model):
    """A person for whose eyes a TLP:RED notice is."""

    notice = models.ForeignKey("intelligence.Notice", on_delete=models.CASCADE, related_name="readers")
    person = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("notice", "person"), name="intelligence_reader_once"),)


class NoticeReceipt(Identified):
    """The same notice came again, perhaps from another source."""

    notice = models.ForeignKey("intelligence.Notice", on_delete=models.CASCADE, related_name="receipts")
    source = models.ForeignKey(
        "intelligence.IntelSource", null=True, blank=True, on_delete=models.PROTECT, related_name="receipts"
    )
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)


class NoticeStep(Identified):
    """The history of a notice: ``code`` is a sentence of texts/intelligence.yaml."""

    notice = models.ForeignKey("intelligence.Notice", on_delete=models.CASCADE, related_name="steps")
    code = models.CharField(max_length=64)
    fields = models.JSONField(default=dict)
    text = models.TextField(blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)


class CandidateState(models.TextChoices):
    """waiting → confirmed | dropped."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


class Candidate(Identified):
    """What looks like an indicator in a notice: a person confirms or drops it.

    ``start`` and ``end`` are places in the notice's text (None where it came from a structured file); ``reasons``: warnings and
    refusals as [{code, refuses, fields}]; ``facts``: what the material says beside it (title, period, confidence, labels …).
    """

    notice = models.ForeignKey("intelligence.Notice", on_delete=models.CASCADE, related_name="candidates")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=4096)
    original = models.CharField(max_length=4096, blank=True, default="")
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    around = models.CharField(max_length=300, blank=True, default="")
    ambiguous = models.BooleanField(default=False)
    reasons = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=CandidateState.choices, default=CandidateState.WAITING)
    decided_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        indexes = (models.Index(fields=("notice", "state", "position"), name="intelligence_candidates"),)
