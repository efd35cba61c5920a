"""Every read of the room."""

from sekisho.records.measurement.queries.facts import figure_facts, period_of
from sekisho.records.measurement.queries.trace import chain_of_evidence, trace_indicator, trace_judgement
from sekisho.records.measurement.queries.values import (
    Latest,
    indicator_value,
    latest,
    received_reports,
    reference,
    report,
    reports,
    series,
)

__all__ = [
    "Latest",
    "chain_of_evidence",
    "figure_facts",
    "indicator_value",
    "latest",
    "period_of",
    "received_reports",
    "reference",
    "report",
    "reports",
    "series",
    "trace_indicator",
    "trace_judgement",
]
