"""Observations, artifacts, documents and findings."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class Artifact(models.Model):
    """Bytes in the content-addressed store. Erased bytes leave this row as a tombstone."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    erased_reason = models.CharField(max_length=64, blank=True, default="")


class ArtifactHolder(models.Model):
    """Which organisation holds an artifact (sent or uploaded there): the only way to see its bytes."""

    artifact = models.ForeignKey("evidence.Artifact", on_delete=models.CASCADE, related_name="holders")
    organization = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=300, blank=True, default="")
    received_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artifact", "organization"), name="evidence_holder_once"),)


class Observation(Identified):
    """A received Observation. Its canonical JSON is the artifact with ``content_id`` as its hash."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="observations")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="observations")
    machine = models.ForeignKey("subjects.Machine", null=True, on_delete=models.SET_NULL, related_name="observations")
    content_id = models.CharField(max_length=64)
    engine = models.CharField(max_length=64)
    engine_version = models.CharField(max_length=32)
    collector = models.JSONField(default=dict)
    observed_at = models.DateTimeField()
    observed_offset = models.CharField(max_length=6, default="+00:00")
    received_at = models.DateTimeField()
    scope = models.JSONField(default=list)
    parameters = models.JSONField(default=dict)
    artifacts = models.ManyToManyField("evidence.Artifact", through="evidence.ObservationArtifact")

    class Meta:
        ordering = ("-observed_at",)
        constraints = (models.UniqueConstraint(fields=("subject", "content_id"), name="evidence_observation_once"),)
        indexes = (models.Index(fields=("subject", "engine", "-observed_at"), name="evidence_latest_of_engine"),)


class ObservationArtifact(models.Model):
    """An artifact named by an observation, with the name it has there."""

    observation = models.ForeignKey("evidence.Observation", on_delete=models.CASCADE, related_name="artifact_links")
    artifact = models.ForeignKey("evidence.Artifact", on_delete=models.PROTECT, related_name="observation_links")
    name = models.CharField(max_length=300)


class Measure(models.Model):
    """One figure of an observation. ``held``: its key is not declared here (a newer collector); kept, not used."""

    observation = models.ForeignKey("evidence.Observation", on_delete=models.CASCADE, related_name="measures")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="measures")
    key = models.CharField(max_length=100)
    dimensions = models.JSONField(default=dict)
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    coverage = models.FloatField(null=True)
    status = models.CharField(max_length=16)
    reason = models.CharField(max_length=100, blank=True, default="")
    held = models.BooleanField(default=False)
    observed_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("subject", "key", "-observed_at"), name="evidence_latest_measure"),)


class EvidenceKind(models.TextChoices):
    """Where Evidence comes from."""

    OBSERVATION = "observation"
    DOCUMENT = "document"


class Evidence(Identified):
    """An observation or a document, with the period in which it may be relied on."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="evidence")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=16, choices=EvidenceKind.choices)
    observation = models.OneToOneField(
        "evidence.Observation", null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    artifact = models.ForeignKey("evidence.Artifact", null=True, blank=True, on_delete=models.PROTECT, related_name="evidence")
    document_kind = models.CharField(
        max_length=64, blank=True, default=""
    )  # ids in level rules: configuration_table, coding_rules …
    title = models.CharField(max_length=300)
    file_name = models.CharField(max_length=300, blank=True, default="")
    number = models.CharField(max_length=100, blank=True, default="")
    note = models.TextField(blank=True, default="")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    reviewed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-added_at",)
        indexes = (
            models.Index(fields=("organization", "-added_at"), name="evidence_by_organization"),
            models.Index(fields=("subject", "document_kind"), name="evidence_documents"),
            models.Index(fields=("valid_until",), name="evidence_by_validity"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def engine_name(self) -> str:
        """The engine of an observation; empty for a document."""
        return self.observation.engine if self.observation else ""


class EvidenceRequirement(models.Model):
    """A document says that it concerns this requirement."""

    evidence = models.ForeignKey("evidence.Evidence", on_delete=models.CASCADE, related_name="requirement_links")
    requirement = models.ForeignKey("catalog.Requirement", on_delete=models.CASCADE, related_name="evidence_links")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("evidence", "requirement"), name="evidence_requirement_once"),)


class Finding(Identified):
    """検出事項: something wrong, seen by an engine, open until a later run of the same scope no longer sees it."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="findings")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="findings")
    engine = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    code = models.CharField(max_length=100)
    fields = models.JSONField(default=dict)
    severity = models.CharField(max_length=16)
    scope = models.CharField(max_length=100)
    location = models.CharField(max_length=500, blank=True, default="")
    references = models.JSONField(default=list)
    first_observation = models.ForeignKey("evidence.Observation", on_delete=models.PROTECT, related_name="+")
    last_observation = models.ForeignKey("evidence.Observation", on_delete=models.PROTECT, related_name="findings")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("evidence.Observation", null=True, on_delete=models.PROTECT, related_name="closed_findings")

    class Meta:
        ordering = ("-last_seen_at",)
        constraints = (models.UniqueConstraint(fields=("subject", "engine", "fingerprint"), name="evidence_finding_once"),)
        indexes = (
            models.Index(fields=("organization", "closed_at", "severity"), name="evidence_open_findings"),
            models.Index(fields=("subject", "engine", "closed_at"), name="evidence_findings_subject"),
        )


class AcceptedSnapshot(Identified):
    """The configuration that somebody accepted for a Subject: the measure of drift until another is accepted."""

    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="accepted_snapshots")
    observation = models.ForeignKey("evidence.Observation", on_delete=models.PROTECT, related_name="accepted_snapshots")
    artifact = models.ForeignKey("evidence.Artifact", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    accepted_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    accepted_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-accepted_at",)
        constraints = (
            models.UniqueConstraint(fields=("subject",), condition=models.Q(superseded_at=None), name="evidence_accepted_once"),
        )
