"""Reads of catalogues and requirements. Public catalogues are seen by all; an organisation's own only by those who see it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet

from sekisho.records.catalog.models import Adoption, Catalog, Mapping, Overlay, Requirement
from sekisho.records.catalog.rules import normalise
from sekisho.records.organization.queries import ancestors, body_kind_of, line_ids, visible_to
from sekisho.records.rows import the_row
from sekisho.standards.catalog import body_kinds, catalogs_for

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = [
    "Applying",
    "applying_to",
    "catalog",
    "catalogs",
    "current_edition",
    "current_ids",
    "editions",
    "lines",
    "mappings_between",
    "mappings_of",
    "overlay",
    "overlays",
    "overlays_for",
    "refs_of",
    "requirement",
    "requirement_of_overlay",
    "requirements",
    "same_edition",
    "search",
    "text",
]


def text(row: Catalog | Requirement, name: str, language: str) -> str:
    """A row's ``name`` ("title", "summary") in the reader's language; the Japanese where there is no English."""
    english = getattr(row, f"{name}_en", "") if language.startswith("en") else ""
    return str(english or getattr(row, name))


def _visible(principal: Principal, *, prefix: str = "") -> Q:
    if principal.is_system:
        return Q()
    return Q(**{f"{prefix}organization": None}) | Q(**{f"{prefix}organization__in": line_ids(principal)})


def catalogs(principal: Principal) -> QuerySet[Catalog]:
    """All visible catalogues with the number of their requirements (``assessable``)."""
    return (
        Catalog.objects.filter(_visible(principal))
        .select_related("organization")
        .annotate(assessable=Count("requirements", filter=Q(requirements__assessable=True)))
    )


def catalog(principal: Principal, catalog_id: uuid.UUID) -> Catalog:
    """One visible catalogue. Raises NotFound."""
    return the_row(catalogs(principal).filter(pk=catalog_id))


def requirements(principal: Principal, *, catalog_id: uuid.UUID | None = None) -> QuerySet[Requirement]:
    """Visible requirements in order."""
    rows = Requirement.objects.filter(_visible(principal, prefix="catalog__")).select_related("catalog")
    return rows.filter(catalog_id=catalog_id) if catalog_id else rows


def lines(principal: Principal, catalog_id: uuid.UUID, *, with_words: bool = False) -> QuerySet[Requirement]:
    """A catalogue's whole tree for a page: without the long texts, with ``search_text`` only when words are looked for."""
    left_out = ("summary", "summary_en", "confidence", *(() if with_words else ("search_text",)))
    return Requirement.objects.filter(_visible(principal, prefix="catalog__"), catalog_id=catalog_id).defer(*left_out)


def requirement(principal: Principal, requirement_id: uuid.UUID) -> Requirement:
    """One visible requirement with its catalogue and parent. Raises NotFound."""
    return the_row(requirements(principal).select_related("catalog", "parent").filter(pk=requirement_id))


def mappings_of(principal: Principal, row: Requirement) -> list[Mapping]:
    """Ties from and to a requirement, the other end loaded."""
    visible = _visible(principal, prefix="source__catalog__") & _visible(principal, prefix="target__catalog__")
    return list(
        Mapping.objects.filter(Q(source=row) | Q(target=row)).filter(visible).select_related("source__catalog", "target__catalog")
    )


def search(principal: Principal, *, query: str, limit: int = 50) -> list[Requirement]:
    """Requirements that contain every word of ``query`` (two characters are enough), ref and title first."""
    words = normalise(query).split()
    if not words:
        return []
    rows = requirements(principal).filter(assessable=True)
    for word in words:
        rows = rows.filter(search_text__contains=word)
    found = list(rows[: limit * 4])

    def rank(row: Requirement) -> tuple[int, int, str, int]:
        whole = " ".join(words)
        title = normalise(f"{row.title} {row.title_en}")
        place = 0 if row.ref.casefold() == whole else 1 if all(w in title for w in words) else 2
        return place, int(row.catalog.status != "current"), row.catalog.key, row.position

    return sorted(found, key=rank)[:limit]


def overlays_for(organization_id: uuid.UUID, *, catalog_key: str, refs: Iterable[str] | None = None) -> dict[str, list[Overlay]]:
    """Corrections that hold in an organisation: its own and those of the organisations above, nearest last (it wins)."""
    line = [o.pk for o in ancestors(organization_id)]
    rows = Overlay.objects.filter(organization__in=line, catalog_key=catalog_key, withdrawn_at=None).select_related(
        "organization", "made_by"
    )
    if refs is not None:
        rows = rows.filter(ref__in=list(refs))
    found: dict[str, list[Overlay]] = {}
    for overlay in sorted(rows, key=lambda o: line.index(o.organization_id)):
        found.setdefault(overlay.ref, []).append(overlay)
    return found


