"""Transforms that take away: drop the column, redact the values, hide a part of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.base import Traits, Transform
from sekisho.engines.masking.transforms.clusters import cluster_starts, wide
from sekisho.engines.masking.transforms.columns import Points, as_text, filled, points_of, text_of_points, with_gaps_of
from sekisho.engines.masking.transforms.context import Context
from sekisho.engines.masking.transforms.parameters import choice, texts, whole
from sekisho.errors import InputError, Problem

__all__ = ["Drop", "PartialMask", "Redact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Transform):
    """The column is left out; whoever needs a value in its place gets NULL."""

    name: ClassVar[str] = "drop"
    removes: ClassVar[bool] = True

    @property
    def traits(self) -> Traits:
        """Nothing is left."""
        return Traits(reversible="no", drops=True)

    def _accepts(self, kind: pa.DataType) -> bool:
        del kind
        return True

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        context.memory.count("dropped", len(values))
        return pa.nulls(len(values), values.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redact(Transform):
    """Every value becomes one and the same.

    Attributes:
        text: What stands in the place of each value; for a column of numbers or dates it must be one of them.
        gaps: ``keep`` leaves NULL and empty; ``redact`` writes the text there, too, so that nobody sees who has no value.
    """

    name: ClassVar[str] = "redact"
    removes: ClassVar[bool] = True

    text: str = texts("■■■", high=1000)
    gaps: str = choice("keep", among=("keep", "redact"))

    @property
    def traits(self) -> Traits:
        """Nothing is left but who has a value."""
        return Traits(reversible="no")

    def _accepts(self, kind: pa.DataType) -> bool:
        return not pa.types.is_nested(kind)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        try:
            one = pa.scalar(self.text, pa.string()).cast(values.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise InputError("masking.redact_type", column=context.column, found=str(values.type)) from None
        result = pa.repeat(one, len(values))
        there = filled(values)
        context.memory.count("redacted", len(values) if self.gaps == "redact" else int(there.sum()))
        return result if self.gaps == "redact" else with_gaps_of(result, values, there)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialMask(Transform):
    """A part of each value is hidden; counted in characters as people see them, never in bytes.

    Attributes:
        keep_first, keep_last: Characters shown at either end.
        hide_at_least: A value too short to hide so many characters is hidden whole.
        mask: What stands for a hidden character; ``wide_mask`` for one as wide as a kanji.
        keep_characters: Characters (hyphens, ``@``) that stay where they are and are not counted.
        masks: Fixed number of mask characters, so that the length is hidden, too; 0: as many as were hidden.
    """

    name: ClassVar[str] = "partial_mask"

    keep_first: int = whole(0, low=0, high=1000)
    keep_last: int = whole(0, low=0, high=1000)
    hide_at_least: int = whole(1, low=1, high=1000)
    mask: str = texts("*", low=1, high=1)
    wide_mask: str = texts("＊", low=1, high=1)
    keep_characters: str = texts("", high=100, distinct=True)
    masks: int = whole(0, low=0, high=100)

    @property
    def traits(self) -> Traits:
        """What is shown is the original's."""
        return Traits(reversible="partly", keeps_format=not self.masks)

    def _contradictions(self) -> list[Problem]:
        if self.masks and self.keep_characters:
            return [Problem("masking.masks_and_kept", {"path": "masks"}, column="masks")]
        return []

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        column, there = as_text(values), filled(values)
        text = points_of(column)
        starts = cluster_starts(text)
        hidden = self._hidden(text, starts)
        points = text.points.copy()
        heads = hidden & starts
        shown = np.where(wide(points[heads]), np.uint32(ord(self.wide_mask)), np.uint32(ord(self.mask)))
        points[heads] = shown
        repeats = np.where(hidden & ~starts, 0, 1)
        rows = text.rows
        if self.masks:
            places = np.flatnonzero(heads)
            first = np.ones(len(places), dtype=bool)
            first[1:] = rows[places[1:]] != rows[places[:-1]]
            repeats[places] = np.where(first, self.masks, 0)
        offsets = np.zeros(len(text.offsets), dtype=np.int64)
        np.cumsum(np.bincount(rows, weights=repeats, minlength=len(values)).astype(np.int64), out=offsets[1:])
        context.memory.count("transformed", int(there.sum()))
        return with_gaps_of(text_of_points(offsets, np.repeat(points, repeats)), column, there)

    def _hidden(self, text: Points, starts: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which code points are hidden."""
        rows = text.rows
        kept = np.isin(text.points, np.array([ord(one) for one in self.keep_characters], dtype=np.uint32))
        counted = starts & ~kept
        running = np.cumsum(counted)
        begins = text.offsets[:-1][rows]
        place: NDArray[np.int64] = running - np.where(begins > 0, running[begins - 1], 0)
        total = np.bincount(rows[counted], minlength=len(text.offsets) - 1)[rows]
        short = total < self.keep_first + self.keep_last + self.hide_at_least
        hidden = short | ((place > self.keep_first) & (place <= total - self.keep_last))
        head = np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))
        return np.asarray((hidden & ~kept)[head])
