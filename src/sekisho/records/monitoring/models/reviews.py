"""The plan of reviews, and the reviews themselves."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["LogReview", "Purpose", "ReviewPlan", "ReviewState"]


class Purpose(models.TextChoices):
    """What a review is for: 原因調査, 問題発見, 予防."""

    CAUSE = "cause"
    DISCOVERY = "discovery"
    PREVENTION = "prevention"


class ReviewPlan(Identified):
    """What is reviewed, how often, by whom, for which purpose. The next review is a duty due at ``due_at``."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="review_plans")
    title = models.CharField(max_length=200)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    sources = models.ManyToManyField("monitoring.LogSource", related_name="plans")
    every = models.CharField(max_length=16)  # daily | weekly | monthly | quarterly | yearly
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    basis = models.CharField(max_length=200, blank=True, default="")
    reviewed_until = models.DateTimeField()  # the next review covers from here
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("due_at", "title")
        constraints = (models.UniqueConstraint(fields=("organization", "title"), name="monitoring_plan_once"),)

    def __str__(self) -> str:
        return self.title


class ReviewState(models.TextChoices):
    """running (the rules are applied) → open (people look) → finished; or cancelled."""

    RUNNING = "running"
    OPEN = "open"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class LogReview(Identified):
    """One review of a period. ``explanation`` says what the run saw and did not; ``coverage`` is frozen at the end."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="log_reviews")
    plan = models.ForeignKey("monitoring.ReviewPlan", null=True, blank=True, on_delete=models.PROTECT, related_name="reviews")
    title = models.CharField(max_length=200)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    sources = models.ManyToManyField("monitoring.LogSource", related_name="reviews")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    periods = models.PositiveIntegerField(default=1)  # of the plan; more than one when some were missed
    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=ReviewState.choices, default=ReviewState.RUNNING)
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    explanation = models.JSONField(default=dict)
    coverage = models.JSONField(default=dict)
    trends = models.JSONField(default=list)  # for 予防: [{rule, entity, points, limit, reached_at, …}]
    notes = models.TextField(blank=True, default="")
    started_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    finished_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    evidence = models.ManyToManyField("evidence.Evidence", related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-started_at",)
        indexes = (models.Index(fields=("organization", "-started_at"), name="monitoring_reviews"),)

    def __str__(self) -> str:
        return self.title
