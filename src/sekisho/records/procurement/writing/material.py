"""What every document of a case is written from: rules, answers, what follows from them, and how clauses are numbered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from sekisho.records.procurement.writing.outline import Outline, outline
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.documents.numbering import NumberingStyle
    from sekisho.engines.derivation import Answers, Derivation
    from sekisho.engines.systemdiagram import Edits
    from sekisho.standards.rule_sets import Requirement, RuleSet

__all__ = ["Criterion", "Material", "OpinionNote", "accept_suggestions", "criteria_from", "word"]

Language = Literal["ja", "en"]


class OpinionNote(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor's opinion as documents show it. ``current``: it was given on the answers as they are now."""

    name: str
    on: str
    agrees: bool
    text: str
    current: bool


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the evaluation sheet. ``kind``: mandatory (必須: met or not) or additional (加点, with ``points``).

    ``clause`` is the id of the clause it belongs to; empty for a criterion of the office's own.
    """

    id: str
    clause: str = ""
    title: str = ""
    kind: Literal["mandatory", "additional"] = "mandatory"
    points: int = 0
    question: str = ""
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class Material:
    """The input of all documents. Pure: ``as_of`` is handed in. ``opinions``: newest first. ``edits``: what people changed on the
    drawn diagram; ``drawn``: how many parts of it the program drew, and how many nobody has confirmed. ``issued``: it was
    announced.
    """

    rules: RuleSet
    answers: Answers
    derivation: Derivation
    style: NumberingStyle
    language: Language
    as_of: datetime
    opinions: tuple[OpinionNote, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    edits: Edits | None = None
    drawn: tuple[int, int] | None = None
    issued: bool = False
    number: str = ""
    fictional: bool = False
    sheets: dict[str, tuple[Criterion, ...]] = field(default_factory=dict, compare=False, repr=False)
    _cache: dict[str, Outline] = field(default_factory=dict, compare=False, repr=False)

    @property
    def outline(self) -> Outline:
        """The specification's headings, clauses and items with their numbers."""
        if "outline" not in self._cache:
            self._cache["outline"] = outline(self.rules, self.derivation, self.style, self.language)
        return self._cache["outline"]

    def requirement(self, name: str) -> Requirement:
        """The requirement of that id as the rules have it."""
        found: Requirement = self.rules.find("requirements", name)
        return found

    def word(self, name: str, /, **fields: object) -> str:
        """A word of the documents in their language."""
        return word(name, self.language, **fields)

    @property
    def award(self) -> str:
        """How the award is decided (lowest, overall, proposal, negotiated); empty when nobody answered."""
        value = next((a.value for a in self.derivation.answers if a.question == "award"), None)
        return value if isinstance(value, str) else ""


def word(name: str, language: str, /, **fields: object) -> str:
    """A word of the documents (``procurement_outputs.<name>``)."""
    return texts.render(f"procurement_outputs.{name}", dict(fields), language)


def criteria_from(plain: object) -> tuple[Criterion, ...]:
    """Stored criteria as values. Raises msgspec.ValidationError for what is none."""
    return msgspec.convert(plain, tuple[Criterion, ...])


def accept_suggestions(answers: Answers, derivation: Derivation) -> Answers:
    """The answers with every empty place filled by what the rules suggest, where they suggest something."""
    offered = {
        place.name: place.suggested
        for clause in derivation.included
        for place in clause.places
        if place.value is None and place.suggested
    }
    return msgspec.structs.replace(answers, values={**offered, **answers.values})
