"""The security part of the 調達仕様書: headings, numbered clauses, the list of requirements, annexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.documents.model import (
    Block,
    Callout,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Reference,
    Status,
    Table,
    TableOfContents,
)
from sekisho.engines.derivation import fill, strength_name
from sekisho.engines.systemdiagram import apply, derive, describe, render_svg
from sekisho.errors import InputError, Problem
from sekisho.standards import texts
from sekisho.standards.rule_sets import STRENGTHS, placeholders_of

if TYPE_CHECKING:
    from sekisho.records.procurement.writing.material import Material
    from sekisho.records.procurement.writing.outline import Entry
    from sekisho.standards.model import Text

__all__ = [
    "annex_blocks",
    "business_blocks",
    "clause_blocks",
    "diagram_blocks",
    "document",
    "metadata",
    "named_places",
    "refuse_unfilled",
    "requirement_table",
    "shown_text",
    "specification",
]

_DEEPEST: Final = 4  # levels of headings that the documents know


def specification(material: Material, *, draft: bool = False, requirement_numbers: bool = False) -> Document:
    """The whole document in our own look.

    ``draft``: empty places are shown as such; otherwise InputError ``procurement_outputs.unfilled`` lists every one.
    ``requirement_numbers``: the list of requirements has a column with their numbers in the manual.
    """
    if not draft:
        refuse_unfilled(material)
    blocks = [
        *business_blocks(material),
        *diagram_blocks(material),
        *clause_blocks(material),
        *_headed(material, "requirement_list", requirement_table(material, numbers=requirement_numbers)),
        *annex_blocks(material),
    ]
    title = material.word("specification_title", title=material.answers.title or material.word("untitled"))
    made = document(material, title, (TableOfContents(2), *blocks), subtitle=material.word("specification_subtitle"))
    return msgspec.structs.replace(
        made, metadata={}
    )  # bidders are not told which rules it came from: the frozen notice keeps that


def document(
    material: Material, title: str, blocks: tuple[Block, ...], *, references: tuple[Reference, ...] = (), subtitle: str = ""
) -> Document:
    """A document of the case: a draft with its watermark until the notice."""
    return Document(
        title=title,
        subtitle=subtitle,
        organization=material.answers.organization or material.word("no_organization"),
        as_of=material.as_of,
        blocks=blocks,
        language=material.language,
        status=Status.ISSUED if material.issued else Status.DRAFT,
        issued_at=material.as_of if material.issued else None,
        fictional=material.fictional,
        metadata=metadata(material),
        references=references,
    )


def metadata(material: Material) -> dict[str, str]:
    """With which rules the document was made."""
    edition = material.word("edition", version=material.rules.version, digest=material.derivation.digest[:12])
    return {material.rules.title.get(material.language): edition}


def refuse_unfilled(material: Material) -> None:
    """InputError ``procurement_outputs.unfilled`` with clause, title and place of each empty place."""
    unfilled = material.derivation.unfilled
    if not unfilled:
        return
    by_clause = material.outline.by_clause
    problems = tuple(
        Problem(
            "procurement_outputs.unfilled_place",
            {"number": by_clause[u.clause].citation, "title": by_clause[u.clause].title, "place": u.name},
        )
        for u in unfilled
    )
    raise InputError("procurement_outputs.unfilled", problems=problems, count=len(problems))


def shown_text(material: Material, text: Text) -> str:
    """The text of a clause, empty places marked as 【未記入：保存期間】."""
    words = text.get(material.language)
    marks = {name: material.word("unfilled_mark", name=_place_title(material, name)) for name in placeholders_of(words)}
    return fill(words, marks)


def named_places(material: Material, text: Text) -> str:
    """The text of a clause with its places in braces, each by its name in the reader's language."""
    words = text.get(material.language)
    return fill(words, {name: f"{{{_place_title(material, name)}}}" for name in placeholders_of(words)})


def _place_title(material: Material, name: str) -> str:
    described = material.rules.find("placeholders", name)
    return described.title.get(material.language) if described and material.language == "en" else name


def _headed(material: Material, name: str, *blocks: Block) -> Iterator[Block]:
    yield Heading(material.word(name), 1, numbered=False)
    yield from blocks


