"""What stands in the way of the notice. Pure; the pages of documents and the notice itself ask the same function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from sekisho.engines.derivation import Derivation

__all__ = ["Obstacle", "obstacles"]

_REASON: Final = "reason."
_OPINION: Final = "opinion_needed"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that must be dealt with. ``code`` and ``fields`` say it (``procurement_outputs.obstacle_*``); ``kind`` and ``at``
    say where: the question, requirement or clause of that id, or the place (``at`` is the key of its value).
    """

    kind: Literal["question", "requirement", "place", "check", "opinion", "clauses"]
    code: str
    at: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


def obstacles(derivation: Derivation, *, opinions_current: bool) -> tuple[Obstacle, ...]:
    """Everything that prevents issue: questions without answers, contradictions, missing reasons, empty places, no opinion.

    ``opinions_current``: an advisor's opinion on the answers as they are now is on record (whatever it says).
    """
    return tuple(_obstacles(derivation, opinions_current=opinions_current))


def _obstacles(derivation: Derivation, *, opinions_current: bool) -> Iterator[Obstacle]:
    def said(name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
        return f"procurement_outputs.obstacle_{name}", fields

    for name in derivation.unanswered:
        code, fields = said("unanswered", question=name)
        yield Obstacle("question", code, name, fields)
    for check in derivation.errors:
        if check.id.startswith(_REASON):
            code, fields = said("reason", requirement=check.requirements[0])
            yield Obstacle("requirement", code, check.requirements[0], fields)
        else:
            code, fields = said("check", message=check.message)
            yield Obstacle("check", code, (*check.questions, *check.requirements, "")[0], fields)
    for unfilled in derivation.unfilled:
        code, fields = said("unfilled", clause=unfilled.clause, place=unfilled.name)
        yield Obstacle("place", code, unfilled.key, fields)
    if not derivation.included:
        yield Obstacle("clauses", said("no_clauses")[0])
    if derivation.decision(_OPINION) == "yes" and not opinions_current:
        yield Obstacle("opinion", said("opinion")[0])
