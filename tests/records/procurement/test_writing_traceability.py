"""Traceability is complete both ways: every question that is asked, every clause that is included, no clause without a ground."""

from __future__ import annotations

import pytest
from tests.records.procurement.examples import NAMES, answers, material

from sekisho.documents.model import Document, Table
from sekisho.engines.derivation import Choice, ClauseChoice
from sekisho.records.procurement.writing import Material, links, traceability
from sekisho.records.procurement.writing.traceability import asked_questions


def tables(made: Document) -> list[Table]:
    return [block for block in made.blocks if isinstance(block, Table)]


def column(table: Table, number: int) -> list[str]:
    return [str(row[number].value) for row in table.rows]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_asked_question_and_every_included_clause_appears(name: str, language: str) -> None:
    found = material(name, language=language)
    forward, reverse, flat = tables(traceability(found, flat=True))
    asked = {found.rules.find("questions", a.question).title.get(language) for a in asked_questions(found)}
    assert set(column(forward, 0)) == asked
    numbers = {found.outline.cited(clause.id) for clause in found.derivation.included}
    assert set(column(reverse, 0)) == numbers
    assert set(column(flat, 7)) == numbers


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_has_a_ground_and_the_ways_agree_in_both_directions(name: str) -> None:
    found = material(name)
    by_clause: dict[str, set[str]] = {}
    for link in links(found.derivation):
        by_clause.setdefault(link.clause, set()).add(link.ground.question if link.ground else link.why)
    assert set(by_clause) == {clause.id for clause in found.derivation.included}
    assert all(by_clause.values())
    forward, reverse, _flat = tables(traceability(found, flat=True))
    for clause in found.derivation.included:
        cited = found.outline.cited(clause.id)
        grounds = column(reverse, 4)[column(reverse, 0).index(cited)]
        assert grounds
        for question in by_clause[clause.id] - {"always", "person"}:
            title = found.rules.find("questions", question).title.ja
            assert title in grounds
            answer = next(a for a in found.derivation.answers if a.question == question)
            if answer.asked is not False:
                rows = [row for row in forward.rows if row[0].value == title]
                assert any(cited in str(row[4].value).split("、") for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_requirements_name_range_level_rule_test_and_criterion(name: str) -> None:
    found = material(name)
    _forward, reverse = tables(traceability(found))
    for result in found.derivation.requirements:
        if not result.holds:
            continue
        row = next(row for row in reverse.rows if row[2].value == result.id)
        assert all(fired.rule in str(row[4].value) for fired in result.fired)
        assert str(row[3].value).count("位") == 3
        assert row[5].value != "―"
        assert all(number.isdigit() for number in str(row[6].value).split("、"))


def _with(found: Material, **changes: object) -> Material:
    return material("booking-site", **{**changes, "language": found.language})


def test_what_a_person_decided_is_a_ground_with_its_reason() -> None:
    base = material("booking-site")
    found = _with(
        base,
        clauses={"C1": ClauseChoice(included=True, reason="国の依頼"), "GE1": ClauseChoice(text="独自の文")},
        decisions={**answers("booking-site").decisions, "AT-1-1": Choice(level="low", reason="閉じた網")},
    )
    _forward, reverse = tables(traceability(found))
    grounds = {str(row[2].value): str(row[4].value) for row in reverse.rows}
    assert "担当者の判断（国の依頼）" in grounds["C1"]
    assert "担当者の判断" in grounds["GE1"]
    assert "担当者の判断（閉じた網）" in grounds["AT-1-1"]


def test_a_question_without_effect_says_so() -> None:
    forward = tables(traceability(material("booking-site")))[0]
    said = {str(row[0].value): str(row[2].value) for row in forward.rows}
    assert any("この答えは満たさない" in text for text in said.values())
    assert all(text for text in said.values())
