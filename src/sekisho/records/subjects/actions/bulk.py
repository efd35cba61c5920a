"""Writing many subjects at once; inside the import's recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.subjects.models import ExternalKey, InformationAsset, Subject, SubjectKind

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sekisho.records.organization.models import Organization

__all__ = ["Imported", "write_import"]

_SCHEME: Final = "asset_number"
_BATCH: Final = 500


@dataclass(slots=True)
class Imported:
    """One row: the subject that it changes, or None for a new one."""

    subject: Subject | None
    kind: str
    values: dict[str, Any]
    asset: dict[str, Any] | None
    number: str


def write_import(organization: Organization, rows: Sequence[Imported], *, now: datetime) -> list[uuid.UUID]:
    """Create and change; returns the ids. The rows have been checked."""
    created: list[Subject] = []
    assets: list[InformationAsset] = []
    keys: list[ExternalKey] = []
    ids: list[uuid.UUID] = []
    for row in rows:
        if row.subject is not None:
            Subject.objects.filter(pk=row.subject.pk).update(**row.values, version=row.subject.version + 1)
            if row.asset:
                InformationAsset.objects.update_or_create(subject=row.subject, defaults=row.asset)
            ids.append(row.subject.pk)
            continue
        made = Subject(organization=organization, kind=row.kind, created_at=now, **row.values)
        created.append(made)
        ids.append(made.pk)
        if row.kind == SubjectKind.INFORMATION_ASSET:
            assets.append(InformationAsset(subject=made, **(row.asset or {})))
        if row.number:
            keys.append(ExternalKey(subject=made, scheme=_SCHEME, value=row.number))
    Subject.objects.bulk_create(created, batch_size=_BATCH)
    InformationAsset.objects.bulk_create(assets, batch_size=_BATCH)
    ExternalKey.objects.bulk_create(keys, batch_size=_BATCH)
    return ids
