"""Checks of a file of rules or classes of log review, with the line of each mistake."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.errors import Problem
from sekisho.standards.watch_rules.reading import WatchClasses, WatchRules, check_classes, check_rules, event_classes

if TYPE_CHECKING:
    from sekisho.standards.yamlfile import Located

__all__ = ["check_watch"]


def check_watch(located: Located, file: str) -> list[Problem]:
    """What is wrong with a file whose shape the schema has found right."""
    key = "event_classes" if "event_classes" in located.value else "watch_rules"
    try:
        if key == "event_classes":
            found = list(check_classes(msgspec.convert(located.value, WatchClasses).event_classes, file=file))
        else:
            found = list(check_rules(msgspec.convert(located.value, WatchRules).watch_rules, event_classes(), file=file))
    except msgspec.ValidationError as error:  # what a schema cannot say: a value outside its bounds
        return [Problem("standards.schema", {"path": key, "message": str(error)[:300]}, file, located.line([key]), key)]
    return [replace(problem, row=_row(located, key, problem)) for problem in found]


def _row(located: Located, key: str, problem: Problem) -> int:
    rows: list[dict[str, Any]] = located.value[key]
    index = next((i for i, row in enumerate(rows) if row.get("id") == problem.column), None)
    return located.line([key] if index is None else [key, index])
