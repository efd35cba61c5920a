"""Reads of judgements: lists, one of them, counts. 対象外 is in none of them unless asked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from sekisho.records.assessment.models import Applicability, Attestation, Judgement, JudgementChange
from sekisho.records.organization.permissions import READ
from sekisho.records.organization.queries import visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from sekisho.records.organization.principals import Principal

__all__ = [
    "VIEWS",
    "Counts",
    "Filters",
    "answers_of",
    "applicability_of",
    "below_target",
    "counted_level",
    "counts",
    "history",
    "is_stale",
    "judgement",
    "judgements",
    "stale",
    "worsened",
]

VIEWS: Final = ("new", "all", "below_target", "stale", "unmeasured", "to_review")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows. ``view`` is one of VIEWS; empty values do not narrow."""

    view: str = "all"
    catalog: str = ""
    kind: str = ""
    subject: uuid.UUID | None = None
    requirement: uuid.UUID | None = None
    level: str = ""  # "0".."3" or "none" for 未測定
    basis: str = ""
    state: str = ""
    text: str = ""


def is_stale(row: Judgement, now: datetime) -> bool:
    """Whether the evidence under the counted level is too old, even if the periodic job has not yet come by."""
    return row.level is not None and (row.stale_at is not None or (row.fresh_until is not None and row.fresh_until <= now))


def counted_level(now: datetime) -> Case:
    """The level that counts at ``now`` as an expression: null (未測定) when the grace is over."""
    return Case(When(lapses_at__lte=now, then=Value(None)), default=F("level"), output_field=IntegerField(null=True))


def _stale(now: datetime) -> Q:
    return Q(level__isnull=False) & (Q(stale_at__isnull=False) | Q(fresh_until__lte=now))


def _unmeasured(now: datetime) -> Q:
    return Q(level=None) | Q(lapses_at__lte=now)


def _below(now: datetime) -> Q:
    return Q(target_level__isnull=False) & (Q(level__lt=F("target_level")) | _unmeasured(now))


def _of(principal: Principal, organization_id: uuid.UUID | None, *, action: str = READ) -> QuerySet[Judgement]:
    if organization_id is not None and action == READ:
        return Judgement.objects.filter(organization__in=within(organization_id, principal))
    rows = visible_to(Judgement.objects.all(), principal, action=action)
    return rows.filter(organization__in=within(organization_id)) if organization_id else rows


