"""The door of the recogniser: text in, findings out, in code points of the original text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from sekisho.engines.leakscan.names.addresses import addresses
from sekisho.engines.leakscan.names.again import named_again
from sekisho.engines.leakscan.names.contexts import contexts
from sekisho.engines.leakscan.names.findings import THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.kana import kana_names
from sekisho.engines.leakscan.names.persons import persons
from sekisho.engines.leakscan.names.tables import in_tables
from sekisho.engines.leakscan.names.tokens import tokens

__all__ = ["find", "find_many"]


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
    if context:
        return [finding for _, finding in find_many([text], threshold=threshold, context=context)]
    if not text:
        return []
    around = contexts()
    words = tokens(text, around.firsts, around.honorifics)
    rules, names = persons(words)
    readings = kana_names(words, [name for name in names if name.score >= threshold])
    names += named_again(rules, [*names, *(f for f in readings if f.type == "person_name")])
    lived = without_overlaps([f for f in addresses(words.text, words.codes) if f.score >= threshold])
    people = [f for f in (*names, *readings, *in_tables(words.text)) if f.score >= threshold]
    found = without_overlaps([*outside(people, lived), *lived])
    if words.places is None:
        return found
    places = [*words.places.tolist(), len(text)]
    return [Finding(f.type, places[f.start], places[f.end], f.score, f.why) for f in found]


def find_many(texts: Sequence[str], *, threshold: float = THRESHOLD, context: str = "") -> list[tuple[int, Finding]]:
    """The findings of many short texts (cells), with the number of the text of each; much quicker than one by one."""
    prefix = f"{context.replace(chr(10), ' ')}:" if context else ""
    joined = "\n\n".join(prefix + text for text in texts)
    starts, at = [], 0
    for text in texts:
        starts.append(at + len(prefix))
        at += len(prefix) + len(text) + 2
    found: list[tuple[int, Finding]] = []
    why = Why.COLUMN if context else 0
    for finding in find(joined, threshold=threshold):
        number = bisect_right(starts, finding.start) - 1
        if number < 0 or finding.end > starts[number] + len(texts[number]):
            continue  # in the heading, or over the border of two texts
        shift = starts[number]
        found.append(
            (number, Finding(finding.type, finding.start - shift, finding.end - shift, finding.score, finding.why | why))
        )
    return found
