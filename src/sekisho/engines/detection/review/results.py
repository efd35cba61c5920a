"""What a review of logs gives: findings with the records behind them, and for every rule what it could and could not see."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import msgspec

from sekisho.engines.observation import Severity
from sekisho.standards.model import Text
from sekisho.standards.watch_rules import Purpose, Sign

__all__ = ["Around", "LogReview", "Outcome", "RecordRef", "Shortfall", "WatchFinding"]


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base: frozen, keyword-only."""


class RecordRef(_Value, frozen=True, kw_only=True):
    """Where an event stands: file, its hash, record id or line number; its time (RFC 3339, UTC), "" when it has none."""

    file: str
    sha256: str
    record: int
    time: str = ""


class Around(_Value, frozen=True, kw_only=True):
    """Events of one class around another event: how many, and those nearest to it."""

    event_class: str
    title: Text
    count: int
    records: tuple[RecordRef, ...]


class WatchFinding(_Value, frozen=True, kw_only=True):
    """One thing that a rule found.

    ``code`` and ``fields`` make the sentence that explains it. ``group``: role → value. ``count``: events behind it, of which
    ``records`` are the first ones. ``sign`` says whether it has happened (兆候) or is ahead (予兆).
    """

    rule: str
    title: Text
    purpose: Purpose
    sign: Sign
    severity: Severity
    controls: tuple[str, ...]
    group: dict[str, str]
    count: int
    first: str
    last: str
    code: str
    fields: dict[str, Any]
    records: tuple[RecordRef, ...]
    around: tuple[Around, ...] = ()
    fingerprint: str


class Shortfall(_Value, frozen=True, kw_only=True):
    """Something that a rule could not see: a code of ``texts/watch.yaml`` and its fields."""

    code: str
    fields: dict[str, Any] = {}


class Outcome(_Value, frozen=True, kw_only=True):
    """How a rule came out.

    Not evaluated: it says nothing at all, for the reasons in ``shortfalls``. Evaluated with shortfalls: it holds for what could
    be seen. ``events``: of its classes. ``findings``: how many (``findings_left_out`` more were not kept).
    """

    rule: str
    purpose: Purpose
    sign: Sign
    status: Literal["evaluated", "not_evaluated"]
    events: int
    findings: int
    findings_left_out: int = 0
    shortfalls: tuple[Shortfall, ...] = ()


class LogReview(_Value, frozen=True, kw_only=True):
    """The whole result. ``sources``: id of the field map → events read. ``since``, ``until``: period covered (RFC 3339, UTC)."""

    engine: str
    engine_version: str
    rules_version: str
    since: str
    until: str
    sources: dict[str, int]
    untimed: dict[str, int]
    findings: tuple[WatchFinding, ...]
    outcomes: tuple[Outcome, ...]
    parts: int = 1

    def counts(self) -> dict[str, dict[str, int]]:
        """Number of findings by purpose and, apart from each other, by sign."""
        found = Counter((f.purpose.value, f.sign.value) for f in self.findings)
        return {p.value: {s.value: found[p.value, s.value] for s in Sign} for p in Purpose}

    def of(self, purpose: Purpose) -> tuple[WatchFinding, ...]:
        """The findings for one purpose."""
        return tuple(f for f in self.findings if f.purpose is purpose)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return {**made, "counts": self.counts()}
