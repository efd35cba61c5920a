"""Reading the rules of log review (``data/watch/*.yaml``) into typed values, and checking them beyond their shape."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Text
from sekisho.standards.watch_rules.model import Event, EventClass, Integrity, Presence, WatchRule, When, classes_of, roles_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "CHECK_PARAMETERS",
    "OPERATORS",
    "WatchClasses",
    "WatchRules",
    "build_rules",
    "check_classes",
    "check_rules",
    "classes_schema",
    "event_classes",
    "included_watch_files",
    "required_parameters",
    "rules_schema",
    "watch_rules",
]

OPERATORS: Final = frozenset({"", "contains", "startswith", "endswith", "re", "gt", "gte", "lt", "lte", "exists"})
CHECK_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "missing_numbers": ("count",),
    "backwards": ("minutes",),
    "future": ("minutes",),
    "boot_gap": ("minutes",),
    "exit_without_entry": (),
    "entry_without_exit": (),
    "tailgating": ("seconds",),
    "two_places": (),
    "staying": ("minutes",),
    "weight": ("kilograms",),
}
_PARAMETER: Final = re.compile(r"\$[a-z][a-z0-9_]*")
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class WatchClasses(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file of classes of events."""

    version: str
    note: Text
    event_classes: Annotated[tuple[EventClass, ...], msgspec.Meta(min_length=1)]


class WatchRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of rules."""

    version: str
    note: Text
    watch_rules: Annotated[tuple[WatchRule, ...], msgspec.Meta(min_length=1)]


def classes_schema() -> dict[str, Any]:
    """JSON Schema of the classes (committed as ``data/schemas/watch_classes.json``; a test compares them)."""
    return {"$schema": _DIALECT, **msgspec.json.schema(WatchClasses)}


def rules_schema() -> dict[str, Any]:
    """JSON Schema of a file of rules (committed as ``data/schemas/watch_rules.json``; a test compares them)."""
    return {"$schema": _DIALECT, **msgspec.json.schema(WatchRules)}


def included_watch_files() -> tuple[str, ...]:
    """Names of our files under ``data/watch``, sorted."""
    return tuple(sorted(f.name for f in data_directory().joinpath("watch").iterdir() if f.name.endswith(".yaml")))


@cache
def event_classes() -> dict[str, EventClass]:
    """The classes of events that come with Sekisho, by id."""
    found: dict[str, EventClass] = {}
    for name in included_watch_files():
        raw = read_yaml(data_directory().joinpath("watch", name))
        if "event_classes" in raw:
            read = msgspec.convert(raw, WatchClasses)
            found |= {c.id: c for c in read.event_classes}
    return found


@cache
def watch_rules() -> dict[str, WatchRule]:
    """The rules that come with Sekisho, by id. Raises InputError ``watch.rules_wrong`` with everything that is wrong."""
    found: dict[str, WatchRule] = {}
    for name in included_watch_files():
        raw = read_yaml(data_directory().joinpath("watch", name))
        if "watch_rules" in raw:
            found |= {r.id: r for r in build_rules(raw, file=name, classes=event_classes())}
    return found


def build_rules(raw: dict[str, Any], *, file: str, classes: Mapping[str, EventClass]) -> tuple[WatchRule, ...]:
    """Typed rules from the values of a file.

    Raises msgspec.ValidationError for a wrong shape, InputError ``watch.rules_wrong`` with everything else that is wrong.
    """
    rules = msgspec.convert(raw, WatchRules).watch_rules
    problems = tuple(check_rules(rules, classes, file=file))
    if problems:
        raise InputError("watch.rules_wrong", problems=problems, count=len(problems))
    return rules


def required_parameters(rule: WatchRule) -> tuple[str, ...]:
    """The names of the parameters without which a rule's evaluation has no thresholds."""
    evaluation = rule.evaluate
    if isinstance(evaluation, Integrity | Presence):
        return CHECK_PARAMETERS[evaluation.check]
    return evaluation.PARAMETERS


