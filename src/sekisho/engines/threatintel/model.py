"""What readers of notices and feeds hand back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sekisho.engines.detection.indicators import Indicator, Kind, Own, Reason, Tlp, assess
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS = 9  # digits of a number of seconds since 1970; fewer are a date or a year

__all__ = ["Collector", "Item", "Reading", "Refused", "clipped", "moment"]


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that was not taken, why, and where it stands."""

    original: str
    reasons: tuple[Reason, ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of information beside the indicators: a report, an event, an article."""

    title: str
    reference: str = ""
    published: datetime | None = None
    text: str = ""
    tlp: Tlp | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a reader understood, and all that it did not.

    ``warned`` are indicators that were taken although a person should look at them; ``ignored`` counts entries by why they were
    left out (an unknown type, a pattern that cannot be searched); ``problems`` name what is broken and where.
    """

    form: str
    title: str = ""
    tlp: Tlp | None = None
    indicators: tuple[Indicator, ...] = ()
    items: tuple[Item, ...] = ()
    refused: tuple[Refused, ...] = ()
    warned: tuple[tuple[Indicator, tuple[Reason, ...]], ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    cves: tuple[str, ...] = ()

    def summary(self) -> dict[str, Any]:
        """The reading in figures, as plain JSON values."""
        kinds: dict[str, int] = {}
        for one in self.indicators:
            kinds[one.kind.value] = kinds.get(one.kind.value, 0) + 1
        return {
            "form": self.form, "title": self.title, "tlp": self.tlp.value if self.tlp else None,
            "indicators": len(self.indicators), "kinds": kinds, "items": len(self.items), "cves": list(self.cves),
            "ignored": self.ignored,
            "refused": [
                {"original": one.original[:200], "place": one.place, "reasons": [reason.as_dict() for reason in one.reasons]}
                for one in self.refused
            ],
            "warned": [
                {"value": one.value, "reasons": [reason.as_dict() for reason in reasons]} for one, reasons in self.warned
            ],
            "problems": [problem.as_dict() for problem in self.problems],
        }  # fmt: skip


class Collector:
    """Gathers indicators for a reading: each is assessed, refused or taken, repeats of the same one dropped."""

    def __init__(self, *, own: Own | None = None, most: int = 5_000_000) -> None:
        """``own``: what is the organisation's own; ``most``: more entries than this are refused (``threatintel.too_many``)."""
        self._own = own
        self._most = most
        self._seen: dict[tuple[str, str], int] = {}
        self.indicators: list[Indicator] = []
        self.refused: list[Refused] = []
        self.warned: list[tuple[Indicator, tuple[Reason, ...]]] = []
        self.ignored: dict[str, int] = {}
        self.problems: list[Problem] = []

    def ignore(self, why: str) -> None:
        """Count an entry that was left out."""
        self.ignored[why] = self.ignored.get(why, 0) + 1

    def add(self, text: str, kind: Kind | None, place: str, **fields: Any) -> bool:
        """Assess ``text`` and take it; ``fields`` are those of :class:`Indicator`. Returns whether it was taken."""
        verdict = assess(text, kind=kind, own=self._own)
        if not verdict.accepted or verdict.kind is None or verdict.value is None:
            self.refused.append(Refused(text[:2_048], verdict.reasons, place))
            return False
        key = (verdict.kind.value, verdict.value)
        if key in self._seen:
            self.ignore("threatintel.repeated")
            return True
        if len(self.indicators) >= self._most:
            raise InputError("threatintel.too_many", limit=self._most)
        original = text if text != verdict.value else ""
        indicator = Indicator(kind=verdict.kind, value=verdict.value, original=original[:2_048], **fields)
        self._seen[key] = len(self.indicators)
        self.indicators.append(indicator)
        if verdict.reasons:
            self.warned.append((indicator, verdict.reasons))
        return True

    def reading(self, form: str, **more: Any) -> Reading:
        """What was gathered."""
        return Reading(
            form=form, indicators=tuple(self.indicators), refused=tuple(self.refused), warned=tuple(self.warned),
            ignored=dict(sorted(self.ignored.items())), problems=tuple(self.problems), **more,
        )  # fmt: skip


def moment(value: Any) -> datetime | None:
    """A point in time (UTC) from an RFC 3339 text, a date (its beginning, UTC) or a number of seconds; None for anything else."""
    if isinstance(value, bool) or value in (None, "", 0):
        return None
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal() and len(value) >= _SECONDS):
            return datetime.fromtimestamp(float(value), UTC)
        found = datetime.fromisoformat(str(value).strip().replace("/", "-"))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def clipped(values: Iterable[Any], *, size: int = 200, most: int = 50) -> tuple[str, ...]:
    """Labels as short texts: only texts, each cut to ``size``, at most ``most``."""
    return tuple(value[:size] for value in list(values)[:most] if isinstance(value, str) and value)
