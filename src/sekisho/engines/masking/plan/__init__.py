"""Plans of masking: read, check, write, and hold against the tables they are for."""

from __future__ import annotations

from sekisho.engines.masking.plan.fitting import fitted
from sekisho.engines.masking.plan.model import PERSONAL, SCHEMA, Action, Basis, ColumnPlan, Plan, TablePlan, View
from sekisho.engines.masking.plan.reading import parse_plan, read_plan
from sekisho.engines.masking.plan.writing import write_plan

__all__ = [
    "PERSONAL",
    "SCHEMA",
    "Action",
    "Basis",
    "ColumnPlan",
    "Plan",
    "TablePlan",
    "View",
    "fitted",
    "parse_plan",
    "read_plan",
    "write_plan",
]
