"""The requirements traceability table, both ways: answer → condition → requirement → clause → test and criterion, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sekisho.documents.model import Cell, Column, Document, Heading, Paragraph, Table
from sekisho.engines.derivation import in_words, strength_name
from sekisho.records.procurement.writing.evaluation import sheet
from sekisho.records.procurement.writing.links import Ground, Link, links, questions_behind
from sekisho.records.procurement.writing.specification import document
from sekisho.standards.model import VERIFIED

if TYPE_CHECKING:
    from sekisho.engines.derivation.result import AnswerResult, ClauseResult
    from sekisho.records.procurement.writing.material import Material

__all__ = ["asked_questions", "flat_table", "forward_table", "reverse_table", "traceability"]


def traceability(material: Material, *, flat: bool = False) -> Document:
    """Both directions. ``flat``: also one row for each single tie (for spreadsheets)."""
    blocks: list[Heading | Paragraph | Table] = [
        Paragraph((material.word("trace_lead"),)),
        Heading(material.word("trace_forward")),
        forward_table(material),
        Heading(material.word("trace_reverse")),
        reverse_table(material),
    ]
    if flat:
        blocks += [Heading(material.word("trace_flat")), flat_table(material)]
    title = material.word("trace_title", title=material.answers.title or material.word("untitled"))
    return document(material, title, tuple(blocks))


def asked_questions(material: Material) -> list[AnswerResult]:
    """The questions that are put in this case (or may still be)."""
    return [answer for answer in material.derivation.answers if answer.asked is not False]


def _columns(material: Material, *names: tuple[str, float]) -> tuple[Column, ...]:
    return tuple(Column(material.word(f"column_{name}"), width=width) for name, width in names)


def forward_table(material: Material) -> Table:
    """One row for each question and way: answer, conditions met, requirements raised, clauses, criteria."""
    by_question: dict[str, dict[Ground, list[Link]]] = defaultdict(lambda: defaultdict(list))
    for link in links(material.derivation):
        if link.ground is not None:
            by_question[link.ground.question][link.ground].append(link)
    rows = []
    for answer in asked_questions(material):
        head = _question_cells(material, answer)
        ways = by_question.get(answer.question, {})
        if not ways:
            rows.append((*head, Cell(_without_effect(material, answer)), Cell("―"), Cell("―"), Cell("―")))
        for ground, found in ways.items():
            rows.append((*head, Cell(_way(material, ground)), *_targets(material, found)))
    return Table(
        columns=_columns(
            material, ("question", 3), ("answer", 2.5), ("way", 3), ("requirement_raised", 3), ("clause", 3), ("criterion", 2)
        ),
        rows=tuple(rows),
        caption=material.word("trace_forward"),
        name=material.word("sheet_forward"),
        landscape=True,
    )


def _question_cells(material: Material, answer: AnswerResult) -> tuple[Cell, Cell]:
    question = material.rules.find("questions", answer.question)
    given = in_words(question, answer.value, material.language)
    if answer.origin == "tasks":
        given = material.word("from_tasks", given=given)
    return Cell(f"{question.title.get(material.language)}"), Cell(given)


def _without_effect(material: Material, answer: AnswerResult) -> str:
    """Which conditions looked at the answer without being met by it."""
    derivation = material.derivation
    looked = [c.id for c in derivation.conditions if answer.question in questions_behind(c.because, derivation)]
    if looked:
        return material.word("conditions_not_met", conditions=_join(material, [_condition(material, name) for name in looked]))
    decided = [d.id for d in derivation.decisions if answer.question in questions_behind(d.because, derivation)]
    if decided:
        titles = [material.rules.find("decisions", name).title.get(material.language) for name in decided]
        return material.word("decided_by", decisions=_join(material, titles))
    return material.word("no_effect")


def _condition(material: Material, name: str) -> str:
    return f"{name} {material.rules.find('conditions', name).title.get(material.language)}"


def _join(material: Material, words: list[str]) -> str:
    return ("、" if material.language == "ja" else ", ").join(words)


def _way(material: Material, ground: Ground) -> str:
    """The conditions, decisions and requirements between an answer and what it leads to."""
    steps = [
        *(_condition(material, name) for name in reversed(ground.conditions)),
        *(material.rules.find("decisions", name).title.get(material.language) for name in reversed(ground.decisions)),
        *(f"{name} {material.requirement(name).title.get(material.language)}" for name in reversed(ground.requirements)),
    ]
    return " → ".join(dict.fromkeys(steps)) or material.word("directly")


def _targets(material: Material, found: list[Link]) -> tuple[Cell, Cell, Cell]:
    rules: dict[str, list[str]] = defaultdict(list)
    for link in found:
        if link.requirement:
            rules[link.requirement] += [link.rule] if link.rule else []
    raised = [
        material.word("raised", id=name, rule=_join(material, list(dict.fromkeys(names))))
        if names
        else material.word("holds", id=name)
        for name, names in rules.items()
    ]
    clauses = list(dict.fromkeys(link.clause for link in found))
    numbers = [material.outline.cited(name) for name in clauses]
    criteria = [number for name in clauses for number in _criteria_numbers(material, name)]
    return Cell(_join(material, raised) or "―"), Cell(_join(material, numbers)), Cell(_join(material, criteria) or "―")


def _criteria_numbers(material: Material, clause: str) -> list[str]:
    return [str(number) for number, criterion in enumerate(sheet(material), 1) if criterion.clause == clause]


def reverse_table(material: Material) -> Table:
    """One row for each clause: its grounds, what the range and the decision were, its tests and its criteria."""
    by_clause: dict[str, list[Link]] = defaultdict(list)
    for link in links(material.derivation):
        by_clause[link.clause].append(link)
    rows = tuple(
        (
            Cell(material.outline.cited(clause.id)),
            Cell(clause.title.get(material.language)),
            Cell(clause.requirement or clause.id),
            Cell(_level(material, clause)),
            Cell("\n".join(_ground_lines(material, clause, by_clause[clause.id]))),
            Cell("\n".join(acceptance.shown.get(material.language) for acceptance in clause.acceptance) or "―"),
            Cell(_join(material, _criteria_numbers(material, clause.id)) or "―"),
            Cell(_basis(material, clause)),
        )
        for clause in material.derivation.included
    )
    columns = _columns(
        material,
        ("clause", 1.5),
        ("title", 2),
        ("id", 1.2),
        ("range_level", 1.6),
        ("grounds", 5),
        ("acceptance", 3),
        ("criterion", 1.2),
        ("basis", 2),
    )
    caption = material.word("trace_reverse")
    return Table(columns=columns, rows=rows, caption=caption, name=material.word("sheet_reverse"), landscape=True)


def _level(material: Material, clause: ClauseResult) -> str:
    result = material.derivation.requirement(clause.requirement) if clause.requirement else None
    if result is None:
        return "―"
    low, high, level = (strength_name(name, material.language) for name in (result.low, result.high, result.level))
    return material.word("range_and_level", low=low, high=high, level=level)


def _basis(material: Material, clause: ClauseResult) -> str:
    mark = VERIFIED[clause.verified].get(material.language)
    basis = clause.basis.get(material.language) if clause.basis else ""
    return f"{basis}（{mark}）" if basis and material.language == "ja" else f"{basis} ({mark})" if basis else mark


def _ground_lines(material: Material, clause: ClauseResult, found: list[Link]) -> Iterator[str]:
    """The grounds in words: one line for each way, with the rules that it moved and the answers that it began with."""
    rules: dict[str, list[str]] = defaultdict(list)
    given: dict[str, list[str]] = defaultdict(list)
    for link in found:
        if link.ground is not None:
            way = _way(material, link.ground)
            rules[way] += [link.rule] if link.rule else []
            given[way].append(_given(material, link.ground.question))
    for way, answers in given.items():
        moved = _join(material, list(dict.fromkeys(rules[way])))
        prefix = material.word("by_rule", rule=moved) if moved else ""
        yield prefix + material.word("ground", answers=_join(material, list(dict.fromkeys(answers))), way=way)
    whys = {link.why for link in found}
    if "always" in whys:
        yield material.word("always")
    if "person" in whys:
        yield _person(material, clause)


def _given(material: Material, question: str) -> str:
    """A question and what was answered to it."""
    answer = next(a for a in material.derivation.answers if a.question == question)
    asked = material.rules.find("questions", question)
    said = material.word("not_put") if answer.asked is False else in_words(asked, answer.value, material.language)
    return material.word("given", question=asked.title.get(material.language), answer=said)


def _person(material: Material, clause: ClauseResult) -> str:
    result = material.derivation.requirement(clause.requirement) if clause.requirement else None
    reason = clause.reason or (result.reason if result else "")
    return material.word("by_person_reason", reason=reason) if reason else material.word("by_person")


def flat_table(material: Material) -> Table:
    """One row for each tie and test, to be filtered in a spreadsheet."""
    answers = {answer.question: answer for answer in material.derivation.answers}
    rows = []
    for link in links(material.derivation):
        entry = material.outline.by_clause[link.clause]
        clause = entry.clause
        assert clause is not None  # entries of clauses hold theirs
        question = answer = way = ""
        if link.ground is not None:
            asked = material.rules.find("questions", link.ground.question)
            question = asked.title.get(material.language)
            answer = in_words(asked, answers[asked.id].value, material.language)
            way = _way(material, link.ground)
        why = material.word(f"why_{link.why}")
        cells = (question, answer, way, link.requirement, _level(material, clause), why, link.rule, entry.citation, entry.title)
        tests = "\n".join(a.shown.get(material.language) for a in clause.acceptance)
        rows.append(tuple(Cell(value) for value in (*cells, tests, _join(material, _criteria_numbers(material, link.clause)))))
    names = ("question", "answer", "way", "requirement_number", "range_level", "why", "rule", "clause", "title", "acceptance")
    columns = _columns(material, *((name, 2.0) for name in (*names, "criterion")))
    return Table(columns=columns, rows=tuple(rows), caption=material.word("trace_flat"), name=material.word("sheet_flat"))
