"""The check of a generative AI as a document: the judgement, the CAIO's part, the risks, the two check lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.documents.model import Block, Cell, Column, Document, Heading, KeyValue, KeyValues, Paragraph, Table
from sekisho.engines.derivation import in_words, strength_name
from sekisho.records.procurement.writing.reasons import decision_blocks
from sekisho.records.procurement.writing.specification import document
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.engines.derivation import ClauseResult
    from sekisho.records.procurement.writing.material import Material

__all__ = ["ItemState", "ai_check"]


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item of a check list with its state (``queries.ai_check.CheckLine``) and who said what of it."""

    clause: ClauseResult
    state: str
    note: str = ""
    who: str = ""
    on: str = ""


def _word(material: Material, name: str, /, **fields: object) -> str:
    return texts.render(f"procurement_tools.{name}", dict(fields), material.language)


def ai_check(material: Material, lists: Mapping[str, Sequence[ItemState]], *, procurement: str = "") -> Document:
    """The whole check. ``lists``: part of the rules → its items; ``procurement``: the case whose AI is looked at."""
    blocks: list[Block] = [Paragraph((material.rules.confidence_note.get(material.language),))]
    if procurement:
        blocks.append(KeyValues((KeyValue(_word(material, "ai_procurement"), (procurement,)),)))
    blocks += [*decision_blocks(material, level=1), Heading(_word(material, "ai_risks")), _risks(material)]
    for part, items in lists.items():
        found = material.rules.find("parts", part)
        title = found.title.get(material.language) if found else part
        blocks += [Heading(title), _list(material, title, items)]
    blocks += [Heading(_word(material, "ai_answers")), _answers(material)]
    title = _word(material, "ai_title", title=material.answers.title or material.word("untitled"))
    return document(material, title, tuple(blocks))


def _risks(material: Material) -> Table:
    lang = material.language
    rows = []
    for result in material.derivation.requirements:
        risk = material.requirement(result.id)
        held = result.holds
        level = strength_name(result.level, lang) if held else _word(material, "ai_undecided" if held is None else "ai_not_here")
        demand = risk.levels[result.level].demand.get(lang) if held else ""
        rows.append(tuple(Cell(value) for value in (result.id, risk.title.get(lang), level, demand)))
    names = (("ai_column_number", 1), ("ai_column_risk", 3), ("ai_column_level", 1.4), ("ai_column_measure", 5))
    return Table(
        columns=tuple(Column(_word(material, name), width=width) for name, width in names),
        rows=tuple(rows),
        caption=_word(material, "ai_risks"),
    )


def _list(material: Material, title: str, items: Sequence[ItemState]) -> Table:
    lang = material.language
    rows = []
    for one in items:
        said = " ".join(part for part in (one.note, one.who, one.on) if part)
        cells = (
            one.clause.id,
            one.clause.title.get(lang),
            one.clause.text.get(lang),
            _word(material, f"ai_state_{one.state}"),
            said,
        )
        rows.append(tuple(Cell(value) for value in cells))
    names = (
        ("ai_column_number", 1),
        ("ai_column_item", 2.4),
        ("ai_column_text", 5),
        ("ai_column_state", 1.4),
        ("ai_column_note", 2.4),
    )
    return Table(
        columns=tuple(Column(_word(material, name), width=width) for name, width in names),
        rows=tuple(rows),
        caption=title,
        landscape=True,
    )


def _answers(material: Material) -> KeyValues:
    lang = material.language
    made = []
    for reply in material.derivation.answers:
        question = material.rules.find("questions", reply.question)
        if reply.asked is not False and question is not None:
            made.append(KeyValue(question.title.get(lang), (in_words(question, reply.value, lang),)))
    return KeyValues(tuple(made))
