"""What the room's API takes and gives."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = [
    "AdoptionIn",
    "ApplyingOut",
    "CatalogOut",
    "ComparisonOut",
    "FactListOut",
    "FactOut",
    "ImportOut",
    "OverlayIn",
    "OverlayOut",
    "RequirementOut",
    "RequirementRow",
    "TieOut",
]


class CatalogOut(Schema):
    """An edition of a catalogue. ``source`` says where it comes from and how its figures were checked."""

    id: uuid.UUID
    key: str
    edition: str
    title: str
    title_en: str
    status: str
    superseded_by: str
    organization_id: uuid.UUID | None
    confidence: str
    confidence_note: str
    digest: str
    loaded_at: datetime
    assessable: int
    source: dict[str, Any]


class ApplyingOut(Schema):
    """A catalogue that holds for an organisation: ``force`` must, should or may; ``reason`` in words."""

    catalog: CatalogOut
    force: str
    reason_code: str
    reason: str
    verified: str
    adopted: bool


class AdoptionIn(Schema):
    """Whether an organisation judges itself by a catalogue, and why."""

    catalog_key: str = Field(max_length=64)
    adopted: bool
    reason: str = Field(max_length=10_000)


class RequirementRow(Schema):
    """A line of a catalogue."""

    id: uuid.UUID
    catalog_id: uuid.UUID
    parent_id: uuid.UUID | None
    ref: str
    position: int
    title: str
    title_en: str
    unit: str
    theme: str
    applies_to: list[str]
    assessable: bool
    is_new: bool
    verified: dict[str, str]


class RequirementOut(RequirementRow):
    """Everything known of a requirement; texts as in the catalogue, corrections apart."""

    summary: str
    summary_en: str
    attributes: dict[str, Any]
    levels: dict[str, Any]
    confidence: str


class TieOut(Schema):
    """A mapping between two requirements."""

    source_id: uuid.UUID
    target_id: uuid.UUID
    relation: str
    verified: str


class OverlayIn(Schema):
    """A correction: ``fields`` holds only what changes; ``note`` says what it rests on."""

    catalog_key: str = Field(max_length=64)
    ref: str = Field(max_length=64)
    fields: dict[str, str]
    note: str = Field(max_length=10_000)


class OverlayOut(Schema):
    """A correction on record."""

    id: uuid.UUID
    organization_id: uuid.UUID
    catalog_key: str
    ref: str
    fields: dict[str, Any]
    note: str
    made_by_id: uuid.UUID
    made_at: datetime
    withdrawn_at: datetime | None


class ImportOut(Schema):
    """What an import would do (``effect``: new, edition, replace, same) or did (``catalog_id`` is set)."""

    key: str
    edition: str
    title: str
    effect: str
    requirements: int
    assessable: int
    groups: int
    mappings: int
    added: list[str]
    removed: list[str]
    warnings: list[str]
    catalog_id: uuid.UUID | None = None


class ComparisonOut(Schema):
    """What a newer edition does to an older one, by refs."""

    old: uuid.UUID
    new: uuid.UUID
    added: list[str]
    removed: list[str]
    changed: dict[str, list[str]]
    moved: dict[str, list[str]]
    unchanged: list[str]


class FactListOut(Schema):
    """A list of reference facts."""

    id: str
    title: str
    count: int
    confidence: str


class FactOut(Schema):
    """One fact; ``fields`` are (heading, value) in the reader's language."""

    id: str
    title: str
    confidence: str
    verified: dict[str, str]
    fields: list[tuple[str, Any]]
