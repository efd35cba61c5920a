"""Two editions in the database, compared by the rules of ``standards``. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.standards.editions import EditionDiff, diff_editions
from sekisho.standards.model import Catalog as StandardCatalog
from sekisho.standards.model import Requirement as StandardRequirement
from sekisho.standards.model import Source, Text

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from sekisho.records.catalog.models import Catalog, Requirement

__all__ = ["as_standard", "compare"]

_SUBJECTS = {"information_system": "system", "information_asset": "asset"}


def as_standard(catalog: Catalog, rows: Sequence[Requirement]) -> StandardCatalog:
    """The rows of an edition as the value that ``standards`` compares."""
    refs: dict[uuid.UUID, str] = {row.pk: row.ref for row in rows}
    made = [_requirement(row, refs) for row in rows if not row.attributes.get("heading")]
    words = Text(catalog.title, catalog.title_en or catalog.title)
    return StandardCatalog(
        id=catalog.key,
        edition=catalog.edition,
        title=words,
        issuer=words,
        unit=words,
        status="current",
        source=Source(()),
        confidence="medium",
        confidence_note=words,
        requirements=tuple(made),
    )


def _requirement(row: Requirement, refs: dict[uuid.UUID, str]) -> StandardRequirement:
    kept = row.attributes
    values: dict[str, Any] = {
        "id": row.ref,
        "title": _text(row.title, row.title_en),
        "summary": _text(row.summary, row.summary_en),
        "unit": {"ja": row.unit or "-", "en": row.unit or "-"},
        "position": row.position,
        "parent": refs.get(row.parent_id) if row.parent_id else None,
        "applies_to": [_SUBJECTS.get(kind, kind) for kind in row.applies_to],
        "plan_unit": kept.get("plan_unit"),
        "assessable": row.assessable,
        "attributes": kept.get("values", {}),
        "responsible": kept.get("responsible", []),
        "points": kept.get("points", []),
        "documented_information": kept.get("documented_information"),
        "mappings": kept.get("mappings", []),
    }
    return msgspec.convert(values, StandardRequirement)


def _text(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja or "-", "en": en or ja or "-"}


def compare(old: tuple[Catalog, Sequence[Requirement]], new: tuple[Catalog, Sequence[Requirement]]) -> EditionDiff:
    """What the new edition does to the old one."""
    return diff_editions(as_standard(*old), as_standard(*new))
