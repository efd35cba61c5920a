"""Catalogues in the database, loaded from ``standards``, from OSCAL, or from an organisation's own rules."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class Catalog(Identified):
    """One edition of one catalogue. ``organization`` is set when it is somebody's own; then only they see it."""

    key = models.CharField(max_length=64)
    edition = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300, blank=True, default="")
    organization = models.ForeignKey(
        "organization.Organization", null=True, blank=True, on_delete=models.PROTECT, related_name="own_catalogs"
    )
    status = models.CharField(max_length=16, default="current")  # current | superseded
    superseded_by = models.CharField(max_length=200, blank=True, default="")
    source = models.JSONField(default=dict)
    confidence = models.CharField(max_length=16, blank=True, default="")
    confidence_note = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ("key", "edition")
        constraints = (
            models.UniqueConstraint(fields=("key", "edition", "organization"), name="catalog_own_edition_once"),
            models.UniqueConstraint(
                fields=("key", "edition"), condition=models.Q(organization=None), name="catalog_edition_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} {self.edition}"


class Requirement(Identified):
    """One requirement (管理策, 遵守事項, 対策要件 …: ``unit`` is the catalogue's own word). Headings are not ``assessable``."""

    catalog = models.ForeignKey("catalog.Catalog", on_delete=models.CASCADE, related_name="requirements")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    ref = models.CharField(max_length=64)
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=500)
    title_en = models.CharField(max_length=500, blank=True, default="")
    summary = models.TextField(blank=True, default="")
    summary_en = models.TextField(blank=True, default="")
    unit = models.CharField(max_length=32)
    theme = models.CharField(max_length=64, blank=True, default="")
    applies_to = models.JSONField(default=list)  # kinds of Subject: organization, information_system, host …
    assessable = models.BooleanField(default=True)
    is_new = models.BooleanField(default=False)  # one of the 11 controls new in 2022
    attributes = models.JSONField(default=dict)
    levels = models.JSONField(default=dict)
    verified = models.JSONField(default=dict)
    confidence = models.CharField(max_length=16, blank=True, default="")
    search_text = models.TextField(blank=True, default="")  # NFKC, lower case

    class Meta:
        ordering = ("catalog", "position")
        constraints = (models.UniqueConstraint(fields=("catalog", "ref"), name="catalog_requirement_ref_once"),)
        indexes = (models.Index(fields=("catalog", "position"), name="catalog_requirement_order"),)

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"


class Mapping(models.Model):
    """``source`` corresponds to ``target`` (same edition family or another catalogue)."""

    source = models.ForeignKey("catalog.Requirement", on_delete=models.CASCADE, related_name="mappings")
    target = models.ForeignKey("catalog.Requirement", on_delete=models.CASCADE, related_name="mapped_from")
    relation = models.CharField(max_length=32, default="related")
    verified = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "target", "relation"), name="catalog_mapping_once"),)


class Overlay(Identified):
    """An organisation's correction of a fact. Bound to catalogue key and ref, not to a row, so that it survives new editions."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="overlays")
    catalog_key = models.CharField(max_length=64)
    ref = models.CharField(max_length=64)
    fields = models.JSONField()
    note = models.TextField(blank=True, default="")
    made_by = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=("catalog_key", "ref"), name="catalog_overlay_target"),)


class Adoption(Identified):
    """An organisation's decision to judge itself by a catalogue, or no longer to. Without one, its kind of body decides."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="adoptions")
    catalog_key = models.CharField(max_length=64)
    adopted = models.BooleanField()
    reason = models.TextField()
    decided_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "catalog_key"), condition=models.Q(superseded_at=None), name="catalog_adoption_once"
            ),
        )
