"""From what the ledger says of an entry to what the retention rules say: one door to the engine. No database, no clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

import msgspec

from sekisho.documents.dates import format_date
from sekisho.engines import retention
from sekisho.engines.retention import Case, Decision, Disposal, Explanation, Hold, YearEnd
from sekisho.standards.model import Text
from sekisho.standards.retention_rules import Kind, KindRow, Period, RetentionRules, Start, retention_rules

__all__ = ["START_RULES", "Counted", "EntryFacts", "OwnFacts", "count", "decision", "overlay", "said"]

START_RULES: Final = ("after_event", "on_event", "next_fiscal_year", "after_fiscal_year", "next_calendar_year")
"""Ways of beginning to count that an organisation's own rule may choose."""
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """An organisation's own rule as it was approved."""

    key: str
    title: str
    title_en: str
    rule_class: str
    value: int | None
    unit: str
    event: str
    start: str
    personal: str
    basis: str


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What of an entry counts. ``body_step``: the step its body brings; ``year_end`` as written (03-31), empty when unknown."""

    kinds: Sequence[str]
    events: Mapping[str, date] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)
    own_value: int | None = None
    own_unit: str = "year"
    personal: bool = False
    my_number: bool = False
    body_step: str = ""
    year_end: str = ""
    filing_months: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What is kept beside the entry: outcome, days, and everything that a page shows of the reasons (``shown``)."""

    outcome: Literal["none", "dated", "undetermined", "permanent"]
    certain: bool
    last_day: date | None
    delete_by: date | None
    due_on: date | None
    shown: dict[str, Any]
    digest: str


def overlay(own: Sequence[OwnFacts], *, base: RetentionRules | None = None) -> RetentionRules:
    """The statutory kinds with the organisation's own beside them (an own one never takes the place of a law's)."""
    rules = base or retention_rules()
    added = {one.key: _kind(one) for one in own if one.key not in rules.kinds}
    return msgspec.structs.replace(rules, kinds=rules.kinds | added)


def _kind(own: OwnFacts) -> Kind:
    permanent = own.rule_class == "permanent"
    must = own.rule_class == "must_delete"
    unit: Any = "permanent" if permanent else "until_purpose_ends" if must else own.unit
    year: Any = "april" if own.start == "next_fiscal_year" else "own" if own.start == "after_fiscal_year" else None
    title, basis = Text(own.title, own.title_en or own.title), Text(own.basis, own.basis)
    start: Any = own.start
    personal: Any = own.personal
    row = KindRow(
        id=own.key,
        class_=own.rule_class,  # type: ignore[arg-type] # checked when it was asked for
        period=Period(unit=unit, value=None if permanent or must else own.value),
        start=Start(rule=start, event=own.event, year=year),
        start_verified="user",
        start_confidence="high",
        personal=personal,
        title=title,
        basis=basis,
        verified="user",
        confidence="high",
    )
    return Kind(id=own.key, title=title, basis=basis, field="", statutory=False, verified="user", confidence="high", rule=row)


def decision(
    facts: EntryFacts,
    *,
    rules: RetentionRules,
    on: date,
    holds: Sequence[Hold] = (),
    done: Mapping[str, str] | None = None,
) -> Decision | None:
    """Where it stands on a day, with holds and the steps that are done; None when no kind is given.

    Raises InputError ``retention.*`` for kinds, events and questions that the rules do not know.
    """
    if not facts.kinds:
        return None
    explanations = [_explained(kind, facts, rules) for kind in dict.fromkeys(facts.kinds)]
    personal: Any = "my_number" if facts.my_number else "personal" if facts.personal else None
    return retention.decide(
        explanations,
        on=on,
        personal=personal,
        purpose_ended=facts.events.get("purpose_ended"),
        holds=holds,
        disposal=Disposal(dict(done or {})),
        rules=rules,
    )


