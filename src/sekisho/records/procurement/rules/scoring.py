"""Comparing what evaluators gave: pure. Points exist only under 総合評価落札方式; a failed mandatory criterion means 不合格."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from sekisho.errors import InputError

__all__ = ["Comparison", "Given", "Standing", "Wanted", "checked_score", "compare_scores", "missing_scores", "wanted_from"]

OVERALL: Final = "overall"
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A criterion as frozen: mandatory (met or not), or additional with at most ``points``."""

    id: str
    title: str
    clause: str
    kind: Literal["mandatory", "additional"]
    points: int


@dataclass(frozen=True, slots=True)
class Given:
    """What one evaluator gave for one criterion of one bidder. Keys of bidders and evaluators are any text."""

    bidder: str
    criterion: str
    evaluator: str
    met: bool | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One bidder after the comparison. ``points``: the sum of the means (None where there are no points).

    ``failed``: mandatory criteria that at least one evaluator found not met; ``split``: those on which evaluators differ.
    ``means``: criterion → mean of the points. ``rank``: by points among those who passed; equal points share a rank.
    """

    bidder: str
    passed: bool
    points: Decimal | None
    rank: int | None
    failed: tuple[str, ...]
    split: tuple[str, ...]
    means: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All bidders in the order in which they were given. ``counted``: evaluators whose scores are whole; ``left_out``: others."""

    standings: tuple[Standing, ...]
    counted: tuple[str, ...]
    left_out: tuple[str, ...]


def wanted_from(frozen: Mapping[str, Any]) -> tuple[Wanted, ...]:
    """The criteria of a frozen notice."""
    return tuple(
        Wanted(
            id=str(row.get("id", "")),
            title=str(row.get("title", "")),
            clause=str(row.get("clause", "")),
            kind="additional" if row.get("kind") == "additional" else "mandatory",
            points=int(row.get("points", 0)),
        )
        for row in frozen.get("criteria", ())
    )


def checked_score(wanted: Wanted, *, award: str, met: bool | None, points: Decimal | None) -> tuple[bool | None, Decimal | None]:
    """What may be kept for a criterion. Raises InputError ``procurement_notice.score_*``.

    A mandatory criterion takes met or not and no points; an additional one points from 0 to its maximum with two decimals, under
    総合評価 only.
    """
    if wanted.kind == "mandatory":
        if points is not None:
            raise InputError("procurement_notice.score_no_points", title=wanted.title)
        if met is None:
            raise InputError("procurement_notice.score_met_missing", title=wanted.title)
        return met, None
    if award != OVERALL:
        raise InputError("procurement_notice.score_not_overall", title=wanted.title)
    if met is not None or points is None:
        raise InputError("procurement_notice.score_points_missing", title=wanted.title)
    if not points.is_finite() or not 0 <= points <= wanted.points:
        raise InputError("procurement_notice.score_range", title=wanted.title, limit=wanted.points)
    if points != points.quantize(_CENT):
        raise InputError("procurement_notice.score_decimals", title=wanted.title)
    return None, points.quantize(_CENT)


def missing_scores(
    criteria: Sequence[Wanted], bidders: Iterable[str], evaluators: Iterable[str], given: Iterable[Given]
) -> dict[str, int]:
    """Evaluator → how many scores are still missing; those who are done are left out."""
    have = {(one.evaluator, one.bidder, one.criterion) for one in given}
    pairs = [(bidder, criterion.id) for bidder in bidders for criterion in criteria]
    counts = {who: sum((who, *pair) not in have for pair in pairs) for who in evaluators}
    return {who: count for who, count in counts.items() if count}


def compare_scores(criteria: Sequence[Wanted], bidders: Sequence[str], given: Sequence[Given]) -> Comparison:
    """Means, sums and ranks. Only evaluators who scored every criterion of every bidder count: no mean is bent by gaps."""
    evaluators = tuple(sorted({one.evaluator for one in given}))
    gaps = missing_scores(criteria, bidders, evaluators, given)
    counted = tuple(who for who in evaluators if who not in gaps)
    table = {(one.bidder, one.criterion, one.evaluator): one for one in given if one.evaluator in counted}
    drafts = [_standing(criteria, bidder, counted, table) for bidder in bidders]
    sums = sorted((one.points for one in drafts if one.passed and one.points is not None), reverse=True)
    standings = tuple(
        Standing(
            bidder=one.bidder,
            passed=one.passed,
            points=one.points,
            rank=sums.index(one.points) + 1 if one.passed and one.points is not None else None,
            failed=one.failed,
            split=one.split,
            means=one.means,
        )
        for one in drafts
    )
    return Comparison(standings, counted, tuple(gaps))


def _standing(
    criteria: Sequence[Wanted], bidder: str, counted: Sequence[str], table: Mapping[tuple[str, str, str], Given]
) -> Standing:
    failed, split = [], []
    means: dict[str, Decimal] = {}
    for criterion in criteria:
        scores = [table[bidder, criterion.id, who] for who in counted]
        if not scores:
            continue
        if criterion.kind == "mandatory":
            verdicts = {one.met for one in scores}
            failed += [criterion.id] if False in verdicts else []
            split += [criterion.id] if len(verdicts) > 1 else []
        else:
            total = sum((one.points or Decimal(0) for one in scores), Decimal(0))
            means[criterion.id] = (total / len(scores)).quantize(_CENT, ROUND_HALF_UP)
    scored = any(criterion.kind == "additional" for criterion in criteria) and bool(counted)
    points = sum(means.values(), Decimal(0)) if scored else None
    passed = not failed and (bool(counted) or not criteria)
    return Standing(bidder, passed, points, None, tuple(failed), tuple(split), means)
