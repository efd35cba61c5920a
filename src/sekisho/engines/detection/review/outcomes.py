"""For every rule: what it could see and what it could not, so that "nothing found" is never said alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sekisho.engines.detection.review.apply import HISTORIC
from sekisho.engines.detection.review.results import Outcome, Shortfall
from sekisho.standards.watch_rules import (
    Context,
    Count,
    Distinct,
    Integrity,
    Presence,
    Sequence,
    Silence,
    Sum,
    Unanswered,
    classes_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sekisho.engines.detection.review.hits import Hits
    from sekisho.engines.detection.review.options import Options
    from sekisho.engines.detection.review.select import Seen
    from sekisho.standards.watch_rules import EventClass, WatchRule

__all__ = ["Notes", "blocked", "outcome"]


@dataclass
class Notes:
    """What was noted on the way: per rule how many events have no group, further shortfalls, and reasons to say nothing."""

    ungrouped: Counter[str] = field(default_factory=Counter)
    remarks: dict[str, list[Shortfall]] = field(default_factory=dict)
    refusals: dict[str, list[Shortfall]] = field(default_factory=dict)
    parts: int = 1

    def remark(self, rule: str, code: str, **fields: Any) -> None:
        """Something that a rule could not see."""
        self.remarks.setdefault(rule, []).append(Shortfall(code=code, fields=fields))

    def refuse(self, rule: str, code: str, **fields: Any) -> None:
        """Why a rule says nothing."""
        self.refusals.setdefault(rule, []).append(Shortfall(code=code, fields=fields))


def blocked(rule: WatchRule, options: Options) -> Shortfall | None:
    """What a rule needs that was not handed in."""
    evaluation = rule.evaluate
    if isinstance(evaluation, HISTORIC) and options.baseline is None:
        return Shortfall(code="watch.no_baseline")
    if (isinstance(evaluation, HISTORIC) or evaluation.time) and options.calendar is None:
        return Shortfall(code="watch.no_calendar")
    if isinstance(evaluation, Integrity) and evaluation.check == "future" and options.now is None:
        return Shortfall(code="watch.no_now")
    if isinstance(evaluation, Presence):
        if evaluation.check == "two_places" and not options.premises.travel:
            return Shortfall(code="watch.no_travel")
        if evaluation.check == "tailgating" and not options.premises.inside:
            return Shortfall(code="watch.no_nesting")
    return None


def outcome(
    rule: WatchRule, *, classes: Mapping[str, EventClass], seen: Seen, hits: Hits, notes: Notes, block: Shortfall | None
) -> Outcome:
    """How a rule came out."""
    refusals = ([block] if block else []) + notes.refusals.get(rule.id, [])
    remarks = list(notes.remarks.get(rule.id, []))
    if not isinstance(rule.evaluate, Silence):  # that there is nothing is what a rule about silence is there for
        unseen = {c: list(_unseen(c, classes, seen)) for c in classes_of(rule.evaluate)}
        dark = {c for c, found in unseen.items() if any(total for _, total in found)}
        # of several classes that count alike one is enough; what stands around an event may be missing wholly
        blind = any(needed and dark.issuperset(needed) for needed in (rule.evaluate.of, getattr(rule.evaluate, "then", ())))
        for class_id, found in unseen.items():
            around = class_id in getattr(rule.evaluate, "around", ())
            (refusals if blind and class_id in dark and not around else remarks).extend(shortfall for shortfall, _ in found)
    if without := notes.ungrouped[rule.id]:
        remarks.append(Shortfall(code="watch.ungrouped", fields={"count": without, "roles": ", ".join(rule.evaluate.group)}))
    untimed = sum(seen.untimed.get(s, 0) for s in {s for c in classes_of(rule.evaluate) for s in classes[c].sources})
    if untimed:
        remarks.append(Shortfall(code="watch.untimed", fields={"count": untimed}))
    if notes.parts > 1 and isinstance(rule.evaluate, Count | Distinct | Sum | Sequence | Unanswered | Context):
        remarks.append(Shortfall(code="watch.in_parts", fields={"parts": notes.parts}))
    return Outcome(
        rule=rule.id, purpose=rule.purpose, sign=rule.sign, status="not_evaluated" if refusals else "evaluated",
        events=sum(seen.classes.get(c, 0) for c in classes_of(rule.evaluate)), findings=0 if refusals else len(hits),
        findings_left_out=hits.left_out, shortfalls=tuple(refusals + remarks),
    )  # fmt: skip


def _unseen(class_id: str, classes: Mapping[str, EventClass], seen: Seen) -> Iterator[tuple[Shortfall, bool]]:
    """(what is missing, whether the class could not be seen at all)."""
    one = classes[class_id]
    there = [take for take in one.take if seen.has(take)]
    if not there:
        wanted = dict.fromkeys(f"{t.source}/{', '.join(t.channel)}" if t.channel else t.source for t in one.take)
        fields = {"title_ja": one.title.ja, "title_en": one.title.en, "sources": ", ".join(wanted)}
        yield Shortfall(code="watch.no_source", fields=fields), True
        return
    lacking = {s: seen.missing(class_id, s) for s in dict.fromkeys(t.source for t in there)}
    total = all(lacking.values()) and bool(lacking)
    for source, names in lacking.items():
        if names:
            fields = {"source": source, "fields": ", ".join(names), "title_ja": one.title.ja, "title_en": one.title.en}
            yield Shortfall(code="watch.no_field", fields=fields), total and not seen.classes.get(class_id)
