"""The trail of an investigation: every search in it, in order."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["Trail", "TrailStep"]


class Trail(Identified):
    """An investigation (原因調査). Saved as evidence it is closed: no step is added any more."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="trails")
    title = models.CharField(max_length=200)
    alert = models.ForeignKey("monitoring.Alert", null=True, blank=True, on_delete=models.SET_NULL, related_name="trails")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    conclusion = models.TextField(blank=True, default="")
    evidence = models.ForeignKey("evidence.Evidence", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-opened_at",)

    def __str__(self) -> str:
        return self.title


class TrailStep(Identified):
    """One search: what was asked (``rules.searching.Query`` as JSON), and what came of it."""

    trail = models.ForeignKey("monitoring.Trail", on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    query = models.JSONField()
    found = models.PositiveBigIntegerField()
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("trail", "position"), name="monitoring_step_once"),)
