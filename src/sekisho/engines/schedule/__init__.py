"""The calendar of a procurement: steps backward from the wished start, minimum periods as data, impossible dates said.

>>> schedule = plan(inputs, rules=procurement_calendar(), holidays=JapaneseHolidays(), today=today)   # doctest: +SKIP
>>> svg = chart(schedule, "ja", identifier="case-1")                                                  # doctest: +SKIP
"""

from __future__ import annotations

from sekisho.engines.schedule.chart import chart
from sekisho.engines.schedule.days import Holidays, JapaneseHolidays
from sekisho.engines.schedule.model import Check, Late, Schedule, ScheduleInputs, Shortening, Source, StepPlan
from sekisho.engines.schedule.plan import plan
from sekisho.engines.schedule.table import Row, rows, sentence

__all__ = [
    "Check",
    "Holidays",
    "JapaneseHolidays",
    "Late",
    "Row",
    "Schedule",
    "ScheduleInputs",
    "Shortening",
    "Source",
    "StepPlan",
    "chart",
    "plan",
    "rows",
    "sentence",
]
