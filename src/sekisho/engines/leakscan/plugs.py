"""The plug for recognisers of other packages: names, addresses, an organisation's own documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sekisho.engines.leakscan.kinds import Kind, Reason

__all__ = ["Hit", "Recogniser", "RecogniserOfMany"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One place that a recogniser found: code points ``start`` to ``end`` (exclusive) of the text that it was given."""

    kind: Kind
    start: int
    end: int
    score: float
    reasons: Reason = Reason.RECOGNISER


@runtime_checkable
class Recogniser(Protocol):
    """What can be plugged into :class:`~sekisho.engines.leakscan.scanner.Scanner`.

    ``find`` sees a text whole, or a part of a long one with ``reach`` code points more on both sides, and must find the same
    within a part as within the whole. ``context`` is the header of the column that the text stands in, else empty.
    """

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it can find."""
        ...

    @property
    def reach(self) -> int:
        """Code points on each side of a finding that it depends on; at most 1,000."""
        ...

    def find(self, text: str, context: str = "") -> Sequence[Hit]:
        """All findings of a text; their spans are within it."""
        ...


@runtime_checkable
class RecogniserOfMany(Recogniser, Protocol):
    """A recogniser that looks at many short texts (the cells of a column) at once, which is quicker than one by one."""

    def find_many(self, texts: Sequence[str], context: str = "") -> Sequence[tuple[int, Hit]]:
        """All findings of all texts, each with the index of its text."""
        ...
