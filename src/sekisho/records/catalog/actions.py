"""Every write of catalogues: loading those of ``standards``, importing, overlays."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.catalog import hooks, queries, rules
from sekisho.records.catalog.models import Adoption, Catalog, Mapping, Overlay, Requirement
from sekisho.records.ledger.actions import recording
from sekisho.standards import catalog as standards

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.standards.model import Catalog as StandardCatalog

__all__ = ["OVERLAY_FIELDS", "add_overlay", "decide_adoption", "import_catalog", "load_standards", "withdraw_overlay"]

OVERLAY_FIELDS: Final = frozenset({"title", "title_en", "summary", "summary_en", "responsible", "note"})


def load_standards(principal: Principal, *, now: datetime) -> dict[str, int]:
    """Bring the catalogues that come with Sekisho into the database; unchanged ones are left alone. Returns counts.

    A new edition is a new catalogue row; the former one is marked superseded and keeps its judgements.
    """
    principal.require("installation.manage", None)
    loaded: dict[str, int] = {}
    for key, catalog in standards.catalogs().items():
        row, changed = _store(principal, key=key, catalog=catalog, organization=None, now=now)
        loaded[key] = row.requirements.filter(assessable=True).count() if changed else len(catalog.assessable)
    _store_mappings()
    return loaded


def import_catalog(principal: Principal, *, catalog: StandardCatalog, organization: Organization, now: datetime) -> Catalog:
    """Take an OSCAL catalogue or an organisation's own rules; only that organisation and those below see it."""
    principal.require("catalog.import", organization.pk)
    if not catalog.requirements:
        raise InputError("catalog.empty", catalog=catalog.id)
    row, _ = _store(principal, key=catalog.id, catalog=catalog, organization=organization, now=now)
    return row


def _store(
    principal: Principal, *, key: str, catalog: StandardCatalog, organization: Organization | None, now: datetime
) -> tuple[Catalog, bool]:
    digest = rules.digest(catalog)
    row = Catalog.objects.filter(key=key, edition=catalog.edition, organization=organization).first()
    if row is not None and row.digest == digest:
        return row, False
    with recording(principal, "catalog.load", now=now, organization_id=organization.pk if organization else None) as entry:
        values = {
            "title": catalog.title.ja,
            "title_en": catalog.title.en,
            "status": catalog.status,
            "superseded_by": catalog.superseded_by.ja if catalog.superseded_by else "",
            "source": rules.source_values(catalog),
            "confidence": catalog.confidence,
            "confidence_note": catalog.confidence_note.ja,
            "digest": digest,
            "loaded_at": now,
        }
        if row is None:
            row = Catalog.objects.create(key=key, edition=catalog.edition, organization=organization, **values)
            Catalog.objects.filter(key=key, organization=organization, status="current").exclude(pk=row.pk).update(
                status="superseded", superseded_by=f"{catalog.title.ja} {catalog.edition}"
            )
        else:
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        _store_requirements(row, catalog)
        if organization is not None:
            _store_own_mappings(row, catalog)
        entry.about(row.pk)
        entry.fact(key=key, edition=catalog.edition, digest=digest, requirements=len(catalog.requirements))
    return row, True


def _store_requirements(row: Catalog, catalog: StandardCatalog) -> None:
    """Upsert by ref, so that judgements keep pointing to the same rows."""
    present = {r.ref: r for r in Requirement.objects.filter(catalog=row)}
    wanted = rules.tree_values(catalog)
    ids = {values["ref"]: present[values["ref"]].pk if values["ref"] in present else uuid.uuid4() for values, _ in wanted}
    rows = [
        Requirement(pk=ids[values["ref"]], catalog=row, parent_id=ids[parent] if parent else None, **values)
        for values, parent in wanted
    ]
    Requirement.objects.bulk_create([r for r in rows if r.ref not in present], batch_size=500)
    changed = [r for r in rows if r.ref in present]
    if changed:
        names = [f.name for f in Requirement._meta.concrete_fields if not f.primary_key]  # noqa: SLF001 - Django's public API
        Requirement.objects.bulk_update(changed, names, batch_size=200)
    gone = [present[ref].pk for ref in set(present) - set(ids)]
    if gone:
        Requirement.objects.filter(pk__in=gone).update(assessable=False, unit="")  # kept for its judgements, shown no more


