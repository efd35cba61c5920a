"""情報セキュリティ対策状況報告書 as a document model. Pure: facts in, Document and its references out.

Measured, documented and declared stand in columns of their own; what nothing measured is 未測定, never a number; every figure
carries a reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sekisho.documents import dates
from sekisho.documents.model import Document, ProvenanceNotes, Status, TableOfContents
from sekisho.records.measurement.rules.report.indicators import indicators, unanswered
from sekisho.records.measurement.rules.report.levels import levels, summary
from sekisho.records.measurement.rules.report.listing import actions, changes, findings, judgements, method
from sekisho.records.measurement.rules.report.writer import ReferenceDraft, Writer
from sekisho.records.measurement.rules.report_facts import ReportFacts

__all__ = ["BuiltReport", "ReferenceDraft", "build"]


@dataclass(frozen=True, slots=True)
class BuiltReport:
    """The document and its references."""

    document: Document
    references: tuple[ReferenceDraft, ...]


def build(facts: ReportFacts, *, status: Status = Status.DRAFT, issued_at: datetime | None = None) -> BuiltReport:
    """The report. ``status`` issued freezes it (no watermark)."""
    writer = Writer(facts)
    blocks: list[Any] = [
        *summary(writer),
        TableOfContents(depth=2),
        *levels(writer),
        *indicators(writer),
        *judgements(writer),
        *findings(writer),
        *actions(writer),
        *changes(writer),
        *method(writer),
        *unanswered(writer),
        ProvenanceNotes(),
    ]
    quarter = dates.format_quarter(facts.period_end, language=facts.language, era=facts.era)
    document = Document(
        title=writer.t("title"),
        subtitle=quarter,
        organization=facts.organization,
        as_of=facts.as_of,
        language="en" if facts.language == "en" else "ja",
        era=facts.era,
        fictional=facts.fictional,
        status=status,
        issued_at=issued_at,
        base_url=facts.base_url,
        blocks=tuple(blocks),
        metadata=dict(facts.versions),
        references=tuple(writer.references),
    )
    return BuiltReport(document=document, references=tuple(writer.drafts))
