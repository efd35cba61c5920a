"""Numbers of one text judged together: where all of many have a check digit that few have by chance, they are of the kind."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan.kinds import Kind, Reason

__all__ = ["judge_populations"]

_LEAST: Final = 6
"""One in ten numbers passes by chance: six of six do once in a million texts."""
_SCORE: Final = 0.6
_JUDGED: Final = ((int(Kind.MY_NUMBER), int(Kind.DRIVING_LICENCE)), (int(Kind.CORPORATE_NUMBER), int(Kind.CORPORATE_NUMBER)))
"""Kinds that are judged, and kinds of the same length whose numbers are no such."""
_AGAINST: Final = int(Reason.CHECK_FAILED | Reason.LOOKS_LIKE_TIME | Reason.LOOKS_LIKE_PRODUCT | Reason.OTHER_LABEL)


def judge_populations(rows: NDArray[np.int32], scores: NDArray[np.float32], starts: NDArray[np.int64]) -> None:
    """Raise the scores of マイナンバー and 法人番号 of texts in which all numbers of their length hold; changes rows and scores.

    ``starts``: where the texts begin. A number that reads as a time, a product's code or another label's number counts as one
    that does not hold.
    """
    if len(rows) < _LEAST:
        return
    for kind, other in _JUDGED:
        mine = rows[:, 0] == kind
        if np.count_nonzero(mine) < _LEAST or not np.count_nonzero(mine & (scores < _SCORE)):
            continue
        places = np.flatnonzero((rows[:, 0] == kind) | (rows[:, 0] == other))
        which = np.searchsorted(starts, rows[places, 1], side="right") - 1
        mine = rows[places, 0] == kind
        bad = (rows[places, 3] & _AGAINST != 0) | ~mine
        good = np.bincount(which[~bad], minlength=len(starts))
        worse = np.bincount(which[bad], minlength=len(starts))
        chosen = places[~bad & ((good >= _LEAST) & (worse == 0))[which] & (scores[places] < _SCORE)]
        scores[chosen] = _SCORE
        rows[chosen, 3] |= int(Reason.POPULATION)
