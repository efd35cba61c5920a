"""The door of the recogniser: text in, findings out, in code points of the original text."""

from __future__ import annotations

from bisect import bisect_left

from sekisho.engines.leakscan.names.addresses import addresses
from sekisho.engines.leakscan.names.contexts import contexts
from sekisho.engines.leakscan.names.findings import THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.kana import kana_names
from sekisho.engines.leakscan.names.persons import persons
from sekisho.engines.leakscan.names.tokens import tokens

__all__ = ["find"]


def better(one: Finding, other: Finding) -> bool:
    """Whether of two findings at one place the first is to be kept: the one around the other, unless it is much less likely."""
    if one.start <= other.start and other.end <= one.end:
        return one.score > other.score - 0.3
    if other.start <= one.start and one.end <= other.end:
        return one.score > other.score + 0.3
    return one.score > other.score


def without_overlaps(found: list[Finding]) -> list[Finding]:
    """Of findings that share a place the best, the longer one of equals; by place."""
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, f.start - f.end)):
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
        elif better(finding, kept[-1]):
            kept[-1] = finding
    return kept


def outside(people: list[Finding], lived: list[Finding]) -> list[Finding]:
    """The names that share no place with an address."""
    starts, ends = [a.start for a in lived], [a.end for a in lived]
    return [f for f in people if (i := bisect_left(ends, f.start + 1)) == len(lived) or starts[i] >= f.end]


def find(text: str, *, threshold: float = THRESHOLD, context: str = "") -> list[Finding]:
    """Names of persons, their readings in kana, and postal addresses of a text, by place.

    ``context`` is the heading of the column that the text stands in: it counts as a label before the text.
    """
    if not text:
        return []
    if context and "\n" not in context:
        return in_column(text, context, threshold)
    words = tokens(text, contexts().firsts)
    names = persons(words)
    readings = kana_names(words, [name for name in names if name.score >= threshold])
    lived = without_overlaps([f for f in addresses(words.text, words.codes) if f.score >= threshold])
    people = [f for f in (*names, *readings) if f.score >= threshold]
    found = without_overlaps([*outside(people, lived), *lived])
    if words.places is None:
        return found
    places = words.places
    return [
        Finding(f.type, int(places[f.start]), int(places[f.end]) if f.end < len(places) else len(text), f.score, f.why)
        for f in found
    ]


def in_column(text: str, heading: str, threshold: float) -> list[Finding]:
    """The findings of a cell, with its heading as a label before it."""
    prefix = f"{heading}:"
    found = find(prefix + text, threshold=threshold)
    shift = len(prefix)
    return [Finding(f.type, f.start - shift, f.end - shift, f.score, f.why | Why.COLUMN) for f in found if f.start >= shift]
