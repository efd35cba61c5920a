"""Every tie from an answer to a clause and back: the chain answer → condition → requirement → clause, as values.

Read from the reasons that the engine recorded, never worked out a second time: what made a clause stand in the specification is
what the table shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sekisho.engines.derivation import Because
    from sekisho.engines.derivation.result import ClauseResult, Derivation, RequirementResult

__all__ = ["Ground", "Link", "grounds_of", "links", "questions_behind"]


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason: the question that was answered (or not asked), reached through conditions, decisions and requirements."""

    question: str
    conditions: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A ground of a clause. ``why``: applies (it makes the requirement or clause hold), rule (it raised the range;
    ``rule`` is its id), always (the clause stands in every specification), person (somebody decided it).
    """

    clause: str
    requirement: str
    why: Literal["applies", "rule", "always", "person"]
    rule: str = ""
    ground: Ground | None = None


def links(derivation: Derivation) -> tuple[Link, ...]:
    """The ties of all clauses that stand in the specification; at least one for each."""
    results = {result.id: result for result in derivation.requirements}
    return tuple(link for clause in derivation.included for link in _of_clause(clause, results, derivation))


def _of_clause(clause: ClauseResult, results: dict[str, RequirementResult], derivation: Derivation) -> Iterator[Link]:
    found: list[Link] = []
    if clause.because is not None and clause.because.value:
        found += [
            Link(clause.id, clause.requirement, "applies", ground=g)
            for g in grounds_of(clause.because, derivation, decisive=True)
        ]
    result = results.get(clause.requirement)
    if result is not None:
        for fired in result.fired:
            found += [
                Link(clause.id, clause.requirement, "rule", fired.rule, ground)
                for ground in grounds_of(fired.because, derivation, decisive=True)
            ]
        if result.decided:
            found.append(Link(clause.id, clause.requirement, "person"))
    if clause.offered is not True or clause.own_text:
        found.append(Link(clause.id, clause.requirement, "person"))
    if not found:
        # Nothing had to be true: it stands in every specification, or an optional clause was chosen.
        found.append(Link(clause.id, clause.requirement, "person" if clause.reason else "always"))
    yield from dict.fromkeys(found)


def grounds_of(because: Because, derivation: Derivation, *, decisive: bool) -> tuple[Ground, ...]:
    """The answers behind a truth, each once. ``decisive``: only those that made it what it is."""
    walk = _Walk(derivation, decisive=decisive)
    return tuple(dict.fromkeys(walk.leaves(because, Ground(""), frozenset())))


def questions_behind(because: Because, derivation: Derivation) -> frozenset[str]:
    """Every question that was looked at, whether it told or not."""
    return frozenset(ground.question for ground in grounds_of(because, derivation, decisive=False))


class _Walk:
    """Goes down the reasons. Rule sets have no cycles; ``seen`` guards against long repetitions all the same."""

    def __init__(self, derivation: Derivation, *, decisive: bool) -> None:
        self.decisive = decisive
        self.decisions = {d.id: d.because for d in derivation.decisions}
        self.results = {r.id: r for r in derivation.requirements}

    def leaves(self, because: Because, via: Ground, seen: frozenset[str]) -> Iterator[Ground]:
        """The questions below ``because``."""
        match because.kind:
            case "answer" | "not_asked":
                yield Ground(because.name, via.conditions, via.decisions, via.requirements)
            case "condition":
                below = Ground("", (*via.conditions, because.name), via.decisions, via.requirements)
                yield from self.leaves(because.parts[0], below, seen)
            case "decision":
                if because.name not in seen:
                    below = Ground("", via.conditions, (*via.decisions, because.name), via.requirements)
                    yield from self.leaves(self.decisions[because.name], below, seen | {because.name})
            case "requirement" | "any_requirement":
                yield from self._requirements(because, via, seen)
            case _:
                yield from self._parts(because, via, seen)

    def _parts(self, because: Because, via: Ground, seen: frozenset[str]) -> Iterator[Ground]:
        telling = [part for part in because.parts if part.value is because.value]
        narrow = self.decisive and because.kind in {"all", "any"} and telling
        for part in telling if narrow else because.parts:
            yield from self.leaves(part, via, seen)

    def _requirements(self, because: Because, via: Ground, seen: frozenset[str]) -> Iterator[Ground]:
        names = [because.name] if because.kind == "requirement" else str(because.given or "").split(", ")
        for name in names:
            result = self.results.get(name)
            if result is None or name in seen:
                continue
            below = Ground("", via.conditions, via.decisions, (*via.requirements, name))
            reasons = [fired.because for fired in result.fired]
            reasons += [result.holds_because] if result.holds_because and not reasons else []
            for reason in reasons:
                yield from self.leaves(reason, below, seen | {name})