def overlays(principal: Principal, organization: Organization) -> QuerySet[Overlay]:
    """Corrections that an organisation made itself, those withdrawn too, newest first."""
    rows = visible_to(Overlay.objects.filter(organization=organization), principal)
    return rows.select_related("organization", "made_by").order_by("-made_at")


def overlay(principal: Principal, overlay_id: uuid.UUID) -> Overlay:
    """One visible correction. Raises NotFound."""
    rows = visible_to(Overlay.objects.select_related("organization", "made_by"), principal)
    return the_row(rows.filter(pk=overlay_id))


def requirement_of_overlay(principal: Principal, row: Overlay) -> Requirement | None:
    """The visible requirement that a correction is about, of the current edition if there is one."""
    rows = requirements(principal).filter(catalog__key=row.catalog_key, ref=row.ref)
    return rows.order_by("catalog__status", "-catalog__edition").first()


def editions(principal: Principal, row: Catalog) -> list[Catalog]:
    """The other visible editions of a catalogue, of the same owner."""
    rows = Catalog.objects.filter(_visible(principal), key=row.key, organization=row.organization_id).exclude(pk=row.pk)
    return list(rows.order_by("-edition"))


def same_edition(organization_id: uuid.UUID, *, key: str, edition: str) -> Catalog | None:
    """The edition that an import with this key and edition would replace."""
    return Catalog.objects.filter(organization=organization_id, key=key, edition=edition).first()


def current_edition(organization_id: uuid.UUID, *, key: str) -> Catalog | None:
    """The edition of an organisation's own catalogue that holds now."""
    return Catalog.objects.filter(organization=organization_id, key=key, status="current").first()


def refs_of(row: Catalog) -> frozenset[str]:
    """The refs of everything in an edition that is still in force, headings of groups left out."""
    rows = Requirement.objects.filter(catalog=row).exclude(unit="").values_list("ref", flat=True)
    return frozenset(rows)


def current_ids(principal: Principal, keys: Collection[str]) -> dict[str, dict[str, uuid.UUID]]:
    """Catalogue key → ref → id of the requirement of the newest public edition, for linking numbers to their pages."""
    rows = requirements(principal).filter(catalog__organization=None, catalog__key__in=list(keys)).order_by("catalog__edition")
    found: dict[str, dict[str, uuid.UUID]] = {}
    for key, ref, pk in rows.values_list("catalog__key", "ref", "pk"):
        found.setdefault(key, {})[ref] = pk
    return found


@dataclass(frozen=True, slots=True)
class Applying:
    """A catalogue that holds for an organisation, with the force and the reason's text code."""

    catalog: Catalog
    force: str
    reason: str
    verified: str = "memory"
    fields: dict[str, Any] = field(default_factory=dict)
    adopted: bool = True  # judged by it; the others are offered only
    decision: Adoption | None = None


def applying_to(organization_id: uuid.UUID) -> list[Applying]:
    """Which current catalogues hold for an organisation or are offered to it: by its kind of body, and its own or those imported
    above it. ``adopted`` by law, by the kind's custom, or by the nearest decision of the organisation or one above it.
    """
    line = [o.pk for o in ancestors(organization_id)]
    own = Catalog.objects.filter(organization__in=line, status="current")
    decisions = {
        row.catalog_key: row
        for row in sorted(
            Adoption.objects.filter(organization__in=line, superseded_at=None).select_related("decided_by"),
            key=lambda row: line.index(row.organization_id),
        )
    }
    found = [Applying(catalog=c, force="should", reason="catalog.own_rules", verified="user") for c in own]
    kind = body_kind_of(organization_id)
    if kind in body_kinds():
        public = {c.key: c for c in Catalog.objects.filter(organization=None).order_by("-status", "edition")}
        by_kind = [
            Applying(
                catalog=public[ref.catalog],
                force=ref.force,
                reason=ref.reason,
                verified=ref.verified,
                adopted=ref.adopt or ref.force == "must",
            )
            for ref in catalogs_for(kind)
            if ref.catalog in public
        ]
        found = [*by_kind, *found]
    return [
        replace(one, adopted=decision.adopted or one.force == "must", decision=decision)
        if (decision := decisions.get(one.catalog.key)) is not None
        else one
        for one in found
    ]


def mappings_between(principal: Principal, first: Collection[uuid.UUID], second: Collection[uuid.UUID]) -> list[Mapping]:
    """Every tie between two sets of requirements, in either direction."""
    visible = _visible(principal, prefix="source__catalog__") & _visible(principal, prefix="target__catalog__")
    either = Q(source__in=list(first), target__in=list(second)) | Q(source__in=list(second), target__in=list(first))
    return list(Mapping.objects.filter(either).filter(visible))
