"""Hits become findings: those of one group that follow each other are one, and there is a limit to how many are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sekisho.engines.detection.review.results import Around, RecordRef, WatchFinding
from sekisho.engines.detection.review.select import NO_TIME
from sekisho.engines.detection.review.windows import MAX_RECORDS
from sekisho.engines.observation import Severity, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.detection.review.windows import Hit, Record
    from sekisho.standards.watch_rules import EventClass, WatchRule

__all__ = ["Hits", "iso"]


def iso(moment: int | None) -> str:
    """Microseconds since 1970 UTC in RFC 3339 with full seconds; "" for none or one outside the calendar."""
    if moment is None or moment == NO_TIME:
        return ""
    try:
        return datetime.fromtimestamp(moment / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return ""


class Hits:
    """The hits of one rule."""

    def __init__(self, rule: WatchRule, *, window: int, limit: int) -> None:
        """``window``: microseconds within which a later hit of a group goes on with the one before; ``limit``: of those kept."""
        self.rule, self.left_out = rule, 0
        self._window, self._limit = window, limit
        self._kept: list[Hit] = []
        self._last: dict[tuple[str, ...], Hit] = {}

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def add(self, hit: Hit) -> None:
        """One more."""
        before = self._last.get(hit.group) if hit.joins else None
        if before is not None and _goes_on(before, hit, self._window):
            before.count += _new_in(hit, before)
            before.last = hit.last
            before.records = list(dict.fromkeys([*before.records, *hit.records]))[:MAX_RECORDS]
            before.fields |= {k: max(v, before.fields[k]) for k, v in hit.fields.items() if k in {"most", "before"}}
            return
        if len(self._kept) >= self._limit:
            self.left_out += 1
            return
        hit.moments = None
        self._kept.append(hit)
        if hit.joins:
            self._last[hit.group] = hit

    def findings(self, classes: Mapping[str, EventClass]) -> list[WatchFinding]:
        """What is kept, as findings."""
        return [self._finding(hit, classes) for hit in self._kept]

    def _finding(self, hit: Hit, classes: Mapping[str, EventClass]) -> WatchFinding:
        rule = self.rule
        group = dict(zip(rule.evaluate.group, hit.group, strict=False)) if rule.evaluate.group else {}
        if not group and hit.group:
            group = {"who": hit.group[0]}
        first = iso(hit.first)
        shown = {**hit.fields, "group": " / ".join(hit.group), "count": hit.count, "first": first, "last": iso(hit.last)}
        identity = (first, str(shown.get("date", "")), str(shown.get("after", "")))
        return WatchFinding(
            rule=rule.id, title=rule.title, purpose=rule.purpose, sign=rule.sign, severity=Severity(rule.severity),
            controls=tuple(rule.controls), group=group, count=hit.count, first=first, last=iso(hit.last), code=hit.code,
            fields=shown, records=tuple(_ref(r) for r in hit.records[:MAX_RECORDS]),
            around=tuple(
                Around(event_class=name, title=classes[name].title, count=number, records=tuple(_ref(r) for r in records))
                for name, number, records in hit.around
            ),
            fingerprint=fingerprint("watch", rule.id, *hit.group, *identity),
        )  # fmt: skip


def _new_in(hit: Hit, before: Hit) -> int:
    if hit.moments is None or before.last is None:
        return hit.count
    return int(((hit.moments > before.last) | (hit.moments >= hit.fresh)).sum())


def _goes_on(before: Hit, hit: Hit, window: int) -> bool:
    if before.last is None or hit.decided is None:
        return before.last is None and hit.first is None
    return hit.decided <= before.last + window


def _ref(record: Record) -> RecordRef:
    file, _, sha256 = record[0].rpartition("\x1f")
    return RecordRef(file=file, sha256=sha256, record=record[1], time=iso(record[2]))
