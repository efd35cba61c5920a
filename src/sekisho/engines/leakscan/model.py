"""Findings: columns for speed, one :class:`Finding` at a time for people. Neither shows a whole value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.kinds import Kind, reasons_of
from sekisho.engines.leakscan.showing import shown

__all__ = ["Finding", "Findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place with something to be cared for.

    ``type``: name of the kind. ``start``, ``end``: code points of the text (``end`` exclusive). ``score``: 0 to 1. ``reasons``:
    names of :class:`~sekisho.engines.leakscan.kinds.Reason`. ``label``: the word that told it, ``distance``: what lies between,
    in characters (a line end counts 6). ``alternatives``: types that the same place could have been. ``excerpt``: the value with
    nearly
    all of it hidden; ``fingerprint``: keyed, the same for the same value; both empty for マイナンバー, the latter without a key.
    ``rule``: the organisation's own rule, its id. ``document``: which of several texts.
    """

    type: str
    start: int
    end: int
    score: float
    reasons: tuple[str, ...]
    label: str = ""
    distance: int = 0
    alternatives: tuple[str, ...] = ()
    excerpt: str = ""
    fingerprint: str = ""
    rule: str = ""
    document: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {
            "type": self.type,
            "start": self.start,
            "end": self.end,
            "score": self.score,
            "reasons": list(self.reasons),
            "label": self.label,
            "distance": self.distance,
            "alternatives": list(self.alternatives),
            "excerpt": self.excerpt,
            "fingerprint": self.fingerprint,
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Findings(Sequence[Finding]):
    """Findings of one or several texts as columns of one length, sorted by document and start.

    ``start`` and ``end`` count from the beginning of the document; ``offset`` is where the texts that are held begin in it (0 but
    in a stream). ``word`` points into ``labels``, ``rule`` into ``rules`` (-1: none), ``others`` has the bits of other kinds.
    """

    texts: Sequence[str] = field(repr=False)
    document: NDArray[np.int32] = field(repr=False)
    kind: NDArray[np.uint8] = field(repr=False)
    start: NDArray[np.int64] = field(repr=False)
    end: NDArray[np.int64] = field(repr=False)
    score: NDArray[np.float32] = field(repr=False)
    reasons: NDArray[np.uint32] = field(repr=False)
    word: NDArray[np.int32] = field(repr=False)
    distance: NDArray[np.int32] = field(repr=False)
    others: NDArray[np.uint32] = field(repr=False)
    rule: NDArray[np.int32] = field(repr=False)
    labels: Sequence[str] = field(repr=False)
    rules: Sequence[str] = field(repr=False)
    key: bytes = field(repr=False)
    offset: int = field(default=0, repr=False)

    def __len__(self) -> int:
        return len(self.kind)

    def __repr__(self) -> str:
        return f"Findings({self.counts()})"

    def counts(self) -> dict[str, int]:
        """How many findings of each type there are."""
        numbers = np.bincount(self.kind, minlength=max(Kind) + 1)
        return {kind.label: int(numbers[kind]) for kind in Kind if numbers[kind]}

    def of(self, *kinds: Kind) -> Findings:
        """The findings of some kinds."""
        return self.where(np.isin(self.kind, [int(kind) for kind in kinds]))

    def where(self, chosen: NDArray[np.bool_]) -> Findings:
        """The findings at which a mask is true."""
        columns = {name: getattr(self, name)[chosen] for name in _COLUMNS}
        return Findings(texts=self.texts, labels=self.labels, rules=self.rules, key=self.key, offset=self.offset, **columns)

    def __iter__(self) -> Iterator[Finding]:
        return map(self._one, range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        if isinstance(index, slice):
            return [self._one(place) for place in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._one(index % len(self))

    def as_dicts(self) -> list[dict[str, Any]]:
        """All findings as plain JSON values."""
        return [finding.as_dict() for finding in self]

    def _one(self, index: int) -> Finding:
        kind = Kind(int(self.kind[index]))
        start, end, document = int(self.start[index]), int(self.end[index]), int(self.document[index])
        value = self.texts[document][start - self.offset : end - self.offset]
        others = int(self.others[index])
        rule = int(self.rule[index])
        hidden, print_ = shown(kind, value, self.key)
        return Finding(
            type=kind.label,
            start=start,
            end=end,
            score=round(float(self.score[index]), 3),
            reasons=reasons_of(int(self.reasons[index])),
            label=self.labels[int(self.word[index])],
            distance=int(self.distance[index]),
            alternatives=_alternatives(others, kind) if others else (),
            excerpt=hidden,
            fingerprint=print_,
            rule=self.rules[rule] if rule >= 0 else "",
            document=document,
        )


@lru_cache(maxsize=1024)
def _alternatives(bits: int, kind: Kind) -> tuple[str, ...]:
    return tuple(other.label for other in Kind if bits >> other & 1 and other != kind)


_COLUMNS = ("document", "kind", "start", "end", "score", "reasons", "word", "distance", "others", "rule")
