"""The gates of a system's life for one case: what holds, and when it is due. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sekisho.engines.derivation import Derivation, Evaluator
from sekisho.records.procurement.rules.contract import repeated
from sekisho.standards.rule_sets import RuleSet, parse

if TYPE_CHECKING:
    from sekisho.standards.lifecycle_gates import Gate, GateItem, Gates

__all__ = ["Anchor", "ItemPlan", "evaluator_of", "holds", "plan_gates"]

LONGEST_AHEAD: Final = timedelta(days=366 * 30)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A day that others are counted from; ``planned``: from the calendar, not yet a fact."""

    day: date
    planned: bool = False


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """An item of a gate in a case. ``holds`` None: an answer that decides it is missing. ``due``: empty while no day is known."""

    gate: Gate
    item: GateItem
    holds: bool | None
    due: tuple[date, ...]
    planned: bool


def evaluator_of(rules: RuleSet, derivation: Derivation, settings: Mapping[str, float]) -> Evaluator:
    """What evaluates conditions against the answers of a case (given, or taken from its tasks)."""
    answers = {a.question: a.value for a in derivation.answers if a.value is not None}
    chosen = {r.id: r.level for r in derivation.requirements if r.decided}
    return Evaluator(rules, answers, chosen=chosen, settings=settings)


def holds(item: GateItem, evaluator: Evaluator) -> bool | None:
    """Whether an item is asked of the case; None while it cannot be said."""
    return True if item.condition is None else evaluator.truth(parse(item.condition)).value


def plan_gates(gates: Gates, evaluator: Evaluator, anchors: Mapping[str, Anchor]) -> tuple[ItemPlan, ...]:
    """Every item of every gate, in order. ``anchors``: the known days by name (notice, contract, delivery, operation_start …)."""
    return tuple(_items(gates, evaluator, anchors))


def _items(gates: Gates, evaluator: Evaluator, anchors: Mapping[str, Anchor]) -> Iterator[ItemPlan]:
    end = anchors.get("operation_end")
    for gate in gates.gates:
        for item in gate.items:
            anchor = anchors.get(item.offset.of)
            due: list[date] = []
            if anchor is not None:
                first = anchor.day + timedelta(days=item.offset.days)
                every = item.offset.every_months if end else None  # until when is not known: only the first
                due = repeated(first, every, end.day if end else first)
            planned = bool(anchor and anchor.planned) or bool(end and item.offset.every_months and end.planned)
            yield ItemPlan(gate, item, holds(item, evaluator), tuple(due), planned)
