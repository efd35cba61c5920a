"""What must hold of a calendar's data beyond its shape; every problem names file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sekisho.errors import Problem
from sekisho.standards.catalog import body_kinds
from sekisho.standards.procurement_calendar import BUILD, FACTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.standards.yamlfile import Located

__all__ = ["check_calendar"]


def _problem(located: Located, file: str, at: list[str | int], code: str, **fields: Any) -> Problem:
    column = ".".join(str(p) for p in at) or "."
    return Problem(f"schedule.{code}", fields, file=file, row=located.line(at), column=column)


def _whens(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], dict[str, Any]]]:
    """Every condition of the file with its place."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "when":
                for index, one in enumerate(child if isinstance(child, list) else [child]):
                    yield [*path, key, *([index] if isinstance(child, list) else [])], one
            else:
                yield from _whens(child, [*path, key])
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _whens(child, [*path, index])


def _check_whens(located: Located, file: str) -> Iterator[Problem]:
    bodies = {row["id"] for row in located.value["bodies"]}
    for path, when in _whens(located.value, []):
        for name, wanted in when.items():
            allowed = bodies if name == "body" else FACTS.get(name, ())
            for value in wanted:
                if value not in allowed:
                    yield _problem(located, file, [*path, name], "data_unknown_value", fact=name, value=value)


def _check_doubles(located: Located, file: str) -> Iterator[Problem]:
    for key in ("periods", "steps", "thresholds"):
        seen: set[str] = set()
        for index, row in enumerate(located.value[key]):
            if row["id"] in seen:
                yield _problem(located, file, [key, index, "id"], "data_double", id=row["id"])
            seen.add(row["id"])
    rows: set[tuple[str, str]] = set()
    for index, row in enumerate(located.value["bodies"]):
        if (row["id"], row.get("municipality", "none")) in rows:
            yield _problem(located, file, ["bodies", index], "data_double", id=row["id"])
        rows.add((row["id"], row.get("municipality", "none")))


def _check_bodies(located: Located, file: str) -> Iterator[Problem]:
    known = set(body_kinds())
    for index, row in enumerate(located.value["bodies"]):
        if row["id"] not in known:
            yield _problem(located, file, ["bodies", index, "id"], "data_unknown_body", id=row["id"])
    for missing in sorted(known - {row["id"] for row in located.value["bodies"]}):
        yield _problem(located, file, ["bodies"], "data_body_missing", id=missing)


def _check_periods(located: Located, file: str) -> Iterator[Problem]:
    for index, row in enumerate(located.value["periods"]):
        rules = row["rules"]
        if rules[-1].get("when"):
            yield _problem(located, file, ["periods", index, "rules", len(rules) - 1], "data_no_default", id=row["id"])
        for number, rule in enumerate(rules[:-1]):
            if not rule.get("when"):
                yield _problem(located, file, ["periods", index, "rules", number], "data_unreachable", id=row["id"])


def _check_steps(located: Located, file: str) -> Iterator[Problem]:
    value = located.value
    steps, periods = {row["id"] for row in value["steps"]}, {row["id"] for row in value["periods"]}
    for index, row in enumerate(value["steps"]):
        at: list[str | int] = ["steps", index]
        if row.get("length") not in {None, BUILD, *periods}:
            yield _problem(located, file, [*at, "length"], "data_unknown_period", id=row["id"], wanted=row["length"])
        links: list[tuple[list[str | int], dict[str, Any], str]] = [
            (["after", n], link, "at_least") for n, link in enumerate(row.get("after") or [])
        ]
        if row.get("deadline"):
            links.append((["deadline"], row["deadline"], "within"))
        for place, link, name in links:
            if link["step"] not in steps:
                yield _problem(located, file, [*at, *place, "step"], "data_unknown_step", id=row["id"], wanted=link["step"])
            if link.get(name) not in {None, *periods}:
                yield _problem(located, file, [*at, *place, name], "data_unknown_period", id=row["id"], wanted=link[name])


def _check_named(located: Located, file: str) -> Iterator[Problem]:
    value = located.value
    steps = {row["id"] for row in value["steps"]}
    for key in ("contract_step", "award_step", "delivery_step", "last_step"):
        if value[key] not in steps:
            yield _problem(located, file, [key], "data_unknown_step", id=key, wanted=value[key])
    for index, wanted in enumerate(value["notice_steps"]):
        if wanted not in steps:
            yield _problem(located, file, ["notice_steps", index], "data_unknown_step", id="notice_steps", wanted=wanted)


def _check_cycles(located: Located, file: str) -> Iterator[Problem]:
    """Steps that wait for themselves. Depth first without recursion: a file may chain thousands."""
    rows = located.value["steps"]
    before = {row["id"]: [link["step"] for link in row.get("after") or []] for row in rows}
    place = {row["id"]: index for index, row in enumerate(rows)}
    state: dict[str, int] = {}
    for start, first in before.items():
        stack = [(start, iter(first))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[name] = 2
                stack.pop()
            elif state.get(following) == 1:
                ring = [n for n, _ in stack]
                shown = " → ".join([*ring[ring.index(following) :], following][:12])
                yield _problem(located, file, ["steps", place[name], "after"], "data_cycle", id=name, ring=shown)
            elif following in before and following not in state:
                state[following] = 1
                stack.append((following, iter(before[following])))


def _check_thresholds(located: Located, file: str) -> Iterator[Problem]:
    tables = sorted(enumerate(located.value["thresholds"]), key=lambda pair: str(pair[1]["first_day"]))
    last = ""
    for index, row in tables:
        if row["first_day"] > row["last_day"] or row["first_day"] <= last:
            yield _problem(located, file, ["thresholds", index, "first_day"], "data_periods_overlap", id=row["id"])
        last = max(last, row["last_day"])


def check_calendar(located: Located, file: str) -> list[Problem]:
    """What is wrong beyond the shape: unknown or double ids, values nobody answers, cycles, periods without a default."""
    parts = (_check_whens, _check_periods, _check_steps, _check_named, _check_cycles, _check_thresholds)
    checks = (_check_doubles, _check_bodies, *parts)
    return [problem for check in checks for problem in check(located, file)]
