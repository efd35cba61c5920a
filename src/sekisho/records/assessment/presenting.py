"""A judgement made ready for a reader: the sentence, what is missing, the conditions, the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sekisho.records.assessment import actions, queries
from sekisho.records.assessment.models import Judgement
from sekisho.records.assessment.rules import explain
from sekisho.records.catalog import queries as catalog_queries
from sekisho.standards.level_rules import LEVELS, AttestationCondition, LevelRule, rule_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.assessment.models import Applicability, Attestation, JudgementChange
    from sekisho.records.evidence.models import Evidence
    from sekisho.records.organization.principals import Principal

__all__ = ["LevelShown", "Question", "Shown", "levels_of", "show"]


@dataclass(frozen=True, slots=True)
class LevelShown:
    """One level of a rule: what it means, and its conditions in words (as they came out, where it was evaluated)."""

    number: int
    meaning: str
    verdict: str
    lines: Sequence[explain.Line]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the rule and the present answer."""

    key: str
    text: str
    answer: Attestation | None
    is_current: bool


@dataclass(slots=True)
class Shown:
    """Everything that the panel and the page of one judgement show."""

    judgement: Judgement
    title: str
    sentence: str
    missing: list[str]
    next_level: int | None
    is_stale: bool
    rule: LevelRule | None
    evidence: list[Evidence]
    can: dict[str, bool]
    levels: list[LevelShown] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    history: list[JudgementChange] = field(default_factory=list)
    applicability: list[Applicability] = field(default_factory=list)

    @property
    def can_confirm_now(self) -> bool:
        """Whether there is a proposal that nobody has agreed with yet."""
        row = self.judgement
        settled = row.state == Judgement.State.CONFIRMED and row.level == row.proposed_level
        return bool(self.can["confirm"] and row.applicable and row.proposed_level is not None and not settled)

    @property
    def differs(self) -> bool:
        """Whether the rule proposes another level than the one that counts."""
        row = self.judgement
        return row.proposed_level is not None and row.proposed_level != row.level


def levels_of(rule: LevelRule, explanation: dict[str, Any], *, now: datetime, lang: str) -> list[LevelShown]:
    """The three levels of a rule in words; with verdicts where ``explanation`` is of the same version."""
    evaluated = explanation.get("levels", {}) if explanation.get("version") == rule.version else {}
    found = []
    for number, name in enumerate(LEVELS, start=1):
        spec, seen = rule.levels[name], evaluated.get(name)
        lines = explain.lines(seen["tree"], now=now, lang=lang) if seen else explain.wanted(spec.condition, lang)
        found.append(LevelShown(number, spec.meaning.get(lang), seen["verdict"] if seen else "", lines))
    return found


def show(principal: Principal, row: Judgement, *, now: datetime, lang: str, whole: bool) -> Shown:
    """The judgement for the panel; ``whole`` adds conditions, questions, history and applicability for its own page."""
    requirement = row.requirement
    rule = rule_for(requirement.catalog.key, requirement.ref)
    if rule is not None and row.subject.kind not in rule.subject_kinds:
        rule = None
    following = row.explanation.get("next")
    evidence = list(row.evidence.select_related("observation", "artifact", "subject").order_by("-valid_from"))
    allowed = {
        name: principal.may(action, row.organization_id)
        for name, action in (
            ("confirm", "judgement.confirm"),
            ("declare", "judgement.declare"),
            ("decide", "applicability.decide"),
        )
    }
    can = {**allowed, "override": allowed["confirm"], "target": allowed["confirm"], "act": allowed["declare"]}
    asking = actions.kind_of_request(row.proposed_level)
    can["document"] = all(principal.may(action, row.organization_id) for action in ("evidence.add", asking))
    shown = Shown(
        judgement=row,
        title=catalog_queries.text(requirement, "title", lang),
        sentence=explain.sentence(row.explanation, now=now, lang=lang) if rule else explain.sentence({}, now=now, lang=lang),
        missing=explain.missing(row.explanation, now=now, lang=lang) if rule else [],
        next_level=LEVELS.index(following) + 1 if following else None,
        is_stale=queries.is_stale(row, now),
        rule=rule,
        evidence=evidence,
        can=can,
    )
    if whole:
        if rule is not None:
            shown.levels = levels_of(rule, row.explanation, now=now, lang=lang)
        shown.questions = _questions(row, actions.questions_of(row), now=now, lang=lang) if rule else []
        shown.history = queries.history(row)
        shown.applicability = queries.applicability_of(row)
    return shown


def _questions(row: Judgement, asked: dict[str, AttestationCondition], *, now: datetime, lang: str) -> list[Question]:
    if not asked:
        return []
    answers = queries.answers_of(row)
    return [
        Question(
            key,
            one.question.get(lang),
            answers.get(key),
            is_current=key in answers and answers[key].valid_until > now,
        )
        for key, one in asked.items()
    ]
