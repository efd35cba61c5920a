"""What a test says of one value. The SQL emitters say the same in their languages; the tests hold them to it."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final, cast

import re2
import regex

from sekisho.engines.detection.sigma.model import Cidr, Compare, Exists, FieldRef, Regex, Test, Text, TimePart, Wildcard
from sekisho.errors import InputError

__all__ = [
    "NUMBER",
    "TIME_LIMIT",
    "TimeLimitHit",
    "linear",
    "linear_pattern",
    "needs_folded",
    "network_of",
    "predicate",
    "reference_predicate",
    "shortest_run",
    "wildcard_regex",
]

NUMBER: Final = r"^-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?$"  # as JSON writes numbers
TIME_LIMIT: Final = 0.1  # seconds that one value may take under a pattern that RE2 cannot run
_MAX_REGEX: Final = 20_000  # characters
_NUMBER: Final = re.compile(NUMBER.replace("$", r"\Z"))
_RUN: Final = re.compile(r"\.\{(\d{1,4}),\}", re.ASCII)
_MOST_REPEATED: Final = 1_000  # RE2 takes no more
_TIME: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})")
_PARTS: Final = {"year": 1, "month": 2, "day": 3, "hour": 4, "minute": 5}
_MAPPED: Final = "::ffff:"
_MOST_BITS: Final = {4: 32, 6: 128}
Predicate = Callable[[str], bool]


class TimeLimitHit(Exception):
    """A value was given up under a pattern that needs backtracking."""


def needs_folded(test: Test) -> bool:
    """Whether :func:`predicate` wants the value in lower case."""
    return isinstance(test, (Text, Wildcard)) and not test.cased


@lru_cache(maxsize=200_000)
def predicate(test: Test) -> Predicate:
    """The test as a function of a value (in lower case if :func:`needs_folded`).

    Raises InputError for a regular expression that no engine can run; the function raises :class:`TimeLimitHit`.
    """
    return _MAKERS[type(test)](test)


def reference_predicate(test: FieldRef) -> Callable[[str, str], bool]:
    """The test as a function of two folded values: the field's and the referred field's."""
    return {
        "equals": lambda value, other: value == other,
        "contains": lambda value, other: other in value,
        "startswith": lambda value, other: value.startswith(other),
        "endswith": lambda value, other: value.endswith(other),
    }[test.place]


def _text(test: Text) -> Predicate:
    literal = test.value
    match test.place:
        case "equals":
            return lambda value: value == literal
        case "contains":
            return lambda value: literal in value
        case "startswith":
            return lambda value: value.startswith(literal)
        case "endswith":
            return lambda value: value.endswith(literal)


def wildcard_regex(parts: tuple[str | int, ...]) -> str:
    """The pattern as a regular expression of the RE2 language that matches the whole value."""
    inner = "".join(re2.escape(part) if isinstance(part, str) else ".*" if part else "." for part in parts)
    return f"(?s)^(?:{inner})$"


def _wildcard(parts: tuple[str | int, ...]) -> Predicate:
    pattern = wildcard_regex(parts)
    compiled = linear(pattern)
    if compiled is None:
        raise InputError("detection.regex_wrong", pattern=pattern[:200], reason="size")
    return lambda value: compiled.search(value) is not None


def linear_pattern(test: Regex) -> str | None:
    """The pattern with its flags for RE2; None when RE2 cannot run it (look-around, back references, too large)."""
    pattern = f"(?{test.flags}){test.pattern}" if test.flags else test.pattern
    return None if linear(pattern) is None else pattern


@lru_cache(maxsize=8192)
def linear(pattern: str) -> Any:
    """The pattern compiled by RE2; None when it cannot run it."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options) if len(pattern) <= _MAX_REGEX else None
    except re2.error:
        return None


def shortest_run(test: Regex) -> int | None:
    """The n of a pattern ``.{n,}``, which asks for a line of n characters; None for every other.

    An automaton for it has a state for each character: 70 ms for the first value, where counting takes nothing.
    """
    found = _RUN.fullmatch(test.pattern)
    return int(found[1]) if found and int(found[1]) <= _MOST_REPEATED and not set(test.flags) - {"i"} else None


def _regex(test: Regex) -> Predicate:
    run = shortest_run(test)
    if run is not None:
        return lambda value: len(value) >= run and any(len(line) >= run for line in value.split("\n"))
    pattern = linear_pattern(test)
    if pattern is not None:
        compiled = linear(pattern)
        return lambda value: compiled.search(value) is not None
    if len(test.pattern) > _MAX_REGEX:
        raise InputError("detection.regex_wrong", pattern=test.pattern[:200], reason="size")
    flags = regex.ASCII | sum(getattr(regex, flag.upper()) for flag in test.flags)
    try:
        backtracking = regex.compile(test.pattern, flags)
    except regex.error as error:
        raise InputError("detection.regex_wrong", pattern=test.pattern[:200], reason=str(error)[:200]) from error

    def limited(value: str) -> bool:
        try:
            return backtracking.search(value, timeout=TIME_LIMIT) is not None
        except TimeoutError as error:
            raise TimeLimitHit from error

    return limited


def network_of(network: str) -> tuple[int, int, int]:
    """Version, first and last address of a network as numbers; a network of IPv4-mapped addresses is one of IPv4."""
    parsed = ipaddress.ip_network(network)
    if parsed.version == 6 and parsed.network_address.ipv4_mapped is not None and parsed.prefixlen >= 96:  # noqa: PLR2004 - bits
        parsed = ipaddress.ip_network(f"{parsed.network_address.ipv4_mapped}/{parsed.prefixlen - 96}")
    return parsed.version, int(parsed.network_address), int(parsed.broadcast_address)


def _cidr(network: str) -> Predicate:
    version, first, last = network_of(network)

    def inside(value: str) -> bool:
        text = value[len(_MAPPED) :] if value[: len(_MAPPED)].lower() == _MAPPED and "." in value else value
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if address.version == 6 and address.ipv4_mapped is not None:  # noqa: PLR2004 - IPv6
            address = address.ipv4_mapped
        return address.version == version and first <= int(address) <= last

    return inside


def _compare(test: Compare) -> Predicate:
    number = test.number
    compare: Callable[[float], bool] = {
        "lt": lambda x: x < number,
        "lte": lambda x: x <= number,
        "gt": lambda x: x > number,
        "gte": lambda x: x >= number,
        "neq": lambda x: x != number,
    }[test.op]
    return lambda value: _NUMBER.match(value) is not None and math.isfinite(float(value)) and compare(float(value))


def _time_part(test: TimePart) -> Predicate:
    def holds(value: str) -> bool:
        found = _TIME.match(value)
        if found is None:
            return False
        if test.part != "week":
            return int(found[_PARTS[test.part]]) == test.number
        try:
            return date(int(found[1]), int(found[2]), int(found[3])).isocalendar().week == test.number
        except ValueError:
            return False

    return cast("Predicate", holds)


def _reference(_: FieldRef) -> Predicate:
    raise InputError("detection.value_unsupported", kind="fieldref")  # it needs two values: reference_predicate


_MAKERS: Final[dict[type, Callable[[Any], Predicate]]] = {
    Text: _text,
    Wildcard: lambda test: _wildcard(test.parts),
    Regex: _regex,
    Cidr: lambda test: _cidr(test.network),
    Compare: _compare,
    TimePart: _time_part,
    Exists: lambda _: lambda _: True,
    FieldRef: _reference,
}
