"""Places left open, and words that promise nothing measurable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sekisho.engines.draftreview.model import Item, Match
from sekisho.engines.draftreview.normalise import term
from sekisho.engines.observation import Severity, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.engines.draftreview.segments import Corpus, Sentence, Unit
    from sekisho.standards.review_rules import ReviewRules, VagueRule

__all__ = ["placeholders", "vague"]

_ORDER: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)
_ETC: Final = "V-ETC"
_MARK: Final = re.compile(r"^\s*[(]?[0-9a-zア-ン]{1,3}(?:[.][0-9]{1,2})*[).．、\s]")
_MANY_ETC: Final = 3


def placeholders(corpus: Corpus, rules: ReviewRules) -> list[Item]:
    """Blanks, dummy signs, empty brackets and 別途指示, looked for in the original text; one item for each unit and rule."""
    items = []
    compiled = [(rule, re.compile(rule.pattern)) for rule in rules.placeholders]
    for unit in corpus.units:
        for rule, pattern in compiled:
            matches = tuple(_original(rule.id, unit, pattern))
            if matches:
                fields = {
                    "rule_ja": rule.title.ja,
                    "rule_en": rule.title.en,
                    "found": matches[0].text.strip()[:60],
                    "count": len(matches),
                }
                items.append(
                    Item(
                        kind="placeholder", rule=rule.id, code="review.placeholder", fields=fields,
                        severity=Severity(rule.severity), passages=(unit.passage(matches),), suggestion="review.suggest_fill",
                        fingerprint=fingerprint("placeholder", rule.id, unit.normal.low),
                    )
                )  # fmt: skip
    return items


def _original(rule_id: str, unit: Unit, pattern: re.Pattern[str]) -> Iterator[Match]:
    for found in pattern.finditer(unit.block.text):
        if found.end() > found.start():
            yield Match(term=rule_id, start=found.start(), end=found.end(), text=found.group())


def vague(corpus: Corpus, rules: ReviewRules) -> list[Item]:
    """Sentences that oblige somebody in words that cannot be measured, with all such words of the sentence in one item.

    A word with something measurable in the same sentence (a figure, 「次の」, 毎月 …: data) is left alone.
    """
    compiled = [
        (rule, [(w, re.compile(w[3:] if w.startswith("re:") else re.escape(term(w)))) for w in rule.words])
        for rule in rules.vague
    ]
    items = []
    for unit in corpus.units:
        for sentence in unit.sentences:
            if sentence.force == "none" and not unit.inherited:
                continue
            found = list(_vague_words(compiled, unit, sentence))
            if found:
                items.append(_vague_item(unit, sentence, found))
    return items


def _vague_words(
    compiled: list[tuple[VagueRule, list[tuple[str, re.Pattern[str]]]]], unit: Unit, sentence: Sentence
) -> Iterator[tuple[VagueRule, Match]]:
    text = unit.normal.low[sentence.start : sentence.end]
    rest = _MARK.sub("", text)
    for rule, words in compiled:
        if rule.measurable and re.search(rule.measurable, rest):
            continue
        hits = [
            (rule, unit.match("等" if rule.id == _ETC else word, sentence.start + m.start(), sentence.start + m.end()))
            for word, pattern in words
            for m in pattern.finditer(text)
        ]
        if rule.id != _ETC or len(hits) >= _MANY_ETC:
            yield from hits


def _vague_item(unit: Unit, sentence: Sentence, found: list[tuple[VagueRule, Match]]) -> Item:
    severities = [Severity(rule.severity) for rule, _ in found]
    words = "・".join(dict.fromkeys(match.text for _, match in found))
    return Item(
        kind="vague", rule=found[0][0].id, code="review.vague", fields={"words": words},
        severity=min(severities, key=_ORDER.index), passages=(unit.passage(m for _, m in found),),
        suggestion="review.suggest_measure",
        fingerprint=fingerprint("vague", unit.normal.low[sentence.start : sentence.end]),
    )  # fmt: skip
