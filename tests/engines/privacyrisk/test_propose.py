"""What a column probably is: by heading, by form, by how far it tells rows apart; small keys by brute force."""

import itertools
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.privacyrisk.coding import code_column
from sekisho.engines.privacyrisk.propose import kind_of_heading, propose, small_keys


@pytest.mark.parametrize(
    ("heading", "kind", "role"),
    [
        ("氏名", "person_name", "direct"), ("氏名（カナ）", "person_kana", "direct"), ("世帯主氏名", "person_name", "direct"),
        ("マイナンバー", "my_number", "direct"), ("宛名番号", "addressee_number", "direct"), ("電話番号", "telephone", "direct"),
        ("E-Mail", "email", "direct"), ("ＴＥＬ", "telephone", "direct"), ("生年月日", "birth_date", "quasi"), ("年齢", "age", "quasi"),
        ("age", "age", "quasi"), ("Zip Code", "postal_code", "quasi"), ("住所", "address", "quasi"), ("住所コード", "address", "quasi"),
        ("病名", "medical_history", "sensitive"), ("障害者手帳等級", "disability", "sensitive"), ("年収", "money", "sensitive"),
        ("要介護度", "medical_care", "sensitive"), ("メールアドレス", "email", "direct"),
    ],
)  # fmt: skip
def test_headings_are_understood(heading, kind, role):
    found = kind_of_heading(heading)
    assert found is not None
    assert (found.id, found.role) == (kind, role)


@pytest.mark.parametrize("heading", ["page", "備考", "percentage", "image", "氏素性", ""])
def test_a_short_word_within_another_is_no_hint(heading):
    assert kind_of_heading(heading) is None


@pytest.mark.parametrize(
    ("values", "role", "kind"),
    [
        (["123456789018", "100000000080", "100000000030"], "direct", "my_number"),
        (["a@example.jp", "b@example.jp"], "direct", "email"),
        (["090-1234-5678", "03-1234-5678"], "direct", "telephone"),
        (["231-0023", "100-0005"], "quasi", "postal_code"),
        (["昭和55年5月17日", "1990-01-01"], "quasi", "birth_date"),
        (["神奈川県横浜市中区山下町1", "東京都千代田区丸の内1"], "quasi", "address"),
    ],
)
def test_forms_are_seen_under_a_heading_that_says_nothing(values, role, kind):
    column = propose(pa.table({"項目1": values})).columns[0]
    assert (column.role, column.kind) == (role, kind)


def test_numbers_without_the_check_digit_are_no_my_number():
    assert propose(pa.table({"項目1": ["123456789012", "123456789013"] * 15})).columns[0].kind == ""


def test_a_column_that_tells_every_row_apart_identifies():
    column = propose(pa.table({"項目1": [f"x{i}" for i in range(40)]})).columns[0]
    assert column.role == "direct"
    assert column.reasons[-1] == ("privacy.reason_identifies", {"share": 1.0})


def test_special_care_is_said_and_reasons_show_no_value():
    found = propose(pa.table({"病名": ["風邪", "骨折"] * 20, "所得": [str(v) for v in range(40)]}))
    assert [c.category for c in found.columns] == ["special_care", "delicate"]
    assert found.names("sensitive") == ("病名", "所得")
    assert "風邪" not in repr(found.as_dict())


rows = st.lists(st.tuples(*[st.integers(0, 3)] * 4), min_size=1, max_size=15)


@settings(max_examples=80, deadline=None)
@given(rows)
def test_small_keys_are_all_minimal_combinations_that_single_out_enough(data):
    columns = []
    for place in range(4):
        coded = code_column(f"c{place}", pa.array([row[place] for row in data]))
        columns.append((coded.name, coded.codes.astype(np.int32), coded.distinct))
    expected = []
    for size in (1, 2, 3):
        for chosen in itertools.combinations(range(4), size):
            if any(set(other) <= set(chosen) for other in expected):
                continue
            counts = Counter(tuple(row[c] for c in chosen) for row in data)
            if sum(v == 1 for v in counts.values()) / len(data) >= 0.3:
                expected.append(chosen)
    found = small_keys(columns, share=0.3)
    assert {one.columns for one in found} == {tuple(f"c{c}" for c in chosen) for chosen in expected}
    for one in found:
        chosen = [int(name[1]) for name in one.columns]
        tuples = [tuple(row[c] for c in chosen) for row in data]
        pairs = [a != b for a, b in itertools.combinations(tuples, 2)]
        assert one.distinction == pytest.approx(len(set(tuples)) / len(data))
        assert one.separation == pytest.approx(sum(pairs) / len(pairs) if pairs else 0.0)
