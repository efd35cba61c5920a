"""A task as its form holds it: rows that come and go without a script, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

__all__ = ["MOST_ROWS", "PARTNER_FIELDS", "USE_FIELDS", "TaskDraft"]

USE_FIELDS: Final = ("actor", "place", "terminal", "network", "action")
PARTNER_FIELDS: Final = ("direction", "network")
MOST_ROWS: Final = 60  # of one task on a page
_SHORT: Final = 200
_LONG: Final = 2000

Row = dict[str, Any]


@dataclass(slots=True)
class TaskDraft:
    """What the form of a task holds, finished or not."""

    name: str = ""
    purpose: str = ""
    uses: list[Row] = field(default_factory=list)
    partners: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, task: Mapping[str, Any]) -> TaskDraft:
        """A saved task."""
        return cls(
            str(task.get("name", "")),
            str(task.get("purpose", "")),
            [dict(use) for use in task.get("uses", [])],
            [dict(partner) for partner in task.get("partners", [])],
        )

    @classmethod
    def posted(cls, post: QueryDict) -> TaskDraft:
        """What was typed. Rows are numbered; those beyond the bound are not read (the form cannot make them)."""
        uses = [
            {
                **{name: post.get(f"use-{n}-{name}", "") for name in USE_FIELDS},
                "actor_name": post.get(f"use-{n}-actor_name", "").strip()[:_SHORT],
                "information": post.getlist(f"use-{n}-information"),
            }
            for n in range(_count(post.get("uses", "")))
        ]
        partners = [
            {
                **{name: post.get(f"partner-{n}-{name}", "") for name in PARTNER_FIELDS},
                "name": post.get(f"partner-{n}-name", "").strip()[:_SHORT],
                "method": post.get(f"partner-{n}-method", "").strip()[:_SHORT],
                "information": post.getlist(f"partner-{n}-information"),
            }
            for n in range(_count(post.get("partners", "")))
        ]
        return cls(post.get("name", "").strip()[:_SHORT], post.get("purpose", "").strip()[:_LONG], uses, partners)

    def change(self, do: str) -> str:
        """Add or take away a row: ``add-use``, ``remove-use-2``, ``copy-use-0``, ``add-partner`` …

        Returns the row at which the reader goes on (``use-1``): the new one, or the one before what was taken away.
        """
        verb, _, rest = do.partition("-")
        kind, _, number = rest.partition("-")
        rows = {"use": self.uses, "partner": self.partners}.get(kind)
        if rows is None:
            return ""
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1  # noqa: PLR2004
        if verb == "add" and len(rows) < MOST_ROWS:
            rows.append({"information": []})
            return f"{kind}-{len(rows) - 1}"
        if verb == "copy" and 0 <= place < len(rows) < MOST_ROWS:
            rows.insert(place + 1, dict(rows[place]))
            return f"{kind}-{place + 1}"
        if verb == "remove" and 0 <= place < len(rows):
            del rows[place]
            return f"{kind}-{max(place - 1, 0)}" if rows else f"add-{kind}"
        return ""

    def value(self, task_id: str) -> dict[str, Any]:
        """The task to save. Wholly empty rows are left out. Raises InputError ``procurement_cases.name_missing`` …"""
        problems = []
        if not self.name:
            problems.append(Problem("procurement_cases.name_missing", {}))
        uses = [(n, row) for n, row in enumerate(self.uses, 1) if _filled(row)]
        for n, row in uses:
            if not all(row.get(name) for name in USE_FIELDS):
                problems.append(Problem("procurement_cases.row_unfinished", {"row": n}))
        partners = [(n, row) for n, row in enumerate(self.partners, 1) if _filled(row, ("name", "method", "information"))]
        for n, row in partners:
            if not row.get("name"):
                problems.append(Problem("procurement_cases.partner_unnamed", {"row": n}))
        if problems:
            raise InputError(problems[0].code, problems=tuple(problems[1:]), **problems[0].fields)
        return {
            "id": task_id,
            "name": self.name,
            "purpose": self.purpose,
            "uses": [
                {
                    **{name: row[name] for name in USE_FIELDS},
                    "actor_name": row.get("actor_name", ""),
                    "information": list(row.get("information", [])),
                }
                for _, row in uses
            ],
            "partners": [
                {
                    "name": row["name"],
                    "method": row.get("method", ""),
                    "network": row.get("network") or "internet",
                    "direction": row.get("direction") or "both",
                    "information": list(row.get("information", [])),
                }
                for _, row in partners
            ],
        }


def _count(given: str) -> int:
    return min(int(given), MOST_ROWS) if given.isascii() and given.isdigit() and len(given) < 5 else 0  # noqa: PLR2004


def _filled(row: Row, fields: tuple[str, ...] = (*USE_FIELDS, "actor_name", "information")) -> bool:
    """Whether somebody filled in one of ``fields`` (lists of a partner always have something chosen)."""
    return any(row.get(name) for name in fields)
