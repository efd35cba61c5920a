"""What must hold of a file of retention kinds beyond its shape; every problem names file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import Problem
from sekisho.standards.catalog import data_directory, facts, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.standards.yamlfile import Located

__all__ = ["check_kinds"]

_LENGTHS: Final = {"year", "month", "day"}
_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "days_before": ("days",),
    "months_after_event": ("months",),
    "months_after_fiscal_year": ("months", "year"),
    "after_fiscal_year": ("year",),
    "next_fiscal_year": ("year",),
    "next_year_day": ("month", "day"),
}
_EVENTS: Final = ("event", "or_later", "replaced_by", "set_by", "period_end")


def check_kinds(located: Located, file: str, *, own: bool) -> list[Problem]:
    """Double ids, unknown events, questions and steps, starts without what they need, periods without a value, and our own
    kinds that differ from the reference (``own`` False) or an organisation's without title or basis (``own`` True).
    """
    return [*_doubles(located, file), *_kinds(located, file, own=own), *(() if own else _against_reference(located, file))]


def _problem(located: Located, file: str, at: list[str | int], code: str, **fields: Any) -> Problem:
    return Problem(f"retention.{code}", fields, file=file, row=located.line(at), column=".".join(str(p) for p in at) or ".")


def _doubles(located: Located, file: str) -> Iterator[Problem]:
    for key in ("kinds", "events", "conditions", "steps"):
        seen: set[str] = set()
        for index, row in enumerate(located.value.get(key) or []):
            if row["id"] in seen:
                yield _problem(located, file, [key, index, "id"], "data_double", id=row["id"])
            seen.add(row["id"])


def _known(located: Located, key: str, *, own: bool) -> set[str]:
    found = {row["id"] for row in located.value.get(key) or []}
    if own:
        found |= {row["id"] for row in read_yaml(data_directory().joinpath("retention", "kinds.yaml"))[key]}
    return found


def _kinds(located: Located, file: str, *, own: bool) -> Iterator[Problem]:
    events, questions, steps = (_known(located, key, own=own) for key in ("events", "conditions", "steps"))
    for index, row in enumerate(located.value["kinds"]):
        at: list[str | int] = ["kinds", index]
        for name in ("title", "basis") if own else ():
            if not row.get(name):
                yield _problem(located, file, at, "data_missing", id=row["id"], wanted=name)
        yield from _period(located, file, at, row["id"], row["period"])
        yield from _start(located, file, at, row, events)
        if row.get("end") == "fiscal_year_after" and not row["start"].get("year"):
            yield _problem(located, file, [*at, "start"], "data_missing", id=row["id"], wanted="year")
        for number, step in enumerate(row.get("before_deletion") or []):
            if step not in steps:
                yield _problem(located, file, [*at, "before_deletion", number], "data_unknown", id=row["id"], wanted=step)
        yield from _alternatives(located, file, index, events, questions)


def _alternatives(located: Located, file: str, index: int, events: set[str], questions: set[str]) -> Iterator[Problem]:
    row = located.value["kinds"][index]
    for number, one in enumerate(row.get("alternatives") or []):
        here: list[str | int] = ["kinds", index, "alternatives", number]
        if one["when"] not in questions:
            yield _problem(located, file, [*here, "when"], "data_unknown", id=row["id"], wanted=one["when"])
        if one.get("period"):
            yield from _period(located, file, here, row["id"], one["period"])
        if one.get("start"):
            yield from _start(located, file, here, {"id": row["id"], "start": one["start"]}, events)
        if not one.get("period") and not one.get("start"):
            yield _problem(located, file, here, "data_missing", id=row["id"], wanted="period, start")


def _period(located: Located, file: str, at: list[str | int], name: str, period: dict[str, Any]) -> Iterator[Problem]:
    if (period.get("value") is None) == (period["unit"] in _LENGTHS):
        yield _problem(located, file, [*at, "period"], "data_period", id=name, unit=period["unit"])


def _start(located: Located, file: str, at: list[str | int], row: dict[str, Any], events: set[str]) -> Iterator[Problem]:
    start = row["start"]
    for wanted in _NEEDED.get(start["rule"], ()):
        if start.get(wanted) is None:
            yield _problem(located, file, [*at, "start"], "data_missing", id=row["id"], wanted=wanted)
    for key in _EVENTS:
        if start.get(key) and start[key] not in events:
            yield _problem(located, file, [*at, "start", key], "data_unknown", id=row["id"], wanted=start[key])


def _against_reference(located: Located, file: str) -> Iterator[Problem]:
    reference = {item["id"]: item["fields"]["period"] for item in facts("retention").items}
    here = {row["id"]: (index, row["period"]) for index, row in enumerate(located.value["kinds"])}
    for name in sorted(reference.keys() ^ here.keys()):
        yield _problem(located, file, ["kinds"], "data_not_in_reference", id=name)
    for name, (index, period) in here.items():
        wanted = reference.get(name)
        if wanted and (period.get("value"), period["unit"]) != (wanted["value"], wanted["unit"]):
            yield _problem(located, file, ["kinds", index, "period"], "data_differs", id=name)
