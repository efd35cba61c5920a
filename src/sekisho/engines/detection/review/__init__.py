"""Review of logs by the rules of its three purposes (原因調査, 問題発見, 予防), over batches of events.

result = review(batches, watch_rules().values(), options=Options(baseline=…, calendar=…, now=…))
result.findings   # with the records behind them
result.outcomes   # for every rule what it could and could not see
result.counts()   # 兆候 and 予兆 apart
"""

from __future__ import annotations

from sekisho.engines.detection.review.evaluator import ENGINE, ENGINE_VERSION, Evaluator, review, wanted_roles
from sekisho.engines.detection.review.learning import learn
from sekisho.engines.detection.review.observe import observe
from sekisho.engines.detection.review.options import MAX_FINDINGS, MAX_ROWS, Options, thresholds
from sekisho.engines.detection.review.results import Around, LogReview, Outcome, RecordRef, Shortfall, WatchFinding
from sekisho.engines.detection.review.stored import by_day, read_events, sources_of

__all__ = [
    "ENGINE",
    "ENGINE_VERSION",
    "MAX_FINDINGS",
    "MAX_ROWS",
    "Around",
    "Evaluator",
    "LogReview",
    "Options",
    "Outcome",
    "RecordRef",
    "Shortfall",
    "WatchFinding",
    "by_day",
    "learn",
    "observe",
    "read_events",
    "review",
    "sources_of",
    "thresholds",
    "wanted_roles",
]
