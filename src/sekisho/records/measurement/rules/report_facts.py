"""What a report is built from: plain values, gathered by the queries, frozen with the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

__all__ = ["ActionRow", "CatalogPart", "ChangeRow", "FindingRow", "IndicatorRow", "JudgementRow", "ReportFacts", "ThemeRow"]


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """Counts of applicable pairs of one theme: ``levels`` maps 0–3 and None (未測定) to numbers."""

    title: str
    levels: Mapping[int | None, int]
    measured: int
    documented: int
    declared: int
    query: str = ""  # filter of the list of judgements that shows these pairs

    @property
    def total(self) -> int:
        """All applicable pairs of the theme."""
        return sum(self.levels.values())


@dataclass(frozen=True, slots=True)
class CatalogPart:
    """One catalogue that holds for the organisation, by theme."""

    key: str
    title: str
    edition: str
    themes: tuple[ThemeRow, ...]
    superseded_by: str = ""
    unverified: int = 0
    requirements: int = 0


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator of the period. ``value`` None is 未測定. ``series`` are earlier values, oldest first."""

    key: str
    value_id: str
    title: str
    kind: str
    unit: str
    ratio: bool
    direction: str
    formula: str
    formula_id: str
    value: float | None
    previous: float | None = None
    target: float | None = None
    series: tuple[tuple[str, float | None], ...] = ()
    numerator: float | None = None
    denominator: float | None = None
    measured: int = 0
    documented: int = 0
    declared: int = 0
    unmeasured: int = 0
    chain: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """One judged pair."""

    id: str
    ref: str
    title: str
    subject: str
    level: int | None
    basis: str
    stale: bool
    state: str
    sha256: str = ""
    evidence_count: int = 0
    observed_at: datetime | None = None
    chain: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One open finding."""

    id: str
    engine: str
    severity: str
    sentence: str
    subject: str
    first_seen_at: datetime
    sha256: str = ""
    chain: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One corrective action that is not finished."""

    id: str
    what: str
    subject: str
    due_on: date
    overdue: bool
    state: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A level that changed in the period."""

    judgement_id: str
    ref: str
    title: str
    subject: str
    before: int | None
    after: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All of it. Titles and sentences are already in the report's ``language``."""

    report_id: str
    organization_code: str
    organization: str
    fictional: bool
    language: str
    era: bool
    period_start: date
    period_end: date
    as_of: datetime
    base_url: str
    catalogs: tuple[CatalogPart, ...] = ()
    indicators: tuple[IndicatorRow, ...] = ()
    unanswered: tuple[tuple[str, str, str], ...] = ()  # metric id, title, data source
    judgements: tuple[JudgementRow, ...] = ()
    finding_counts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (engine, severity) -> open
    findings: tuple[FindingRow, ...] = ()
    actions: tuple[ActionRow, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
