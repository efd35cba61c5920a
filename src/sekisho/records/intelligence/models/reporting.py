"""The ways out: executives, staff; and what the executives order."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified
from sekisho.records.intelligence.models.notices import Horizon
from sekisho.records.intelligence.models.sources import TlpLabel

__all__ = ["Announcement", "Briefing", "Instruction"]


class Briefing(Identified):
    """One page for the executives, frozen when it was given (``document``: the document model as JSON)."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="briefings")
    number = models.CharField(max_length=32)  # BR-2026-0001
    title = models.CharField(max_length=200)
    horizon = models.CharField(max_length=8, choices=Horizon.choices)
    notices = models.ManyToManyField("intelligence.Notice", related_name="briefings")
    tlp = models.CharField(max_length=16, choices=TlpLabel.choices)
    document = models.JSONField(default=dict)
    given_to = models.CharField(max_length=300)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
        constraints = (models.UniqueConstraint(fields=("organization", "number"), name="intelligence_briefing_once"),)

    def __str__(self) -> str:
        return self.title


class Instruction(Identified):
    """What the executives ordered. The task is a duty (``intelligence:instruction:<id>``): it is done when its duty is."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="instructions")
    briefing = models.ForeignKey("intelligence.Briefing", on_delete=models.PROTECT, related_name="instructions")
    text = models.TextField()
    given_by = models.CharField(max_length=200)
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    due_on = models.DateField()
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("due_on", "at")


class Announcement(Identified):
    """A notice to the staff in plain words. Everybody of the organisation reads it."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="announcements")
    notice = models.ForeignKey(
        "intelligence.Notice", null=True, blank=True, on_delete=models.PROTECT, related_name="announcements"
    )
    title = models.CharField(max_length=200)
    text = models.TextField()
    what_to_do = models.TextField()
    contact = models.CharField(max_length=300)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.title
