"""From the raw fields of a reader to rows: renamed, timed and placed as the field map says.

What has to be decided for a set of field names is decided once, in a :class:`_Plan`; a record then costs a few list accesses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from sekisho.engines.events.collect import Collector, as_text
from sekisho.engines.events.options import Origin
from sekisho.engines.events.times import TimeReader
from sekisho.standards.event_maps import EventMap

__all__ = ["Sink", "folded"]

_PLANS: Final = 5_000
_LONGEST_NAME: Final = 200
_URI_NAMES: Final = ("cs-host", "cs-uri-stem", "c-uri-query", "c-uri-extension")
_ADDRESS: Final = re.compile(  # RFC 3986 appendix B; what stands before @ is no part of the host
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(?:\[([0-9A-Fa-f:.]*)\]|([^/?#:]*))(?::\d*)?([^?#]*)(?:\?([^#]*))?|"
    r"([^/?#:@]+):\d+()()"
)
_PATH: Final = re.compile(r"()([^?#]*)(?:\?([^#]*))?")
_NOTHING: Final = (None, None, None, None)
_LONGEST_EXTENSION: Final = 10
_PARTS: Final = 3


def folded(name: str) -> str:
    """A heading as it is compared: full-width forms, case and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", name).lower().split())


def address_parts(text: str | None) -> tuple[str | None, str | None, str | None, str | None]:
    """Host, path, query and extension of a URL, of ``host:port`` (as CONNECT has it), or of a path."""
    if not text:
        return _NOTHING
    found = _PATH.match(text) if text.startswith("/") and not text.startswith("//") else _ADDRESS.match(text)
    if found is None:
        return _NOTHING
    groups = found.groups()
    host, path, query = groups if len(groups) == _PARTS else _named_parts(groups)
    last = path[path.rfind("/") + 1 :]
    dot = last.rfind(".")
    extension = last[dot + 1 :] if 0 <= dot < len(last) - 1 and len(last) - dot <= _LONGEST_EXTENSION else None
    return host.lower() if host else None, path or None, query, extension


def _named_parts(groups: tuple[str | None, ...]) -> tuple[str | None, str, str | None]:
    six, name, path, query, connect, *_ = groups
    return six or name or connect, path or "", query


class _Plan:
    """What to do with records that have these field names."""

    __slots__ = ("address", "channel", "event", "host", "keys", "time", "words")

    def __init__(self, names: Sequence[str], the_map: EventMap, own: dict[str, str]) -> None:
        place: dict[str, int] = {}
        for index, name in enumerate(names):
            place.setdefault(folded(name), index)
        self.time = next(
            (tuple(place[folded(n)] for n in one) for one in the_map.time.fields if all(folded(n) in place for n in one)), ()
        )
        self.host, self.channel, self.event = (_first(place, wanted) for wanted in (the_map.host, the_map.channel, the_map.event))
        columns, taken = [], set()
        for name in names:
            renamed = own.get(folded(name), name)
            columns.append(name if renamed in taken else renamed)
            taken.add(renamed)
        self.keys: tuple[str, ...] = tuple(column[:_LONGEST_NAME] for column in columns)
        self.words: list[tuple[int, dict[str, str]]] = []
        for column, words in the_map.words.items():
            if column in columns:
                self.words.append((columns.index(column), words))
                self.keys += (names[columns.index(column)] if names[columns.index(column)] != column else f"{column}_written",)
        self.address = columns.index(the_map.address) if the_map.address in columns else None
        if self.address is not None:
            self.keys += tuple(_URI_NAMES)


def _first(place: dict[str, int], wanted: Sequence[str]) -> tuple[int, ...]:
    return tuple(place[folded(name)] for name in wanted if folded(name) in place)


class Sink:
    """Takes records of one file and hands rows to the collector."""

    def __init__(self, collector: Collector, origin: Origin, the_map: EventMap) -> None:
        """``the_map`` says what becomes of the fields."""
        self.origin = origin
        self.map = the_map
        self.times = TimeReader(the_map.time.formats, origin.options.zone, origin.reference)
        self._collector = collector
        self._number = collector.file(origin.file, origin.sha256)
        self._own = {folded(name): ours for ours, names in the_map.fields.items() for name in (ours, *names)}
        self._words = {ours: {folded(k): v for k, v in words.items()} for ours, words in the_map.words.items()}
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._events = {folded(name) for name in the_map.events}
        self._no_time = 0

    def put(self, record: int, names: tuple[str, ...], values: Sequence[Any], size: int, channel: str = "") -> None:
        """One record: its number, field names, values, ``size`` in bytes; ``channel`` where the file says it."""
        plan = self._plans.get(names)
        if plan is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            plan = self._plans[names] = _Plan(names, self.map, self._own)
        if len(plan.time) == 1:
            micros, offset = self.times.read(values[plan.time[0]])
        elif plan.time:
            micros, offset = self.times.read(" ".join(str(values[index]) for index in plan.time))
        else:
            micros = offset = None
        if micros is None:
            self._no_time += 1
        else:  # the time has its own column; what was written is kept only where it could not be read
            values = list(values)
            for index in plan.time:
                values[index] = None
        host = _said(plan.host, values)
        event = _said(plan.event, values) or ""
        if self._events and folded(event) not in self._events:
            event = ""
        channel = channel or _said(plan.channel, values) or ""
        if plan.words or plan.address is not None:
            values = self._extended(plan, list(values))
        waiting, group = self._collector.group(self.map.id, channel, event, plan.keys)
        group.add((self._number, record, micros, offset, host, *values))
        self._collector.count(waiting, size)
        self.origin.report.records += 1

    def _extended(self, plan: _Plan, row: list[Any]) -> list[Any]:
        address = None if plan.address is None else row[plan.address]
        for index, _ in plan.words:
            written = row[index]
            words = self._words[plan.keys[index]]
            row[index] = written if written is None else words.get(folded(str(written)), written)
            row.append(written)
        if plan.address is not None:
            row.extend(address_parts(address))
        return row

    def done(self) -> None:
        """Note what was assumed."""
        notes = self.origin.report.notes
        for name, count in (
            ("no_time", self._no_time),
            ("year_assumed", self.times.years_assumed),
            ("zone_assumed", self.times.zones_assumed),
        ):
            if count:
                notes[name] += count


def _said(places: tuple[int, ...], values: Sequence[Any]) -> str | None:
    for index in places:
        value = values[index]
        if value is not None and value not in {"", "-"}:
            return as_text(value)
    return None
