"""How far a draft covers each clause: which groups of words stand where, how binding, how close together.

A unit speaks about a clause when it has an anchor word of the clause (or stands under a heading that has one) together with a
second group, or an anchor word under a heading that is expected of the clause. Words in a sentence that says that something is
*not* asked for, or only how things are at present, do not count; what is only wished for makes no level. Nothing is inferred
beyond that; see :func:`confidence` for the figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.draftreview.model import Basis, ClauseResult, GroupResult, Level, Passage, ScoreParts, Status
from sekisho.engines.observation import fingerprint
from sekisho.standards.model import Text
from sekisho.standards.review_rules import fact_marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.engines.draftreview.search import Search
    from sekisho.engines.draftreview.segments import Hit, Unit
    from sekisho.standards.review_rules import ReviewClause, TermGroup, Weights

__all__ = ["LEVELS", "basis", "confidence", "cover"]

LEVELS: Final[tuple[Level, ...]] = ("low", "mid", "high")
_MAX_PASSAGES: Final = 5
_FEWEST_GROUPS: Final = 2
_SAME_SENTENCE, _SAME_UNIT, _SAME_SECTION, _APART = 1.0, 0.8, 0.6, 0.3
_FORCE: Final = {"binding": 1.0, "none": 0.5, "weak": 0.0}


def confidence(parts: ScoreParts, weights: Weights) -> float:
    """How strongly the passages speak for the clause being there, 0–1, rounded to two places: the weighted sum of

    - ``groups``: the share of the groups asked for (of every level, and of levels up to the wanted one) that were found;
    - ``heading``: 1 when a passage stands under an expected heading, else 0;
    - ``obligation``: 1 when a passage says must (すること, しなければならない …; also items below such a sentence), 0.5 when it
      says neither, 0 when all only say should (望ましい, 努める);
    - ``proximity``: 1 all groups in one sentence, 0.8 in one paragraph or item, 0.6 under one heading, 0.3 apart.

    It is 0 when nothing was found. The weights are data (``review.yaml``).
    """
    if not parts.groups:
        return 0.0
    total = (
        weights.groups * parts.groups
        + weights.heading * parts.heading
        + weights.obligation * parts.obligation
        + weights.proximity * parts.proximity
    )
    return round(total, 2)


def basis(fact: str) -> Basis:
    """What a rule rests on, with the fact's own mark."""
    mark = fact_marks()[fact]
    return Basis(fact=fact, title=mark.title, verified=mark.verified)


@dataclass(slots=True)
class _Candidate:
    """A unit that may speak about the clause: hits by group number; ``heading``: it stands under an expected heading."""

    unit: Unit
    hits: dict[int, list[tuple[str, Hit]]]
    heading: bool

    def force(self) -> str:
        """The strongest force among the sentences with hits."""
        if self.unit.inherited:
            return "binding"
        sentences = [self.unit.sentence_at(hit.start) for found in self.hits.values() for _, hit in found]
        forces = {s.force for s in sentences}
        return "binding" if "binding" in forces else "none" if "none" in forces or not forces else "weak"

    def is_firm(self, group: int) -> bool:
        """Whether a group stands outside wishes (望ましい, 努める); one that only the heading has does so where the rest does."""
        if self.unit.inherited or not self.hits[group]:
            return self.unit.inherited or self.force() != "weak"
        return any(self.unit.sentence_at(hit.start).force != "weak" for _, hit in self.hits[group])

    def in_one_sentence(self, wanted: set[int]) -> bool:
        """Whether all groups wanted stand in one sentence."""
        by_sentence: dict[int, set[int]] = {}
        for group, found in self.hits.items():
            for _, hit in found:
                by_sentence.setdefault(self.unit.sentence_at(hit.start).start, set()).add(group)
        return any(wanted <= groups for groups in by_sentence.values())


