"""What 受付 shows. The page has a budget of ten queries in all, so each part is one query."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Max, Q

from sekisho.records.assessment import queries as assessment
from sekisho.records.catalog import queries as catalogs
from sekisho.records.duties import queries as duties
from sekisho.records.measurement.queries.lists import findings, pairs
from sekisho.records.measurement.queries.values import received_reports
from sekisho.records.measurement.rules.freeze import theme_title
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.organization.queries import within
from sekisho.records.requests import queries as requests
from sekisho.records.subjects import queries as subjects

if TYPE_CHECKING:
    import uuid
    from datetime import date

    from sekisho.records.assessment.queries import Attention
    from sekisho.records.duties.models import Duty
    from sekisho.records.evidence.models import Finding
    from sekisho.records.measurement.models import Submission
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Step

__all__ = ["CatalogLevels", "Start", "ThemeLevels", "first_steps", "levels", "newest_submissions", "work"]

SHOWN: Final = 5
WORSE_SINCE: Final = timedelta(days=90)
_AT_MOST: Final = 100
_CATALOGS_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class _Known:
    """A catalogue's names, its themes in order, and their names (ja, en)."""

    key: str
    title: str
    title_en: str
    order: list[str]
    names: dict[str, tuple[str, str]]


_CATALOGS: Final[dict[tuple[Any, datetime], _Known]] = {}
"""(catalogue, when it was loaded) → what the levels say of it: a catalogue never changes without being loaded anew."""


@dataclass(slots=True)
class ThemeLevels:
    """How many applicable pairs of a theme stand at each level (None: 未測定)."""

    theme: str
    title: str
    levels: dict[int | None, int] = field(default_factory=dict)


@dataclass(slots=True)
class CatalogLevels:
    """One catalogue in use. ``bases`` counts pairs with a valid level by what they rest on."""

    key: str
    title: str
    themes: list[ThemeLevels] = field(default_factory=list)
    total: int = 0
    unmeasured: int = 0
    stale: int = 0
    bases: dict[str, int] = field(default_factory=lambda: {"measured": 0, "documented": 0, "declared": 0})

    @property
    def levels(self) -> dict[int | None, int]:
        """All themes together."""
        return {level: sum(t.levels.get(level, 0) for t in self.themes) for level in (3, 2, 1, 0, None)}


@dataclass(slots=True)
class Work:
    """What waits for somebody: lists are cut to SHOWN, numbers count all (up to a hundred)."""

    duties: list[Duty]
    duty_count: int
    near_count: int
    steps: list[Step]
    step_count: int
    attention: Attention
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Start:
    """What an organisation that is not judged yet has, and what it lacks."""

    body_kind: str
    subjects: int
    machines: int


def work(principal: Principal, organization: Organization, *, now: datetime, today: date) -> Work:
    """Duties, steps, stale and fallen judgements, grave findings: four queries."""
    area = within(organization.pk)
    mine = list(duties.mine(principal).filter(organization__in=area).order_by("due_at")[:_AT_MOST])
    steps = list(requests.waiting_for(principal, today=today).filter(request__organization__in=area)[:_AT_MOST])
    return Work(
        duties=mine[:SHOWN],
        duty_count=len(mine),
        near_count=sum(duties.is_near(duty, now=now) for duty in mine),
        steps=steps[:SHOWN],
        step_count=len(steps),
        attention=assessment.attention(principal, organization_ids=area, now=now, since=now - WORSE_SINCE, limit=SHOWN),
        findings=list(findings(principal, organization_id=organization.pk, severity="severe")[:SHOWN]),
    )


def levels(principal: Principal, *, organization_id: uuid.UUID, now: datetime, language: str) -> list[CatalogLevels]:
    """Levels by catalogue in use and theme. One query (and one for each catalogue that this process sees for the first time)."""
    old = Q(stale_at__isnull=False) | Q(fresh_until__lte=now)
    rows = (
        pairs(principal, organization_id=organization_id, now=now)
        .order_by()
        .annotate(counted=assessment.counted_level(now))
        .values("requirement__catalog", "requirement__theme", "counted", "basis")
        # Only what is short is grouped by and compared: texts make many thousand pairs slow. The rest is known by process.
        .annotate(loaded=Max("requirement__catalog__loaded_at"))
        .annotate(n=Count("pk"), old=Count("pk", filter=old & Q(level__isnull=False)))
    )
    found: dict[Any, CatalogLevels] = {}
    themes: dict[tuple[Any, str], ThemeLevels] = {}
    places: dict[Any, list[str]] = {}
    for row in rows:
        pk, theme = row["requirement__catalog"], row["requirement__theme"]
        known = _catalog(pk, row["loaded"])
        names = known.names
        if pk not in found:
            found[pk] = CatalogLevels(known.key, (known.title_en if language == "en" else "") or known.title)
        places[pk] = known.order
        catalog = found[pk]
        if (pk, theme) not in themes:
            japanese, translated = names.get(theme, (theme, theme))
            themes[pk, theme] = ThemeLevels(theme, translated if language == "en" else japanese)
            catalog.themes.append(themes[pk, theme])
        counts = themes[pk, theme].levels
        counts[row["counted"]] = counts.get(row["counted"], 0) + row["n"]
        catalog.total += row["n"]
        if row["counted"] is None:
            catalog.unmeasured += row["n"]
        else:
            catalog.bases[row["basis"]] = catalog.bases.get(row["basis"], 0) + row["n"]
            catalog.stale += row["old"]
    for pk, catalog in found.items():
        place = {theme: number for number, theme in enumerate(places[pk])}
        catalog.themes.sort(key=lambda t, place=place: place.get(t.theme, len(place)))  # type: ignore[misc] # mypy infers no default
    return sorted(found.values(), key=lambda c: (c.key != "annex_a_2022", c.key))


def _catalog(catalog_id: Any, loaded: datetime) -> _Known:
    """What the levels say of a catalogue. The caller sees pairs of it, hence the catalogue."""
    known = _CATALOGS.get((catalog_id, loaded))
    if known is None:
        fields = ("key", "title", "title_en", "source")
        rows = list(
            catalogs.requirements(SYSTEM, catalog_id=catalog_id).values_list(
                "ref", "title", "title_en", "theme", "assessable", *(f"catalog__{name}" for name in fields)
            )
        )
        key, title, title_en, source = rows[0][5:]
        headings = {row[0]: (row[1], row[2]) for row in rows}
        order = list(dict.fromkeys(row[3] for row in rows if row[4]))
        names = {t: (theme_title(source, t, headings, "ja"), theme_title(source, t, headings, "en")) for t in order}
        known = _Known(key, title, title_en, order, names)
        if len(_CATALOGS) >= _CATALOGS_KEPT:
            _CATALOGS.clear()
        _CATALOGS[catalog_id, loaded] = known
    return known


def first_steps(principal: Principal, organization: Organization) -> Start:
    """What is there in an organisation without any applicable pair."""
    area = within(organization.pk)
    return Start(
        body_kind=organization.body_kind,
        subjects=subjects.subjects(principal).filter(organization__in=area, retired_at=None).count(),
        machines=subjects.machines(principal).filter(subject__organization__in=area, revoked_at=None).count(),
    )


def newest_submissions(principal: Principal, *, organization_id: uuid.UUID) -> list[Submission]:
    """The last report of each organisation that handed one up to this one, by name. One query."""
    newest: dict[Any, Submission] = {}
    for row in received_reports(principal, organization_id=organization_id):
        newest.setdefault(row.report.organization_id, row)
    return sorted(newest.values(), key=lambda row: row.report.organization.code)
