"""Parameters of a transform as dataclass fields that say what they accept, so that a plan is refused with the place of each
mistake.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sekisho.errors import InputError, Problem

__all__ = ["Parameter", "choice", "flag", "mapping", "names", "number", "problems_of", "refuse", "texts", "whole", "words"]

_KEY: Final = "parameter"
_LONGEST: Final = 65536


@dataclass(frozen=True, slots=True)
class Parameter:
    """What one parameter accepts. ``accepts`` gives the value to keep or raises ValueError; ``code`` and ``fields`` say what
    it expects.
    """

    accepts: Callable[[Any], Any]
    code: str
    fields: dict[str, Any]


def _field(default: Any, parameter: Parameter) -> Any:
    given = {} if default is dataclasses.MISSING else {"default": default}
    return dataclasses.field(metadata={_KEY: parameter}, **given)


def whole(default: Any = dataclasses.MISSING, *, low: int, high: int, optional: bool = False) -> Any:
    """A whole number from ``low`` to ``high``; ``optional``: None, too."""

    def accepts(value: Any) -> int | None:
        if optional and value is None:
            return None
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    return _field(default, Parameter(accepts, "masking.expects_whole", {"low": low, "high": high}))


def number(default: Any = dataclasses.MISSING, *, low: float, high: float, optional: bool = False) -> Any:
    """A number from ``low`` to ``high``, kept as float; ``optional``: None, too."""

    def accepts(value: Any) -> float | None:
        if optional and value is None:
            return None
        if type(value) not in {int, float} or not low <= value <= high:
            raise ValueError
        return float(value)

    return _field(default, Parameter(accepts, "masking.expects_number", {"low": low, "high": high}))


def choice(default: Any = dataclasses.MISSING, *, among: Sequence[str]) -> Any:
    """One of some words."""

    def accepts(value: Any) -> str:
        if not isinstance(value, str) or value not in among:
            raise ValueError
        return value

    return _field(default, Parameter(accepts, "masking.expects_choice", {"choices": ", ".join(among)}))


def flag(default: Any = dataclasses.MISSING) -> Any:
    """True or false."""

    def accepts(value: Any) -> bool:
        if type(value) is not bool:
            raise ValueError
        return value

    return _field(default, Parameter(accepts, "masking.expects_flag", {}))


def texts(default: Any = dataclasses.MISSING, *, low: int = 0, high: int = 1000, distinct: bool = False) -> Any:
    """A text of ``low`` to ``high`` characters; ``distinct``: none of them twice (an alphabet)."""

    def accepts(value: Any) -> str:
        if not isinstance(value, str) or not low <= len(value) <= high or (distinct and len(set(value)) != len(value)):
            raise ValueError
        value.encode("utf-8")  # lone surrogates are no text: UnicodeEncodeError is a ValueError
        return value

    code = "masking.expects_alphabet" if distinct else "masking.expects_text"
    return _field(default, Parameter(accepts, code, {"low": low, "high": high}))


def words(default: Any = (), *, among: Sequence[str]) -> Any:
    """A list of words out of some, in the order of ``among`` and none twice."""

    def accepts(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or len(set(value)) != len(value) or any(one not in among for one in value):
            raise ValueError
        return tuple(sorted(value, key=list(among).index))

    return _field(default, Parameter(accepts, "masking.expects_words", {"choices": ", ".join(among)}))


def names(default: Any = dataclasses.MISSING, *, low: int = 0, high: int = 100) -> Any:
    """A list of names of columns, or one name."""

    def accepts(value: Any) -> tuple[str, ...]:
        found = (value,) if isinstance(value, str) else value
        if not isinstance(found, list | tuple) or not all(isinstance(one, str) and one for one in found):
            raise ValueError
        if not low <= len(found) <= high or len(set(found)) != len(found):
            raise ValueError
        return tuple(found)

    return _field(default, Parameter(accepts, "masking.expects_names", {"low": low, "high": high}))


def mapping(*, low: int = 0, high: int = 1_000_000) -> Any:
    """A table from texts to texts with ``low`` to ``high`` entries, kept so that nobody can change it."""

    def accepts(value: Any) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or not low <= len(value) <= high:
            raise ValueError
        if not all(isinstance(one, str) and isinstance(other, str) for one, other in value.items()):
            raise ValueError
        return MappingProxyType(dict(value))

    return _field(dataclasses.MISSING, Parameter(accepts, "masking.expects_mapping", {"low": low, "high": high}))


def problems_of(kind: type, values: dict[str, Any], path: str) -> tuple[dict[str, Any], list[Problem]]:
    """The values as they are kept, and what is wrong with them: unknown names, missing ones, wrong values. ``path`` is the
    place in the plan.
    """
    fields = {one.name: one for one in dataclasses.fields(kind)}
    kept: dict[str, Any] = {}
    problems = [
        _problem("masking.parameter_unknown", path, name, known=", ".join(fields)) for name in values if name not in fields
    ]
    for name, field in fields.items():
        parameter: Parameter | None = field.metadata.get(_KEY)
        if name not in values:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                problems.append(_problem("masking.parameter_missing", path, name))
            continue
        try:
            kept[name] = parameter.accepts(values[name]) if parameter else values[name]
        except (ValueError, TypeError):
            expected = parameter or Parameter(str, "masking.expects_text", {"low": 0, "high": _LONGEST})
            problems.append(_problem(expected.code, path, name, **expected.fields))
    return kept, problems


def refuse(problems: list[Problem]) -> None:
    """Raise InputError where there are problems."""
    if problems:
        raise InputError("masking.plan_invalid", problems=tuple(problems), count=len(problems))


def _problem(code: str, path: str, name: str, **fields: Any) -> Problem:
    place = f"{path}.{name}" if path else str(name)
    return Problem(code, {"path": place, "parameter": name, **fields}, column=place)
