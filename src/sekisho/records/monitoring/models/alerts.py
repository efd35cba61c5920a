"""What the rules found, grouped by rule and entity, and what people say about it."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified
from sekisho.records.monitoring.models.reviews import Purpose

__all__ = ["Alert", "AlertNote", "AlertSeen", "AlertState", "Suppression"]


class AlertState(models.TextChoices):
    """new → looking → incident 事案 | no_problem 問題なし | accepted 受容. New events open one again, unless it is accepted."""

    NEW = "new"
    LOOKING = "looking"
    INCIDENT = "incident"
    NO_PROBLEM = "no_problem"
    ACCEPTED = "accepted"


class Alert(Identified):
    """One rule that found something about one entity (an account, an address, a host, a door …), however often.

    ``sign``: indication 兆候 (has happened) or precursor 予兆 (has not happened yet). ``events``: the newest that led to it, each
    with its way back to the line: [{time, source, file, sha256, record, text}].
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="alerts")
    source = models.ForeignKey("monitoring.LogSource", null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts")
    rule = models.CharField(max_length=200)
    rule_title = models.JSONField(default=dict)  # {ja, en}
    origin = models.CharField(max_length=16)  # purposes | sigma | silence
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    sign = models.CharField(max_length=16)  # indication | precursor
    severity = models.CharField(max_length=16)
    entity_kind = models.CharField(max_length=32, blank=True, default="")
    entity = models.CharField(max_length=300, blank=True, default="")
    code = models.CharField(max_length=100, blank=True, default="")
    fields = models.JSONField(default=dict)
    controls = models.JSONField(default=list)
    events = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=AlertState.choices, default=AlertState.NEW)
    assignee = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    triaged_at = models.DateTimeField(null=True, blank=True)  # first looked at since it opened
    closed_at = models.DateTimeField(null=True, blank=True)
    suppressed_by = models.ForeignKey(
        "monitoring.Suppression", null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-last_at",)
        constraints = (models.UniqueConstraint(fields=("organization", "fingerprint"), name="monitoring_alert_once"),)
        indexes = (models.Index(fields=("organization", "state", "-last_at"), name="monitoring_queue"),)


class AlertSeen(models.Model):
    """A review's run saw the alert with so many events. The same run repeated writes the same row."""

    alert = models.ForeignKey("monitoring.Alert", on_delete=models.CASCADE, related_name="seen")
    review = models.ForeignKey("monitoring.LogReview", on_delete=models.CASCADE, related_name="seen")
    count = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("alert", "review"), name="monitoring_seen_once"),)


class AlertNote(Identified):
    """What somebody wrote or decided about an alert."""

    alert = models.ForeignKey("monitoring.Alert", on_delete=models.CASCADE, related_name="notes")
    state_before = models.CharField(max_length=16, blank=True, default="")
    state_after = models.CharField(max_length=16, blank=True, default="")
    text = models.TextField(blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)


class Suppression(Identified):
    """Findings of a rule, about an entity, or both, that need nobody's look until ``expires_at``. Counted all the same."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="suppressions")
    rule = models.CharField(max_length=200, blank=True, default="")
    entity = models.CharField(max_length=300, blank=True, default="")
    reason = models.TextField()
    expires_at = models.DateTimeField()
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("expires_at",)
