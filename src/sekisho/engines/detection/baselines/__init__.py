"""The normal state, and what departs from it: robust statistics, an office's calendar, a history that is learned day by day.

    baseline = Baseline.load(path)                          # or Baseline()
    like = comparable(baseline.days(series), day, calendar)  # None: the history is too short
    seen = normal(history.counts, like, hour)               # 普段は月曜9時台に12〜30件
    by = score(412, seen)

Learning and comparing over logs is in :mod:`sekisho.engines.detection.review`.
"""

from __future__ import annotations

from sekisho.engines.detection.baselines.calendar import HOLIDAY, KINDS, OfficeCalendar, japanese_calendar, minutes_of_day
from sekisho.engines.detection.baselines.cells import MAX_ENTITIES, SEPARATOR, Rows, Tally
from sekisho.engines.detection.baselines.normal import MINIMUM_BROAD, MINIMUM_SAME, Comparable, comparable, expected, normal
from sekisho.engines.detection.baselines.state import KEEP_DAYS, Baseline, History
from sekisho.engines.detection.baselines.statistics import Slope, Usual, anscombe, mad, score, theil_sen, usual
from sekisho.engines.detection.baselines.trend import Forecast, Refusal, time_to_limit

__all__ = [
    "HOLIDAY",
    "KEEP_DAYS",
    "KINDS",
    "MAX_ENTITIES",
    "MINIMUM_BROAD",
    "MINIMUM_SAME",
    "SEPARATOR",
    "Baseline",
    "Comparable",
    "Forecast",
    "History",
    "OfficeCalendar",
    "Refusal",
    "Rows",
    "Slope",
    "Tally",
    "Usual",
    "anscombe",
    "comparable",
    "expected",
    "japanese_calendar",
    "mad",
    "minutes_of_day",
    "normal",
    "score",
    "theil_sen",
    "time_to_limit",
    "usual",
]
