"""漏えい点検: where personal data, marked documents and secrets lie; what may lie there, and what must not."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sekisho.records.base import Identified

__all__ = ["LeakDecision", "LeakEvery", "LeakPlace", "LeakPlan", "LeakScan", "LeakScanState"]


class LeakEvery(models.TextChoices):
    """How often a plan runs by itself."""

    ONCE = "once"  # only when somebody says so
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class LeakPlan(Identified):
    """A data store that is looked through. ``production``: real data belong there; elsewhere a place with some is to be treated.

    ``kinds``: names of the engine's kinds, empty for all; ``rules``: the organisation's own rules (YAML), empty for none.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="leak_plans")
    store = models.ForeignKey("lifecycle.DataStore", on_delete=models.PROTECT, related_name="leak_plans")
    name = models.CharField(max_length=200)
    production = models.BooleanField(default=False)
    kinds = models.JSONField(default=list)
    names = models.BooleanField(default=True)  # personal names and addresses too
    threshold = models.FloatField(default=0.5)
    excluded = models.JSONField(default=list)  # patterns of paths
    rules = models.TextField(blank=True, default="")
    every = models.CharField(max_length=16, choices=LeakEvery.choices, default=LeakEvery.MONTHLY)
    next_at = models.DateTimeField(null=True, blank=True)
    treat_days = models.PositiveSmallIntegerField(default=30)  # within which a place is to be treated
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "name"), condition=Q(ended_at=None), name="lifecycle_leak_plan_once"),
        )
        indexes = (models.Index(fields=("next_at",), condition=Q(ended_at=None), name="lifecycle_leak_due"),)

    def __str__(self) -> str:
        return self.name


class LeakScanState(models.TextChoices):
    """waiting → done | failed."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class LeakScan(Identified):
    """One run. ``report``: read, partly, unread, unchanged, kinds {name: count}, places, allowed, treated; in ``problems`` what
    could not be read, the first two hundred.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(LeakPlan, on_delete=models.CASCADE, related_name="scans")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    production = models.BooleanField()  # as the plan said when it ran
    state = models.CharField(max_length=16, choices=LeakScanState.choices, default=LeakScanState.WAITING)
    report = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    error = models.JSONField(null=True, blank=True)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "pk")
        constraints = (models.UniqueConstraint(fields=("plan",), condition=Q(state="waiting"), name="lifecycle_leak_scan_one"),)


class LeakPlace(Identified):
    """A place of a plan in which something was found: a file, or a column of a table. No value, no excerpt: counts by kind only.

    Open from ``first_seen_at`` until a later run that read the place finds nothing there (``treated_at``).
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(LeakPlan, on_delete=models.CASCADE, related_name="places")
    mark = models.CharField(max_length=64)  # SHA-256 of the path
    path = models.CharField(max_length=1000)
    kinds = models.JSONField(default=dict)  # name of a kind → count
    total = models.BigIntegerField(default=0)
    last_scan = models.ForeignKey(LeakScan, on_delete=models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    treated_at = models.DateTimeField(null=True, blank=True)
    decision = models.ForeignKey(
        "lifecycle.LeakDecision", null=True, blank=True, on_delete=models.SET_NULL, related_name="places"
    )

    class Meta:
        ordering = ("-total", "path")
        constraints = (models.UniqueConstraint(fields=("plan", "mark"), name="lifecycle_leak_place_once"),)
        indexes = (models.Index(fields=("organization", "treated_at"), name="lifecycle_leak_open"),)


class LeakDecision(Identified):
    """What may lie there: places of a plan that meet ``pattern``, for some kinds (empty: all), with a reason, until a day."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(LeakPlan, on_delete=models.CASCADE, related_name="decisions")
    pattern = models.CharField(max_length=300)
    kinds = models.JSONField(default=list)
    mistaken = models.BooleanField(default=False)  # no such thing is there: the scan errs
    reason = models.TextField()
    until = models.DateField()
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("until", "pk")
