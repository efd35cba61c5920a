"""Every read of the room."""

from sekisho.records.measurement.queries.facts import figure_facts, period_of
from sekisho.records.measurement.queries.home import first_steps, levels, newest_submissions, work
from sekisho.records.measurement.queries.lists import findings, pairs
from sekisho.records.measurement.queries.trace import (
    chain_of_evidence,
    evidence_by_id,
    trace_finding,
    trace_indicator,
    trace_judgement,
)
from sekisho.records.measurement.queries.values import (
    Latest,
    indicator_value,
    latest,
    received_reports,
    reference,
    report,
    reports,
    runs_since,
    series,
    submission,
    targets,
)

__all__ = [
    "Latest",
    "chain_of_evidence",
    "evidence_by_id",
    "figure_facts",
    "findings",
    "first_steps",
    "indicator_value",
    "latest",
    "levels",
    "newest_submissions",
    "pairs",
    "period_of",
    "received_reports",
    "reference",
    "report",
    "reports",
    "runs_since",
    "series",
    "submission",
    "targets",
    "trace_finding",
    "trace_indicator",
    "trace_judgement",
    "work",
]