@dataclass(slots=True)
class _Match:
    """All about one clause while it is matched. ``numbered`` are the groups with their level, in order."""

    clause: ReviewClause
    numbered: list[tuple[Level | None, TermGroup]]
    asked: set[int]
    candidates: list[_Candidate] = field(default_factory=list)
    void: list[_Candidate] = field(default_factory=list)

    @property
    def firm(self) -> set[int]:
        """The groups that stand in more than a wish."""
        return {group for c in self.candidates for group in c.hits if c.is_firm(group)}

    @property
    def met(self) -> set[int]:
        return {group for c in self.candidates for group in c.hits}

    @property
    def base(self) -> set[int]:
        return {n for n, (level, _) in enumerate(self.numbered) if level is None}


def cover(clause: ReviewClause, search: Search, weights: Weights, wanted: Level | None) -> ClauseResult:
    """How far the draft covers ``clause`` at the level ``wanted`` (None: only what every level asks for)."""
    match = _collect(clause, search, wanted)
    chosen = _chosen(match)
    level = _level(match) if clause.levels else None
    status, reasons = _status(match, chosen, wanted=wanted, level=level)
    if status == "missing":
        chosen, level = [], None
    parts = _parts(match, chosen)
    passages = tuple(_passage(c) for c in (chosen or match.void[:_MAX_PASSAGES]))
    groups = tuple(_group(match, number) for number in range(len(match.numbered)))
    missing = [str(n) for n in sorted(match.asked - match.met)]
    best = chosen[0].unit.normal.low if chosen else ""
    return ClauseResult(
        id=clause.id, family=clause.family, title=clause.title or Text(clause.id, clause.id), status=status,
        confidence=confidence(parts, weights), parts=parts, wanted=wanted, level=level, groups=groups, reasons=tuple(reasons),
        passages=passages, basis=basis(clause.fact),
        fingerprint=fingerprint("clause", clause.id, status, wanted or "", ",".join(missing), best),
    )  # fmt: skip


def _collect(clause: ReviewClause, search: Search, wanted: Level | None) -> _Match:
    numbered: list[tuple[Level | None, TermGroup]] = [(None, group) for group in clause.groups]
    numbered += [(level, group) for level in LEVELS for group in clause.levels.get(level, ())]
    limit = LEVELS.index(wanted) if wanted else -1
    asked = {n for n, (level, _) in enumerate(numbered) if level is None or LEVELS.index(level) <= limit}
    match = _Match(clause, numbered, asked)
    by_unit: dict[int, dict[int, list[tuple[str, Hit]]]] = {}
    for number, (_, group) in enumerate(numbered):
        for word in group.any:
            for unit, hits in search.hits(word).items():
                by_unit.setdefault(unit, {}).setdefault(number, []).extend((word, hit) for hit in hits)
    anchors = {n for n, (_, group) in enumerate(numbered) if group.anchor}
    for index in sorted(by_unit):
        _add(match, search, search.corpus.units[index], by_unit[index], anchors)
    return match


def _add(match: _Match, search: Search, unit: Unit, hits: dict[int, list[tuple[str, Hit]]], anchors: set[int]) -> None:
    """Keep a unit as a candidate, if it is one; hits within excluded phrases and sentences that ask for nothing are left out."""
    excluded = [hit for phrase in match.clause.exclude for hit in search.hits(phrase).get(unit.index, ())]
    standing: dict[int, list[tuple[str, Hit]]] = {}
    void: dict[int, list[tuple[str, Hit]]] = {}
    for number, found in hits.items():
        for word, hit in found:
            if any(hit.start < e.end and e.start < hit.end for e in excluded):
                continue
            into = void if unit.void_at(hit.start) else standing
            into.setdefault(number, []).append((word, hit))
    expected = bool(search.heading_has(unit, match.clause.headings))
    anchor_words = [word for n in sorted(anchors) for word in match.numbered[n][1].any]
    by_heading = bool(search.heading_has(unit, anchor_words, match.clause.exclude))
    if _speaks(match, standing, anchors, by_heading=by_heading, expected=expected):
        if by_heading and not anchors & standing.keys():
            standing = {**{n: [] for n in anchors}, **standing}
        match.candidates.append(_Candidate(unit, standing, expected))
    elif _speaks(match, void, anchors, by_heading=by_heading, expected=expected):
        match.void.append(_Candidate(unit, void, expected))


