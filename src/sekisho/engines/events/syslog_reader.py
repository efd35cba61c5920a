"""Syslog: RFC 3164 and RFC 5424, with or without the priority, as files of rsyslog, syslog-ng and journald have it.

The program decides which field map an event belongs to (``linux.auth`` for sshd, sudo …, ``mail`` for postfix …); its messages'
patterns then give fields. A line that has no header of its own but follows one and begins with a blank belongs to the message
before it; it is kept as an event of its own, since lines are what is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sekisho.engines.events.collect import Collector
from sekisho.engines.events.line_readers import compiled
from sekisho.engines.events.options import Origin
from sekisho.engines.events.sink import Sink
from sekisho.engines.events.textlines import Block
from sekisho.standards.event_maps import EventMap

__all__ = ["LINE", "read_syslog"]

_OLD: Final = re.compile(
    r"(?:<(\d{1,3})>)?\s?[*.]?((?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d{1,2}:\d\d:\d\d(?:\.\d+)?(?: \d{4})?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?) "
    r"(?:([^\s:\[\]]+) )?(?:([^\s:\[\]]{1,100})(?:\[([^\]]{0,40})\])?: ?)?(.*)",
    re.DOTALL,
)
_NEW: Final = re.compile(r"<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\\]|\\.)*\])+) ?(.*)", re.DOTALL)
_ELEMENT: Final = re.compile(r"\[([^\s\]=]+)((?:[^\]\\]|\\.)*)\]")
_PARAMETER: Final = re.compile(r' ([^\s=\]"]+)="((?:[^"\\]|\\.)*)"')
_FACILITIES: Final = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "audit",
    "alert",
    "clock",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
]
_SEVERITIES: Final = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
_NAMES: Final = ("time", "host", "program", "pid", "message", "facility", "severity")
_PRIORITIES: Final = 192
LINE: Final = re.compile(rf"(?:{_OLD.pattern})|(?:{_NEW.pattern})", re.DOTALL)


class _Program:
    """The map of one program, and what its messages may say."""

    def __init__(self, sink: Sink, patterns: list[tuple[Any, tuple[str, ...], tuple[str, ...]]]) -> None:
        self.sink = sink
        self.patterns = patterns


class _Reader:
    def __init__(self, collector: Collector, origin: Origin, maps: list[EventMap], fallback: EventMap) -> None:
        self._collector = collector
        self._origin = origin
        self._maps = maps
        self._fallback = fallback
        self._sinks: dict[str, Sink] = {}
        self._programs: dict[str, _Program] = {}

    def _program(self, name: str) -> _Program:
        found = self._programs.get(name)
        if found is not None:
            return found
        lower = name.lower()
        chosen = next((one for one in self._maps if any(_named(lower, wanted) for wanted in one.programs)), self._fallback)
        sink = self._sinks.get(chosen.id)
        if sink is None:
            sink = self._sinks[chosen.id] = Sink(self._collector, self._origin, chosen)
        patterns = []
        for one in chosen.messages:
            if not one.programs or any(_named(lower, wanted) for wanted in one.programs):
                pattern = compiled(one.pattern, chosen)
                names = {index: group for group, index in pattern.groupindex.items()}
                groups = tuple(names[index].replace("__", "-") for index in sorted(names))
                patterns.append((pattern, (*groups, *one.set), tuple(one.set.values())))
        made = _Program(sink, patterns)
        if len(self._programs) < 10_000:  # noqa: PLR2004 - hostile names must not fill the memory
            self._programs[name] = made
        return made

    def line(self, record: int, text: str, size: int) -> bool:
        names: tuple[str, ...] = _NAMES
        values = _new(text)
        extra: list[tuple[str, str]] = []
        if values is None:
            values = _old(text)
            if values is None:
                return False
        else:
            values, extra = values[:7], values[7]
        program = self._program(values[2] or "")
        message = values[4] or ""
        for pattern, groups, fixed in program.patterns:
            found = pattern.match(message)
            if found is not None:
                names = names + groups
                values = [*values, *(found[group.replace("-", "__")] for group in groups[: len(groups) - len(fixed)]), *fixed]
                break
        if extra:
            names = names + tuple(name for name, _ in extra)
            values = [*values, *(value for _, value in extra)]
        program.sink.put(record, names, values, size)
        return True

    def done(self) -> None:
        for sink in self._sinks.values():
            sink.done()


def _named(program: str, wanted: str) -> bool:
    return program == wanted or (wanted.endswith("*") and program.startswith(wanted[:-1]))


def _priority(text: str | None) -> tuple[str | None, str | None]:
    number = int(text) if text else _PRIORITIES
    return (None, None) if number >= _PRIORITIES else (_FACILITIES[number // 8], _SEVERITIES[number % 8])


def _old(text: str) -> list[Any] | None:
    found = _OLD.match(text)
    if found is None:
        return None
    priority, time, host, program, pid, message = found.groups()
    return [time, host, program, pid, message, *_priority(priority)]


def _new(text: str) -> list[Any] | None:
    found = _NEW.match(text) if text.startswith("<") else None
    if found is None:
        return None
    priority, time, host, program, pid, message_id, data, message = found.groups()
    extra = [] if message_id == "-" else [("msgid", message_id)]
    for element, parameters in _ELEMENT.findall(data):
        for name, value in _PARAMETER.findall(parameters):
            extra.append((f"{element}.{name}", re.sub(r'\\(["\\\]])', r"\1", value)))
    plain = [None if one == "-" else one for one in (time, host, program, pid)]
    return [*plain, message.removeprefix("\ufeff"), *_priority(priority), extra]


def read_syslog(
    blocks: Iterator[Block], origin: Origin, collector: Collector, maps: list[EventMap], fallback: EventMap
) -> Iterator[None]:
    """Every line to the map of its program; ``fallback`` takes what no map of ``maps`` names."""
    reader = _Reader(collector, origin, maps, fallback)
    for block in blocks:
        for index, text in enumerate(block.texts):
            if text and not text.isspace() and not reader.line(block.first + index, text, len(block.raw[index])):
                origin.reject(
                    "events.line_unreadable", record=block.first + index, offset=block.place(index), excerpt=block.raw[index]
                )
        yield
    reader.done()