def check_classes(classes: Iterable[EventClass], *, file: str) -> Iterator[Problem]:
    """What is wrong with classes beyond their shape: double ids, unknown operators, expressions that cannot be read."""
    seen: set[str] = set()
    for one in classes:
        if one.id in seen:
            yield _wrong(file, one.id, "duplicate", id=one.id)
        seen.add(one.id)
        for take in one.take:
            for when in (take.match, take.unless):
                yield from _conditions(file, one.id, when, {})
            for spec in take.roles.values():
                if isinstance(spec, str | tuple):
                    continue
                if not _readable(spec.extract) or "x" not in re.compile(spec.extract).groupindex:
                    yield _wrong(file, one.id, "expression", text=spec.extract)


def check_rules(rules: Iterable[WatchRule], classes: Mapping[str, EventClass], *, file: str) -> Iterator[Problem]:
    """What is wrong with rules beyond their shape: double ids, unknown classes, roles, parameters and operators."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield _wrong(file, rule.id, "duplicate", id=rule.id)
        seen.add(rule.id)
        if rule.id.split(".")[:2] != [rule.purpose.value, rule.area]:
            yield _wrong(file, rule.id, "id", expected=f"{rule.purpose.value}.{rule.area}.…")
        for name in required_parameters(rule):
            if name not in rule.parameters:
                yield _wrong(file, rule.id, "parameter_missing", name=name)
        yield from _unused(file, rule)
        for when in (rule.evaluate.when, getattr(rule.evaluate, "then_when", {})):
            yield from _conditions(file, rule.id, when, rule.parameters)
        yield from _roles(file, rule, classes)
        for case in (*rule.tests.positive, *rule.tests.negative):
            for event in (*case.events, *case.history):
                yield from _event(file, rule, event, classes)


def _event(file: str, rule: WatchRule, event: Event, classes: Mapping[str, EventClass]) -> Iterator[Problem]:
    if event.of not in classes:
        yield _wrong(file, rule.id, "class", name=event.of)
        return
    takes = classes[event.of].take
    take = next((t for t in takes if t.source == event.source), None if event.source else takes[0])
    for role in event.roles:
        if take is None or role not in take.roles:
            yield _wrong(file, rule.id, "role", name=role, of=event.of)


def _roles(file: str, rule: WatchRule, classes: Mapping[str, EventClass]) -> Iterator[Problem]:
    """A role counts as there when one of the class's sources has it: the others are reported when a log is reviewed."""
    for class_id in classes_of(rule.evaluate):
        if class_id not in classes:
            yield _wrong(file, rule.id, "class", name=class_id)
            continue
        have = {role for take in classes[class_id].take for role in take.roles}
        for role in roles_of(rule.evaluate, class_id):
            if role not in have:
                yield _wrong(file, rule.id, "role", name=role, of=class_id)


def _unused(file: str, rule: WatchRule) -> Iterator[Problem]:
    named = {
        value[1:]
        for when in (rule.evaluate.when, getattr(rule.evaluate, "then_when", {}))
        for values in when.values()
        for value in (values if isinstance(values, tuple) else (values,))
        if isinstance(value, str) and _PARAMETER.fullmatch(value)
    }
    for name in rule.parameters:
        if name not in named and name not in required_parameters(rule):
            yield _wrong(file, rule.id, "parameter_unused", name=name)


def _conditions(file: str, place: str, when: When, parameters: Mapping[str, object]) -> Iterator[Problem]:
    for key, values in when.items():
        operator = key.partition("|")[2]
        if operator not in OPERATORS:
            yield _wrong(file, place, "operator", name=operator)
        for value in values if isinstance(values, tuple) else (values,):
            if operator == "re" and not (isinstance(value, str) and _readable(value)):
                yield _wrong(file, place, "expression", text=str(value))
            if isinstance(value, str) and _PARAMETER.fullmatch(value) and value[1:] not in parameters:
                yield _wrong(file, place, "parameter_missing", name=value[1:])


def _readable(expression: str) -> bool:
    """Whether it is an expression; those that only Python knows (looking around, back references) are none for RE2."""
    try:
        re.compile(expression)
    except re.error:
        return False
    return not re.search(r"\(\?(?:[=!]|<[=!])|\\[1-9]|\(\?P=", expression.replace(r"\\", ""))


def _wrong(file: str, place: str, what: str, **fields: object) -> Problem:
    return Problem(f"watch.rule_{what}", {"rule": place, **fields}, file, column=place)
