"""One thing with all its kinds: the longest minimum wins, must-delete waits for it, holds stop everything."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from sekisho.engines.retention.days import DAY
from sekisho.engines.retention.model import Conflict, Decision, Disposal, Explanation, Hold, Reason, State, Status
from sekisho.standards.model import Text
from sekisho.standards.retention_rules import Personal, RetentionRules, retention_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["decide"]

MY_NUMBER_LAW: Final = Text(
    "番号法 第20条・特定個人情報の適正な取扱いに関するガイドライン",
    "My Number Act art. 20 and the guidelines on specific personal information",
)
PERSONAL_LAW: Final = Text("個人情報の保護に関する法律 第22条", "Act on the Protection of Personal Information art. 22")
NUMBER_ONLY_LAW: Final = Text(
    "特定個人情報の適正な取扱いに関するガイドライン（保管制限）",
    "Guidelines on specific personal information (limits on keeping)",
)


def decide(
    explanations: Sequence[Explanation],
    *,
    on: date,
    personal: Personal | None = None,
    purpose_ended: date | None = None,
    holds: Sequence[Hold] = (),
    disposal: Disposal | None = None,
    rules: RetentionRules | None = None,
) -> Decision:
    """Where a thing stands on ``on``.

    ``explanations``: one for each kind that applies (at least one). ``personal``: what it holds; None: what its kinds say.
    ``purpose_ended``: day on which the purpose of use was reached. ``holds``: orders to keep. ``disposal``: steps for public
    records that are done. A law's minimum wins over a duty to delete until it ends; then deletion is due at once. For My Number
    only a law's minimum does: a longer period of the organisation's own rules does not.
    """
    rules = rules or retention_rules()
    content = personal or _personal(explanations)
    number = content == "my_number" or any(e.rule_class == "must_delete" for e in explanations)
    minimums = [e for e in explanations if e.rule_class != "must_delete"]
    binding = [e for e in minimums if e.statutory] if number else minimums
    ended = purpose_ended or _purpose_ended(explanations)
    must, conflicts, reasons = _must_delete(binding, content=content, number=number, ended=ended)
    last = _longest(minimums)
    if number and must is not None and last is not None and last >= must:
        last = must - DAY
    steps = tuple(dict.fromkeys(s for e in explanations for s in e.before_deletion))
    open_steps = tuple(s for s in steps if disposal is None or s not in disposal.done)
    active = tuple(h for h in holds if h.holds_on(on))
    due = _after(last) if last is not None else must
    return Decision(
        on=on,
        state=_state(explanations, on=on, due=due, must=must, active=active, open_steps=open_steps),
        last_day_kept=last,
        due_since=due,
        must_delete_from=must,
        number_removable_from=_after(ended) if number and ended is not None else None,
        governing=tuple(e.kind for e in minimums if last is not None and e.last_day_kept == _longest(minimums)),
        explanations=tuple(explanations),
        conflicts=(*_ranked(minimums), *conflicts),
        holds=active,
        steps_open=open_steps,
        reasons=(*(r for e in explanations for r in e.reasons), *reasons, *_step_reasons(open_steps, rules)),
    )


def _personal(explanations: Sequence[Explanation]) -> Personal:
    found = {e.personal for e in explanations}
    return "my_number" if "my_number" in found else "personal" if "personal" in found else "none"


def _purpose_ended(explanations: Sequence[Explanation]) -> date | None:
    return max((e.events["purpose_ended"] for e in explanations if "purpose_ended" in e.events), default=None)


def _after(day: date) -> date:
    return day if day == date.max else day + DAY


def _longest(minimums: Sequence[Explanation]) -> date | None:
    """The latest last day, None where any of them is not decided."""
    days = [e.last_day_kept for e in minimums]
    known = [d for d in days if d is not None]
    return max(known) if known and len(known) == len(days) else None


def _must_delete(
    binding: Sequence[Explanation], *, content: Personal, number: bool, ended: date | None
) -> tuple[date | None, list[Conflict], list[Reason]]:
    """From which day it must be deleted, what pulled against it until then, and why."""
    if content == "none" and not number:
        return None, [], []
    duty, law, mark = ("my_number", MY_NUMBER_LAW, "article") if number else ("personal", PERSONAL_LAW, "text")
    reasons = [Reason(f"retention.duty_{duty}", {}, law, mark, "high", "MR11" if number else "retention")]
    last = _longest(binding)
    if ended is None or (binding and last is None):
        return None, [], reasons
    conflicts = []
    if last is not None and ended < last:
        winners = ", ".join(e.kind for e in binding if e.last_day_kept == last)
        fields = {"kinds": winners, "since": _after(ended).isoformat(), "until": last.isoformat()}
        conflicts.append(Conflict(f"retention.conflict_{duty}", fields, winners, duty, _after(ended), last))
        if number:
            about = {"since": _after(ended).isoformat()}
            reasons.append(Reason("retention.number_only", about, NUMBER_ONLY_LAW, "article", "high", "MR12", _after(ended)))
    return _after(ended if last is None else max(ended, last)), conflicts, reasons


def _ranked(minimums: Sequence[Explanation]) -> list[Conflict]:
    """Minimums that end earlier than the longest: shown, and overruled."""
    last = _longest(minimums)
    if last is None:
        return []
    winner = next(e for e in minimums if e.last_day_kept == last)
    found = []
    for one in minimums:
        ends = one.last_day_kept
        if ends is not None and ends < last:
            days = {"winner_last": last.isoformat(), "loser_last": ends.isoformat()}
            fields = {"winner": winner.kind, "loser": one.kind, **days}
            found.append(Conflict("retention.conflict_minimums", fields, winner.kind, one.kind, _after(ends), last))
    return found


def _state(
    explanations: Sequence[Explanation],
    *,
    on: date,
    due: date | None,
    must: date | None,
    active: tuple[Hold, ...],
    open_steps: tuple[str, ...],
) -> State:
    if active:
        return State.HELD
    if any(e.status is Status.PERMANENT for e in explanations):
        return State.PERMANENT
    minimums = [e for e in explanations if e.rule_class != "must_delete"]
    if due is None or any(e.status is Status.UNDECIDED for e in minimums):
        return State.UNDECIDED
    if on < due:
        return State.KEPT
    if open_steps:
        return State.AWAITING_DISPOSAL
    return State.MUST_DELETE if must is not None and on >= must else State.DUE


def _step_reasons(steps: Sequence[str], rules: RetentionRules) -> list[Reason]:
    found = []
    for name in steps:
        step = rules.steps[name]
        fields = {"step": name, "title_ja": step.title.ja, "title_en": step.title.en}
        found.append(Reason("retention.step_open", fields, step.basis, step.verified, step.confidence, name))
    return found
