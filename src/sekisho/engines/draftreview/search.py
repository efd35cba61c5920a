"""Finding words: each word once over the whole draft, then told by unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sekisho.engines.draftreview.normalise import term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.engines.draftreview.segments import Corpus, Hit, Unit

__all__ = ["Search", "is_alone"]

_ASCII: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_DIGITS: Final = frozenset("0123456789")


def is_alone(text: str, start: int, end: int) -> bool:
    """Whether an ASCII word at ``[start, end)`` does not run on into further ASCII letters or digits on either side; letters may
    be followed by a figure (TLS1.2, AES256).
    """
    before, last, after = text[start - 1 : start], text[end - 1], text[end : end + 1]
    if text[start] in _ASCII and before in _ASCII:
        return False
    return not (last in _ASCII and after in _ASCII) or (last not in _DIGITS and after in _DIGITS)


class Search:
    """Looks words up in one draft and remembers what it found."""

    def __init__(self, corpus: Corpus) -> None:
        """``corpus``: the draft's units."""
        self.corpus = corpus
        self._found: dict[str, dict[int, list[Hit]]] = {}
        self._in_headings: dict[tuple[tuple[str, ...], ...], str] = {}

    def hits(self, word: str) -> dict[int, list[Hit]]:
        """The places of a word (``re:`` for an expression) by unit."""
        found = self._found.get(word)
        if found is None:
            found = self._found[word] = {}
            spans = self._expression(word[3:]) if word.startswith("re:") else self._literal(term(word))
            for start, end in spans:
                hit = self.corpus.locate(start, end)
                found.setdefault(hit.unit, []).append(hit)
        return found

    def _expression(self, pattern: str) -> list[tuple[int, int]]:
        return [m.span() for m in re.compile(pattern).finditer(self.corpus.low) if m.end() > m.start()]

    def _literal(self, word: str) -> list[tuple[int, int]]:
        text, length = self.corpus.low, len(word)
        spans: list[tuple[int, int]] = []
        if not word:
            return spans
        at = text.find(word)
        while at >= 0:
            if is_alone(text, at, at + length):
                spans.append((at, at + length))
            at = text.find(word, at + length)
        return spans

    def heading_has(self, unit: Unit, words: Sequence[str], exclude: Sequence[str] = ()) -> str:
        """The first of ``words`` in one of the unit's two innermost headings, outside the phrases to exclude; empty for none."""
        headings = self.corpus.near_headings(unit)
        key = (tuple(headings), tuple(words), tuple(exclude))
        known = self._in_headings.get(key)
        if known is None:
            known = next((word for word in words for h in headings if self._heading(word, self._without(h, exclude))), "")
            self._in_headings[key] = known
        return known

    @staticmethod
    def _without(heading: str, exclude: Sequence[str]) -> str:
        for phrase in exclude:
            heading = heading.replace(term(phrase), "\0")
        return heading

    @staticmethod
    def _heading(word: str, heading: str) -> bool:
        if word.startswith("re:"):
            return bool(re.search(word[3:], heading))
        plain = term(word)
        at = heading.find(plain)
        return bool(plain) and at >= 0 and is_alone(heading, at, at + len(plain))
