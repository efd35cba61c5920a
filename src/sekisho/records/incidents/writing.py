"""A 分析シート as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from django.utils import timezone

from sekisho.documents.model import Cell, Column, Document, Heading, KeyValue, KeyValues, Paragraph, Status, Table
from sekisho.records.incidents.names import ACTION_STATES, EFFECTS, WEIGHTS, cause_name, factor_name, kind_name, remedy_name
from sekisho.standards import texts
from sekisho.standards.human_error import human_error

if TYPE_CHECKING:
    from sekisho.documents.model import Block
    from sekisho.records.incidents.models import AnalysisSheet, Countermeasure, SheetCause

__all__ = ["write_sheet"]


def write_sheet(sheet: AnalysisSheet, causes: list[SheetCause], measures: list[Countermeasure], language: str) -> Document:
    """What happened, the causes factor by factor, the conclusion, what is done about it."""

    def word(name: str, **fields: Any) -> str:
        return texts.render(f"incidents.doc_{name}", fields, language)

    incident = sheet.incident
    method = human_error().method(sheet.method)
    title = method.title.get(language) if method else sheet.method
    affected = word("unknown") if incident.people_affected is None else str(incident.people_affected)
    facts = [
        (word("kind"), kind_name(incident.kind)),
        (word("found"), timezone.localtime(incident.found_at).isoformat(sep=" ", timespec="minutes")[:16]),
        (word("happened"), incident.happened_on.isoformat() if incident.happened_on else word("unknown")),
        (word("affected"), affected),
    ]
    blocks: list[Block] = [
        Heading(word("what")),
        KeyValues(tuple(KeyValue(name, (value,)) for name, value in facts)),
        *_told(word("should_have"), incident.should_have),
        *_told(word("did"), incident.did),
        *_told(word("first_aid"), incident.first_aid),
        Heading(word("causes", method=title)),
    ]
    if method:
        blocks.append(Paragraph((method.about.get(language),)))
    blocks.append(
        Table(
            columns=(Column(word("factor"), width=2), Column(word("cause"), width=5), Column(word("weight"), width=1)),
            rows=tuple((Cell(factor_name(one.factor)), Cell(_cause(one)), Cell(str(WEIGHTS[one.weight][0]))) for one in causes),
            empty=word("no_causes"),
        )
    )
    blocks += _told(word("conclusion"), sheet.conclusion)
    blocks += [Heading(word("measures")), _measures(measures, language)]
    settled = sheet.settled_at
    return Document(
        title=word("title", number=incident.number, title=incident.title),
        subtitle=title,
        organization=incident.organization.name,
        as_of=timezone.localtime(settled or sheet.made_at),
        blocks=tuple(blocks),
        language=cast("Literal['ja', 'en']", language),
        fictional=incident.organization.is_fictional,
        status=Status.ISSUED if settled else Status.DRAFT,
        issued_at=timezone.localtime(settled) if settled else None,
        cover=False,
    )


def _measures(measures: list[Countermeasure], language: str) -> Table:
    def word(name: str) -> str:
        return texts.render(f"incidents.doc_{name}", {}, language)

    return Table(
        columns=(
            Column(word("measure"), width=5),
            Column(word("remedy"), width=3),
            Column(word("due"), width=2),
            Column(word("state"), width=2),
            Column(word("effect"), width=2),
        ),
        rows=tuple(
            (
                Cell(one.action.what),
                Cell(remedy_name(one.remedy)),
                Cell(one.action.due_on.isoformat()),
                Cell(str(ACTION_STATES[one.action.state][0])),
                Cell(str(EFFECTS[one.effect][0])),
            )
            for one in measures
        ),
        empty=word("no_measures"),
    )


def _cause(one: SheetCause) -> str:
    named = cause_name(one.cause) if one.cause else ""
    return f"{named}（{one.text}）" if named and one.text else named or one.text


def _told(heading: str, text: str) -> list[Block]:
    """A heading with the paragraphs of a text; nothing when there is none."""
    if not text:
        return []
    return [Heading(heading, 2), *(Paragraph((line,)) for line in text.splitlines() if line.strip())]
