"""Reviews of drafts: what is looked for in a case's draft, what a person's verdict changes, what a new draft improved. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.derivation import Derivation
    from sekisho.engines.draftreview import ClauseResult, Item, Passage, Review
    from sekisho.engines.draftreview.model import Level
    from sekisho.standards.review_rules import ReviewRules

__all__ = [
    "CLAUSE_VERDICTS",
    "ITEM_VERDICTS",
    "RANK",
    "Change",
    "Difference",
    "Wanted",
    "checked_verdict",
    "difference",
    "effective",
    "marked",
    "open_items",
    "wanted_of",
]

CLAUSE_VERDICTS: Final = ("agreed", "covered", "missing")
ITEM_VERDICTS: Final = ("agreed", "dismissed")
RANK: Final = {"missing": 0, "partly": 1, "covered": 2}
"""How far a clause is covered, as a number: a larger one is better."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for because of a case: clauses with their levels, expected values, and the included clauses that the review
    has no words for (``left_out``: they must be read by a person).
    """

    required: dict[str, Level | None] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def wanted_of(derivation: Derivation, rules: ReviewRules) -> Wanted:
    """The included clauses of a case as the review's clauses, and the values of its places as the review's parameters."""
    known = {clause.id: clause for clause in rules.clauses}
    required: dict[str, Level | None] = {}
    expected: dict[str, str] = {}
    left_out = []
    for clause in derivation.included:
        found = known.get(clause.id)
        if found is None:
            left_out.append(clause.id)
            continue
        required[clause.id] = clause.level if found.levels else None
        for place in clause.places:
            key = f"{clause.id}/{place.name}"
            if place.value and rules.parameter_for(key) is not None:
                expected[key] = place.value
    return Wanted(required, expected, tuple(left_out))


def checked_verdict(review: Review, fingerprint: str, verdict: str, reason: str) -> None:
    """InputError when the review has no such point, the verdict does not fit it, or one against the program has no reason."""
    clause = next((one for one in review.clauses if one.fingerprint == fingerprint), None)
    item = next((one for one in review.items if one.fingerprint == fingerprint), None)
    if clause is None and item is None:
        raise InputError("procurement_reviews.no_such_point", fingerprint=fingerprint[:64])
    admitted = CLAUSE_VERDICTS if clause is not None else ITEM_VERDICTS
    if verdict not in admitted:
        raise InputError("procurement_reviews.unknown_verdict", verdict=verdict[:20], verdicts=", ".join(admitted))
    against = verdict == "dismissed" if clause is None else verdict not in {"agreed", clause.status}
    if against and not reason:
        raise InputError("procurement_reviews.reason_missing")


def effective(clause: ClauseResult, verdict: str) -> str:
    """How far the clause counts as covered: as a person said, otherwise as the program found."""
    return verdict if verdict in RANK else clause.status


def open_items(review: Review, verdicts: Mapping[str, str]) -> tuple[Item, ...]:
    """The points that nobody dismissed."""
    return tuple(item for item in review.items if verdicts.get(item.fingerprint) != "dismissed")


@dataclass(frozen=True, slots=True)
class Change:
    """A clause that is covered otherwise than before; None where the other review did not look for it."""

    clause: ClauseResult
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new draft changed. ``solved``: points that are gone; ``new``: points that are new; ``same``: how many stay."""

    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    other: tuple[Change, ...]
    solved: tuple[Item, ...]
    new: tuple[Item, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.better or self.worse or self.other or self.solved or self.new)


def difference(
    before: Review, after: Review, *, verdicts_before: Mapping[str, str], verdicts_after: Mapping[str, str]
) -> Difference:
    """What became better and worse from one review to the next. A changed wording is a new point."""
    old = {clause.id: (clause, effective(clause, verdicts_before.get(clause.fingerprint, ""))) for clause in before.clauses}
    new = {clause.id: (clause, effective(clause, verdicts_after.get(clause.fingerprint, ""))) for clause in after.clauses}
    changes: list[Change] = []
    for name in old | new:
        was, now = old.get(name), new.get(name)
        shown = now or was
        if shown is not None and (was and was[1]) != (now and now[1]):
            changes.append(Change(shown[0], was[1] if was else None, now[1] if now else None))
    both = [change for change in changes if change.before is not None and change.after is not None]
    first, second = open_items(before, verdicts_before), open_items(after, verdicts_after)
    known, seen = {item.fingerprint for item in first}, {item.fingerprint for item in second}
    return Difference(
        better=tuple(one for one in both if RANK[str(one.after)] > RANK[str(one.before)]),
        worse=tuple(one for one in both if RANK[str(one.after)] < RANK[str(one.before)]),
        other=tuple(one for one in changes if one.before is None or one.after is None),
        solved=tuple(item for item in first if item.fingerprint not in seen),
        new=tuple(item for item in second if item.fingerprint not in known),
        same=len(known & seen),
    )


def marked(passage: Passage) -> list[tuple[str, bool]]:
    """The passage as pieces (text, whether it matched), in order; overlapping matches are one piece."""
    spans: Sequence[tuple[int, int]] = sorted((match.start, match.end) for match in passage.matches)
    pieces: list[tuple[str, bool]] = []
    done = 0
    for start, end in _joined(spans):
        if start > done:
            pieces.append((passage.text[done:start], False))
        pieces.append((passage.text[start:end], True))
        done = end
    if done < len(passage.text):
        pieces.append((passage.text[done:], False))
    return pieces


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for start, end in spans:
        if end <= start:
            continue
        if made and start < made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made
