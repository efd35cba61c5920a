"""Explanations and decisions as plain JSON values and as sentences in the reader's language."""

from __future__ import annotations

from datetime import date
from typing import Any

from sekisho.engines.retention.model import Conflict, Decision, Explanation, Reason
from sekisho.standards import texts
from sekisho.standards.retention_rules import RetentionRules, retention_rules

__all__ = ["as_dict", "decision_dict", "sentence"]


def sentence(code: str, fields: dict[str, Any], lang: str, *, rules: RetentionRules | None = None) -> str:
    """The sentence for a reason, conflict or assumption; events are called by their titles."""
    known = rules or retention_rules()
    event = known.events.get(str(fields.get("event", "")))
    return texts.render(code, {**fields, "event": event.title.get(lang)} if event else fields, lang)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _both(code: str, fields: dict[str, Any], rules: RetentionRules) -> dict[str, str]:
    return {lang: sentence(code, fields, lang, rules=rules) for lang in ("ja", "en")}


def _reason(one: Reason, rules: RetentionRules) -> dict[str, Any]:
    return {
        "code": one.code, "message": _both(one.code, one.fields, rules), "law": {"ja": one.law.ja, "en": one.law.en},
        "source": one.source, "verified": one.verified, "confidence": one.confidence,
        "first_day": _day(one.first_day), "last_day": _day(one.last_day),
    }  # fmt: skip


def as_dict(made: Explanation, *, rules: RetentionRules | None = None) -> dict[str, Any]:
    """An explanation as JSON values, sentences in both languages."""
    known = rules or retention_rules()
    kind = known.kind(made.kind)
    return {
        "kind": made.kind,
        "title": {"ja": made.title.ja, "en": made.title.en},
        "class": made.rule_class,
        "status": made.status.value,
        "statutory": made.statutory,
        "personal": made.personal,
        "law": {"ja": kind.basis.ja, "en": kind.basis.en},
        "start_rule": kind.start_words,
        "events": {
            name: {"day": day.isoformat(), "title": {"ja": known.events[name].title.ja, "en": known.events[name].title.en}}
            for name, day in made.events.items()
        },
        "period": {"value": made.period_value, "unit": made.period_unit},
        "first_day": _day(made.first_day),
        "last_day_kept": _day(made.last_day_kept),
        "first_deletion_day": _day(made.first_deletion_day),
        "certain": made.certain,
        "verified": made.verified,
        "confidence": made.confidence,
        "reasons": [_reason(one, known) for one in made.reasons],
        "alternatives": [
            {
                "id": one.id, "question": one.question, "title": {"ja": one.title.ja, "en": one.title.en}, "longer": one.longer,
                "first_day": _day(one.first_day), "last_day_kept": _day(one.last_day),
                "law": {"ja": one.law.ja, "en": one.law.en},
            }
            for one in made.options
        ],
        "open_questions": [
            {"id": name, "question": {"ja": known.conditions[name].question.ja, "en": known.conditions[name].question.en}}
            for name in made.open_questions
        ],
        "missing": list(made.missing),
        "assumptions": [{"code": one.code, "message": _both(one.code, one.fields, known)} for one in made.assumptions],
        "before_deletion": [
            {"id": name, "title": {"ja": known.steps[name].title.ja, "en": known.steps[name].title.en}}
            for name in made.before_deletion
        ],
        "rule_hash": made.rule_hash,
    }  # fmt: skip


def _conflict(one: Conflict, rules: RetentionRules) -> dict[str, Any]:
    days = {"since": _day(one.since), "until": _day(one.until)}
    return {"code": one.code, "message": _both(one.code, one.fields, rules), "winner": one.winner, "loser": one.loser, **days}


def decision_dict(made: Decision, *, rules: RetentionRules | None = None) -> dict[str, Any]:
    """A decision as JSON values; the explanations it rests on by :func:`as_dict`."""
    known = rules or retention_rules()
    return {
        "on": made.on.isoformat(),
        "state": made.state.value,
        "last_day_kept": _day(made.last_day_kept),
        "due_since": _day(made.due_since),
        "days_overdue": made.days_overdue,
        "must_delete_from": _day(made.must_delete_from),
        "number_removable_from": _day(made.number_removable_from),
        "governing": list(made.governing),
        "conflicts": [_conflict(one, known) for one in made.conflicts],
        "holds": [one.id for one in made.holds],
        "steps_open": list(made.steps_open),
        "reasons": [_reason(one, known) for one in made.reasons],
        "explanations": [as_dict(one, rules=known) for one in made.explanations],
    }
