"""Which of an organisation's own documents a text repeats, wholly or in passages: how much of the document, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from sekisho.engines.leakscan.documents.collection import Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sekisho.engines.leakscan.documents.collection import Collection
    from sekisho.engines.leakscan.documents.shingles import Hashes

__all__ = ["LEAST_SHINGLES", "Match", "Matcher", "Passage"]

LEAST_SHINGLES: Final = 2
"""Fewest common shingles of a passage that is reported: one alone may be a common phrase."""
_GAP: Final = 80
_LEAST_SCORE: Final = 0.6
_STEP: Final = 0.05
_MOST_SCORE: Final = 0.99


@dataclass(frozen=True, slots=True)
class Passage:
    """One copied passage: code points ``start`` to ``end`` (exclusive) of the text, and how many shingles agree."""

    start: int
    end: int
    shingles: int

    @property
    def score(self) -> float:
        """0.6 … 0.99: the more shingles agree, the less it can be chance or a common phrase."""
        return min(_MOST_SCORE, _LEAST_SCORE + _STEP * self.shingles)


@dataclass(frozen=True, slots=True)
class Match:
    """One document that the text repeats.

    ``share`` (0–1): of the document's shingles, those found in the text; ``exact``: the whole text is the document (but for
    spelling, spaces and signs).
    """

    document: str
    exact: bool
    share: float
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Found:
    """What was found of one document."""

    values: set[int] = field(default_factory=set)
    passages: list[tuple[int, int, int]] = field(default_factory=list)


class Matcher:
    """Compares one text, handed in in parts, with a collection."""

    def __init__(self, collection: Collection) -> None:
        """A new text."""
        self._collection = collection
        self._stream = Stream(collection.shingler)
        self._found: dict[int, _Found] = {}
        self._first = 0
        self._last = 0
        self._any = False

    def feed(self, text: str, start: int) -> None:
        """The next part, which begins at code point ``start``; parts come in order."""
        if not self._any:
            self._first, self._any = start, True
        self._last = start + len(text)
        for selected in self._stream.feed(text, start):
            self._compare(*selected)

    def _compare(self, begins: NDArray[np.int64], ends: NDArray[np.int64], values: Hashes) -> None:
        indices, owners = self._collection.holders(values)
        for index, owner in zip(indices.tolist(), owners.tolist(), strict=True):
            found = self._found.setdefault(owner, _Found())
            value, begin, end = int(values[index]), int(begins[index]), int(ends[index]) + 1
            last = found.passages[-1] if found.passages else None
            if last is not None and begin <= last[1] + _GAP:
                again = value in found.values and end <= last[1]  # given twice at the border of two parts
                found.passages[-1] = (last[0], max(last[1], end), last[2] + (not again))
            else:
                found.passages.append((begin, end, 1))
            found.values.add(value)

    def finish(self) -> list[Match]:
        """Every document that the text repeats, the most complete first; to be called once."""
        for selected in self._stream.finish():
            self._compare(*selected)
        whole = self._collection.exact.get(self._stream.exact) if self._stream.characters else None
        matches = []
        for index in {*self._found, *([whole] if whole is not None else [])}:
            document = self._collection.documents[index]
            if index == whole:
                count = max(len(document.shingles), 1)
                matches.append(Match(document.name, exact=True, share=1.0, passages=(Passage(self._first, self._last, count),)))
                continue
            found = self._found[index]
            passages = tuple(Passage(*passage) for passage in found.passages if passage[2] >= LEAST_SHINGLES)
            if passages:
                share = round(len(found.values) / len(document.shingles), 4)
                matches.append(Match(document.name, exact=False, share=share, passages=passages))
        return sorted(matches, key=lambda m: (-m.share, m.document))
