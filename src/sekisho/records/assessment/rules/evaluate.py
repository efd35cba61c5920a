"""From a level rule and the facts to a proposed Level, with the whole way there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.assessment.rules.measured import judge_measure
from sekisho.records.assessment.rules.verdict import Outcome, Verdict, all_of, any_of, weakest
from sekisho.standards.level_rules import LEVELS, duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sekisho.records.assessment.rules.facts import Facts, Paper
    from sekisho.standards.level_rules import AttestationCondition, Condition, DocumentCondition, LevelRule

__all__ = ["LEVEL_NUMBER", "Evaluation", "evaluate", "judge"]

LEVEL_NUMBER: Final = {"none": 0, "ume": 1, "take": 2, "matsu": 3}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``level``: what is proposed (None: 未測定). ``support``: for each Level 1–3, whether it and all below it hold."""

    level: int | None
    basis: str
    fresh_until: datetime | None
    evidence: tuple[uuid.UUID, ...]
    support: Mapping[int, Verdict]
    explanation: dict[str, Any]

    def supports(self, level: int) -> Verdict:
        """Whether the evidence bears out ``level`` (0: 未実施 is borne out when the lowest Level is known not to hold)."""
        if level > 0:
            return self.support[level]
        return {Verdict.TRUE: Verdict.FALSE, Verdict.FALSE: Verdict.TRUE}.get(self.support[1], Verdict.UNDECIDED)


def _paper_end(paper: Paper, condition: DocumentCondition) -> datetime | None:
    ends = [paper.valid_until] if paper.valid_until else []
    if condition.fresh:
        ends.append(paper.valid_from + duration(condition.fresh))
    return min(ends, default=None)


def _judge_document(condition: DocumentCondition, facts: Facts, now: datetime) -> Outcome:
    """A missing, stale or unreviewed document decides nothing: it may exist outside Sekisho."""
    detail: dict[str, Any] = {
        "type": "document",
        "kind": condition.kind,
        "title": {"ja": condition.title.ja, "en": condition.title.en},
        "reviewed": condition.reviewed,
        "fresh": condition.fresh,
    }
    why = "missing"
    usable: list[tuple[Paper, datetime | None]] = []
    for paper in facts.papers:
        if paper.kind != condition.kind or paper.valid_from > now:
            continue
        end = _paper_end(paper, condition)
        if end is not None and end <= now:
            why = "stale" if why == "missing" else why
        elif condition.reviewed and paper.reviewed_at is None:
            why = "not_reviewed"
        else:
            usable.append((paper, end))
    if not usable:
        return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided", "why": why})
    paper, end = max(usable, key=lambda pair: (pair[1] is None, pair[1].timestamp() if pair[1] else 0.0, pair[0].valid_from))
    detail |= {
        "verdict": "true",
        "why": "met",
        "name": paper.title,
        "observed_at": paper.valid_from.isoformat(),
        "evidence": [str(paper.evidence_id)],
    }
    return Outcome(Verdict.TRUE, "documented", end, (paper.evidence_id,), detail)


def _judge_attestation(condition: AttestationCondition, facts: Facts, now: datetime) -> Outcome:
    detail: dict[str, Any] = {
        "type": "attestation",
        "key": condition.key,
        "question": {"ja": condition.question.ja, "en": condition.question.en},
        "valid_for": condition.valid_for,
    }
    answers = [a for a in facts.answers if a.key == condition.key and a.made_at <= now]
    if not answers:
        return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided", "why": "missing"})
    answer = max(answers, key=lambda a: a.made_at)
    end = min(answer.valid_until, answer.made_at + duration(condition.valid_for))
    detail |= {"observed_at": answer.made_at.isoformat(), "attestation": str(answer.attestation_id)}
    if end <= now:
        return Outcome(Verdict.UNDECIDED, detail=detail | {"verdict": "undecided", "why": "stale"})
    verdict, why = (Verdict.TRUE, "met") if answer.holds else (Verdict.FALSE, "not_met")
    return Outcome(verdict, "declared", end, (), detail | {"verdict": str(verdict), "why": why})


def judge(condition: Condition, facts: Facts, now: datetime) -> Outcome:
    """Judge one condition, groups included."""
    if condition.measure is not None:
        return judge_measure(condition.measure, facts, now)
    if condition.document is not None:
        return _judge_document(condition.document, facts, now)
    if condition.attestation is not None:
        return _judge_attestation(condition.attestation, facts, now)
    if condition.all is not None:
        return all_of([judge(inner, facts, now) for inner in condition.all])
    assert condition.any is not None
    return any_of([judge(inner, facts, now) for inner in condition.any])


def _missing(detail: dict[str, Any]) -> list[dict[str, Any]]:
    """What stands between a condition and being true: leaves, and groups of which any one suffices."""
    if detail["verdict"] == "true":
        return []
    if detail["type"] == "all":
        return [found for item in detail["items"] for found in _missing(item)]
    if detail["type"] == "any":
        return [{"type": "any", "choices": [_missing(item) for item in detail["items"]]}]
    return [detail]


def _explain(rule: LevelRule, own: Sequence[Outcome], support: Mapping[int, Verdict], level: int | None) -> dict[str, Any]:
    levels = {
        name: {"verdict": str(support[number]), "tree": own[number - 1].detail} for number, name in enumerate(LEVELS, start=1)
    }
    wanted = (level or 0) + 1
    following = LEVELS[wanted - 1] if wanted <= len(LEVELS) else None
    missing = [found for outcome in own[:wanted] for found in _missing(outcome.detail)] if following else []
    unique = [item for position, item in enumerate(missing) if item not in missing[:position]]
    return {
        "rule": rule.id,
        "version": rule.version,
        "proposal": rule.proposal,
        "levels": levels,
        "next": following,
        "missing": unique,
    }


def evaluate(rule: LevelRule, facts: Facts, *, now: datetime) -> Evaluation:
    """Which Level the facts bear out at ``now``: the highest whose conditions, and those of all lower Levels, are wholly true.

    未実施 when the lowest Level is known not to hold; otherwise nothing is proposed (未測定).
    """
    own = [judge(rule.levels[name].condition, facts, now) for name in LEVELS]
    support: dict[int, Verdict] = {}
    below = Verdict.TRUE
    for number, outcome in enumerate(own, start=1):
        pair = {below, outcome.verdict}
        below = Verdict.FALSE if Verdict.FALSE in pair else Verdict.UNDECIDED if Verdict.UNDECIDED in pair else Verdict.TRUE
        support[number] = below
    reached = max((number for number, verdict in support.items() if verdict is Verdict.TRUE), default=None)
    deciding: list[Outcome] = []
    if reached is not None:
        deciding = own[:reached]
    elif support[1] is Verdict.FALSE:
        reached, deciding = 0, own[:1]
    ends = [o.fresh_until for o in deciding if o.fresh_until is not None]
    basis = weakest(o.basis for o in deciding)
    fresh_until = min(ends, default=None)
    explanation = _explain(rule, own, support, reached) | {
        "at": now.isoformat(),
        "level": reached,
        "basis": basis,
        "fresh_until": fresh_until.isoformat() if fresh_until else None,
    }
    evidence = tuple(dict.fromkeys(e for o in deciding for e in o.evidence))
    return Evaluation(reached, basis, fresh_until, evidence, support, explanation)
