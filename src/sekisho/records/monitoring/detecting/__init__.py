"""The rules applied to the stores of an organisation: the purposes' rules and Sigma, their results in the words of this room.

Nothing in here asks who is asking, or writes to the database. What needs the extra for logs is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sekisho.extras import explain
from sekisho.records.monitoring.detecting.included import IncludedRule, Limit, checked_limits, included_rules

if TYPE_CHECKING:
    from sekisho.records.monitoring.rules.detected import Ran

__all__ = ["IncludedRule", "Limit", "checked_limits", "included_rules", "join_staff", "read_sigma", "run"]


def _part(name: str) -> Any:
    try:
        return import_module(f"sekisho.records.monitoring.detecting.{name}")
    except ModuleNotFoundError as error:
        if (told := explain(error)) is None:
            raise
        raise told from error


def run(**asked: Any) -> Ran:
    """Apply the rules: see :func:`sekisho.records.monitoring.detecting.running.run`. Raises MissingComponent, too."""
    made: Ran = _part("running").run(**asked)
    return made


def read_sigma(untrusted: bytes, filename: str) -> dict[str, Any]:
    """What a file of Sigma rules holds: see ``sigma_files.read_sigma``. Raises MissingComponent, too."""
    made: dict[str, Any] = _part("sigma_files").read_sigma(untrusted, filename)
    return made


def join_staff(**asked: Any) -> dict[str, Any]:
    """Door and log-in records together: see ``staff.join_staff``. Raises MissingComponent, too."""
    made: dict[str, Any] = _part("staff").join_staff(**asked)
    return made
