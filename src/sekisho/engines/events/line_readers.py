"""Readers of logs in which a line is a record: patterns, syslog, Linux audit, ``name=value`` pairs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import re2

from sekisho.engines.events.options import Origin
from sekisho.engines.events.sink import Sink
from sekisho.engines.events.textlines import Block
from sekisho.errors import InputError
from sekisho.standards.event_maps import EventMap, event_maps

__all__ = ["compiled", "read_audit", "read_lines", "read_pairs"]

_PAIR: Final = re.compile(r"""([A-Za-z_][\w.-]{0,63})=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))""")
_AUDIT: Final = re.compile(r"(?:node=(\S+) )?type=(\S+) msg=audit\(([\d.]+):(\d+)\):\s*(.*)", re.DOTALL)
_AUDIT_PAIR: Final = re.compile(r"""([A-Za-z_][\w\[\]-]{0,63})=("[^"]*"|'[^']*'|\S*)""")
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+")
_AUDIT_TEXTS: Final = re.compile(r"a\d+|proctitle|name|exe|comm|cwd|key|acct|cmd|path|data")
_ENRICHED: Final = "\x1d"  # auditd puts the names of numbers behind it


def compiled(pattern: str, the_map: EventMap) -> Any:
    """A compiled pattern: those of included maps were tested here; others run in time that grows with the line only (RE2).

    Raises InputError ``events.pattern_unsupported``.
    """
    if event_maps().get(the_map.id) is the_map:
        return re.compile(pattern)
    try:
        return re2.compile(pattern)
    except re2.error as error:
        raise InputError("events.pattern_unsupported", map=the_map.id, pattern=pattern[:100]) from error


def _each(blocks: Iterator[Block], origin: Origin, sink: Sink, read: Callable[[int, str, int], bool]) -> Iterator[None]:
    """Give every line that is not blank to ``read``; a line that it does not take is a reject."""
    for block in blocks:
        for index, text in enumerate(block.texts):
            if not text or text.isspace():
                continue
            if not read(block.first + index, text, len(block.raw[index])):
                origin.reject(
                    "events.line_unreadable", record=block.first + index, offset=block.place(index), excerpt=block.raw[index]
                )
        yield
    sink.done()


def read_lines(blocks: Iterator[Block], origin: Origin, sink: Sink) -> Iterator[None]:
    """Lines that match one of the map's patterns: the first that fits."""
    patterns = [(one, tuple(_group_names(one))) for one in (compiled(text, sink.map) for text in sink.map.patterns)]

    def read(record: int, text: str, size: int) -> bool:
        for pattern, names in patterns:
            found = pattern.fullmatch(text)
            if found is not None:
                sink.put(record, names, [None if value == "-" else value for value in found.groups()], size)
                return True
        return False

    return _each(blocks, origin, sink, read)


def _group_names(pattern: Any) -> list[str]:
    """Names of the groups in their order; ``__`` in them stands for a hyphen, which a group's name cannot have."""
    names = {index: name for name, index in pattern.groupindex.items()}
    return [names[index].replace("__", "-") if index in names else f"group_{index}" for index in range(1, pattern.groups + 1)]


def read_pairs(blocks: Iterator[Block], origin: Origin, sink: Sink) -> Iterator[None]:
    """Lines of ``name=value`` pairs, values quoted or not; what stands before the first pair (a syslog header) is left out."""

    def read(record: int, text: str, size: int) -> bool:
        found = _PAIR.findall(text)
        if len(found) < 2:  # noqa: PLR2004 - a single pair is chance
            return False
        sink.put(record, tuple(one[0] for one in found), [_unquoted(one[1]) or one[2] or one[3] for one in found], size)
        return True

    return _each(blocks, origin, sink, read)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def read_audit(blocks: Iterator[Block], origin: Origin, sink: Sink) -> Iterator[None]:
    """Records of the Linux audit daemon: one event for each record, ``serial`` joins those of one action.

    Values in hexadecimal are decoded. Of the names that auditd adds to numbers (``SYSCALL=openat``) that of the system call takes
    the place of the number, which rules never ask for; others stand as ``uid_name``.
    """

    def read(record: int, text: str, size: int) -> bool:
        found = _AUDIT.match(text)
        if found is None:
            return False
        node, kind, time, serial, rest = found.groups()
        fields: dict[str, str | None] = {"time": time, "type": kind, "serial": serial, "node": node}
        plain, _, enriched = rest.partition(_ENRICHED)
        for name, value in _AUDIT_PAIR.findall(plain):
            if name == "msg" and value.startswith("'"):
                for inner, said in _AUDIT_PAIR.findall(value[1:-1]):
                    _set(fields, inner, _audit_value(inner, said))
            else:
                _set(fields, name, _audit_value(name, value))
        for name, value in _AUDIT_PAIR.findall(enriched):
            _enrich(fields, name.lower(), value.strip("\"'"))
        sink.put(record, tuple(fields), list(fields.values()), size)
        return True

    return _each(blocks, origin, sink, read)


def _set(fields: dict[str, str | None], name: str, value: str | None) -> None:
    """A name that stands twice in a record is numbered."""
    key, number = name, 1
    while key in fields:
        number += 1
        key = f"{name}_{number}"
    fields[key] = value


def _enrich(fields: dict[str, str | None], name: str, value: str) -> None:
    if name == "syscall":
        fields["syscall_number"] = fields.get("syscall")
        fields["syscall"] = value
    else:
        _set(fields, f"{name}_name", value)


def _audit_value(name: str, value: str) -> str | None:
    if value[:1] in {'"', "'"}:
        return value[1:-1] if len(value) > 1 and value[-1] == value[0] else value[1:]
    if value in {"(null)", "?"}:
        return None
    if len(value) > 3 and _AUDIT_TEXTS.fullmatch(name) and _HEX.fullmatch(value):  # noqa: PLR2004 - short ones are numbers
        return bytes.fromhex(value).rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "backslashreplace")
    return value
