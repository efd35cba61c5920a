"""What an organisation has, as far as the relevance of a notice depends on it: software, systems, suppliers, its kind."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sekisho.engines.sbom.delivered import read as read_sbom
from sekisho.errors import SekishoError
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.evidence.actions import artifact_store
from sekisho.records.intelligence.queries.indicators import own_of
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.subjects.models import Subject

__all__ = ["Inventory", "holdings"]

_MOST_BOMS: Final = 300
_SUPPLIER_KINDS: Final = frozenset({"supplier", "cloud_service"})
_LOCAL: Final = ("地方公共団体", "自治体", "市町村", "local government", "municipalities")
_NATIONAL: Final = ("中央省庁", "政府機関", "行政機関", "government")
_SECTORS: Final = {
    "municipality": _LOCAL, "prefecture": (*_LOCAL, "都道府県"), "national": _NATIONAL,
    "incorporated": (*_NATIONAL, "独立行政法人"),
}  # fmt: skip
"""Kind of body → words by which notices name its sector."""
_NAMED_KINDS: Final = frozenset({"information_system", "host", "device", "cloud_service", "code"})


@dataclass(frozen=True, slots=True)
class Inventory:
    """What there is. ``products``: name → which subjects have it; ``inventories``: how many bills of materials were read."""

    products: tuple[tuple[str, tuple[str, ...]], ...] = ()
    open_vulnerabilities: frozenset[str] = frozenset()
    suppliers: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    inventories: int = 0


@lru_cache(maxsize=512)
def _components(sha256: str) -> tuple[tuple[str, str], ...]:
    """(name, version) of the components of a stored bill of materials; empty when it cannot be read. By hash: never stale."""
    try:
        bom = read_sbom(artifact_store().read(sha256), file=sha256)
    except SekishoError:  # erased, or no bill of materials: then it says nothing about what is there
        return ()
    return tuple(sorted({(one.name, one.version) for one in bom.components}))


def holdings(organization_id: uuid.UUID) -> Inventory:
    """What the organisation and those below it have, in few queries."""
    area = organization_queries.within(organization_id)
    rows = list(subject_queries.subjects(SYSTEM).filter(organization__in=area, retired_at=None).order_by("pk")[:5000])
    names = {row.pk: row.name for row in rows}
    found: dict[str, set[str]] = {}
    boms = _latest_boms(organization_id, names)
    for subject_id, sha256 in boms:
        for name, _version in _components(sha256):
            found.setdefault(name, set()).add(names[subject_id])
    for row in rows:
        if row.kind in _NAMED_KINDS:
            found.setdefault(row.name, set()).add(row.name)
    here = organization_queries.organizations(SYSTEM).get(pk=organization_id)
    kind = organization_queries.body_kind_of(organization_id)
    return Inventory(
        products=tuple((name, tuple(sorted(where))) for name, where in sorted(found.items())),
        open_vulnerabilities=frozenset(_open_cves(organization_id)),
        suppliers=tuple(sorted(set(_suppliers(rows)))),
        sectors=_SECTORS.get(kind, ()),
        regions=tuple(one.name for one in organization_queries.ancestors(organization_id) if one.pk != organization_id),
        names=tuple(name for name in (here.name, here.name_en, *_own_domains(organization_id)) if name),
        inventories=len(boms),
    )


def _own_domains(organization_id: uuid.UUID) -> tuple[str, ...]:
    return own_of(organization_id).domains


def _suppliers(rows: list[Subject]) -> list[str]:
    named = [row.name for row in rows if row.kind in _SUPPLIER_KINDS]
    return named + [str(row.attributes["vendor"]) for row in rows if isinstance(row.attributes.get("vendor"), str)]


def _latest_boms(organization_id: uuid.UUID, names: dict[uuid.UUID, str]) -> list[tuple[uuid.UUID, str]]:
    """The newest bill of materials of each subject."""
    rows = evidence_queries.observations(SYSTEM, organization_id=organization_id).filter(engine="sbom", subject__in=list(names))
    newest: dict[uuid.UUID, str] = {}
    for subject_id, sha256 in rows.order_by("-observed_at").values_list("subject_id", "artifact_links__artifact_id")[
        : _MOST_BOMS * 10
    ]:
        if sha256 and len(newest) < _MOST_BOMS:
            newest.setdefault(subject_id, sha256)
    return list(newest.items())


def _open_cves(organization_id: uuid.UUID) -> set[str]:
    """CVE numbers of open findings."""
    rows = evidence_queries.findings(SYSTEM, organization_id=organization_id).filter(references__icontains="CVE-")
    listed = rows.order_by().values_list("references", flat=True)[:50_000]
    return {str(one).upper() for references in listed for one in references if str(one).upper().startswith("CVE-")}
