"""Views by role: what a role sees, in batches and in SQL; what SQL cannot say is refused."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from tests.engines.masking.plans import KEYS, PLAN, faults, plan, town
from tests.engines.masking.tabular import copied

from sekisho.engines.masking.plan import Plan
from sekisho.engines.masking.sources import open_source
from sekisho.engines.masking.tables import Reading
from sekisho.engines.masking.transforms import Context, transform_from_plan
from sekisho.engines.masking.views import leaves_protected, masked_for, sql_views, view_of
from sekisho.errors import InputError, NotFound, NotPermitted

WITH_VIEWS = """\
      備考: {transform: drop, kinds: free_text}
views:
  窓口:
    住民:
      宛名番号: {transform: partial_mask, keep_last: 3, mask: '*', wide_mask: '*'}
      氏名: keep
      性別: {transform: redact, text: '-'}
      備考: drop
  統計:
    住民:
      宛名番号: {transform: token, length: 16}
      性別: keep
  研修:
    住民:
      所得: {transform: shuffle}
"""


def seen() -> Plan:
    assert "備考: {transform: drop, kinds: free_text}\n" in PLAN
    return plan(("      備考: {transform: drop, kinds: free_text}\n", WITH_VIEWS))


def batch(folder: Path) -> pa.RecordBatch:
    with open_source(town(folder), Reading(tables=("住民",))) as source:
        return next(source.batches("住民"))


def test_a_role_sees_its_columns_and_no_others(tmp_path: Path) -> None:
    rows = batch(tmp_path / "s")
    found = masked_for(seen(), "窓口", "住民", rows, keys=KEYS, random=os.urandom)
    assert found.schema.names == ["宛名番号", "氏名", "性別"]
    first = found.slice(0, 1).to_pylist()[0]
    assert first == {"宛名番号": "*******000", "氏名": "佐藤　太郎0", "性別": "-"}
    statistics = masked_for(seen(), "統計", "住民", rows, keys=KEYS, random=os.urandom)
    assert statistics.schema.names == ["宛名番号", "性別"]
    assert statistics.column("性別").equals(rows.column("性別"))


def test_a_role_or_a_table_that_no_view_names_is_not_seen(tmp_path: Path) -> None:
    rows = batch(tmp_path / "s")
    with pytest.raises(NotFound, match="role_unknown"):
        view_of(seen(), "委託先")
    with pytest.raises(NotPermitted, match="view_not_seen"):
        masked_for(seen(), "窓口", "世帯", rows, keys=KEYS, random=os.urandom)


def test_a_shuffle_is_no_view(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="view_whole_column"):
        masked_for(seen(), "研修", "住民", batch(tmp_path / "s"), keys=KEYS, random=os.urandom)


def test_sql_shows_what_the_batch_shows(tmp_path: Path) -> None:
    rows = batch(tmp_path / "s")
    copied(tmp_path / "s", tmp_path / "t.db")
    with sqlite3.connect(tmp_path / "t.db") as made:
        made.executescript(sql_views(seen(), "窓口", dialect="sqlite"))
        shown = made.execute('SELECT * FROM "住民_窓口"').fetchall()
    made.close()
    wanted = masked_for(seen(), "窓口", "住民", rows, keys=KEYS, random=os.urandom)
    assert sorted(shown) == sorted(tuple(one.values()) for one in wanted.to_pylist())


MASKS = [
    {"keep_first": 2, "keep_last": 1},
    {"keep_first": 1},
    {"keep_last": 2, "hide_at_least": 3},
    {"masks": 4, "keep_first": 1},
    {},
]
TEXTS = ["", None, "a", "ab", "abc", "abcd", "abcdefgh", "漢字の文", "it's"]


@pytest.mark.parametrize("mask", MASKS)
def test_a_partial_mask_in_sql_counts_as_the_transform_does(mask: dict[str, int]) -> None:
    entry = {"transform": "partial_mask", "mask": "#", "wide_mask": "#", **mask}
    wanted = transform_from_plan(entry, "").apply(pa.array(TEXTS, pa.string()), Context()).to_pylist()
    options = ", ".join(f"{key}: {value}" for key, value in {**entry, "mask": "'#'", "wide_mask": "'#'"}.items())
    view = f"      備考: {{transform: drop, kinds: free_text}}\nviews:\n  役:\n    住民:\n      氏名: {{{options}}}\n"
    statement = sql_views(plan(("      備考: {transform: drop, kinds: free_text}\n", view)), "役", dialect="sqlite")
    made = sqlite3.connect(":memory:")
    made.execute('CREATE TABLE "住民" ("氏名" TEXT)')
    made.executemany('INSERT INTO "住民" VALUES (?)', [(one,) for one in TEXTS])
    made.executescript(statement)
    assert [one for (one,) in made.execute('SELECT * FROM "住民_役"')] == wanted
    made.close()


def test_a_name_that_postgresql_would_cut_is_refused() -> None:
    role = "窓口の担当者と応援の職員と夜間の宿直の者"
    views = f"views:\n  {role}:\n    住民:\n      性別: keep\n"
    wanted = plan(
        ("      備考: {transform: drop, kinds: free_text}\n", "      備考: {transform: drop, kinds: free_text}\n" + views)
    )
    with pytest.raises(InputError, match="view_name_long"):
        sql_views(wanted, role, dialect="postgresql")
    assert role in sql_views(wanted, role, dialect="sqlite")


def test_what_sql_cannot_say_is_refused_by_column() -> None:
    with pytest.raises(InputError) as caught:
        sql_views(seen(), "統計", dialect="postgresql")
    assert [(one.code, one.column) for one in caught.value.problems] == [("masking_runs.view_column_not_sql", "宛名番号")]
    with pytest.raises(InputError, match="view_dialect"):
        sql_views(seen(), "窓口", dialect="oracle")


@pytest.mark.parametrize("word", ["keep", "{transform: partial_mask, keep_last: 4, mask: '*', wide_mask: '*'}"])
def test_nothing_of_a_protected_number_is_shown_whatever_a_view_says(word: str) -> None:
    """The plan is refused at its line; one that was built otherwise gives no SQL."""
    changes = (
        "備考: {transform: drop, kinds: free_text}",
        f"備考: {{transform: drop, kinds: my_number}}\nviews: {{窓口: {{住民: {{備考: {word}}}}}}}",
    )
    with pytest.raises(InputError) as caught:
        plan(changes)
    assert faults(caught.value) == [("protected_number", 24)]
    allowed = plan((changes[0], changes[1].replace(word, "redact")))
    assert "備考" in sql_views(allowed, "窓口", dialect="sqlite")
    free = plan((changes[0], changes[1].replace("my_number", "free_text")))
    table = free.tables["住民"]
    column = replace(table.columns["備考"], kinds=frozenset({"my_number"}))
    built = replace(free, tables={**free.tables, "住民": replace(table, columns={**table.columns, "備考": column})})
    assert leaves_protected(built, "住民", view_of(built, "窓口").tables["住民"]["備考"])
    with pytest.raises(InputError, match="view_not_sql"):
        sql_views(built, "窓口", dialect="sqlite")


def test_what_a_transform_of_a_view_needs_must_be_in_the_table() -> None:
    line = "      備考: {transform: drop, kinds: free_text}\n"
    with pytest.raises(InputError) as caught:
        plan((line, line + "views: {窓口: {住民: {氏名: {transform: fake_name, entity: 個人}}}}\n"))
    assert faults(caught.value) == [("needs_column", 24)]


def test_a_table_of_which_nothing_is_seen_gets_no_view() -> None:
    line = "      備考: {transform: drop, kinds: free_text}\n"
    found = plan((line, line + "views: {窓口: {住民: {備考: drop}, 世帯: {町: keep}}, 研修: {住民: {備考: drop}}}\n"))
    assert sql_views(found, "窓口", dialect="sqlite").count("CREATE VIEW") == 1
    with pytest.raises(InputError, match="view_nothing"):
        sql_views(found, "研修", dialect="sqlite")
