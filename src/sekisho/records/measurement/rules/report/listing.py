"""What is listed row by row: judgements, findings, corrective actions, changes; and how it was measured."""

from __future__ import annotations

from typing import Any, Final

from sekisho.documents.model import (
    BulletList,
    Cell,
    Column,
    ColumnKind,
    Heading,
    Paragraph,
    Table,
)
from sekisho.records.measurement.rules.report.writer import Writer, mark
from sekisho.records.measurement.rules.report_facts import JudgementRow

__all__ = ["actions", "changes", "findings", "judgements", "method"]

_SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_OPEN_SHOWN: Final = 30


def judgements(w: Writer) -> list[Any]:
    """The chapter that lists every judged pair."""
    rows = tuple(_judgement_cells(w, row) for row in w.facts.judgements)
    table = Table(
        columns=(
            Column(w.t("requirement"), width=4),
            Column(w.t("subject"), width=2.4),
            Column(w.t("level"), ColumnKind.LEVEL, width=1),
            Column(w.t("basis"), width=1.2),
            Column(w.t("evidence_count"), ColumnKind.NUMBER, width=1.6),
            Column(w.t("evidence_at"), ColumnKind.DATE, width=1.8),
            Column(w.t("ref"), width=1),
        ),
        rows=rows,
        caption=w.t("judgements_caption"),
        name=w.t("judgements_sheet"),
        empty=w.t("no_judgements"),
    )
    return [Heading(w.t("h_judgements")), Paragraph((w.t("judgements_lead"),)), table]


def _judgement_cells(w: Writer, row: JudgementRow) -> tuple[Cell, ...]:
    ref = w.cite(
        "judgement",
        row.id,
        text=w.t("ref_judgement", requirement=f"{row.ref} {row.title}", subject=row.subject),
        sha256=row.sha256,
        frozen=row.chain,
    )
    return (
        Cell(f"{row.ref} {row.title}"),
        Cell(row.subject),
        Cell(mark(row.level, stale=row.stale)),
        Cell(w.t(f"basis_{row.basis}") if row.basis else "―"),
        Cell(row.evidence_count),
        Cell(w.day(row.observed_at) if row.observed_at else None),
        Cell(refs=(ref,)),
    )


def findings(w: Writer) -> list[Any]:
    """The chapter on what measurements found and is still open."""
    counts = w.facts.finding_counts
    engines = sorted({engine for engine, _ in counts})
    rows = []
    for engine in engines:
        ref = w.cite("findings", engine, text=w.t("ref_findings", engine=engine))
        numbers = [counts.get((engine, severity), 0) for severity in _SEVERITIES]
        rows.append((Cell(engine), *(Cell(n) for n in numbers), Cell(sum(numbers), strong=True), Cell(refs=(ref,))))
    summary = Table(
        columns=(
            Column(w.t("engine"), width=2),
            *(Column(w.t(f"severity_{s}"), ColumnKind.NUMBER) for s in _SEVERITIES),
            Column(w.t("total"), ColumnKind.NUMBER),
            Column(w.t("ref"), width=1),
        ),
        rows=tuple(rows),
        caption=w.t("findings_caption"),
        name=w.t("findings_sheet"),
        empty=w.t("no_findings"),
    )
    listed = []
    for finding in w.facts.findings[:_OPEN_SHOWN]:
        ref = w.cite("finding", finding.id, text=finding.sentence, sha256=finding.sha256, frozen=finding.chain)
        listed.append(
            (
                Cell(finding.sentence),
                Cell(w.t(f"severity_{finding.severity}"), (ref,)),
                Cell(finding.subject),
                Cell(w.day(finding.first_seen_at)),
            )
        )
    details = Table(
        columns=(
            Column(w.t("finding"), width=5),
            Column(w.t("severity"), width=1.2),
            Column(w.t("subject"), width=2),
            Column(w.t("first_seen"), ColumnKind.DATE, width=1.6),
        ),
        rows=tuple(listed),
        caption=w.t("open_findings_caption", shown=len(listed)),
        name=w.t("open_findings_sheet"),
        empty=w.t("no_findings"),
    )
    return [Heading(w.t("h_findings")), Paragraph((w.t("findings_lead"),)), summary, details]


def actions(w: Writer) -> list[Any]:
    """The chapter on corrective actions that are not finished."""
    rows = tuple(
        (
            Cell(a.what),
            Cell(a.subject),
            Cell(a.due_on.isoformat(), (w.cite("corrective_action", a.id, text=a.what),)),
            Cell(w.t("overdue") if a.overdue else w.t(f"action_{a.state}"), strong=a.overdue),
        )
        for a in w.facts.actions
    )
    table = Table(
        columns=(
            Column(w.t("action"), width=5),
            Column(w.t("subject"), width=2),
            Column(w.t("due"), ColumnKind.DATE, width=1.6),
            Column(w.t("state"), width=1.4),
        ),
        rows=rows,
        caption=w.t("actions_caption"),
        name=w.t("actions_sheet"),
        empty=w.t("no_actions"),
    )
    return [Heading(w.t("h_actions")), table]


def changes(w: Writer) -> list[Any]:
    """The chapter on levels that changed in the period."""
    rows = tuple(
        (
            Cell(f"{c.ref} {c.title}"),
            Cell(c.subject),
            Cell(mark(c.before)),
            Cell(mark(c.after), (w.cite("judgement", c.judgement_id, text=f"{c.ref} {c.title} / {c.subject}"),)),
            Cell(w.day(c.at)),
        )
        for c in w.facts.changes
    )
    table = Table(
        columns=(
            Column(w.t("requirement"), width=4),
            Column(w.t("subject"), width=2.4),
            Column(w.t("before"), ColumnKind.LEVEL),
            Column(w.t("after"), ColumnKind.LEVEL),
            Column(w.t("changed_on"), ColumnKind.DATE, width=1.6),
        ),
        rows=rows,
        caption=w.t("changes_caption"),
        name=w.t("changes_sheet"),
        empty=w.t("no_changes"),
    )
    return [Heading(w.t("h_changes")), table]


def method(w: Writer) -> list[Any]:
    """The chapter on how it was measured and counted."""
    items = tuple(
        (w.t(name),) for name in ("method_chain", "method_basis", "method_unmeasured", "method_proposal", "method_stale")
    )
    return [Heading(w.t("h_method")), BulletList(items)]
