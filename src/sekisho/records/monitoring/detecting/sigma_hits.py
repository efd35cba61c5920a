"""Detections of Sigma rules, grouped on the way by rule and host, so that memory holds groups, not events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.monitoring import eventstore
from sekisho.records.monitoring.detecting.sigma_files import rule_key
from sekisho.records.monitoring.rules.detected import MOST_EVENTS, Hit

if TYPE_CHECKING:
    from sekisho.engines.detection.sigma import Detection
    from sekisho.records.monitoring.models import LogSource

__all__ = ["SigmaHits"]

_SEVERITY: Final = {"critical": "critical", "high": "high", "medium": "medium", "low": "low", "informational": "info"}
_MOST_GROUPS: Final = 100_000


@dataclass(slots=True)
class _Group:
    one: Detection
    count: int = 0
    first: str = ""
    last: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)


class SigmaHits:
    """Takes detections as they come; ``off``: keys of rules that are switched off."""

    def __init__(self, off: Collection[str]) -> None:
        self._off = frozenset(off)
        self._groups: dict[tuple[str, str], _Group] = {}
        self.left_out = 0

    def take(self, found: Iterable[Detection]) -> None:
        """Count them; the newest of each group are kept with their way back to the line."""
        for one in found:
            key = rule_key(one.id, one.title)
            if key in self._off:
                continue
            about = one.host or " / ".join(one.fields.values())[:200]
            group = self._groups.get((key, about))
            if group is None:
                if len(self._groups) >= _MOST_GROUPS:
                    self.left_out += 1
                    continue
                group = self._groups[key, about] = _Group(one)
            _add(group, one)

    def hits(self, owners: Mapping[str, LogSource], purpose: str, period: tuple[datetime, datetime]) -> list[Hit]:
        """The groups as findings of the review's purpose. Sigma tells of what has happened: all are 兆候."""
        return [
            _hit(key, about, group, owners=owners, purpose=purpose, period=period) for (key, about), group in self._groups.items()
        ]


def _add(group: _Group, one: Detection) -> None:
    group.count += max(1, one.count)
    first = one.first_time or one.time
    if first and (not group.first or first < group.first):
        group.first = first
    if one.time and one.time > group.last:
        group.last = one.time
    text = "  ".join(f"{name}={value[:80]}" for name, value in list(one.fields.items())[:6])
    group.events.append({"time": one.time, "file": one.file, "record": one.record, "text": text, "sha256": "", "source": ""})
    if len(group.events) > MOST_EVENTS * 2:
        group.events.sort(key=lambda event: event["time"], reverse=True)
        del group.events[MOST_EVENTS:]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _hit(
    key: str,
    about: str,
    group: _Group,
    *,
    owners: Mapping[str, LogSource],
    purpose: str,
    period: tuple[datetime, datetime],
) -> Hit:
    one = group.one
    events = sorted(group.events, key=lambda event: event["time"], reverse=True)[:MOST_EVENTS]
    source: LogSource | None = None
    for event in events:
        found = owners.get(event["file"])
        if found is not None:
            source = source or found
            event["source"] = found.name
        event["file"] = eventstore.shown_name(event["file"])
    return Hit(
        rule=key,
        title={"ja": one.title, "en": one.title},
        origin="sigma",
        purpose=purpose,
        sign="indication",
        severity=_SEVERITY.get(one.level, "medium"),
        count=group.count,
        first_at=_moment(group.first) or period[0],
        last_at=_moment(group.last) or period[1],
        entity_kind="host" if one.host else "group",
        entity=about,
        code="monitoring.sigma_found",
        fields={"title": one.title, "count": group.count},
        controls=("8.16",),
        events=tuple(events),
        source_id=str(source.pk) if source else "",
    )
