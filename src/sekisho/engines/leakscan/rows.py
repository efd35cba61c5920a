"""Findings while they are being made: columns of one text, joined, cut, moved, and one kind left for each place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.plugs import Hit

__all__ = ["COLUMNS", "EMPTY", "Part", "Rows", "joined", "ordered"]

Part = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Rows (kind, start, end, reasons, word, distance, alternatives) and their scores."""

COLUMNS: Final = 7
"""Columns of a part: kind, start, end, reasons, word, cost of its label, alternatives (bits of kinds)."""
EMPTY: Final[Part] = (np.zeros((0, COLUMNS), dtype=np.int32), np.zeros(0, dtype=np.float32))
_RANK: Final = np.full(max(Kind) + 1, 0.3, dtype=np.float64)
"""Added to the score where places overlap: what is dearer to lose, and what says more, goes before."""
for _kind, _rank in {
    Kind.SECRET: 0.9,
    Kind.MY_NUMBER: 0.8,
    Kind.PAYMENT_CARD: 0.7,
    Kind.RESIDENCE_CARD: 0.7,
    Kind.INVOICE_NUMBER: 0.7,
    Kind.CORPORATE_NUMBER: 0.6,
    Kind.DRIVING_LICENCE: 0.6,
    Kind.RESIDENT_RECORD_CODE: 0.6,
    Kind.EMAIL: 0.6,
    Kind.POSTAL_ADDRESS: 0.5,
    Kind.TELEPHONE: 0.5,
    Kind.OWN_PATTERN: 0.65,
    Kind.PERSON_KANA: 0.2,
    Kind.PERSON_NAME: 0.25,
    Kind.OWN_TERM: 0.15,
    Kind.OWN_DOCUMENT: 0.0,
}.items():
    _RANK[_kind] = _rank


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Columns of one length; ``rule`` -1 for what no own rule found."""

    document: NDArray[np.int32]
    kind: NDArray[np.int32]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    score: NDArray[np.float32]
    reasons: NDArray[np.uint32]
    word: NDArray[np.int32]
    distance: NDArray[np.int32]
    others: NDArray[np.uint32]
    rule: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def of(cls, part: Part) -> Rows:
        """Rows of a part."""
        body, score = part
        count = len(body)
        return cls(
            np.zeros(count, dtype=np.int32),
            body[:, 0],
            body[:, 1].astype(np.int64),
            body[:, 2].astype(np.int64),
            score,
            body[:, 3].astype(np.uint32),
            body[:, 4],
            body[:, 5],
            body[:, 6].astype(np.uint32),
            np.full(count, -1, dtype=np.int32),
        )

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Rows:
        """The chosen rows."""
        return Rows(*(getattr(self, name)[chosen] for name in _NAMES))

    def _with(self, **columns: Any) -> Rows:
        return Rows(*(columns[name] if name in columns else getattr(self, name) for name in _NAMES))

    def with_rule(self, rule: NDArray[np.int32]) -> Rows:
        """All rows as found by own rules."""
        return self._with(rule=rule)

    def moved(self, by: int) -> Rows:
        """All places ``by`` code points further."""
        return self._with(start=self.start + by, end=self.end + by) if by else self

    def of_document(self, number: int) -> Rows:
        """All rows as those of one document."""
        return self._with(document=np.full(len(self), number, dtype=np.int32))

    def split(self, starts: NDArray[np.int64], numbers: NDArray[np.int32]) -> Rows:
        """Rows of texts that were scanned together: each of its own document, places counted from its start."""
        if len(starts) == 1:
            return self.of_document(int(numbers[0]))
        which = np.searchsorted(starts, self.start, side="right") - 1
        base = starts[which]
        return self._with(document=numbers[which], start=self.start - base, end=self.end - base)

    def joined(self, others: Rows) -> Rows:
        """Both, sorted by start."""
        if not len(others):
            return self
        return Rows(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in _NAMES)).in_order()

    def with_hits(self, hits: Iterable[tuple[int, Hit]]) -> Rows:
        """What a recogniser found added; each hit with the start of its text."""
        made = [(int(hit.kind), base + hit.start, base + hit.end, int(hit.reasons), 0, 0, 0, hit.score) for base, hit in hits]
        if not made:
            return self
        body = np.array(made, dtype=np.float64)
        return self.joined(Rows.of((body[:, :7].astype(np.int32), body[:, 7].astype(np.float32))))

    def with_rules(self, found: Iterable[tuple[Kind, int, int, int, float]]) -> Rows:
        """What the organisation's own rules found added: kind, start, end, place of the rule, score."""
        made = list(found)
        if not made:
            return self
        body = np.array(made, dtype=np.float64)
        rows = np.zeros((len(made), 7), dtype=np.int32)
        rows[:, :3] = body[:, :3]
        rows[:, 3] = 1 << 17
        return self.joined(Rows.of((rows, body[:, 4].astype(np.float32))).with_rule(body[:, 3].astype(np.int32)))

    def in_order(self) -> Rows:
        """Sorted by start, longer ones first."""
        if not (self.start[1:] < self.start[:-1]).any():
            return self
        return self.where(np.lexsort((-self.end, self.start)))

    def resolved(self) -> Rows:
        """One row for each place: of overlapping ones the best stays and names the others as alternatives."""
        if len(self) < 2:  # noqa: PLR2004 - nothing can overlap
            return self
        reach = np.maximum.accumulate(self.end)
        tied = self.start[1:] < reach[:-1]
        if not tied.any():
            return self
        weight = self.score + _RANK[self.kind]
        keep = np.ones(len(self), dtype=np.bool_)
        others = self.others.copy()
        heads = np.flatnonzero(np.concatenate([[True], ~tied]))
        tails = np.concatenate([heads[1:], [len(self)]])
        for head, tail in zip(heads[tails - heads > 1].tolist(), tails[tails - heads > 1].tolist(), strict=True):
            self._settle(head, tail, weight, keep, others)
        return self._with(others=others).where(keep)

    def _settle(
        self, head: int, tail: int, weight: NDArray[np.float64], keep: NDArray[np.bool_], others: NDArray[np.uint32]
    ) -> None:
        order = sorted(range(head, tail), key=lambda row: (-weight[row], self.start[row] - self.end[row], self.start[row]))
        kept: list[int] = []
        for row in order:
            over = [best for best in kept if self.start[row] < self.end[best] and self.start[best] < self.end[row]]
            if over:
                keep[row] = False
                if self.kind[row] != self.kind[over[0]]:
                    others[over[0]] |= np.uint32(1 << int(self.kind[row]))
            else:
                kept.append(row)


_NAMES: Final = tuple(Rows.__dataclass_fields__)


def joined(parts: Sequence[Part]) -> Part:
    """All parts as one."""
    filled = [part for part in parts if len(part[1])]
    if len(filled) < 2:  # noqa: PLR2004 - nothing to join
        return filled[0] if filled else EMPTY
    return np.concatenate([rows for rows, _ in filled]), np.concatenate([scores for _, scores in filled])


def ordered(parts: Sequence[Rows]) -> Rows:
    """Rows of several blocks, sorted by document and start."""
    if not parts:
        return Rows.of(EMPTY)
    if len(parts) == 1:
        return parts[0]
    whole = Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES))
    if not (whole.document[1:] < whole.document[:-1]).any():
        return whole
    return whole.where(np.argsort(whole.document, kind="stable"))
