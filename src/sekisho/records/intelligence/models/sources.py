"""Where threat information comes from."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["IntelSource", "SourceKind", "TlpLabel", "Trust"]


class SourceKind(models.TextChoices):
    """How it arrives. Only ``taxii`` is fetched by Sekisho itself; all others are handed in."""

    NOTICE = "notice"  # 注意喚起: mails, pages, papers
    FEED = "feed"  # RSS, Atom
    TAXII = "taxii"
    EXCHANGE = "exchange"  # files of STIX, MISP, CSV from a sharing community
    OWN = "own"  # found here


class Trust(models.TextChoices):
    """How far the source has proved right."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class TlpLabel(models.TextChoices):
    """The labels of TLP 2.0, the strictest first."""

    RED = "red"
    AMBER_STRICT = "amber+strict"
    AMBER = "amber"
    GREEN = "green"
    CLEAR = "clear"


class IntelSource(Identified):
    """A source. ``rhythm_days``: how often somebody looks at it (a duty); ``cursor``: up to where TAXII collections were read.

    The secret of a TAXII server is in the folder of keys, never in the database; ``secret_set_at`` says since when.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="intel_sources")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=SourceKind.choices)
    address = models.CharField(max_length=500, blank=True, default="")
    collection = models.CharField(max_length=200, blank=True, default="")
    login = models.CharField(max_length=200, blank=True, default="")
    secret_set_at = models.DateTimeField(null=True, blank=True)
    trust = models.CharField(max_length=16, choices=Trust.choices, default=Trust.UNKNOWN)
    default_tlp = models.CharField(max_length=16, choices=TlpLabel.choices)
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    rhythm_days = models.PositiveIntegerField(default=7)
    gives_back = models.BooleanField(default=False)  # we share with it, too
    note = models.TextField(blank=True, default="")
    cursor = models.JSONField(default=dict)  # TAXII collection → date of its last object
    last_looked_at = models.DateTimeField(null=True, blank=True)
    last_received_at = models.DateTimeField(null=True, blank=True)
    last_error = models.JSONField(null=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="intelligence_source_once"),)

    def __str__(self) -> str:
        return self.name
