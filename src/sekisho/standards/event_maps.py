"""How the logs of each product are read, as data (``data/events/*.yaml``): one field map a file.

A map says which reader takes the file apart, how its files are recognised, which of its fields is the time, the host, the channel
and the kind of event, and what its fields are called here. Names follow the taxonomy that Sigma rules use, where it has one.
Organisations write their own for products that are not among them, in the same form.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Final, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Text
from sekisho.standards.schemas import validator
from sekisho.standards.yamlfile import Located, read_untrusted_yaml

__all__ = [
    "READERS",
    "EventMap",
    "LogSource",
    "MapTime",
    "MessagePattern",
    "Recognise",
    "check_event_map",
    "event_maps",
    "read_event_map",
    "schema",
]

Reader = Literal["evtx", "syslog", "lines", "audit", "pairs", "zeek", "w3c", "json", "csv"]
READERS: Final = ("evtx", "syslog", "lines", "audit", "pairs", "zeek", "w3c", "json", "csv")
TimeFormat = Literal["calendar", "common", "syslog", "month_first", "epoch"]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=60)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class LogSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A log source of Sigma that these events answer; "" stands for any. ``channels`` and ``events`` narrow it."""

    product: str = ""
    category: str = ""
    service: str = ""
    channels: tuple[Name, ...] = ()
    events: tuple[Name, ...] = ()


class Recognise(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a file is known by its beginning: a pattern that most lines match, headings (each group: one of them must be there), or
    keys that objects have. Of several maps that fit, the one that asks for more wins.
    """

    line: Pattern | None = None
    columns: tuple[tuple[Name, ...], ...] = ()
    keys: tuple[Name, ...] = ()


class MapTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the time stands: alternatives, each one field or several that are joined (date and time), and how it is written."""

    fields: tuple[tuple[Name, ...], ...]
    formats: tuple[TimeFormat, ...] = ("calendar",)


class MessagePattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a message of ``programs`` says: named groups become fields, ``set`` gives fields that the text only implies."""

    pattern: Pattern
    programs: tuple[Name, ...] = ()
    set: dict[Name, str] = {}


class EventMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One field map. ``fields``: our name → the names that the source may use for it; ``words``: our field → what the source
    writes → the word for it here (the source's own stays under its own name).
    """

    event_map: Literal[1]
    id: Id
    title: Text
    reference: Text
    reader: Reader
    logsources: tuple[LogSource, ...] = ()
    recognise: Recognise = Recognise()
    patterns: tuple[Pattern, ...] = ()
    programs: tuple[Name, ...] = ()
    messages: tuple[MessagePattern, ...] = ()
    time: MapTime = MapTime(fields=())
    host: tuple[Name, ...] = ()
    channel: tuple[Name, ...] = ()
    event: tuple[Name, ...] = ()
    events: tuple[Name, ...] = ()
    fields: dict[Name, tuple[Name, ...]] = {}
    words: dict[Name, dict[str, str]] = {}
    address: Name = ""
    lists: tuple[Name, ...] = ()


def schema() -> dict[str, Any]:
    """The JSON Schema of a map file."""
    made = msgspec.json.schema(EventMap)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


@cache
def event_maps() -> dict[str, EventMap]:
    """The included maps by id."""
    folder = data_directory().joinpath("events")
    found = [msgspec.convert(read_yaml(path), EventMap) for path in folder.iterdir() if path.name.endswith(".yaml")]
    return {one.id: one for one in sorted(found, key=lambda one: one.id)}


def read_event_map(untrusted: bytes, *, filename: str) -> EventMap:
    """A map of an organisation's own. Raises InputError ``standards.*`` naming the line of each fault."""
    located = read_untrusted_yaml(untrusted, filename=filename)
    problems = [
        Problem(
            "standards.schema", {"message": error.message, "path": ".".join(map(str, error.instance_path))}, filename,
            located.line(list(error.instance_path)),
        )
        for error in validator("event_map").iter_errors(located.value)
    ] or check_event_map(located, filename)  # fmt: skip
    if problems:
        raise InputError("standards.invalid", problems=tuple(problems), count=len(problems))
    made: EventMap = msgspec.convert(located.value, EventMap)
    return made


def check_event_map(located: Located, file: str) -> list[Problem]:
    """What a schema cannot say: patterns compile and name their groups, the reader has what it needs."""
    value = located.value
    found: list[Problem] = []
    places: list[tuple[list[str | int], str, bool]] = [
        (["patterns", index], text, True) for index, text in enumerate(value.get("patterns", ()))
    ]
    places += [(["messages", index, "pattern"], one["pattern"], False) for index, one in enumerate(value.get("messages", ()))]
    if line := value.get("recognise", {}).get("line"):
        places.append((["recognise", "line"], line, False))
    for at, text, needs_groups in places:
        try:
            groups = re.compile(text).groupindex
        except re.error as error:
            found.append(_problem(located, file, at, "event_pattern", message=str(error)))
            continue
        if needs_groups and not groups:
            found.append(_problem(located, file, at, "event_pattern_groups"))
    needed = {"lines": "patterns", "csv": "time", "pairs": "time"}.get(value["reader"])
    if needed is not None and not value.get(needed):
        found.append(_problem(located, file, ["reader"], "event_map_needs", reader=value["reader"], field=needed))
    return found


def _problem(located: Located, file: str, at: list[str | int], code: str, **fields: Any) -> Problem:
    return Problem(f"standards.{code}", fields, file=file, row=located.line(at), column=".".join(map(str, at)))
