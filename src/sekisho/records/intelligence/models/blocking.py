"""From the request to block until it is shown that it is blocked."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified
from sekisho.records.intelligence.models.sources import TlpLabel

__all__ = ["BlockProof", "Handout", "Release", "ReleaseItem", "ReleaseState"]


class ReleaseState(models.TextChoices):
    """testing → tested | failed → pending → approved | returned | refused | withdrawn."""

    TESTING = "testing"
    FAILED = "failed"
    TESTED = "tested"
    PENDING = "pending"
    APPROVED = "approved"
    DROPPED = "dropped"


class Release(Identified):
    """Indicators that are to stand on the block list together. ``test``: what they would have stopped in recent logs."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="releases")
    notice = models.ForeignKey("intelligence.Notice", null=True, blank=True, on_delete=models.PROTECT, related_name="releases")
    number = models.CharField(max_length=32)  # BL-2026-0001
    state = models.CharField(max_length=16, choices=ReleaseState.choices, default=ReleaseState.TESTING)
    test_days = models.PositiveIntegerField(default=30)
    test = models.JSONField(default=dict)
    tested_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (models.UniqueConstraint(fields=("organization", "number"), name="intelligence_release_once"),)

    def __str__(self) -> str:
        return self.number


class ReleaseItem(models.Model):
    """One indicator of a release, in which direction and until when."""

    release = models.ForeignKey("intelligence.Release", on_delete=models.CASCADE, related_name="items")
    ioc = models.ForeignKey("intelligence.Ioc", on_delete=models.CASCADE, related_name="release_items")
    direction = models.CharField(max_length=16)
    expires_at = models.DateTimeField()
    reasons = models.JSONField(default=list)  # warnings of the allow-list as they were when asked
    stopped = models.JSONField(default=dict)  # what the test found of it

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("release", "ioc"), name="intelligence_item_once"),)


class BlockProof(Identified):
    """Why an indicator counts as blocked: a configuration that was read back, or denials in the logs.

    ``missing``: how many released indicators the configuration did not hold.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="block_proofs")
    way = models.CharField(max_length=16)  # configuration | denials
    device = models.CharField(max_length=200, blank=True, default="")
    content = models.ForeignKey("evidence.Artifact", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    search = models.ForeignKey("intelligence.IocSearch", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    iocs = models.ManyToManyField("intelligence.Ioc", related_name="proofs")
    missing = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField()  # when the device was like this
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)


class Handout(Identified):
    """Indicators that were written out, in which form and for whom. Written out is not blocked."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="handouts")
    form = models.CharField(max_length=16)
    audience = models.CharField(max_length=16)
    recipient = models.CharField(max_length=300, blank=True, default="")
    notice = models.ForeignKey("intelligence.Notice", null=True, blank=True, on_delete=models.PROTECT, related_name="handouts")
    tlp = models.CharField(max_length=16, choices=TlpLabel.choices)  # the strictest in it
    count = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
