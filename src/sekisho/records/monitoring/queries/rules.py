"""The rules of an organisation: included ones with its changes, and its uploaded Sigma rules."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sekisho.records.evidence.actions import artifact_store
from sekisho.records.monitoring.models import RuleSetting, SigmaSet
from sekisho.records.organization.queries import visible_to
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = [
    "Setting",
    "SigmaFile",
    "setting_history",
    "settings_of",
    "sigma_files_of",
    "sigma_set",
    "sigma_sets",
    "sigma_versions",
]

_READ = "monitoring.read"


@dataclass(frozen=True, slots=True)
class Setting:
    """What an organisation changed on a rule."""

    is_on: bool
    limits: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class SigmaFile:
    """Uploaded Sigma rules as a run reads them."""

    name: str
    file_name: str
    sha256: str
    content: bytes


def settings_of(organization_id: uuid.UUID) -> dict[str, Setting]:
    """Rule → the organisation's present setting. For runs and for pages that have checked who reads."""
    rows = RuleSetting.objects.filter(organization_id=organization_id, superseded_at=None)
    return {row.rule: Setting(row.is_on, row.limits, row.reason) for row in rows}


def setting_history(principal: Principal, organization_id: uuid.UUID, *, rule: str = "") -> QuerySet[RuleSetting]:
    """Every change on rules, newest first."""
    rows = visible_to(RuleSetting.objects.select_related("person"), principal, action=_READ).filter(
        organization_id=organization_id
    )
    if rule:
        rows = rows.filter(rule=rule)
    return rows.order_by("-at", "pk")


def sigma_sets(principal: Principal, organization_id: uuid.UUID) -> QuerySet[SigmaSet]:
    """The present version of each uploaded set."""
    rows = visible_to(SigmaSet.objects.select_related("person", "organization"), principal, action=_READ)
    return rows.filter(organization_id=organization_id, superseded_at=None).order_by("name", "pk")


def sigma_set(principal: Principal, sigma_set_id: uuid.UUID) -> SigmaSet:
    """One uploaded set, any version. Raises NotFound."""
    rows = visible_to(SigmaSet.objects.select_related("person", "organization"), principal, action=_READ)
    return the_row(rows.filter(pk=sigma_set_id))


def sigma_versions(row: SigmaSet) -> QuerySet[SigmaSet]:
    """All versions of a set, newest first."""
    rows = SigmaSet.objects.filter(organization_id=row.organization_id, name=row.name)
    return rows.select_related("person").order_by("-number")


def sigma_files_of(organization_id: uuid.UUID) -> list[SigmaFile]:
    """The bytes of the sets that are on. For runs."""
    rows = SigmaSet.objects.filter(organization_id=organization_id, superseded_at=None, is_on=True).order_by("name")
    store = artifact_store()
    return [SigmaFile(row.name, row.file_name, row.content_id, store.read(row.content_id)) for row in rows]
