"""Joining door and log-in records is monitoring of staff: the registered basis, and every search made on it."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["StaffBasis", "StaffSearch"]


class StaffBasis(Identified):
    """Why, under which rule and after which notice staff may be watched, from when until when, and who approved it.

    Without ``approved_at`` nothing may be searched; after ``ends_on`` (that day included) or ``ended_at`` no longer.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="staff_bases")
    purpose = models.TextField()
    rule_document = models.ForeignKey("evidence.Evidence", on_delete=models.PROTECT, related_name="+")
    notice_document = models.ForeignKey("evidence.Evidence", on_delete=models.PROTECT, related_name="+")
    noticed_on = models.DateField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-asked_at",)


class StaffSearch(Identified):
    """One search that joined door and log-in records: by whom, about whom, why, and how much came of it."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    basis = models.ForeignKey("monitoring.StaffBasis", on_delete=models.PROTECT, related_name="searches")
    about = models.CharField(max_length=200, blank=True, default="")  # empty: everybody
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField()
    found = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