def business_blocks(material: Material) -> Iterator[Block]:
    """Purposes and tasks, as the office answered them; nothing when it did not."""
    answers = material.answers
    if not answers.purposes and not answers.tasks:
        return
    yield Heading(material.word("business"), 1, numbered=False)
    for purpose in answers.purposes:
        yield Paragraph((purpose,))
    if answers.tasks:
        names = {information.id: information.name for information in answers.information}
        rows = []
        for task in answers.tasks:
            for position, use in enumerate(task.uses or (None,)):
                first = (task.name, task.purpose) if position == 0 else ("", "")
                rest = ("", "", "", "")
                if use is not None:
                    how = [_word(material, kind, getattr(use, kind)) for kind in ("terminal", "network", "action")]
                    joined = "、".join(names.get(i, i) for i in use.information)
                    who = use.actor_name or _word(material, "actor", use.actor)
                    rest = (who, joined, _word(material, "zone", use.place), " / ".join(word for word in how if word))
                rows.append(tuple(Cell(value) for value in (*first, *rest)))
        titles = ("task", "task_purpose", "who", "what", "where", "how")
        widths = (2, 3, 2, 3, 2, 3)
        columns = tuple(Column(material.word(f"column_{t}"), width=w) for t, w in zip(titles, widths, strict=True))
        yield Table(columns=columns, rows=tuple(rows), caption=material.word("tasks"))


def _word(material: Material, kind: str, value: str) -> str:
    code = f"diagram.{kind}_{value}"
    return texts.render(code, {}, material.language) if texts.known(code) else "" if value == "none" else value


def diagram_blocks(material: Material) -> Iterator[Block]:
    """The overview diagram, drawn from the tasks and corrected by hand; nothing when there are no tasks.

    Drafts say how much of it people have confirmed; bidders need not know.
    """
    if not material.answers.tasks:
        return
    drawn = derive(material.answers.business, language=material.language)
    if material.edits is not None:
        drawn = apply(drawn, material.edits).diagram
    title = material.word("diagram_title", title=material.answers.title or material.word("untitled"))
    svg = render_svg(drawn, language=material.language, title=title, identifier="overview")
    yield Picture(svg=svg, caption=title, alternative=describe(drawn, material.language))
    if not material.issued and material.drawn is not None and material.drawn[0]:
        total, open_parts = material.drawn
        name = "diagram_unconfirmed" if open_parts else "diagram_confirmed"
        yield Paragraph((material.word(name, total=total, open=open_parts),))


def clause_blocks(material: Material, *, annexes: bool = False) -> Iterator[Block]:
    """Headings, clauses and items with their numbers. ``annexes``: those of annexes too."""
    for entry in material.outline.entries:
        if annexes or not entry.annex:
            yield from _entry_blocks(material, entry)


def annex_blocks(material: Material) -> Iterator[Block]:
    """The annexes (別紙), each on a new page."""
    for entry in material.outline.entries:
        if entry.annex:
            if entry.depth == 1:
                yield PageBreak()
            yield from _entry_blocks(material, entry)


def _entry_blocks(material: Material, entry: Entry) -> Iterator[Block]:
    text = f"{entry.number}　{entry.title}" if entry.number else entry.title
    yield Heading(text, min(entry.depth, _DEEPEST), numbered=False)
    if entry.lead:
        yield Paragraph((entry.lead,))
    clause = entry.clause
    if clause is None:
        return
    yield Paragraph((shown_text(material, clause.text),))
    for item in entry.items:
        yield Paragraph((f"{item.number or '・'}　{shown_text(material, item.text)}",))


def requirement_table(material: Material, *, numbers: bool = False) -> Block:
    """The list of requirements with the strength that counts and the clause that says it."""
    rows = []
    for result in material.derivation.requirements:
        entry = material.outline.by_clause.get(result.id)
        if entry is None:
            continue
        requirement = material.requirement(result.id)
        cells = [entry.citation, requirement.title.get(material.language), strength_name(result.level, material.language)]
        reached = STRENGTHS[: STRENGTHS.index(result.level) + 1]  # each strength adds to those below it
        demands = [requirement.levels[level].demand.get(material.language) for level in reached]
        cells.append(("。" if material.language == "ja" else ". ").join(demands))
        rows.append(tuple(Cell(value) for value in ([result.id, *cells] if numbers else cells)))
    titles = [("column_clause", 2), ("column_requirement", 3), ("column_level", 1.2), ("column_demand", 5)]
    if numbers:
        titles.insert(0, ("column_requirement_number", 1.5))
    return Table(
        columns=tuple(Column(material.word(name), width=width) for name, width in titles),
        rows=tuple(rows),
        caption=material.word("requirement_list"),
        empty=material.word("no_requirements"),
    )


def draft_note(material: Material) -> Iterator[Block]:
    """How many places are still empty."""
    if count := len(material.derivation.unfilled):
        yield Callout((material.word("draft_note", count=count),), "warning")