def _store_own_mappings(row: Catalog, catalog: StandardCatalog) -> None:
    """Ties from imported rules to the current public catalogues; those of the former import go."""
    wanted = [(r.id, m) for r in catalog.requirements for m in r.mappings]
    sources = dict(Requirement.objects.filter(catalog=row).values_list("ref", "pk"))
    public = Requirement.objects.filter(
        catalog__organization=None, catalog__status="current", catalog__key__in={m.catalog for _, m in wanted}
    )
    targets = {(key, ref): pk for pk, key, ref in public.values_list("pk", "catalog__key", "ref")}
    # by key, not by a join: PostgreSQL has no figures of rows written a moment ago, and a nested loop took minutes
    Mapping.objects.filter(source_id__in=list(sources.values())).delete()
    ties = {
        (sources[ref], targets[mapping.catalog, target], mapping.relation): mapping.verified
        for ref, mapping in wanted
        for target in mapping.ids
        if (mapping.catalog, target) in targets
    }
    made = [Mapping(source_id=s, target_id=t, relation=relation, verified=v) for (s, t, relation), v in ties.items()]
    Mapping.objects.bulk_create(made, batch_size=1000)


def _store_mappings() -> None:
    """The ties between catalogues that are both here."""
    rows = {
        (key, ref): pk
        for pk, key, ref in Requirement.objects.filter(catalog__organization=None).values_list("pk", "catalog__key", "ref")
    }
    wanted = {
        (rows[source, ref], rows[mapping.catalog, target], mapping.relation): mapping.verified
        for source, ref, mapping in standards.mappings()
        for target in mapping.ids
        if (source, ref) in rows and (mapping.catalog, target) in rows
    }
    present = {(s, t, r): pk for pk, s, t, r in Mapping.objects.values_list("pk", "source_id", "target_id", "relation")}
    Mapping.objects.bulk_create(
        [
            Mapping(source_id=s, target_id=t, relation=r, verified=v)
            for (s, t, r), v in wanted.items()
            if (s, t, r) not in present
        ],
        batch_size=1000,
    )


def add_overlay(
    principal: Principal,
    *,
    organization: Organization,
    catalog_key: str,
    ref: str,
    fields: dict[str, Any],
    note: str,
    now: datetime,
) -> Overlay:
    """Correct facts of a requirement for an organisation and those below it; survives new editions."""
    principal.require("catalog.overlay", organization.pk)
    if unknown := set(fields) - OVERLAY_FIELDS:
        raise InputError("input.unknown_fields", names=", ".join(sorted(unknown)))
    if not fields or not all(isinstance(value, str) and value.strip() for value in fields.values()):
        raise InputError("catalog.overlay_empty")
    if not note.strip():
        raise InputError("catalog.overlay_needs_source")
    if principal.person_id is None:
        raise Conflict("input.person_needed")
    if not queries.requirements(principal).filter(catalog__key=catalog_key, ref=ref).exists():
        raise NotFound("access.not_found")
    with recording(principal, "catalog.overlay", now=now, organization_id=organization.pk) as entry:
        Overlay.objects.filter(organization=organization, catalog_key=catalog_key, ref=ref, withdrawn_at=None).update(
            withdrawn_at=now
        )
        made = Overlay.objects.create(
            organization=organization,
            catalog_key=catalog_key,
            ref=ref,
            fields=fields,
            note=note,
            made_by_id=principal.person_id,
            made_at=now,
        )
        entry.about(made.pk)
        entry.fact(catalog=catalog_key, ref=ref, fields=sorted(fields))
        entry.words(note=note)
    return made


def withdraw_overlay(principal: Principal, overlay: Overlay, *, now: datetime) -> None:
    """The correction no longer holds; it stays on record."""
    principal.require("catalog.overlay", overlay.organization_id)
    with recording(principal, "catalog.withdraw_overlay", now=now, organization_id=overlay.organization_id) as entry:
        Overlay.objects.filter(pk=overlay.pk, withdrawn_at=None).update(withdrawn_at=now)
        entry.about(overlay.pk)


def decide_adoption(
    principal: Principal, *, organization: Organization, catalog_key: str, adopted: bool, reason: str, now: datetime
) -> Adoption:
    """The organisation judges itself by a catalogue from now on, or no longer does. What binds by law cannot be left out.

    Raises InputError without a reason, Conflict for a binding catalogue, NotFound for one that is not offered to it.
    """
    principal.require("catalog.adopt", organization.pk)
    offered = {one.catalog.key: one for one in queries.applying_to(organization.pk)}
    if catalog_key not in offered:
        raise NotFound("access.not_found")
    if not adopted and offered[catalog_key].force == "must":
        raise Conflict("catalog.binding")
    if not reason.strip():
        raise InputError("catalog.adoption_reason_missing")
    with recording(principal, "catalog.adopt", now=now, organization_id=organization.pk) as entry:
        Adoption.objects.filter(organization=organization, catalog_key=catalog_key, superseded_at=None).update(superseded_at=now)
        made = Adoption.objects.create(
            organization=organization,
            catalog_key=catalog_key,
            adopted=adopted,
            reason=reason,
            decided_by_id=principal.person_id,
            decided_at=now,
        )
        entry.about(made.pk)
        entry.fact(catalog=catalog_key, adopted=adopted)
        entry.words(reason=reason)
        for told in hooks.ADOPTED:
            told(organization.pk, now=now)
    return made
