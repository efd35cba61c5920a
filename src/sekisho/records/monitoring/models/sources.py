"""Where logs come from, and what each reading of them gave."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["Ingestion", "IngestionState", "LogSource"]


class LogSource(Identified):
    """A source of logs. Its events stand in the event store of its organisation, each carrying the id of its source.

    ``seen`` remembers the files of the watched folder that were read (name → [size, modified]), so that only new ones are.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="log_sources")
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="log_sources")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=64)  # id of a field map; empty: found out from each file
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    rhythm_hours = models.PositiveIntegerField(default=24)  # longer without an event is silence
    retention_days = models.PositiveIntegerField(default=365)
    time_zone = models.CharField(max_length=64, default="Asia/Tokyo")  # of times that are written without one
    encoding = models.CharField(max_length=32, blank=True, default="")  # empty: found out
    watches_folder = models.BooleanField(default=False)
    note = models.TextField(blank=True, default="")
    seen = models.JSONField(default=dict)
    events = models.BigIntegerField(default=0)
    first_event_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    last_ingested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="monitoring_source_once"),)

    def __str__(self) -> str:
        return self.name


class IngestionState(models.TextChoices):
    """waiting → done | failed | cancelled. How far a waiting one is says its job."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Ingestion(Identified):
    """One reading of files of a source. ``files``: [{name, size, sha256}]; ``report``: see ``rules.ingesting.Report``."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("monitoring.LogSource", on_delete=models.PROTECT, related_name="ingestions")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(max_length=16)  # upload | folder | machine
    files = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=IngestionState.choices, default=IngestionState.WAITING)
    report = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    machine = models.ForeignKey("subjects.Machine", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("source", "-at"), name="monitoring_ingestions"),)
