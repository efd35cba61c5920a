"""Long work: the row is the truth, the queue only wakes a worker."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class JobState(models.TextChoices):
    """queued → running → done | failed | cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Identified):
    """One piece of work for ``started_by``, whose rights are checked again when it runs. Handlers are safe to repeat.

    ``attempts`` also fences: only who claimed the latest attempt may write about it. ``again``: the same work was asked for
    while it ran, so it runs once more.
    """

    kind = models.CharField(max_length=64)
    organization = models.ForeignKey("organization.Organization", null=True, on_delete=models.CASCADE, related_name="jobs")
    started_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="jobs")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    unique_key = models.CharField(max_length=200, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    again = models.BooleanField(default=False)
    run_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("state", "run_after"), name="jobs_to_run"),)
        constraints = (
            models.UniqueConstraint(
                fields=("unique_key",),
                condition=models.Q(state__in=("queued", "running")) & ~models.Q(unique_key=""),
                name="jobs_unique_while_open",
            ),
        )


class Schedule(models.Model):
    """A kind of job that comes again: each ``every_seconds``, next at ``next_run_at``."""

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=64)
    every_seconds = models.PositiveIntegerField()
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
