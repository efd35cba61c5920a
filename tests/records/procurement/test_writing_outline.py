"""Numbers of a specification: every style, shallow ones too, annexes, empty parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.records.procurement.examples import NAMES, material

from sekisho.documents.numbering import BUILT_IN, NumberingStyle
from sekisho.engines.derivation.result import ClauseResult
from sekisho.records.procurement.writing import Entry, outline


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("numbering", sorted(BUILT_IN))
def test_every_included_clause_has_a_number_that_no_other_has(name: str, numbering: str) -> None:
    found = material(name, numbering=numbering)
    entries = [entry for entry in found.outline.entries if entry.kind == "clause"]
    assert [e.clause.id for e in entries if e.clause] == [e.id for e in entries]
    assert {e.id for e in entries} == {clause.id for clause in found.derivation.included}
    cited = [entry.citation for entry in entries]
    assert all(cited)
    assert len(set(cited)) == len(cited)


@pytest.mark.parametrize("name", NAMES)
def test_empty_parts_are_left_out_and_parents_come_before_their_children(name: str) -> None:
    entries = material(name).outline.entries
    for position, entry in enumerate(entries):
        if entry.kind != "clause":
            assert position + 1 < len(entries)
            assert entries[position + 1].depth > entry.depth  # something stands below each heading


def test_the_specification_style_counts_down_to_items() -> None:
    found = material("booking-site").outline
    first = next(entry for entry in found.entries if entry.kind == "group")
    assert (first.number, first.title) == ("4.1", "侵害対策")
    separation = found.by_clause["AT-1-1"]
    assert (separation.number, separation.citation) == ("(1)", "4.1.1(1)")
    assert [item.citation for item in separation.items] == ["4.1.1(1)ア"]


def test_a_shallow_style_keeps_clauses_and_items_and_drops_the_numbers_of_groups() -> None:
    found = material("booking-site", numbering="第{n}章 / 第{n}条 / {ア}").outline
    kinds = {
        kind: {bool(e.number) for e in found.entries if e.kind == kind and not e.annex} for kind in ("part", "group", "clause")
    }
    assert kinds["group"] == {False}
    assert kinds["clause"] == {True}
    assert found.by_clause["AT-1-1"].citation == "第4章第1条"
    assert found.by_clause["AT-1-1"].items[0].citation == "第4章第1条ア"


def test_one_level_numbers_the_clauses_through_and_leaves_items_without() -> None:
    found = material("design-study", numbering="第{n}条").outline
    numbers = [entry.number for entry in found.entries if entry.kind == "clause" and not entry.annex]
    assert numbers == [f"第{n}条" for n in range(1, len(numbers) + 1)]
    assert {item.number for entry in found.entries for item in entry.items} == {""}


def test_an_annex_begins_with_one_again_and_is_cited_as_such() -> None:
    found = material("booking-site", numbering="articles").outline
    annex = [entry for entry in found.entries if entry.annex]
    assert annex[0].number == ""
    assert annex[0].title.startswith("別紙")
    assert annex[1].number == "第1条"
    assert annex[1].citation == "別紙 第1条"


@settings(max_examples=60, deadline=None)
@given(
    levels=st.lists(st.sampled_from(["{n}", "第{n}条", "({n})", "{ア}", "{①}", "{一}"]), min_size=1, max_size=9),
    left_out=st.sets(st.integers(0, 89)),
)
def test_any_style_and_any_choice_of_clauses_can_be_numbered(levels: list[str], left_out: set[int]) -> None:
    found = material("booking-site")
    kept: list[ClauseResult] = [c for i, c in enumerate(found.derivation.clauses) if i not in left_out]
    import msgspec

    derivation = msgspec.structs.replace(found.derivation, clauses=tuple(kept))
    made = outline(found.rules, derivation, NumberingStyle(tuple(levels)), "ja")
    clauses: list[Entry] = [entry for entry in made.entries if entry.kind == "clause"]
    assert {e.id for e in clauses} == {c.id for c in derivation.included}
    assert all(entry.number for entry in clauses)
