"""The organisation's own rules: patterns, lists of terms, labels and markings, from one YAML file.

    version: 1
    labels:                       # more words that name a built-in kind (宛名番号 is called 住民キー here)
      addressee_number: [住民キー]
    markings: [部長限り]
    patterns:
      - id: staff-number
        title: {ja: 職員番号, en: Staff number}
        pattern: 'S[0-9]{6}'      # against text in half-width; capitals count as small letters
        near: [職員]              # without one of these words within 60 characters the score is halved
        score: 0.9
    terms:
      - id: projects
        title: {ja: 未公表の事業, en: Projects not yet announced}
        words: [ひかり計画, …]

Patterns are those of Hyperscan (no look-around, no back-references) and bounded: no match is longer than 1,000 characters. Both
patterns and terms are compared with widths and cases made equal; where a match begins or ends in an ASCII letter or digit, no
other may touch it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import ahocorasick_rs
import hyperscan
import msgspec
import numpy as np

from sekisho.engines.leakscan.codes import as_codes, fold, split_voiced
from sekisho.engines.leakscan.kinds import Kind, kind_of
from sekisho.errors import InputError, Problem
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["OwnRules", "read_own_rules"]

_WIDEST: Final = 1_000
_MOST_PATTERNS: Final = 500
_MOST_TERMS: Final = 200_000
_NEAR: Final = 60
_MORE_BYTES: Final = np.array([0x80, 0x800, 0x10000])
_SURROGATE_BITS, _SURROGATES = 11, 0xD800 >> 11
_LAST_OF_PLANE: Final = "\uffff"
_PLACE: Final = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of the file."""


