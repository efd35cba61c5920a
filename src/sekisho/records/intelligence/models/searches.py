"""Searches of the logs for indicators, and what they saw."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["IocSearch", "IocSighting", "SearchState"]


class SearchState(models.TextChoices):
    """running → done | failed | cancelled."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class IocSearch(Identified):
    """One search. ``report``: what was looked at and what could not be (see ``rules.searching``)."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="ioc_searches")
    notice = models.ForeignKey("intelligence.Notice", null=True, blank=True, on_delete=models.PROTECT, related_name="searches")
    way = models.CharField(max_length=16)  # backwards | arrival
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=16, choices=SearchState.choices, default=SearchState.RUNNING)
    iocs = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("organization", "-at"), name="intelligence_searches"),)


class IocSighting(Identified):
    """What a search saw of one indicator. ``denied`` of the ``count`` records say that the traffic was stopped."""

    search = models.ForeignKey("intelligence.IocSearch", on_delete=models.CASCADE, related_name="sightings")
    ioc = models.ForeignKey("intelligence.Ioc", on_delete=models.CASCADE, related_name="sightings")
    count = models.PositiveBigIntegerField()
    denied = models.PositiveBigIntegerField(default=0)
    outside_period = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    first_denied_at = models.DateTimeField(null=True)
    hosts = models.JSONField(default=dict)
    places = models.JSONField(default=list)

    class Meta:
        ordering = ("-count",)
        constraints = (models.UniqueConstraint(fields=("search", "ioc"), name="intelligence_sighting_once"),)
