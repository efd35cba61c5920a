"""判定表: requirements × subjects, and the 適用宣言書 (SoA)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q

from sekisho.records.assessment.models import Applicability, Judgement
from sekisho.records.assessment.queries.judgements import Filters, judgements
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.catalog.models import Catalog, Requirement
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["COLUMNS", "Matrix", "MatrixRow", "SoaRow", "catalogs_in_use", "matrix", "statement_of_applicability"]

COLUMNS: Final = 12
_SMALL_KINDS: Final = ("host", "code", "information_asset", "device", "dataset")
_ORDER: Final = ("organization", "information_system", "cloud_service", "supplier", "site")


@dataclass(slots=True)
class MatrixRow:
    """One requirement and its cells in the order of the columns (None: not asked of this kind of subject)."""

    requirement: Requirement
    cells: list[Judgement | None]


@dataclass(slots=True)
class Matrix:
    """One screenful: at most COLUMNS subjects of ``subject_total``."""

    catalog: Catalog | None
    rows: list[MatrixRow] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    subject_total: int = 0
    requirement_total: int = 0


def catalogs_in_use(principal: Principal, organization_id: uuid.UUID) -> list[tuple[Catalog, int]]:
    """The catalogues by which anything of the organisation is judged, with the number of applicable judgements."""
    rows = visible_to(Judgement.objects.filter(organization__in=within(organization_id), applicable=True), principal)
    found = dict(rows.order_by().values_list("requirement__catalog").annotate(n=Count("pk")))
    catalogs = catalog_queries.catalogs(principal).filter(pk__in=list(found))
    ranked = sorted(catalogs, key=lambda c: (c.organization_id is not None, c.key != "annex_a_2022", c.key, c.edition))
    return [(catalog, found[catalog.pk]) for catalog in ranked]


def matrix(
    principal: Principal,
    *,
    organization_id: uuid.UUID,
    catalog: Catalog | None,
    filters: Filters,
    page: int,
    now: datetime,
    columns: int = COLUMNS,
) -> Matrix:
    """The table of one catalogue. Five queries, whatever its size."""
    if catalog is None:
        return Matrix(None)
    inside = Judgement.objects.filter(organization__in=within(organization_id), requirement__catalog=catalog)
    visible = visible_to(inside, principal)
    shown = visible.order_by()
    if filters.kind and filters.kind != "all":
        shown = shown.filter(subject__kind=filters.kind)
    elif not filters.kind:
        shown = shown.exclude(subject__kind__in=_SMALL_KINDS)
    narrow = judgements(principal, now=now, organization_id=organization_id, filters=filters_without_kind(filters, catalog.key))
    if filters.view != "all" or filters.text:
        pairs = set(narrow.order_by().values_list("requirement_id", "subject_id"))
        shown = shown.filter(subject__in={s for _, s in pairs})
        requirement_ids = {r for r, _ in pairs}
    else:
        requirement_ids = None
    subject_ids = set(shown.values_list("subject", flat=True).distinct())
    subjects = sorted(
        subject_queries.subjects(principal).filter(pk__in=subject_ids, retired_at=None),
        key=lambda s: (_ORDER.index(s.kind) if s.kind in _ORDER else len(_ORDER), s.kind, s.name),
    )
    found = Matrix(catalog, subject_total=len(subjects), subjects=subjects[(page - 1) * columns : page * columns])
    requirements = catalog_queries.requirements(principal, catalog_id=catalog.pk).filter(assessable=True)
    if requirement_ids is not None:
        requirements = requirements.filter(pk__in=requirement_ids)
    cells: dict[tuple[uuid.UUID, uuid.UUID], Judgement] = {}
    for row in visible.filter(subject__in=[s.pk for s in found.subjects]).defer("explanation"):
        cells[row.requirement_id, row.subject_id] = row
    for requirement in requirements.defer("search_text", "attributes", "levels", "summary", "summary_en"):
        line = [cells.get((requirement.pk, s.pk)) for s in found.subjects]
        if any(line):
            found.rows.append(MatrixRow(requirement, line))
    found.requirement_total = len(found.rows)
    return found


def filters_without_kind(filters: Filters, catalog_key: str) -> Filters:
    """The same filters within one catalogue; the kind narrows the columns elsewhere."""
    kind = filters.kind if filters.kind not in {"", "all"} else ""
    return Filters(view=filters.view, catalog=catalog_key, kind=kind, text=filters.text)


@dataclass(slots=True)
class SoaRow:
    """One requirement in the 適用宣言書. ``levels``: how many applicable subjects stand at each level."""

    requirement: Requirement
    applicable: int = 0
    excluded: int = 0
    reasons: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)  # text code, fields, written reason
    levels: dict[int | None, int] = field(default_factory=dict)
    evidence: int = 0

    @property
    def lowest(self) -> int | None:
        """The lowest level of any applicable subject; None when one is 未測定."""
        if None in self.levels or not self.levels:
            return None
        return min(level for level in self.levels if level is not None)


def statement_of_applicability(
    principal: Principal, *, organization_id: uuid.UUID, catalog: Catalog, now: datetime
) -> list[SoaRow]:
    """適用宣言書 of an organisation: whether each requirement applies, why, where it stands, how much evidence. Four queries."""
    found: dict[uuid.UUID, SoaRow] = {
        r.pk: SoaRow(r) for r in catalog_queries.requirements(principal, catalog_id=catalog.pk).filter(assessable=True)
    }
    answers = visible_to(
        Applicability.objects.filter(organization__in=within(organization_id), requirement__catalog=catalog, superseded_at=None),
        principal,
    )
    seen: dict[uuid.UUID, set[str]] = defaultdict(set)
    for row in answers.values("requirement_id", "applicable", "rule", "fields", "reason"):
        line = found.get(row["requirement_id"])
        if line is None or row["rule"] in {"assessment.no_longer_asked", "assessment.subject_retired"}:
            continue
        line.applicable += row["applicable"]
        line.excluded += not row["applicable"]
        told = f"{row['rule']}{row['reason']}"
        if told not in seen[row["requirement_id"]]:
            seen[row["requirement_id"]].add(told)
            line.reasons.append((row["rule"], row["fields"], row["reason"]))
    levels = visible_to(
        Judgement.objects.filter(organization__in=within(organization_id), requirement__catalog=catalog, applicable=True),
        principal,
    ).order_by()
    lapsed = Q(lapses_at__lte=now)
    for requirement_id, level, n, gone in levels.values_list("requirement_id", "level").annotate(
        n=Count("pk"), gone=Count("pk", filter=lapsed)
    ):
        line = found.get(requirement_id)
        if line is not None:
            if n > gone:
                line.levels[level] = line.levels.get(level, 0) + n - gone
            if gone:
                line.levels[None] = line.levels.get(None, 0) + gone
    for requirement_id, n in levels.values_list("requirement_id").annotate(n=Count("evidence", distinct=True)):
        if requirement_id in found:
            found[requirement_id].evidence = n
    return list(found.values())
