"""Decisions about deletions: what stands in the way, what was approved, where a deletion stands. No database, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from sekisho.errors import Problem
from sekisho.records.lifecycle.rules.standing import Standing

__all__ = ["BY_MACHINE", "BY_PEOPLE", "LIMITS", "METHODS", "approved_digest", "limits_of", "obstacles", "outcome_state"]

BY_MACHINE: Final = frozenset({"folder", "rows", "objects", "key"})
BY_PEOPLE: Final = frozenset({"paper", "media", "other"})
METHODS: Final = ("clear", "purge", "destroy")
LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "most_files": (1_000, 1_000_000),
    "most_bytes": (10_000_000_000, 10**15),
    "most_rows": (10_000, 100_000_000),
    "most_objects": (10_000, 10_000_000),
}
"""Limit of one run → what it is when nothing is said, and the most that may be said."""

_CODES: Final[Mapping[str, str]] = {
    "gone": "lifecycle.blocked_gone",
    "held": "lifecycle.blocked_hold",
    "no_rule": "lifecycle.blocked_no_rule",
    "undetermined": "lifecycle.blocked_undetermined",
    "permanent": "lifecycle.blocked_permanent",
    "kept": "lifecycle.blocked_kept",
    "soon": "lifecycle.blocked_kept",
    "uncertain": "lifecycle.blocked_uncertain",
    "awaiting": "lifecycle.blocked_steps",
}


def obstacles(number: str, standing: Standing, *, last_day: str = "") -> list[Problem]:
    """Why the entry of that number may not be deleted now; empty when it may."""
    if standing.deletable:
        return []
    code = _CODES[standing.state]
    if standing.state == "awaiting" and standing.body_unknown:
        code = "lifecycle.blocked_body"
    fields = {"number": number, "holds": ", ".join(standing.holds), "steps": ", ".join(standing.steps), "last_day": last_day}
    return [Problem(code, fields, column=number)]


def limits_of(given: Mapping[str, int | None]) -> dict[str, int]:
    """The limits of a run: what is given, else the usual ones."""
    return {name: int(given.get(name) or usual) for name, (usual, _most) in LIMITS.items()}


def approved_digest(*, method: str, restore_days: int, limits: Mapping[str, int], entries: Iterable[Sequence[Any]]) -> str:
    """What an approval is about: how, how much at most, and each entry with the words of its rules and each of its copies."""
    rested = [
        method,
        restore_days,
        dict(sorted(limits.items())),
        sorted([list(one) for one in entries], key=lambda one: str(one[0])),
    ]
    return hashlib.sha256(msgspec.json.encode(rested, order="deterministic")).hexdigest()


def outcome_state(states: Iterable[str]) -> str:
    """Where a deletion stands after a run, from the states of its copies: done, waiting (people, suppliers, a window
    in which it can be undone), cancelled (all was brought back), or partial.
    """
    found = set(states)
    if found <= {"done"}:
        return "done"
    if found <= {"restored"}:
        return "cancelled"
    if "aside" not in found and found & {"partial", "failed", "held", "restored"}:
        return "partial"
    return "waiting"