def judgements(
    principal: Principal, *, now: datetime, organization_id: uuid.UUID | None = None, filters: Filters | None = None
) -> QuerySet[Judgement]:
    """Judgements that apply, with requirement, catalogue and subject, in the catalogue's order."""
    wanted = filters or Filters()
    rows = _of(principal, organization_id).filter(applicable=True)
    by_view: dict[str, Q] = {
        "new": Q(requirement__is_new=True),
        "below_target": _below(now),
        "stale": _stale(now),
        "unmeasured": _unmeasured(now),
        "to_review": Q(state=Judgement.State.TO_REVIEW),
    }
    if wanted.view in by_view:
        rows = rows.filter(by_view[wanted.view])
    if wanted.level == "none":
        rows = rows.filter(_unmeasured(now))
    elif wanted.level in {"0", "1", "2", "3"}:
        rows = rows.filter(level=int(wanted.level)).exclude(lapses_at__lte=now)
    exact: dict[str, Any] = {
        "requirement__catalog__key": wanted.catalog,
        "subject__kind": wanted.kind,
        "subject": wanted.subject,
        "requirement": wanted.requirement,
        "basis": wanted.basis,
        "state": wanted.state,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.text:
        rows = rows.filter(
            Q(requirement__ref__istartswith=wanted.text)
            | Q(requirement__title__icontains=wanted.text)
            | Q(requirement__title_en__icontains=wanted.text)
            | Q(subject__name__icontains=wanted.text)
        )
    heavy = ("explanation", "requirement__search_text", "requirement__levels", "requirement__attributes", "requirement__summary")
    return (
        rows.select_related("requirement__catalog", "subject", "organization")
        .defer(*heavy)
        .order_by("requirement__catalog__key", "requirement__position", "subject__name", "pk")
    )


def judgement(principal: Principal, judgement_id: uuid.UUID) -> Judgement:
    """One judgement, 対象外 or not, with everything its page shows of other tables. Raises NotFound."""
    rows = _of(principal, None).select_related(
        "requirement__catalog", "subject", "organization", "judged_by", "approved_by", "request"
    )
    return the_row(rows.filter(pk=judgement_id))


def history(row: Judgement, *, limit: int = 100) -> list[JudgementChange]:
    """The lines of its history, newest first."""
    return list(row.changes.select_related("person").defer("explanation")[:limit])


def answers_of(row: Judgement) -> dict[str, Attestation]:
    """The present answers to the questions of its rule, by key."""
    rows = Attestation.objects.filter(requirement=row.requirement_id, subject=row.subject_id, superseded_at=None)
    return {a.key: a for a in rows.select_related("made_by").order_by("made_at")}


def applicability_of(row: Judgement) -> list[Applicability]:
    """The present answer first, then the earlier ones."""
    rows = Applicability.objects.filter(requirement=row.requirement_id, subject=row.subject_id)
    return list(
        rows.select_related("decided_by", "approved_by").order_by(F("superseded_at").desc(nulls_first=True), "-decided_at")
    )


def below_target(principal: Principal, *, organization_id: uuid.UUID, now: datetime) -> QuerySet[Judgement]:
    """Those that have a target and do not reach it, the earliest date first."""
    return judgements(principal, now=now, organization_id=organization_id, filters=Filters(view="below_target")).order_by(
        "target_on", "requirement__position"
    )


def stale(principal: Principal, *, organization_id: uuid.UUID, now: datetime) -> QuerySet[Judgement]:
    """Those whose evidence is too old, the first to lapse first."""
    return judgements(principal, now=now, organization_id=organization_id, filters=Filters(view="stale")).order_by(
        F("lapses_at").asc(nulls_last=True), "requirement__position"
    )


def worsened(principal: Principal, *, organization_id: uuid.UUID, since: datetime, limit: int = 50) -> list[JudgementChange]:
    """悪くなったもの: judgements that fell, or whose proposal fell below what was confirmed, or that lapsed; newest first."""
    fell = Q(level_after__lt=F("level_before")) | Q(level_before__isnull=False, level_after=None)
    rows = JudgementChange.objects.filter(
        fell,
        judgement__in=_of(principal, organization_id).filter(applicable=True).values("pk"),
        what__in=("worsened", "lapsed", "overridden", "declared", "confirmed"),
        at__gte=since,
    )
    return list(rows.select_related("judgement__requirement__catalog", "judgement__subject").defer("explanation")[:limit])


@dataclass(slots=True)
class Counts:
    """How many judgements stand where. ``levels``: 0–3 and None (未測定); ``by_basis``: of those with a level."""

    total: int = 0
    levels: dict[int | None, int] = field(default_factory=dict)
    by_basis: dict[str, dict[int | None, int]] = field(default_factory=dict)
    by_theme: dict[str, dict[int | None, int]] = field(default_factory=dict)
    stale: int = 0
    to_review: int = 0
    below_target: int = 0

    def share_of(self, *levels: int) -> float | None:
        """The share of all that apply which stands at one of ``levels``; None when nothing applies."""
        return sum(self.levels.get(level, 0) for level in levels) / self.total if self.total else None


def counts(
    principal: Principal, *, organization_id: uuid.UUID, now: datetime, catalog: str = "", is_new: bool | None = None
) -> Counts:
    """Counts by level, basis and theme for one organisation: one aggregate query. 対象外 is in no figure."""
    rows = _of(principal, organization_id).filter(applicable=True)
    if catalog:
        rows = rows.filter(requirement__catalog__key=catalog)
    if is_new is not None:
        rows = rows.filter(requirement__is_new=is_new)
    grouped = (
        rows.order_by()
        .annotate(counted=counted_level(now))
        .values("counted", "basis", "requirement__theme")
        .annotate(
            n=Count("pk"),
            old=Count("pk", filter=_stale(now) & ~_lapsed(now)),
            review=Count("pk", filter=Q(state=Judgement.State.TO_REVIEW)),
            below=Count("pk", filter=_below(now)),
        )
    )
    found = Counts()
    for row in grouped:
        level, n = row["counted"], row["n"]
        found.total += n
        found.levels[level] = found.levels.get(level, 0) + n
        if level is not None:
            basis = found.by_basis.setdefault(row["basis"], {})
            basis[level] = basis.get(level, 0) + n
        theme = found.by_theme.setdefault(row["requirement__theme"], {})
        theme[level] = theme.get(level, 0) + n
        found.stale += row["old"]
        found.to_review += row["review"]
        found.below_target += row["below"]
    return found


def _lapsed(now: datetime) -> Q:
    return Q(lapses_at__isnull=False, lapses_at__lte=now)
