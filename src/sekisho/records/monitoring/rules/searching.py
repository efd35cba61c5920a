"""What somebody looks for in the store: words, values of fields, a period; and how its counts stand over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sekisho.errors import InputError
from sekisho.records.monitoring.rules.checking import checked_text

__all__ = ["MOST_FIELDS", "Query", "bucket_width", "buckets", "query_of"]

MOST_FIELDS: Final = 12
_TEXT: Final = 300
_NAME: Final = 200
_WIDTHS: Final = tuple(
    timedelta(**{unit: n})
    for unit, numbers in (
        ("seconds", (1, 5, 15)),
        ("minutes", (1, 5, 15)),
        ("hours", (1, 3, 6, 12)),
        ("days", (1, 7, 30, 91, 365)),
    )
    for n in numbers
)
_BARS: Final = 60


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` anywhere in an event; ``fields`` that must have exactly these values (``*`` stands for anything).

    ``sources`` are ids of sources (empty: all that the searcher may search). The period is half open: [since, until).
    """

    since: datetime
    until: datetime
    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain = asdict(self)
        return {**plain, "since": self.since.isoformat(), "until": self.until.isoformat()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Query:
        """Read what :meth:`as_dict` wrote."""
        return cls(
            since=datetime.fromisoformat(plain["since"]),
            until=datetime.fromisoformat(plain["until"]),
            text=plain.get("text", ""),
            fields=tuple((str(field), str(value)) for field, value in plain.get("fields", ())),
            sources=tuple(plain.get("sources", ())),
        )

    def narrowed(self, field: str, value: str) -> Query:
        """The same search, for events only whose ``field`` has ``value``."""
        return replace(self, fields=tuple(dict.fromkeys((*self.fields, (field, value)))))


def query_of(
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    text: str = "",
    fields: Sequence[tuple[str, str]] = (),
    sources: Sequence[str] = (),
    days: int = 7,
) -> Query:
    """A checked query; without a period the last ``days``. Raises InputError ``monitoring.*`` that names the field."""
    end = until or now
    try:
        start = since or end - timedelta(days=days)
    except OverflowError as error:
        raise InputError("monitoring.period_reversed", name="until") from error
    if start >= end:
        raise InputError("monitoring.period_reversed", name="until")
    if len(fields) > MOST_FIELDS:
        raise InputError("monitoring.too_many_fields", name="text", limit=MOST_FIELDS)

    return Query(
        since=start.astimezone(UTC),
        until=end.astimezone(UTC),
        text=checked_text(text, name="text", limit=_TEXT),
        fields=tuple(
            (
                checked_text(field, name="field", limit=_NAME, needed=True),
                checked_text(value, name="value", limit=1000, needed=True),
            )
            for field, value in fields
        ),
        sources=tuple(sources),
    )


def bucket_width(since: datetime, until: datetime, *, bars: int = _BARS) -> timedelta:
    """The smallest round width with which the period fits into ``bars`` bars."""
    return next((width for width in _WIDTHS if (until - since) / width <= bars), _WIDTHS[-1])


def buckets(since: datetime, until: datetime, counts: Mapping[datetime, int], width: timedelta) -> list[tuple[datetime, int]]:
    """All bars of the period, those without an event too. ``counts``: beginning of a bar → events (others are ignored).

    A bar begins at a whole multiple of ``width`` since 1970-01-01 UTC, so the first may begin before ``since``.
    """
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    at = epoch + (since - epoch) // width * width
    made = []
    while at < until:
        made.append((at, counts.get(at, 0)))
        at += width
    return made
