"""Deletions from the request to the certificate, and standing orders for automatic ones."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["Certificate", "Deletion", "DeletionState", "ErasedPlace", "ErasedState", "StandingOrder"]


class DeletionState(models.TextChoices):
    """draft → asked → approved → running → waiting (people, suppliers) → done | partial; stale: to be approved again; stopped."""

    DRAFT = "draft"
    ASKED = "asked"
    APPROVED = "approved"
    STALE = "stale"  # rules or the ledger changed after the approval
    RUNNING = "running"
    WAITING = "waiting"  # for people and suppliers
    DONE = "done"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


class Deletion(Identified):
    """A deletion of entries. ``approved_digest`` is of what was approved: another one at execution means: approve again.

    ``limits``: most_files, most_bytes, most_rows of one run; ``restore_days``: how long it can be undone (0: not at all).
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="deletions")
    number = models.CharField(max_length=32)
    title = models.CharField(max_length=200)
    reason = models.TextField()
    method = models.CharField(max_length=16, default="clear")  # clear | purge | destroy: what is asked for
    automatic = models.ForeignKey("lifecycle.StandingOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    entries = models.ManyToManyField("lifecycle.RetentionEntry", related_name="deletions")
    limits = models.JSONField(default=dict)
    restore_days = models.PositiveSmallIntegerField(default=0)
    restore_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=DeletionState.choices, default=DeletionState.DRAFT)
    dry_run = models.JSONField(default=dict)
    dry_run_at = models.DateTimeField(null=True, blank=True)
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_digest = models.CharField(max_length=64, blank=True, default="")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    executed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    executed_at = models.DateTimeField(null=True, blank=True)
    stopped = models.JSONField(default=dict)  # {code, fields}: why the last run went no further
    witness = models.CharField(max_length=200, blank=True, default="")
    requested_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=("organization", "number"), name="lifecycle_deletion_once"),)
        indexes = (models.Index(fields=("organization", "state"), name="lifecycle_deletions"),)

    def __str__(self) -> str:
        return self.title


class ErasedState(models.TextChoices):
    """waiting → done | partial | failed | held; with a window → aside → done | restored; at suppliers → requested → done."""

    WAITING = "waiting"
    REQUESTED = "requested"
    ASIDE = "aside"  # out of reach, can be brought back until the window is over
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    HELD = "held"
    RESTORED = "restored"


class ErasedPlace(Identified):
    """What became of one copy within one deletion. ``outcome``: what the engine reports; ``verified``: the proof."""

    deletion = models.ForeignKey("lifecycle.Deletion", on_delete=models.CASCADE, related_name="erased")
    entry = models.ForeignKey("lifecycle.RetentionEntry", on_delete=models.PROTECT, related_name="erased")
    place = models.ForeignKey("lifecycle.Place", on_delete=models.PROTECT, related_name="erased")
    state = models.CharField(max_length=16, choices=ErasedState.choices, default=ErasedState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    achieved = models.CharField(max_length=16, blank=True, default="")  # deleted | clear | purge | destroy: what really happened
    listing = models.JSONField(default=dict)  # what the dry run found
    outcome = models.JSONField(default=dict)
    report = models.ForeignKey("evidence.Artifact", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified = models.JSONField(default=dict)
    done_on = models.DateField(null=True, blank=True)
    facts = models.JSONField(default=dict)  # what people wrote down: quantity, serial, how, tool, done_by, witness
    requested_on = models.DateField(null=True, blank=True)
    document = models.ForeignKey("evidence.Evidence", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("entry__number", "place__kind", "pk")
        constraints = (models.UniqueConstraint(fields=("deletion", "place"), name="lifecycle_erased_once"),)


class Certificate(Identified):
    """消去・廃棄証明書, frozen at its issue. ``sha256`` of the canonical form of its ``facts`` stands on the Ledger."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="deletion_certificates")
    deletion = models.OneToOneField("lifecycle.Deletion", on_delete=models.PROTECT, related_name="certificate")
    number = models.CharField(max_length=32)
    facts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    sequence = models.BigIntegerField()  # of the Ledger's entry
    issued_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    issued_at = models.DateTimeField()
    renderings = models.JSONField(default=dict)  # format → sha256 of the file

    class Meta:
        ordering = ("-issued_at",)
        constraints = (models.UniqueConstraint(fields=("organization", "number"), name="lifecycle_certificate_once"),)


class StandingOrder(Identified):
    """松: entries of a scope are deleted by themselves once they are due, within limits, if no hold and no gate stops them.

    It is approved once by a second person; a change of its scope, or of the rules it rests on, needs a new approval.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="standing_orders")
    name = models.CharField(max_length=200)
    reason = models.TextField()
    kinds = models.JSONField(default=list)
    store = models.ForeignKey("lifecycle.DataStore", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    every_days = models.PositiveSmallIntegerField(default=1)
    method = models.CharField(max_length=16, default="clear")
    limits = models.JSONField(default=dict)
    restore_days = models.PositiveSmallIntegerField(default=0)
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_digest = models.CharField(max_length=64, blank=True, default="")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_result = models.JSONField(default=dict)
    asked_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name", "-created_at")
