"""What all parts of the report are written with: sentences, references, marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sekisho.documents.model import (
    Level,
    LevelMark,
    MarkState,
    Reference,
)
from sekisho.records.measurement.rules.report_facts import IndicatorRow, ReportFacts
from sekisho.standards import texts

__all__ = ["LEVELS", "ORDER", "ReferenceDraft", "Writer", "mark"]

LEVELS: Final = {0: Level.NONE, 1: Level.UME, 2: Level.TAKE, 3: Level.MATSU}
ORDER: Final = (3, 2, 1, 0, None)


@dataclass(frozen=True, slots=True)
class ReferenceDraft:
    """A 根 to be stored with the report: what it points to and the chain as it was."""

    number: int
    kind: str
    target_id: str
    frozen: Mapping[str, Any]


@dataclass(slots=True)
class Writer:
    """Collects references while the parts are written."""

    facts: ReportFacts
    references: list[Reference] = field(default_factory=list)
    drafts: list[ReferenceDraft] = field(default_factory=list)
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    def t(self, name: str, **fields: Any) -> str:
        """A sentence of ``standards/texts/report.yaml``."""
        return texts.render(f"report.{name}", fields, self.facts.language)

    def cite(self, kind: str, target_id: str, *, text: str, sha256: str = "", frozen: Mapping[str, Any] | None = None) -> str:
        """The reference to a thing, made at its first mention; returns its id."""
        if (kind, target_id) in self.made:
            return self.made[kind, target_id]
        number = len(self.drafts) + 1
        url = f"/o/{self.facts.organization_code}/reports/{self.facts.report_id}/references/{number}/"
        self.references.append(Reference(id=f"r{number}", label=self.t(f"ref_kind_{kind}"), url=url, text=text, sha256=sha256))
        self.drafts.append(ReferenceDraft(number, kind, target_id, {"text": text, **(frozen or {})}))
        return self.made.setdefault((kind, target_id), f"r{number}")

    def indicator(self, row: IndicatorRow) -> str:
        """The reference to an indicator's value."""
        return self.cite(
            "indicator", row.value_id, text=self.t("ref_indicator", title=row.title, formula=row.formula), frozen=row.chain
        )

    def day(self, moment: datetime) -> str:
        """ISO date of a moment, in the offset of the report's as-of time."""
        return moment.astimezone(self.facts.as_of.tzinfo).date().isoformat()


def mark(level: int | None, *, stale: bool = False) -> LevelMark:
    """The mark of a counted level (None: 未測定)."""
    if level is None:
        return LevelMark(state=MarkState.UNMEASURED)
    return LevelMark(level=LEVELS[level], state=MarkState.STALE if stale else MarkState.CURRENT)
