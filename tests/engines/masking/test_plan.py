"""Plans: every mistake has its line, and what the law does not allow is one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.plans import PLAN, faults, plan, town

from sekisho.engines.masking.plan import fitted, parse_plan, write_plan
from sekisho.engines.masking.sources import open_source
from sekisho.errors import InputError, Problem
from sekisho.standards import texts

MISTAKES: dict[str, tuple[tuple[str, str], str, int]] = {
    "an unknown field": (("title: ", "titel: "), "field_unknown", 2),
    "no purpose": (("purpose: 結合試験\n", ""), "field_missing", 1),
    "another schema": (("masking_plan/1", "masking_plan/2"), "expects_one_of", 1),
    "version nought": (("version: 3", "version: 0"), "expects_number", 3),
    "a domain with capitals": (("domain: test", "domain: Test"), "domain_name", 6),
    "a column of nothing": (("町: keep", "町: 3"), "expects_mapping", 12),
    "an unknown kind of place": (("domain: test", "domain: test\nplace: 庁内"), "expects_one_of", 7),
    "a key that is no column": (("primary_key: 宛名番号", "primary_key: 番号"), "key_column", 14),
    "a key with two transforms": (
        ("世帯番号: {transform: ff1, kinds: household_number}\n      町", "世帯番号: {transform: token}\n      町"),
        "key_transforms", 15,
    ),
    "a column beside that is not there": (("entity: 宛名番号", "entity: 番号"), "needs_column", 19),
    "a basis that is not there": (("性別: {transform: keep,", "性別: {transform: keep, basis: b,"), "basis_unknown", 21),
    "personal data kept without basis": (("{transform: drop, kinds: free_text}", "{transform: keep, kinds: free_text}"), "keep_without_basis", 23),
    "マイナンバー as a token": (("{transform: drop, kinds: free_text}", "{transform: token, kinds: my_number}"), "protected_number", 23),
    "マイナンバー kept": (("{transform: drop, kinds: free_text}", "{transform: keep, kinds: my_number}"), "protected_number", 23),
    "住民票コード encrypted": (("{transform: drop, kinds: free_text}", "{transform: ff1, kinds: resident_record_code}"), "protected_number", 23),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_plan_is_named_with_its_line(case: str) -> None:
    change, code, line = MISTAKES[case]
    with pytest.raises(InputError) as caught:
        plan(change)
    assert (code, line) in faults(caught.value)
    for problem in caught.value.problems:
        for language in ("ja", "en"):
            said = texts.render_problem(problem, language)  # type: ignore[arg-type]
            assert said != problem.code
            assert "{" not in said


def test_a_transform_that_does_not_exist_is_named_with_its_line() -> None:
    with pytest.raises(InputError) as caught:
        plan(("transform: ff1, kinds: addressee_number", "transform: rot13"))
    assert caught.value.problems[0].row == 17


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        plan(("version: 3", "version: x"), ("町: keep", "町: 3"), ("recipient: 委託先A\n", ""))
    assert {code for code, _ in faults(caught.value)} >= {"field_missing"}


BASIS = """\
bases:
  b1: {who: 情報政策課長, document: 誓約書 第12号, signed_on: 2026-12-01, ends: erase, until: 2027-03-31, confirmed_by: 保護管理者}
tables:"""
KEPT = ("{transform: drop, kinds: free_text}", "{transform: keep, kinds: free_text, basis: b1}")


def test_personal_data_is_kept_only_inside_and_on_a_basis() -> None:
    kept = plan(("tables:", BASIS), KEPT, ("domain: test", "domain: test\nplace: inside"))
    basis = kept.bases["b1"]
    assert (basis.who, basis.ends, basis.until.isoformat(), basis.confirmed_on) == ("情報政策課長", "erase", "2027-03-31", None)
    with pytest.raises(InputError) as caught:
        plan(("tables:", BASIS), KEPT)
    assert [code for code, _ in faults(caught.value)] == ["keep_outside"]


@pytest.mark.parametrize("gone", ["who", "document", "signed_on", "ends", "until", "confirmed_by"])
def test_a_basis_without_one_of_its_parts_is_refused(gone: str) -> None:
    parts = dict(
        part.split(": ", 1) for part in BASIS.splitlines()[1].strip().removeprefix("b1: {").removesuffix("}").split(", ")
    )
    del parts[gone]
    text = f"bases:\n  b1: {{{', '.join(f'{key}: {value}' for key, value in parts.items())}}}\ntables:"
    with pytest.raises(InputError) as caught:
        plan(("tables:", text), KEPT, ("domain: test", "domain: test\nplace: inside"))
    assert ("field_missing", 9) in faults(caught.value)


def test_the_hash_is_of_the_content_and_not_of_the_layout() -> None:
    again = "# a comment\n" + PLAN.replace("title: 試験用データ", 'title: "試験用データ"').replace(
        "町: keep", "町:   keep  # why"
    )
    assert parse_plan(again.encode(), file="x").hash == plan().hash
    assert plan(("version: 3", "version: 4")).hash != plan().hash


def test_what_is_written_reads_back_as_the_same_plan() -> None:
    value = yaml.safe_load(PLAN)
    assert parse_plan(write_plan(value, head=("見出し",)).encode(), file="x").hash == plan().hash


def test_columns_and_tables_that_nobody_decided_on_are_refused(tmp_path: Path) -> None:
    with open_source(town(tmp_path / "t")) as source:
        with pytest.raises(InputError) as caught:
            fitted(plan(("      所得: {transform: keep, kinds: amount}\n", ""), ("町: keep", "町: undecided")), source)
        assert [(one.code, one.column) for one in caught.value.problems] == [
            ("masking_runs.column_undecided", "町"),
            ("masking_runs.column_undecided", "所得"),
        ]
        with pytest.raises(InputError) as caught:
            fitted(plan(("      町: keep\n", "      町: keep\n      丁目: drop\n")), source)
        assert faults(caught.value) == [("column_not_there", None)]
    (tmp_path / "t" / "別.csv").write_text("a\n1\n")
    with open_source(tmp_path / "t") as source, pytest.raises(InputError) as caught:
        fitted(plan(), source)
    assert faults(caught.value) == [("table_undecided", None)]


def test_referred_tables_come_first_and_keys_of_dropped_columns_go(tmp_path: Path) -> None:
    with open_source(town(tmp_path / "t")) as source:
        assert [table.name for table, _ in fitted(plan(), source)] == ["世帯", "住民"]
        dropped = plan(("世帯番号: {transform: ff1, kinds: household_number}\n      氏名", "世帯番号: drop\n      氏名"))
        tables = {table.name: table for table, _ in fitted(dropped, source)}
    assert tables["住民"].foreign_keys == ()
    assert tables["住民"].primary_key == ("宛名番号",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELD = st.sampled_from(["schema", "title", "version", "purpose", "recipient", "tables", "bases", "views", "domain", "place"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FIELD, JSON, max_size=10), st.booleans())
def test_any_yaml_is_a_plan_or_is_refused_in_words(value: dict[str, object], complete: bool) -> None:
    base = yaml.safe_load(PLAN) if complete else {}
    text = yaml.safe_dump({**base, **value}, allow_unicode=True)
    problems: tuple[Problem, ...] = ()
    try:
        parse_plan(text.encode(), file="x.yaml")
    except InputError as error:
        problems = error.problems
    assert all(texts.known(one.code) and one.row for one in problems)
