"""システムの格付: answers of one page in, a grade with its reasons and the set of levels out. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.derivation import Answers, Derivation, check_answers, derive, explain, outcome
from sekisho.errors import InputError
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["GRADES", "RULE_SET", "SETS", "Graded", "answers_from", "digest_of", "grade_of", "requirement_set_of", "target_of"]

RULE_SET: Final = "grading"
GRADES: Final = ("A", "B", "C")
SETS: Final = {"A": "set_a", "B": "set_b", "C": "set_c"}
"""Which set of requirements follows when the rules do not say it for a grade that a person chose."""
_LEVELS: Final = ("ume", "take", "matsu")
_TARGET: Final = "level_target"
_DAYS: Final = "target_days"
_MOST_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Target:
    """What the rules want of judgements for a grade: ``level`` 1–3 (``name``: ume, take, matsu), why, within how many days."""

    level: int
    name: str
    reason: Text | None
    days: int

    def by(self, today: date) -> date:
        """The day by which the target is to be reached when it is set on ``today``."""
        return today + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Graded:
    """What the rules say: ``grade`` (empty while a needed answer is missing), the set of requirements, why in both languages."""

    answers: dict[str, Any]
    derivation: Derivation
    grade: str
    requirement_set: str
    reasons: tuple[Text, ...]


def answers_from(rules: RuleSet, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a form or a file gives as answers: numbers as numbers, empty ones left out. InputError with every wrong place."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        question = rules.find("questions", name)
        if question is not None and question.kind == "number" and isinstance(value, str) and value.strip():
            plain = value.replace(",", "").replace("，", "").strip()
            try:
                made[name] = float(plain)
            except ValueError:
                made[name] = value  # the check below says what is admitted
        elif value not in ("", None, [], ()):
            made[name] = value
    values = check_answers(rules, msgspec.convert({"rule_set": rules.id, "answers": made}, Answers))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def grade_of(rules: RuleSet, answers: Mapping[str, Any], *, settings: Mapping[str, float] | None = None) -> Graded:
    """The grade that the rules propose for checked ``answers``."""
    derived = derive(rules, Answers(rule_set=rules.id, answers=dict(answers)), settings=settings or {})
    decided = next((one for one in derived.decisions if one.id == "grade"), None)
    reasons: list[Text] = []
    if decided is not None and decided.value:
        if decided.reason:
            reasons.append(decided.reason)
        pairs = zip(explain(decided.because, rules, "ja"), explain(decided.because, rules, "en"), strict=False)
        reasons += [Text(ja, en) for ja, en in pairs]
    return Graded(
        answers=dict(answers),
        derivation=derived,
        grade=(decided.value or "") if decided else "",
        requirement_set=derived.decision("requirement_set") or "",
        reasons=tuple(reasons),
    )


def requirement_set_of(graded: Graded, grade: str) -> str:
    """The set of requirements for the grade that counts: the rules' own for the proposed one. InputError for an unknown one."""
    if grade not in GRADES:
        raise InputError("procurement_tools.unknown_grade", grade=grade[:20], grades=", ".join(GRADES))
    return graded.requirement_set if grade == graded.grade and graded.requirement_set else SETS[grade]


def target_of(rules: RuleSet, answers: Mapping[str, Any], grade: str, *, settings: Mapping[str, float] | None = None) -> Target:
    """The target level that the rules want for ``grade``, as proposed or as a person decided it.

    Raises InputError ``procurement_tools.unknown_grade``, ``procurement_tools.no_target_level`` for rules that do not say one.
    """
    if grade not in GRADES:
        raise InputError("procurement_tools.unknown_grade", grade=grade[:20], grades=", ".join(GRADES))
    given = msgspec.convert({"rule_set": rules.id, "answers": dict(answers)}, Answers)
    found = outcome(rules, given, _TARGET, decided={"grade": grade}, settings=settings)
    if found is None or found.value not in _LEVELS:
        raise InputError("procurement_tools.no_target_level", grade=grade, found=(found.value if found else "") or "―")
    setting = rules.find("settings", _DAYS)
    days = (settings or {}).get(_DAYS, setting.value if setting is not None else 0)
    return Target(_LEVELS.index(found.value) + 1, found.value, found.reason, int(min(max(days, 0), _MOST_DAYS)))


def digest_of(rules: RuleSet, settings: Mapping[str, float]) -> str:
    """Which rules a grade rests on: those of the set and the organisation's own numbers in it."""
    if not settings:
        return rules.digest
    plain = msgspec.json.encode({name: float(value) for name, value in settings.items()}, order="sorted")
    return hashlib.sha256(rules.digest.encode() + b"\0" + plain).hexdigest()
