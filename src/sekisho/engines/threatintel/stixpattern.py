"""Patterns of STIX 2.1 (part 9): the comparisons that can be searched for in logs, and what had to be left out."""

# ruff: noqa: E501 - tables
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sekisho.engines.detection.indicators import HASHES, Direction, Kind

__all__ = ["Comparison", "PatternError", "parse_pattern", "searchable"]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>(?:t|b|h)?'(?:[^'\\]|\\.)*')|(?P<path>[A-Za-z][A-Za-z0-9-]*:(?:[A-Za-z0-9_.*\[\]-]|'(?:[^'\\]|\\.)*')+)"
    r"|(?P<op><=|>=|!=|==|=|<|>)|(?P<sign>[\[\](),])|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<word>[A-Za-z]+))"
)
_MOST_TOKENS: Final = 20_000
_DEEPEST: Final = 50
_QUALIFIERS: Final = frozenset({"WITHIN", "REPEATS", "START", "STOP", "SECONDS", "TIMES"})


class PatternError(ValueError):
    """The pattern cannot be read; the message is for problems, not for people."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path op value``; ``values`` has several for IN. ``negated`` with NOT."""

    path: str
    op: str
    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """``AND`` or ``OR`` over parts."""

    word: str
    parts: tuple[Comparison | _Group, ...]


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None or len(found) > _MOST_TOKENS:
            raise PatternError("token")
        kind = token.lastgroup or ""
        found.append((kind, token[kind]))
        at = token.end()
    return found


class _Parser:
    """Recursive descent over the tokens; depth is limited."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._take()[1] != sign:
            raise PatternError(sign)

    def whole(self) -> Comparison | _Group:
        found = self._observations()
        if self._at < len(self._tokens):
            raise PatternError("end")
        return found

    def _down(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternError("depth")

    def _observations(self) -> Comparison | _Group:
        parts = [self._observation()]
        while self._peek()[1].upper() in {"AND", "OR", "FOLLOWEDBY"}:
            self._take()
            parts.append(self._observation())
        # Observations are about different events: each of them is worth a search, however they are combined.
        return parts[0] if len(parts) == 1 else _Group("OR", tuple(parts))

    def _observation(self) -> Comparison | _Group:
        self._down()
        opened = self._take()[1]
        if opened == "(":
            found = self._observations()
            self._expect(")")
        elif opened == "[":
            found = self._either()
            self._expect("]")
        else:
            raise PatternError("[")
        while self._peek()[1].upper() in _QUALIFIERS or (self._at and self._peek()[0] in {"string", "number"}):
            self._take()
        self._depth -= 1
        return found

    def _either(self) -> Comparison | _Group:
        parts = [self._both()]
        while self._peek()[1].upper() == "OR":
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else _Group("OR", tuple(parts))

    def _both(self) -> Comparison | _Group:
        parts = [self._one()]
        while self._peek()[1].upper() == "AND":
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else _Group("AND", tuple(parts))

    def _one(self) -> Comparison | _Group:
        if self._peek()[1] == "(":
            self._down()
            self._take()
            found = self._either()
            self._expect(")")
            self._depth -= 1
            return found
        negated = False
        if self._peek()[1].upper() == "NOT":
            negated = True
            self._take()
        if self._peek()[1].upper() == "EXISTS":
            self._take()
            return Comparison(self._take()[1], "EXISTS", (), negated)
        kind, path = self._take()
        if kind != "path":
            raise PatternError("path")
        if self._peek()[1].upper() == "NOT":
            self._take()
            negated = not negated
        kind, op = self._take()
        if kind not in {"op", "word"}:
            raise PatternError("operator")
        return Comparison(path, op.upper(), self._values(op.upper()), negated)

    def _values(self, op: str) -> tuple[str, ...]:
        if op != "IN":
            return (self._value(),)
        self._expect("(")
        values = [self._value()]
        while self._peek()[1] == ",":
            self._take()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        kind, text = self._take()
        if kind not in {"string", "number", "word"}:
            raise PatternError("value")
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[text.index("'") + 1 : -1])
        return text


def parse_pattern(text: str) -> Comparison | _Group:
    """The comparisons of a pattern. Raises PatternError when it is not STIX patterning."""
    return _Parser(_tokens(text)).whole()


_HASHES: Final = {kind.name: kind for kind in HASHES}
_PATHS: Final[dict[str, tuple[Kind, Direction]]] = {
    "ipv4-addr:value": (Kind.IP, Direction.BOTH),
    "ipv6-addr:value": (Kind.IP, Direction.BOTH),
    "domain-name:value": (Kind.DOMAIN, Direction.BOTH),
    "url:value": (Kind.URL, Direction.OUTBOUND),
    "email-addr:value": (Kind.EMAIL, Direction.BOTH),
    "email-message:from_ref.value": (Kind.EMAIL, Direction.INBOUND),
    "email-message:sender_ref.value": (Kind.EMAIL, Direction.INBOUND),
    "network-traffic:dst_ref.value": (Kind.IP, Direction.OUTBOUND),
    "network-traffic:src_ref.value": (Kind.IP, Direction.INBOUND),
    "file:name": (Kind.FILE_NAME, Direction.BOTH),
    "directory:path": (Kind.FILE_PATH, Direction.BOTH),
    "process:image_ref.name": (Kind.FILE_NAME, Direction.BOTH),
    "windows-registry-key:key": (Kind.REGISTRY, Direction.BOTH),
}
_SELECTIVE: Final = (
    Kind.SHA512, Kind.SHA256, Kind.SHA1, Kind.MD5, Kind.SSDEEP, Kind.IMPHASH, Kind.URL, Kind.EMAIL, Kind.DOMAIN, Kind.IP, Kind.NETWORK,
    Kind.REGISTRY, Kind.FILE_PATH, Kind.FILE_NAME,
)  # fmt: skip


def _kind(path: str) -> tuple[Kind, Direction] | None:
    plain = path.replace("'", "")
    if plain in _PATHS:
        return _PATHS[plain]
    head, _, name = plain.rpartition("hashes.")
    kind = _HASHES.get(name.upper().replace("-", "")) if head in {"file:", "process:image_ref."} else None
    return None if kind is None else (kind, Direction.BOTH)


def searchable(pattern: Comparison | _Group) -> tuple[list[tuple[Kind, Direction, str]], list[str]]:
    """(kind, direction, value) of what can be searched; texts of what was left out.

    Of comparisons joined by AND only the most selective one is taken: to search for each alone would find what was not meant.
    """
    if isinstance(pattern, Comparison):
        return _from_comparison(pattern)
    results = [searchable(part) for part in pattern.parts]
    left_out = [text for _, texts in results for text in texts]
    if pattern.word == "OR":
        return [one for found, _ in results for one in found], left_out
    useful = [found for found, _ in results if found]
    if not useful:
        return [], left_out
    best = min(useful, key=lambda found: _SELECTIVE.index(found[0][0]))
    return best, left_out + [value for found in useful if found is not best for _, _, value in found]


def _from_comparison(one: Comparison) -> tuple[list[tuple[Kind, Direction, str]], list[str]]:
    known = _kind(one.path)
    if known is None or one.negated or one.op not in {"=", "==", "IN", "ISSUBSET"}:
        return [], [f"{one.path} {one.op}"]
    kind, direction = known
    if one.op == "ISSUBSET":
        if kind is not Kind.IP:
            return [], [f"{one.path} {one.op}"]
        kind = Kind.NETWORK
    return [(kind, direction, value) for value in one.values], []
