"""What is judged, what it is part of, how others name it, and the machines that report about it."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class SubjectKind(models.TextChoices):
    """Kinds of Subject (DESIGN §2)."""

    ORGANIZATION = "organization"
    INFORMATION_SYSTEM = "information_system"
    HOST = "host"
    CODE = "code"
    INFORMATION_ASSET = "information_asset"
    SUPPLIER = "supplier"
    CLOUD_SERVICE = "cloud_service"
    SITE = "site"
    DATASET = "dataset"
    DEVICE = "device"


class Subject(Identified):
    """Anything that is judged. Every organisation has one of kind ``organization`` that stands for itself."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="subjects")
    kind = models.CharField(max_length=32, choices=SubjectKind.choices)
    name = models.CharField(max_length=200)
    kana = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    classification_scheme = models.CharField(max_length=32, blank=True, default="")  # id in standards
    confidentiality = models.CharField(max_length=16, blank=True, default="")
    integrity = models.CharField(max_length=16, blank=True, default="")
    availability = models.CharField(max_length=16, blank=True, default="")
    network_zone = models.CharField(max_length=32, blank=True, default="")
    grade = models.CharField(max_length=8, blank=True, default="")
    attributes = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("organization", "kind", "name")
        indexes = (
            models.Index(fields=("organization", "kind", "name"), name="subjects_by_organization"),
            models.Index(fields=("kind",), name="subjects_by_kind"),
        )

    def __str__(self) -> str:
        return self.name


class PartOf(Identified):
    """``part`` belongs to ``whole``: web-01 → 予約サイト. No cycles (checked in the action)."""

    whole = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="part_links")
    part = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="whole_links")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("whole", "part"), name="subjects_part_once"),)


class ExternalKey(Identified):
    """How others name a Subject: 法人番号, 団体コード, an asset number, an enrolled machine."""

    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="external_keys")
    scheme = models.CharField(max_length=32)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("scheme", "value"), name="subjects_key_once"),)


class InformationAsset(models.Model):
    """The columns of the 情報資産台帳 that only information has."""

    subject = models.OneToOneField("subjects.Subject", primary_key=True, on_delete=models.CASCADE, related_name="asset")
    form = models.CharField(max_length=16, default="electronic")  # electronic | paper | both
    location = models.CharField(max_length=200, blank=True, default="")
    personal_information = models.BooleanField(default=False)
    my_number = models.BooleanField(default=False)
    people_count = models.PositiveIntegerField(null=True, blank=True)
    handling = models.TextField(blank=True, default="")
    acquired_on = models.DateField(null=True, blank=True)


class Machine(Identified):
    """An enrolment: the collector with this token may report about this Subject, and about no other.

    ``identity`` is bound at the first report. ``nonce`` changes with each report; an old one means a cloned machine. The one
    before it is kept with the digest of the last batch, so that a batch whose answer was lost can be sent again
    (``rules.judge``).
    """

    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="machines")
    name = models.CharField(max_length=200)
    secret_hash = models.CharField(max_length=64, unique=True)
    identity = models.CharField(max_length=64, blank=True, default="")
    nonce = models.CharField(max_length=64, blank=True, default="")
    counter = models.BigIntegerField(default=0)
    previous_nonce = models.CharField(max_length=64, blank=True, default="")
    last_batch = models.CharField(max_length=64, blank=True, default="")
    enrolled_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    enrolled_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.CharField(max_length=64, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)
