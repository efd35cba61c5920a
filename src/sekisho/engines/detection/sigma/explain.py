"""What a review looked at and what it could not: said beside every result, above all beside "nothing found"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.detection.sigma.logsources import LogSources
from sekisho.engines.detection.sigma.model import Regex
from sekisho.engines.events.model import TIME

if TYPE_CHECKING:
    from sekisho.engines.detection.sigma.compiler import RuleSet
    from sekisho.engines.detection.sigma.correlate import Correlator
    from sekisho.engines.detection.sigma.execute import TimeLimits
    from sekisho.engines.detection.sigma.plan import Plan
    from sekisho.engines.events.model import Partition

__all__ = ["GAP_HOURS", "Coverage", "instant", "limits_part", "rules_part"]

GAP_HOURS: Final = 24  # hours without any event of a source from which a gap is told
_MOST_GAPS: Final = 50
_HOUR: Final = 3_600_000_000
_MICROSECONDS: Final = 1_000_000


def instant(microseconds: int) -> str:
    """A time in microseconds since 1970 as RFC 3339 in UTC."""
    seconds, rest = divmod(microseconds, _MICROSECONDS)
    try:
        text = datetime.fromtimestamp(seconds, UTC).isoformat()[:19]  # strftime costs twice as much
    except (ValueError, OverflowError, OSError):
        return str(microseconds)
    return f"{text}.{rest:06d}Z" if rest else f"{text}Z"


class Coverage:
    """Counts what events were there: by partition, over which time, with which fields."""

    def __init__(self) -> None:
        self.records: Counter[tuple[str, str, str]] = Counter()
        self.fields: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self.without_time = 0
        self._hours: dict[str, set[int]] = defaultdict(set)
        self._first: int | None = None
        self._last: int | None = None

    def take(self, partition: Partition, table: pa.Table) -> None:
        """Count one batch."""
        key = (partition.source, partition.channel, partition.event)
        self.records[key] += table.num_rows
        named = {f.name.lower() for f in table.schema if not pa.types.is_null(f.type)} - self.fields[key]
        self.fields[key].update(name for name in named)
        times = pc.cast(table.column(TIME), pa.int64()).drop_null()
        self.without_time += table.num_rows - len(times)
        if len(times):
            values = times.to_numpy()
            hours = values // _HOUR
            changes = np.flatnonzero(np.diff(hours)) + 1  # numpy's unique would load its masked arrays: more than all of this
            self._hours[partition.source].update(hours[[0, *changes.tolist()]].tolist())
            first, last = int(values.min()), int(values.max())
            self._first = first if self._first is None else min(first, self._first)
            self._last = last if self._last is None else max(last, self._last)

    def as_dict(self) -> dict[str, Any]:
        """Records by source and channel, the period, and gaps in it."""
        channels: Counter[tuple[str, str]] = Counter()
        for (source, channel, _), count in self.records.items():
            channels[source, channel] += count
        gaps = sorted(self._gaps(), key=lambda gap: -gap["hours"])
        period = None
        if self._first is not None and self._last is not None:
            period = {"start": instant(self._first), "end": instant(self._last)}
        return {
            "records": {"read": self.records.total(), "without_time": self.without_time},
            "sources": [{"source": s, "channel": c, "records": n} for (s, c), n in sorted(channels.items())],
            "period": period,
            "gaps": gaps[:_MOST_GAPS],
            "gaps_not_listed": max(len(gaps) - _MOST_GAPS, 0),
        }

    def _gaps(self) -> Iterable[dict[str, Any]]:
        for source, hours in self._hours.items():
            ordered = sorted(hours)
            for before, after in pairwise(ordered):
                if after - before > GAP_HOURS:
                    start, end = (before + 1) * _HOUR, after * _HOUR
                    yield {"source": source, "start": instant(start), "end": instant(end), "hours": after - before - 1}


def rules_part(
    rules: RuleSet,
    plans: Mapping[tuple[str, str, str], Plan],
    coverage: Coverage,
    correlators: Sequence[Correlator],
    sources: LogSources,
) -> dict[str, Any]:
    """What became of every rule: applicable, or not and why; broken and unsupported ones; fields that no log had."""
    running = {step.rule for plan in plans.values() for step in plan.steps}
    for one in correlators:  # in an order in which each comes after those that it refers to
        if running & set(one.rule.rules):
            running.add(one.position)
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for position, rule in enumerate(rules.rules):
        if position in running:
            continue
        if rule.correlation is not None:
            code = "detection.references_idle"
        elif not sources.places(rule.logsource):
            code = "detection.logsource_unknown"
        else:
            stands = any(place.holds(*key) for place in sources.places(rule.logsource) for key in plans)
            code = "detection.events_absent" if stands else "detection.logsource_absent"
        reasons[code, str(rule.logsource)].append(rule.id or rule.title)
    idle = [
        {"code": code, "fields": {"logsource": source}, "count": len(names), "rules": names}
        for (code, source), names in sorted(reasons.items())
    ]
    return {
        "rules": {
            "files": rules.files,
            "documents": rules.documents,
            "loaded": len(rules.rules),
            "applicable": len(running),
            "not_applicable": sum(len(names) for names in reasons.values()),
            "unsupported": len(rules.unsupported),
            "broken": len(rules.broken),
        },
        "not_applicable": idle,
        "unsupported": [fault.problem().as_dict() for fault in rules.unsupported],
        "broken": [fault.problem().as_dict() for fault in rules.broken],
        "remarks": [fault.problem().as_dict() for fault in rules.remarks],
        "fields_absent": _fields_absent(plans, coverage),
    }


def _fields_absent(plans: Mapping[tuple[str, str, str], Plan], coverage: Coverage) -> list[dict[str, Any]]:
    """Fields that rules ask for and that no event of their source and channel had."""
    asked: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    present: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (source, channel, _), names in coverage.fields.items():
        present[source, channel] |= names
    for (source, channel, _), plan in plans.items():
        for step in plan.steps:
            for name in step.fields:
                if name and name.lower() not in present[source, channel]:
                    asked[source, channel, name].add(step.rule)
    return [
        {"source": source, "channel": channel, "field": name, "rules": len(found)}
        for (source, channel, name), found in sorted(asked.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def limits_part(rules: RuleSet, limits: TimeLimits) -> list[dict[str, Any]]:
    """Patterns that ran out of time, with the rules that have them."""
    found = []
    for match, count in limits.hit.items():
        groups = {number for number, group in enumerate(rules.groups) if match.test in group.asked}
        users = [r.title for r, p in zip(rules.rules, rules.programs, strict=True) if p is not None and _uses(p.node, groups)]
        pattern = match.test.pattern[:300] if isinstance(match.test, Regex) else ""
        found.append({
            "field": match.field, "pattern": pattern, "values_given_up": count, "values_not_asked": limits.skipped.get(match, 0),
            "rules": users,
        })  # fmt: skip
    return found


def _uses(node: Any, groups: set[int]) -> bool:
    return node in groups if isinstance(node, int) else any(_uses(part, groups) for part in node[1:])
