"""申請・承認: somebody asks, somebody in the line of responsibility decides."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class RequestState(models.TextChoices):
    """draft → pending → approved | returned 差戻し | refused 却下 | withdrawn 引戻し."""

    DRAFT = "draft"
    PENDING = "pending"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Request(Identified):
    """What is asked: ``kind`` names the handler in the room that will carry it out, ``payload`` its arguments."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="requests")
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=64)
    number = models.CharField(max_length=32, unique=True)  # 2026-000123
    payload = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)  # {code, fields}: what it says in lists
    reason = models.TextField(blank=True, default="")
    requester = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="requests")
    state = models.CharField(max_length=16, choices=RequestState.choices, default=RequestState.PENDING)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(default=1)  # counts up when it comes back after a return
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("organization", "state"), name="requests_by_state"),)


class StepState(models.TextChoices):
    """waiting → open → approved | returned | refused | skipped."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    REFUSED = "refused"
    SKIPPED = "skipped"


class Step(Identified):
    """One step of one round. Steps of the same ``position`` run in parallel; ``joint`` (合議) needs all holders of the role."""

    request = models.ForeignKey("requests.Request", on_delete=models.CASCADE, related_name="steps")
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=32)
    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    joint = models.BooleanField(default=False)
    advisory = models.BooleanField(default=False)  # an opinion beside the line, never a decision
    state = models.CharField(max_length=16, choices=StepState.choices, default=StepState.WAITING)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("round", "position")
        indexes = (models.Index(fields=("state", "role", "organization"), name="requests_open_steps"),)


class DecisionKind(models.TextChoices):
    """What a person did at a step."""

    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"
    OPINION = "opinion"
    REVIEWED_AFTER = "reviewed_after"  # 後閲


class Decision(Identified):
    """Who decided what. ``deputy_for`` is set for 代決; the principal then reviews afterwards (後閲)."""

    step = models.ForeignKey("requests.Step", on_delete=models.CASCADE, related_name="decisions")
    person = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    deputy_for = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=DecisionKind.choices)
    comment = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    review_needed = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("at",)


class Absence(Identified):
    """While ``person`` is away, ``deputy`` may decide for them (代決)."""

    person = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="absences")
    deputy = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="deputises")
    starts_on = models.DateField()
    ends_on = models.DateField()
