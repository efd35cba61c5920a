"""What evidence adds to the pages of lower rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.records.evidence import queries
from sekisho.records.evidence.finding_views import SEVERITY_NAMES
from sekisho.records.subjects import hooks
from sekisho.standards import texts

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.evidence.models import Evidence
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["Latest", "observations_panel", "register"]


_MEASURED: Final = frozenset({"host", "code", "information_system"})  # of these it is worth saying that nothing was measured


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest observation of one engine, whether it may still be relied on, and what it leaves open by severity."""

    evidence: Evidence
    title: str
    state: str
    open: list[tuple[int, str, str]]  # how many, the severity's name and style


def observations_panel(principal: Principal, subject: Subject, now: datetime) -> hooks.Panel | None:
    """The newest observation of each engine about a subject, with the findings that are open. Three queries."""
    rows = queries.latest_observations(principal, subject.pk, at=now)
    if not rows and subject.kind not in _MEASURED:
        return None
    counted = queries.open_by_engine(subject.pk) if rows else {}
    lines = []
    for row in rows:
        code, found = f"evidence.engine_{row.engine_name}", counted.get(row.engine_name, {})
        title = texts.render(code, {}, principal.language) if texts.known(code) else row.engine_name
        shown = [(found[name], str(said), style) for name, (said, style) in SEVERITY_NAMES.items() if found.get(name)]
        lines.append(Latest(row, title, queries.evidence_state(row, now=now), shown))
    return hooks.Panel("evidence/_observations.html", {"lines": lines})


def register() -> None:
    """The panel of a subject's page."""
    hooks.PANELS.append(observations_panel)