def _explained(kind: str, facts: EntryFacts, rules: RetentionRules) -> Explanation:
    rule = rules.kind(kind).rule
    starts = [rule.start, *(one.start for one in rule.alternatives if one.start)]
    own_events = {name for start in starts for name in start.events}
    questions = {one.when for one in rule.alternatives}
    case = Case(
        events={name: day for name, day in facts.events.items() if name in own_events},
        answers={name: yes for name, yes in facts.answers.items() if name in questions},
        year_end=YearEnd.parse(facts.year_end) if facts.year_end else None,
        filing_months=facts.filing_months,
        own_value=facts.own_value,
        own_unit=facts.own_unit,
    )
    made = retention.explain(kind, None, case=case, rules=rules)
    steps = tuple(dict.fromkeys((*made.before_deletion, facts.body_step) if facts.body_step else made.before_deletion))
    return replace(made, before_deletion=steps)


def count(facts: EntryFacts, *, rules: RetentionRules) -> Counted:
    """What the rules say, whatever the day, holds and consents: to be kept with the entry. Raises InputError as ``decision``."""
    decided = decision(facts, rules=rules, on=date.max)
    if decided is None:
        return Counted("none", certain=False, last_day=None, delete_by=None, due_on=None, shown={}, digest=_digest(facts, ()))
    outcome: Any = (
        "permanent"
        if any(one.status.value == "permanent" for one in decided.explanations)
        else "undetermined"
        if _undecided(decided)
        else "dated"
    )
    dated = outcome == "dated"
    counted = [one for one in decided.explanations if one.rule_class != "must_delete"]
    return Counted(
        outcome=outcome,
        certain=dated and all(one.certain for one in counted),
        last_day=decided.last_day_kept if dated else None,
        delete_by=decided.must_delete_from if dated else None,
        due_on=decided.due_since if dated else None,
        shown=_shown(decided),
        digest=_digest(facts, decided.explanations),
    )


def _undecided(decided: Decision) -> bool:
    minimums = [one for one in decided.explanations if one.rule_class != "must_delete"]
    return decided.due_since is None or any(one.status.value == "undecided" for one in minimums)


def _digest(facts: EntryFacts, explanations: Sequence[Explanation]) -> str:
    """Of all that the days rest on: what is said of the entry, and the very words of every rule."""
    rested = (facts, [(one.kind, one.rule_hash, one.last_day_kept) for one in explanations])
    return hashlib.sha256(msgspec.json.encode(rested, order="deterministic")).hexdigest()


def _text(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}


def _shown(decided: Decision) -> dict[str, Any]:
    return {
        "kinds": [_kind_shown(one, governing=one.kind in decided.governing) for one in decided.explanations],
        "conflicts": [
            {"code": one.code, "fields": one.fields, "winner": one.winner, "loser": one.loser,
             "since": _day(one.since), "until": _day(one.until)}
            for one in decided.conflicts
        ],
        "reasons": [
            {"code": one.code, "fields": one.fields, "law": _text(one.law), "verified": one.verified, "source": one.source}
            for one in decided.reasons
            if not one.code.startswith("retention.step_")
        ],
        "number_removable_from": _day(decided.number_removable_from),
        "steps": list(dict.fromkeys(step for one in decided.explanations for step in one.before_deletion)),
    }  # fmt: skip


def _kind_shown(one: Explanation, *, governing: bool) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "title": _text(one.title),
        "class": one.rule_class,
        "status": one.status.value,
        "first_day": _day(one.first_day),
        "last_day": _day(one.last_day_kept),
        "value": one.period_value,
        "unit": one.period_unit,
        "missing": [name for name in one.missing if name != "governing_kind"],
        "questions": list(one.open_questions),
        "verified": one.verified,
        "confidence": one.confidence,
        "statutory": one.statutory,
        "governing": governing,
        "hash": one.rule_hash,
    }


def said(fields: Mapping[str, Any], rules: RetentionRules, language: str) -> dict[str, Any]:
    """The fields of a reason as they are read: the event's name in the place of its id, days as people write them."""
    event = rules.events.get(str(fields.get("event", "")))
    shown = {name: _day_said(value, language) for name, value in fields.items()}
    return {**shown, "event": event.title.en if language == "en" else event.title.ja} if event is not None else shown


def _day_said(value: Any, language: str) -> Any:
    day = date.fromisoformat(value) if isinstance(value, str) and _ISO_DAY.fullmatch(value) else value
    return format_date(day, language=language, era=False) if isinstance(day, date) else value


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
