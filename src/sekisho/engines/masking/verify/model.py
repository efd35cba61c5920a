"""What a proof consists of: checks, each with what it looked at and how it came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sekisho.engines.masking.keys import KeyIdentity

__all__ = ["SCHEMA", "Check", "Outcome", "Proof", "Remaining", "TableProof"]

SCHEMA: Final = "sekisho.masking_proof/1"


class Outcome(StrEnum):
    """How a check came out. ``not_done`` never counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``code`` names it (``masking_runs.check_<code>``), ``fields`` hold its figures, never a value of the data."""

    code: str
    outcome: Outcome
    table: str = ""
    column: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "code": self.code,
            "outcome": self.outcome.value,
            "table": self.table,
            "column": self.column,
            "fields": self.fields,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Remaining:
    """Personal data that the leak scan found in the target: kind, place and count, never the value.

    ``explained``: the plan makes such values itself (``made``), keeps them on a recorded basis (``basis``), or says why they are
    none (``person``); "" is a leak. ``rows``: the first few, as the place shows them.
    """

    table: str
    column: str
    kind: str
    count: int
    explained: str = ""
    rows: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "table": self.table,
            "column": self.column,
            "kind": self.kind,
            "count": self.count,
            "explained": self.explained,
            "rows": list(self.rows),
        }


@dataclass(frozen=True, slots=True)
class TableProof:
    """The rows that were compared, and the figures of each column before and after."""

    name: str
    rows: int
    target_rows: int
    compared: int
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """All checks of a target against its source and its plan. It holds only when something was compared and nothing failed."""

    plan_hash: str
    plan_version: int
    source: str
    target: str
    keys: tuple[KeyIdentity, ...]
    tables: tuple[TableProof, ...]
    checks: tuple[Check, ...]
    remaining: tuple[Remaining, ...] = ()

    @property
    def compared(self) -> int:
        """Cells of masked columns that were compared with their originals."""
        return sum(
            one.fields.get("values", 0) for one in self.checks if one.code == "remains" and one.outcome is not Outcome.NOT_DONE
        )

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(one for one in self.checks if one.outcome is Outcome.FAILED)

    @property
    def leaks(self) -> tuple[Remaining, ...]:
        """What the leak scan found and nothing explains."""
        return tuple(one for one in self.remaining if not one.explained)

    @property
    def holds(self) -> bool:
        """Whether this is a proof: rows were there, each check that is needed was done, none failed, no leak is left."""
        needed = {"rows", "leak_scan"}
        done = {one.code for one in self.checks if one.outcome is Outcome.PASSED}
        undone = any(one.outcome is Outcome.NOT_DONE and one.reason in _ESSENTIAL for one in self.checks)
        something = any(one.compared for one in self.tables)
        return something and needed <= done and not undone and not self.failed and not self.leaks

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "schema": SCHEMA,
            "holds": self.holds,
            "plan": {"hash": self.plan_hash, "version": self.plan_version},
            "source": self.source,
            "target": self.target,
            "keys": [{"domain": one.domain, "version": one.version, "check": one.check} for one in self.keys],
            "tables": [
                {
                    "name": one.name,
                    "rows": one.rows,
                    "target_rows": one.target_rows,
                    "compared": one.compared,
                    "columns": one.columns,
                }
                for one in self.tables
            ],
            "checks": [one.as_dict() for one in self.checks],
            "remaining": [one.as_dict() for one in self.remaining],
        }


_ESSENTIAL: Final = frozenset({"not_aligned", "nothing_there", "scan_unavailable"})
"""Reasons for which a check that was not done leaves the whole unproven."""
