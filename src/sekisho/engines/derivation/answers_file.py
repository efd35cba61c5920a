"""The file of a case's answers (YAML or JSON): read with every fault named, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

import msgspec

from sekisho.engines.derivation.answers import Answers
from sekisho.errors import InputError, Problem
from sekisho.standards.rule_sets import placeholders_of
from sekisho.standards.yamlfile import Located, read_untrusted_yaml

if TYPE_CHECKING:
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["read_answers", "unused_values", "with_lines"]

_MOST: Final = 100  # problems shown of one file
_EXPECTED: Final = re.compile(r"Expected `(str|object|array|bool|int|float)")
_NAMED: Final = (
    ("unknown_field", re.compile(r"Object contains unknown field `(.+)`")),
    ("missing_field", re.compile(r"Object missing required field `(.+)`")),
    ("not_a_choice", re.compile(r"Invalid enum value (.+)")),
)
_HEAD: Final = {"schema", "rule_set", "title", "organization"}  # what a file of answers alone has beside them
_KINDS: Final = {"str": "text", "object": "mapping", "array": "list", "bool": "yes_no", "int": "number", "float": "number"}


def read_answers(untrusted: bytes, *, filename: str) -> Answers:
    """An answers file. Raises InputError ``standards.*`` or ``derivation.wrong_answers`` naming file and line of each fault."""
    located = read_untrusted_yaml(untrusted, filename=filename)
    try:
        return msgspec.convert(located.value, Answers)
    except msgspec.ValidationError as error:
        found = tuple(islice(_faults(located.value), _MOST)) or (((), str(error)),)
        problems = [_problem(detail, [*path], located, filename) for path, detail in found]
        raise InputError("derivation.wrong_answers", problems=(*_flat(located, filename), *problems), file=filename) from error


def _flat(located: Located, filename: str) -> Iterator[Problem]:
    """A hint before all else, where the answers most likely stand at the top instead of under ``answers``."""
    value = located.value
    if isinstance(value, Mapping):
        known = {field.encode_name for field in msgspec.structs.fields(Answers)}
        name = next((name for name in value if name not in known), None)
        if name is not None and known.intersection(value) <= _HEAD:
            yield Problem("derivation.answers_at_the_top", {"name": name}, filename, _line(located, [name]), name)


def _faults(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and message of every part that has the wrong form, field by field and item by item."""
    if not isinstance(value, Mapping):
        yield from _converted(value, Answers, ())
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(Answers)}
    for name, item in value.items():
        if name not in fields:
            yield (name,), f"Object contains unknown field `{name}`"
            continue
        kind = fields[name].type
        if get_origin(kind) is dict and isinstance(item, Mapping):
            for key, one in item.items():
                yield from _converted(one, get_args(kind)[1], (name, key))
        elif get_origin(kind) is tuple and isinstance(item, list):
            for position, one in enumerate(item):
                yield from _converted(one, get_args(kind)[0], (name, str(position)))
        else:
            yield from _converted(item, kind, (name,))


def _converted(value: Any, kind: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        detail, _, below = str(error).partition(" - at ")
        yield (*path, *_steps(below)), detail


def _steps(path: str) -> list[str]:
    """``$.uses[0].place`` as its steps."""
    return [step for step in path.strip("`$").replace("[", ".").replace("]", "").split(".") if step and step != "..."]


def _problem(detail: str, path: list[str], located: Located, filename: str) -> Problem:
    code, fields = "derivation.wrong_field", {"detail": detail}
    if kind := _EXPECTED.match(detail):
        code, fields = f"derivation.expected_{_KINDS[kind[1]]}", {}
    for name, pattern in _NAMED:
        if found := pattern.match(detail):
            code, fields = f"derivation.{name}", {"name": found[1].strip("'")}
    return Problem(code, fields, filename, _line(located, path), ".".join(path) or ".")


def _line(located: Located, path: list[str]) -> int:
    return located.line([int(step) if step.isdigit() else step for step in path])


def with_lines(error: InputError, untrusted: bytes, *, filename: str) -> InputError:
    """The same error with the line of each problem whose ``column`` is a path of the file (``answers.Q01``)."""
    located = read_untrusted_yaml(untrusted, filename=filename)

    def placed(problem: Problem) -> Problem:
        if problem.row or not problem.column:
            return problem
        return replace(problem, row=_line(located, _keys(located.value, problem.column)))

    problems = tuple(placed(problem) for problem in error.problems)
    return InputError(error.code, problems=problems, **error.fields)


def _keys(value: Any, column: str) -> list[str]:
    """A column as steps: what follows the first dot is one key where the file has it (ids may hold dots)."""
    field, _, rest = column.partition(".")
    inside = value.get(field) if isinstance(value, Mapping) else None
    if isinstance(inside, Mapping) and rest in inside:
        return [field, rest]
    return _steps(column)


def unused_values(rules: RuleSet, answers: Answers) -> tuple[str, ...]:
    """Keys of ``values`` that no place of the rules and of the office's own wordings has: most likely misspelt."""
    own = {place for choice in answers.clauses.values() for place in placeholders_of(choice.text)}
    return tuple(
        key for key in answers.values if rules.find("placeholders", name := key.rpartition("/")[2]) is None and name not in own
    )