class _Title(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ja: str
    en: str


class _Rule(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: _Title
    score: float = 0.9


class _Pattern(_Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pattern: str
    near: list[str] = []


class _Terms(_Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    words: list[str]
    score: float = 0.8


class _File(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    labels: dict[str, list[str]] = {}
    markings: list[str] = []
    patterns: list[_Pattern] = []
    terms: list[_Terms] = []


class OwnRules:
    """Rules ready to be applied. ``ids`` and ``titles`` by place; ``labels`` and ``markings`` go to the scanner's own words."""

    def __init__(self, file: _File) -> None:
        """``file`` has been checked: every pattern compiles alone."""
        self.ids = tuple(rule.id for rule in (*file.patterns, *file.terms))
        self.titles = tuple((rule.title.ja, rule.title.en) for rule in (*file.patterns, *file.terms))
        self.labels = {kind_of(name): tuple(words) for name, words in file.labels.items()}
        self.markings = tuple(file.markings)
        self._patterns = file.patterns
        self._near = [tuple(_shaped(word) for word in rule.near) for rule in file.patterns]
        self._database = _database([rule.pattern for rule in file.patterns])
        self._terms = {
            form: (len(file.patterns) + place, rule.score)
            for place, rule in enumerate(file.terms)
            for word in rule.words
            for form in {_shaped(word), split_voiced(_shaped(word))}
        }
        self._shapes = list(self._terms)
        self._automaton = (
            ahocorasick_rs.AhoCorasick(self._shapes, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest) if self._shapes else None
        )

    def find(self, text: str) -> list[tuple[Kind, int, int, int, float]]:
        """Kind, start, end, place of the rule and score of all matches."""
        folded = fold(text)
        return [*self._by_pattern(folded), *self._by_term(folded)]

    def _by_term(self, folded: str) -> Iterator[tuple[Kind, int, int, int, float]]:
        if self._automaton is None:
            return
        for number, start, end in self._automaton.find_matches_as_indexes(folded):
            if not _touched(folded, start, end):
                yield (Kind.OWN_TERM, start, end, *self._terms[self._shapes[number]])

    def _by_pattern(self, folded: str) -> Iterator[tuple[Kind, int, int, int, float]]:
        if self._database is None:
            return
        matches: list[tuple[int, int, int]] = []
        self._database.scan(
            folded.encode("utf-8", "replace"),
            match_event_handler=lambda rule, start, end, *_: matches.append((rule, start, -end)),
        )
        if not matches:
            return
        codes = as_codes(folded)
        widths = 1 + np.searchsorted(_MORE_BYTES, codes, side="right")
        widths[codes >> _SURROGATE_BITS == _SURROGATES] = 1  # each was replaced by one sign
        bounds = np.concatenate([[0], np.cumsum(widths)])
        spans = np.searchsorted(bounds, np.abs(np.array(matches)[:, 1:]))
        reached: dict[int, int] = {}
        for (rule, _, _), (start, end) in sorted(
            zip(matches, spans.tolist(), strict=True), key=lambda m: (m[0][0], m[1][0], -m[1][1])
        ):
            if start < reached.get(rule, 0) or end == start or _touched(folded, start, end):
                continue
            reached[rule] = end
            near = self._near[rule]
            told = not near or any(word in folded[max(0, start - _NEAR) : end + _NEAR].replace(" ", "") for word in near)
            score = self._patterns[rule].score
            yield Kind.OWN_PATTERN, start, end, rule, score if told else score / 2


def _shaped(word: str) -> str:
    return fold(word).strip()


def _plain(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _touched(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    return (_plain(text[start]) and before != "" and _plain(before)) or (_plain(text[end - 1]) and after != "" and _plain(after))


def _database(patterns: list[str]) -> Any:
    if not patterns:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_CASELESS
    database.compile(
        expressions=[pattern.encode() for pattern in patterns],
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=[flags] * len(patterns),
    )
    return database


def read_own_rules(untrusted: bytes, *, filename: str) -> OwnRules:
    """The rules of a file.

    Raises:
        InputError: ``standards.yaml_*`` (not YAML, double keys …) or ``leakscan.rules_wrong`` with every place: file and line.
    """
    located = read_untrusted_yaml(untrusted, filename=filename)
    try:
        file = msgspec.convert(located.value, _File)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        line = located.line([int(number) if number else name for number, name in _PLACE.findall(path.rstrip("`"))])
        problem = Problem("leakscan.rules_shape", {"message": message}, filename, line)
        raise InputError("leakscan.rules_wrong", problems=(problem,), count=1) from error
    problems = [Problem(f"leakscan.{code}", fields, filename, located.line(path)) for code, path, fields in _problems(file)]
    if problems:
        raise InputError("leakscan.rules_wrong", problems=tuple(problems), count=len(problems))
    return OwnRules(file)


_Wrong = tuple[str, list[str | int], dict[str, Any]]


def _problems(file: _File) -> Iterator[_Wrong]:
    if file.version != 1:
        yield "rules_version", ["version"], {"version": file.version}
    known = {kind.label for kind in Kind}
    for name, words in file.labels.items():
        if name not in known:
            yield "rules_kind_unknown", ["labels", name], {"name": name[:80]}
        yield from _words(["labels", name], words)
    yield from _words(["markings"], file.markings)
    if len(file.patterns) > _MOST_PATTERNS:
        yield "rules_too_many", ["patterns"], {"limit": _MOST_PATTERNS}
    if sum(len(rule.words) for rule in file.terms) > _MOST_TERMS:
        yield "rules_too_many", ["terms"], {"limit": _MOST_TERMS}
    seen: set[str] = set()
    for place, pattern in enumerate(file.patterns):
        yield from _rule(["patterns", place], pattern, seen)
        yield from _pattern(["patterns", place, "pattern"], pattern.pattern)
        yield from _words(["patterns", place, "near"], pattern.near, shortest=1)
    for place, terms in enumerate(file.terms):
        yield from _rule(["terms", place], terms, seen)
        yield from _words(["terms", place, "words"], terms.words)


def _rule(path: list[str | int], rule: _Rule, seen: set[str]) -> Iterator[_Wrong]:
    if not _ID.fullmatch(rule.id):
        yield "rules_id", [*path, "id"], {"id": rule.id[:80]}
    if rule.id in seen:
        yield "rules_id_twice", [*path, "id"], {"id": rule.id[:80]}
    seen.add(rule.id)
    if not 0 < rule.score <= 1:
        yield "rules_score", [*path, "score"], {"score": rule.score}


def _words(path: list[str | int], words: Iterable[str], *, shortest: int = 2) -> Iterator[_Wrong]:
    for place, word in enumerate(words):
        shaped = _shaped(word)
        if not shortest <= len(shaped) <= _WIDEST or "\n" in shaped or "\0" in shaped or max(shaped) > _LAST_OF_PLANE:
            yield "rules_word", [*path, place], {"least": shortest, "limit": _WIDEST}


def _pattern(path: list[str | int], pattern: str) -> Iterator[_Wrong]:
    try:
        least, most = _widths(pattern)
        _database([pattern])
    except (re.error, hyperscan.error, RecursionError, OverflowError, UnicodeEncodeError) as error:
        yield "rules_pattern", path, {"message": str(error)[:200]}
        return
    if least < 2 or most > _WIDEST:  # noqa: PLR2004 - one character is no finding
        yield "rules_pattern_width", path, {"limit": _WIDEST}


def _widths(pattern: str) -> tuple[int, int]:
    """The shortest and the longest match of a pattern, in characters."""
    parser: Any = importlib.import_module("re._parser")
    least, most = parser.parse(pattern).getwidth()
    return int(least), int(most)
