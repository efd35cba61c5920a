"""Where data lies that Sekisho can reach: folders, buckets, databases; rules by which they are scanned, and what was found."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["DataStore", "FoundEntry", "FoundState", "ScanRule", "StoreKind", "StoreScan"]


class StoreKind(models.TextChoices):
    """What it is."""

    FOLDER = "folder"
    BUCKET = "bucket"  # S3 API
    DATABASE = "database"  # SQLAlchemy URL


class DataStore(Identified):
    """A store. ``address``: a folder below a root that the installation allows, an endpoint, or a URL without its password.

    The secret is a file in the folder of keys, never in the database; ``secret_set_at`` says since when.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="data_stores")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=StoreKind.choices)
    address = models.CharField(max_length=500)
    bucket = models.CharField(max_length=100, blank=True, default="")
    region = models.CharField(max_length=64, blank=True, default="")
    login = models.CharField(max_length=200, blank=True, default="")
    secret_set_at = models.DateTimeField(null=True, blank=True)
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="lifecycle_store_once"),)

    def __str__(self) -> str:
        return self.name


class ScanRule(Identified):
    """What lies at ``pattern`` of a store is a record of ``kinds``; the day of ``event`` comes from ``date_source``.

    ``pattern``: for folders and buckets a path with * ? ** and, for the date, {yyyy} {mm} {dd} {fy}; for databases a table name.
    ``date_source``: path, modified, column (``column``), fixed (``fixed_on``) or none. One entry for each folder or file that the
    pattern meets (``group``: each | folder), or for each table and year of the column.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="scan_rules")
    store = models.ForeignKey("lifecycle.DataStore", on_delete=models.CASCADE, related_name="scan_rules")
    name = models.CharField(max_length=200)
    pattern = models.CharField(max_length=300)
    group = models.CharField(max_length=16, default="folder")
    kinds = models.JSONField(default=list)
    event = models.CharField(max_length=64, blank=True, default="")
    date_source = models.CharField(max_length=16, default="none")
    column = models.CharField(max_length=100, blank=True, default="")
    fixed_on = models.DateField(null=True, blank=True)
    personal = models.BooleanField(default=False)
    my_number = models.BooleanField(default=False)
    sensitive = models.BooleanField(default=False)
    public_record = models.BooleanField(default=True)
    owner_role = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="lifecycle_scan_rule_once"),)

    def __str__(self) -> str:
        return self.name


class StoreScan(Identified):
    """One run of a store's rules. ``report``: seen, matched, proposed, known, unmatched, problems."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey("lifecycle.DataStore", on_delete=models.CASCADE, related_name="scans")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, default="waiting")  # waiting | done | failed
    report = models.JSONField(default=dict)
    error = models.JSONField(null=True, blank=True)
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at",)


class FoundState(models.TextChoices):
    """new → accepted | dismissed."""

    NEW = "new"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class FoundEntry(Identified):
    """An entry that a scan proposes. ``fingerprint`` of store, rule and place: what was dismissed is not proposed again."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="+")
    scan = models.ForeignKey("lifecycle.StoreScan", on_delete=models.CASCADE, related_name="found")
    rule = models.ForeignKey("lifecycle.ScanRule", on_delete=models.CASCADE, related_name="found")
    fingerprint = models.CharField(max_length=64)
    label = models.CharField(max_length=300)
    locator = models.JSONField(default=dict)
    day = models.DateField(null=True, blank=True)
    count = models.BigIntegerField(default=0)  # files, objects or rows
    size = models.BigIntegerField(default=0)  # bytes
    state = models.CharField(max_length=16, choices=FoundState.choices, default=FoundState.NEW)
    entry = models.ForeignKey("lifecycle.RetentionEntry", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("label",)
        constraints = (models.UniqueConstraint(fields=("organization", "fingerprint"), name="lifecycle_found_once"),)
        indexes = (models.Index(fields=("organization", "state"), name="lifecycle_found"),)
