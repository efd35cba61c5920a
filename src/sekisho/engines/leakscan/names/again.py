"""A surname alone that the text names near by with certainty: with a given name, a title, an honorific or a label."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights and lengths

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from sekisho.engines.leakscan.names.contexts import SPACES
from sekisho.engines.leakscan.names.findings import THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.gazetteer import gazetteer
from sekisho.engines.leakscan.names.single import LETTER, SingleParts
from sekisho.engines.leakscan.names.together import AFTER_ITEM

__all__ = ["named_again"]

SEEN_WITHIN: Final = 900
"""How far from a certain mention a surname alone is taken for the same person."""
MOST_SURNAMES: Final = 200
SURE: Final = 0.65
CERTAIN: Final = Why.HONORIFIC | Why.TITLE | Why.LABEL


class NamedAgain:
    """The rules over one text and the names that were found in it."""

    def __init__(self, rules: SingleParts, found: list[Finding]) -> None:
        self.rules = rules
        self.text = rules.text
        self.found = found
        self.taken = {f.start for f in found if f.score >= THRESHOLD}
        self.extra: list[Finding] = []

    def all(self) -> list[Finding]:
        """Every finding, in no order."""
        named = self.named()
        for finding in self.found:
            if finding.score < THRESHOLD:
                end = self.rules.parts.get(finding.start, finding.end)
                self.judge(self.text[finding.start : end], finding.start, named)
        unlisted = [surname for surname in named if surname not in self.rules.known.surnames]
        for surname in unlisted[:MOST_SURNAMES]:
            at = self.text.find(surname)
            while at >= 0:
                self.judge(surname, at, named)
                at = self.text.find(surname, at + len(surname))
        return self.extra

    def named(self) -> dict[str, list[int]]:
        """The surnames that are named with certainty, each with its places in order."""
        named: dict[str, list[int]] = {}
        for finding in self.found:
            if finding.score >= SURE:
                end = self.surname_end(finding)
                if end - finding.start >= 2 and (end < finding.end or finding.why & CERTAIN):
                    named.setdefault(self.text[finding.start : end], []).append(finding.start)
        return {surname: sorted(places) for surname, places in named.items()}

    def surname_end(self, finding: Finding) -> int:
        """Where the surname of a finding ends."""
        start, end = finding.start, finding.end
        known = self.rules.parts.get(start)
        if known is not None and known <= end:
            return known
        if not finding.why & (Why.GIVEN_NAME | Why.UNLISTED):
            return end
        cuts = (start + cut for cut in (2, 1, 3) if end - start - cut in {1, 2, 3})
        return next((cut for cut in cuts if self.rules.known.given.get(self.text[cut:end])), end)

    def judge(self, surname: str, at: int, named: dict[str, list[int]]) -> None:
        """A surname alone, if it was named near by."""
        places = named.get(surname)
        if places and at not in self.taken and self.near(places, at) and self.alone(surname, at):
            self.extra.append(Finding("person_name", at, at + len(surname), 0.6, Why.NAMED_NEARBY))
            self.taken.add(at)

    @staticmethod
    def near(places: list[int], at: int) -> bool:
        """Whether one of the places is not far from another."""
        index = bisect_left(places, at)
        return any(abs(place - at) <= SEEN_WITHIN for place in places[max(0, index - 1) : index + 1])

    def alone(self, surname: str, at: int) -> bool:
        """Whether a surname that was named can be the same person here, and no place, company or longer word."""
        end, text, rules = at + len(surname), self.text, self.rules
        if LETTER.match(text[at - 1 : at]) or (text[at - 1 : at] in SPACES and text[end : end + 1] in SPACES):
            return False
        role = rules.plain_role(end)
        if not role and (not rules.closed(end) or rules.contexts.spoiled(text, end)):
            return False
        if rules.names_a_place(surname) or surname in gazetteer().all or surname in rules.known.common_words:
            return bool(role) or text.startswith(rules.contexts.acts, end)
        return bool(role) or AFTER_ITEM.match(text, end) is not None


def named_again(rules: SingleParts, found: list[Finding]) -> list[Finding]:
    """Surnames alone that ``found`` names with certainty near by, in places of the normalised text."""
    return NamedAgain(rules, found).all()