def _speaks(
    match: _Match, hits: dict[int, list[tuple[str, Hit]]], anchors: set[int], *, by_heading: bool, expected: bool
) -> bool:  # fmt: skip
    """Whether a unit speaks about the clause: an anchor and a second group, where the heading may have the anchor; or an anchor
    under an expected heading.
    """
    if not hits:
        return False
    own = set(hits)
    if own & anchors:
        return expected or len(match.base) == 1 or len(own) >= _FEWEST_GROUPS
    return by_heading


def _level(match: _Match) -> Level | None:
    """The highest level all of whose groups, and those of the levels below, were found; None when the base is not whole."""
    if not match.base <= match.met:
        return None
    reached: Level = "low"
    for level in LEVELS[1:]:
        own = {n for n, (of, _) in enumerate(match.numbered) if of == level}
        if not own or not own <= match.firm:
            break
        reached = level
    return reached


def _status(
    match: _Match, chosen: list[_Candidate], *, wanted: Level | None, level: Level | None
) -> tuple[Status, list[str]]:  # fmt: skip
    reasons: list[str] = []
    base_met = match.base <= match.met
    kinds = {c.unit.void_at(hit.start) for c in match.void for found in c.hits.values() for _, hit in found}
    if "cancelled" in kinds:
        reasons.append("review.reason_cancelled")
    if "described" in kinds and not chosen:
        reasons.append("review.reason_described")
    if not chosen:
        return "missing", reasons
    if not base_met:
        reasons.append("review.reason_groups_missing")
    if wanted and match.clause.levels and base_met and (level is None or LEVELS.index(level) < LEVELS.index(wanted)):
        reasons.append("review.reason_level_below")
    if chosen[0].force() == "weak" or not match.base & match.met <= match.firm:
        reasons.append("review.reason_weak")
    return ("partly" if reasons else "covered"), reasons


def _rank(match: _Match, candidate: _Candidate) -> tuple[int, int, float, bool, int, int]:
    own = {group for group, hits in candidate.hits.items() if hits}
    force = _FORCE[candidate.force()]
    words = len({word for found in candidate.hits.values() for word, _ in found})
    return len(own & match.base), len(own & match.asked), force, candidate.heading, words, -candidate.unit.index


def _chosen(match: _Match) -> list[_Candidate]:
    """The candidate with most of the groups, then those that add groups it lacks; at most five."""
    waiting = sorted(match.candidates, key=lambda c: _rank(match, c), reverse=True)
    if not waiting:
        return []
    chosen = [waiting.pop(0)]
    have = set(chosen[0].hits)
    for candidate in waiting:
        if len(chosen) < _MAX_PASSAGES and set(candidate.hits) - have:
            chosen.append(candidate)
            have |= set(candidate.hits)
    return chosen


def _parts(match: _Match, chosen: list[_Candidate]) -> ScoreParts:
    if not chosen:
        return ScoreParts(groups=0.0, heading=0.0, obligation=0.0, proximity=0.0)
    found = match.asked & match.met
    return ScoreParts(
        groups=round(len(found) / len(match.asked), 4),
        heading=float(any(c.heading for c in chosen)),
        obligation=max(_FORCE[c.force()] for c in chosen),
        proximity=_proximity(match, chosen),
    )


def _proximity(match: _Match, chosen: list[_Candidate]) -> float:
    wanted = match.base & match.met
    best = chosen[0]
    if wanted <= set(best.hits):
        written = {n for n in wanted if best.hits[n]}
        return _SAME_SENTENCE if best.in_one_sentence(written) else _SAME_UNIT
    together = {n for c in match.candidates if c.unit.section == best.unit.section for n in c.hits}
    return _SAME_SECTION if wanted <= together else _APART


def _passage(candidate: _Candidate) -> Passage:
    unit = candidate.unit
    return unit.passage(unit.match(word, hit.start, hit.end) for word, hit in _flat(candidate.hits.values()))


def _flat(found: Iterable[list[tuple[str, Hit]]]) -> Iterable[tuple[str, Hit]]:
    return (pair for pairs in found for pair in pairs)


def _group(match: _Match, number: int) -> GroupResult:
    level, group = match.numbered[number]
    words = {word: None for c in match.candidates for word, _ in c.hits.get(number, ())}
    return GroupResult(name=group.name, level=level, met=number in match.met, terms=tuple(words)[:12])
