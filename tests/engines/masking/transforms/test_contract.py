"""What every transform keeps to: NULL and empty apart, one answer however the column is cut, no secret, mistakes with their place."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import pickle
from typing import Any

import pyarrow as pa
import pytest
from tests.engines.masking.transforms.world import RING, applied, context

from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.transforms import TRANSFORMS, Context, Drop, transform_from_plan
from sekisho.errors import InputError, NotFound
from sekisho.standards import texts

NAMES = ["佐藤　花子", None, "", "鈴木 一郎", "𠮷田が\u3099", "髙橋", "佐藤　花子"] * 3
DATES = ["1985-04-01", None, "", "昭和60年4月1日", "R8.11.30", "2000/2/29", "3600401"] * 3
PLACES = [
    "東京都千代田区丸の内1-1",
    None,
    "",
    "北海道札幌市中央区北一条西2",
    "京都府京都市北区",
    "大阪府堺市堺区",
    "東京都千代田区丸の内1-1",
] * 3
NUMBERS = ["1,000", None, "", "-2.50", "007", "0", "123456789"] * 3
IDS = ["0000000001", None, "", "０１２３４-56789", "9876543210", "111-111-1111", "0000000001"] * 3
BESIDE = {"person": pa.array([str(n % 7) for n in range(21)]), "sex": pa.array(["男", "2", None] * 7)}

CASES: list[tuple[dict[str, Any], list[str | None]]] = [
    ({"transform": "drop"}, NAMES),
    ({"transform": "redact"}, NAMES),
    ({"transform": "partial_mask", "keep_first": 1, "keep_last": 1}, NAMES),
    ({"transform": "ff1"}, IDS),
    ({"transform": "ff1", "alphabet": "0123456789-", "full_width": True}, IDS),
    ({"transform": "token", "normalise": ["nfkc", "hyphens"]}, IDS),
    ({"transform": "token", "alphabet": "あいうえおかきく", "length": 30}, NAMES),
    ({"transform": "fake_name", "sex": "sex"}, NAMES),
    ({"transform": "fake_name", "what": "name_kana", "entity": "person", "kana": "half"}, NAMES),
    ({"transform": "fake_address", "keep": "municipality"}, PLACES),
    ({"transform": "fake_address", "what": "postal_code"}, IDS),
    ({"transform": "fake_phone"}, IDS),
    ({"transform": "fake_email", "host": "per_domain"}, NAMES),
    ({"transform": "fake_company"}, NAMES),
    ({"transform": "fake_number", "what": "corporate_number"}, IDS),
    ({"transform": "fake_birth_date"}, DATES),
    ({"transform": "dummy_number"}, IDS),
    ({"transform": "date_shift", "entity": "person"}, DATES),
    ({"transform": "shuffle"}, NAMES),
    ({"transform": "noise", "amount": 3}, NUMBERS),
    ({"transform": "noise", "percent": 3, "by": "row", "shape": "normal"}, NUMBERS),
    ({"transform": "generalise_number", "width": 10}, NUMBERS),
    ({"transform": "generalise_age", "on": "2026-12-01"}, DATES),
    ({"transform": "generalise_date"}, DATES),
    ({"transform": "generalise_date", "to": "year", "form": "first_day"}, DATES),
    ({"transform": "generalise_address"}, PLACES),
    ({"transform": "generalise_text", "keep_first": 3, "fill": "*"}, IDS),
    ({"transform": "recode", "groups": {"髙橋": "た"}, "others": "other"}, NAMES),
]  # fmt: skip
IDENTIFIERS = [json.dumps(plan, ensure_ascii=False) for plan, _ in CASES]
every_case = pytest.mark.parametrize(("plan", "values"), CASES, ids=IDENTIFIERS)


def test_every_transform_has_a_case() -> None:
    assert {plan["transform"] for plan, _ in CASES} == set(TRANSFORMS)


@every_case
def test_null_stays_null_and_empty_stays_empty(plan: dict[str, Any], values: list[str | None]) -> None:
    outputs = applied(plan, values, columns=BESIDE)
    if plan["transform"] == "drop":
        assert outputs == [None] * len(values)
        return
    kept = [(one, other) for one, other in zip(values, outputs, strict=True) if not one]
    assert kept
    assert all(one == other for one, other in kept)
    assert all(other for one, other in zip(values, outputs, strict=True) if one)


@every_case
def test_the_answer_does_not_depend_on_batches_chunks_or_encodings(plan: dict[str, Any], values: list[str | None]) -> None:
    transform = transform_from_plan(plan, "")
    array = pa.array(values)
    if not transform.traits.consistent and transform.traits.scope == "value":  # out of chance: only the length is certain
        assert len(transform.apply(pa.chunked_array([array, array]), context(columns=BESIDE))) == 2 * len(array)
        return
    whole = transform.apply(array, context(columns=BESIDE)).to_pylist()
    chunked = pa.chunked_array([array.slice(0, 4), array.slice(4, 0), array.slice(4)])
    forms = [
        chunked,
        array.dictionary_encode(),
        array.cast(pa.large_string()),
        pa.concat_arrays([pa.array(["x"]), array]).slice(1),
    ]
    for form in forms:
        assert transform.apply(form, context(columns=BESIDE)).to_pylist() == whole
    if transform.traits.scope == "column":
        return
    shared, parts = context(columns=BESIDE), []
    for start, stop in ((0, 1), (1, 8), (8, 8), (8, 21)):
        beside = {name: one.slice(start, stop - start) for name, one in BESIDE.items()}
        batch = dataclasses.replace(shared, columns=beside, first_row=1 + start)
        parts += transform.apply(array.slice(start, stop - start), batch).to_pylist()
    assert parts == whole


@every_case
def test_equal_inputs_have_equal_outputs_and_another_key_other_ones(plan: dict[str, Any], values: list[str | None]) -> None:
    transform = transform_from_plan(plan, "")
    if transform.domain_of("test") is None:
        assert applied(plan, values, columns=BESIDE, keys=KeyRing()) is not None
        return
    outputs = applied(plan, values, columns=BESIDE)
    assert outputs != applied(plan, values, columns=BESIDE, domain="other")
    assert outputs == applied({**plan, "domain": "test"}, values, columns=BESIDE, domain="other")
    assert outputs != applied({**plan, "space": "another"}, values, columns=BESIDE)
    if transform.traits.consistent and transform.traits.scope == "value":
        assert outputs[:7] == outputs[7:14]
    with pytest.raises(NotFound):
        applied(plan, values, columns=BESIDE, keys=KeyRing())


@every_case
def test_a_transform_is_plain_data_without_a_secret(plan: dict[str, Any], values: list[str | None]) -> None:
    transform = transform_from_plan(plan, "")
    transform.apply(pa.array(values), context(columns=BESIDE))
    shown = repr(transform) + json.dumps(transform.describe(), ensure_ascii=False) + repr(transform.traits)
    for key in (RING.key("test"),):
        assert key._secret.hex() not in shown
        assert all(derived.hex() not in shown for derived in key._derived.values())
    assert transform_from_plan(transform.to_plan(), "") == transform
    if plan["transform"] != "recode":  # its table is a view that cannot be changed, and is not pickled
        assert pickle.loads(pickle.dumps(transform)) == transform
    with pytest.raises(dataclasses.FrozenInstanceError):
        transform.max_length = 1  # type: ignore[misc]


@every_case
def test_an_empty_column_and_one_of_nulls(plan: dict[str, Any], values: list[str | None]) -> None:
    del values
    none = {name: one.slice(0, 0) for name, one in BESIDE.items()}
    assert applied(plan, pa.array([], pa.string()), columns=none) == []
    assert applied(plan, pa.nulls(3), columns=none) == [None] * 3
    three = {name: one.slice(0, 3) for name, one in BESIDE.items()}
    assert applied(plan, pa.nulls(3, pa.string()), columns=three) == [None] * 3


@every_case
def test_types_that_cannot_be_transformed_are_named(plan: dict[str, Any], values: list[str | None]) -> None:
    del values
    if plan["transform"] == "drop":
        return
    with pytest.raises(InputError) as caught:
        applied(plan, pa.array([[1], [2]]), columns={name: one.slice(0, 2) for name, one in BESIDE.items()})
    assert caught.value.code in {"masking.type_unsupported", "masking.redact_type"}
    assert "list" in str(caught.value.fields["found"])


MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no transform": ({}, "expects_choice", "p.transform"),
    "an unknown transform": ({"transform": "hash"}, "expects_choice", "p.transform"),
    "a list as transform": ({"transform": ["token"]}, "expects_choice", "p.transform"),
    "an unknown setting": ({"transform": "token", "lenght": 3}, "parameter_unknown", "p.lenght"),
    "a key in the plan": ({"transform": "token", "key": "abc"}, "parameter_unknown", "p.key"),
    "a missing setting": ({"transform": "date_shift"}, "parameter_missing", "p.entity"),
    "text for a number": ({"transform": "token", "length": "16"}, "expects_whole", "p.length"),
    "true for a number": ({"transform": "token", "length": True}, "expects_whole", "p.length"),
    "a number out of bounds": ({"transform": "token", "length": 65}, "expects_whole", "p.length"),
    "nan": ({"transform": "noise", "amount": float("nan")}, "expects_number", "p.amount"),
    "an alphabet with a letter twice": ({"transform": "ff1", "alphabet": "0120"}, "expects_alphabet", "p.alphabet"),
    "an alphabet of one": ({"transform": "ff1", "alphabet": "0"}, "expects_text", "p.alphabet"),
    "half a character": ({"transform": "redact", "text": "\ud800"}, "expects_text", "p.text"),
    "an unknown normalisation": ({"transform": "token", "normalise": ["nfkd"]}, "expects_words", "p.normalise"),
    "a text for a list": ({"transform": "token", "normalise": "nfkc"}, "expects_words", "p.normalise"),
    "an empty column name": ({"transform": "date_shift", "entity": [""]}, "expects_names", "p.entity"),
    "a column twice": ({"transform": "date_shift", "entity": ["a", "a"]}, "expects_names", "p.entity"),
    "collisions": ({"transform": "token", "length": 6}, "collisions_likely", "p.length"),
    "amount and percent": ({"transform": "noise", "amount": 1, "percent": 1}, "amount_or_percent", "p.amount"),
    "no amount": ({"transform": "noise"}, "amount_or_percent", "p.amount"),
    "bounds crossed": ({"transform": "noise", "amount": 1, "low": 2, "high": 1}, "bounds_crossed", "p.low"),
    "a check digit of letters": ({"transform": "ff1", "alphabet": "letters", "check_digit": "luhn"}, "check_digit_of_digits", "p.check_digit"),
    "the check digit of マイナンバー": ({"transform": "ff1", "check_digit": "my_number"}, "expects_choice", "p.check_digit"),
    "a made-up マイナンバー": ({"transform": "fake_number", "what": "my_number"}, "expects_choice", "p.what"),
    "a domain too small": ({"transform": "ff1", "width": 5}, "width_small", "p.width"),
    "a right dummy without a reason": ({"transform": "dummy_number", "check_digit": "right"}, "reason_needed", "p.reason"),
    "no date": ({"transform": "generalise_age", "on": "yesterday"}, "expects_date", "p.on"),
    "no groups": ({"transform": "recode", "groups": {}}, "expects_mapping", "p.groups"),
    "groups of numbers": ({"transform": "recode", "groups": {1: "a"}}, "expects_mapping", "p.groups"),
    "weeks of three days": ({"transform": "date_shift", "entity": "a", "weeks": True, "most_days": 3}, "weeks_too_short", "p.most_days"),
    "letters as prefix": ({"transform": "fake_number", "what": "card", "prefix": "4x"}, "expects_digits", "p.prefix"),
    "masks and kept": ({"transform": "partial_mask", "masks": 3, "keep_characters": "-"}, "masks_and_kept", "p.masks"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_plan_is_told_with_its_place(name: str) -> None:
    plan, code, place = MISTAKES[name]
    with pytest.raises(InputError) as caught:
        transform_from_plan(plan, "p")
    (problem,) = caught.value.problems
    assert (problem.code, problem.fields["path"]) == (f"masking.{code}", place)
    for lang in ("ja", "en"):
        sentence = texts.render_problem(problem, lang)
        assert place in sentence
        assert "{" not in sentence


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        transform_from_plan({"transform": "token", "length": 0, "watch": "yes", "what": 1}, "p")
    assert sorted(str(one.fields["path"]) for one in caught.value.problems) == ["p.length", "p.watch", "p.what"]


LONG = ["山田", "ﾔﾏﾀﾞ", "が\u3099が\u3099", None, ""]


@pytest.mark.parametrize(
    ("limits", "rows", "cut"),
    [
        ({"max_length": 2}, [2, 3], ["山田", "ﾔﾏ", "が\u3099", None, ""]),
        ({"max_length": 3}, [2, 3], ["山田", "ﾔﾏ", "が\u3099", None, ""]),
        ({"max_bytes": 6}, [2, 3], ["山田", "ﾔﾏ", "が\u3099", None, ""]),
        ({"max_bytes": 12}, [], LONG),
    ],
)
def test_longer_than_the_target_is_refused_and_cut_only_if_the_plan_says_so(
    limits: dict[str, int], rows: list[int], cut: list[Any]
) -> None:
    plan = {"transform": "generalise_text", "keep_first": 100, **limits}
    assert applied({**plan, "too_long": "cut"}, LONG) == cut
    if not rows:
        assert applied(plan, LONG) == LONG
        return
    with pytest.raises(InputError) as caught:
        applied(plan, LONG)
    assert caught.value.code == "masking.too_long"
    assert [one.row for one in caught.value.problems] == rows
    assert "ﾔﾏ" not in repr(caught.value.as_dict())


def test_bytes_are_those_of_the_targets_encoding() -> None:
    plan = {"transform": "generalise_text", "keep_first": 100, "encoding": "cp932"}
    assert applied({**plan, "max_bytes": 4}, ["山田", "ﾔﾏﾀﾞ"]) == ["山田", "ﾔﾏﾀﾞ"]
    with pytest.raises(InputError) as caught:
        applied(plan, ["山田", "𠮷田", "ö", "が\u3099"])
    assert caught.value.code == "masking.not_in_encoding"
    assert [one.row for one in caught.value.problems] == [2, 3, 4]


def test_a_column_of_another_length_beside_is_told() -> None:
    with pytest.raises(InputError) as caught:
        applied({"transform": "fake_name", "entity": "person"}, ["a"], columns={"person": pa.array(["1", "2"])})
    assert caught.value.code == "masking.columns_uneven"
    with pytest.raises(InputError) as missing:
        applied({"transform": "fake_name", "entity": "person"}, ["a"])
    assert missing.value.code == "masking.column_missing"


def test_columns_of_dates_stay_dates_and_of_numbers_numbers() -> None:
    days = pa.array([dt.date(2000, 2, 29), None])
    beside = {"person": pa.array(["1", "2"])}
    shifted = transform_from_plan({"transform": "date_shift", "entity": "person"}, "").apply(days, context(columns=beside))
    assert shifted.type == days.type
    assert Drop().apply(days, Context()).type == days.type
    numbers = pa.array([5, None, 7], pa.int16())
    assert transform_from_plan({"transform": "noise", "amount": 2}, "").apply(numbers, context()).type == pa.int16()


ODD: dict[str, pa.Array] = {
    "a union of texts and numbers": pa.UnionArray.from_dense(pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array(["a"]), pa.array([1])]),
    "structures": pa.array([{"a": 1}, None]),
    "bytes": pa.array([b"\xff", None]),
    "times": pa.array([dt.time(1, 2), None]),
    "truth values": pa.array([True, None]),
    "large unsigned numbers": pa.array([2**64 - 1, None], pa.uint64()),
    "long decimals": pa.array([10**40, None], pa.decimal256(50, 3)),
    "floating-point numbers": pa.array([1.5, float("nan")]),
    "durations": pa.array([dt.timedelta(1), None]),
    "dates at the ends": pa.array([dt.date.min, dt.date.max]),
    "texts with control characters": pa.array(["\0\x1f\x7f", "\u2028\ufeff\u202e"]),
    "texts with line ends": pa.array(["a\r\nb", "\n"]),
    "the last code points": pa.array(["\U0010ffff", "\uffff"]),
    "a very long text": pa.array(["𠮷" * 20_000, "9" * 20_000]),
    "digits of other scripts": pa.array(["١٢٣٤٥٦٧", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@every_case
def test_odd_columns_are_transformed_or_refused_with_a_code(plan: dict[str, Any], values: list[str | None], name: str) -> None:
    del values
    beside = {one: column.slice(0, 2) for one, column in BESIDE.items()}
    refused: InputError | None = None
    outputs: list[Any] = []
    try:
        outputs = applied(plan, ODD[name], columns=beside)
    except InputError as error:
        refused = error
    if refused is None:
        assert len(outputs) == 2
        return
    assert all(texts.known(code) for code in (refused.code, *(one.code for one in refused.problems)))
    assert "{" not in texts.render(refused.code, refused.fields, "ja") + texts.render(refused.code, refused.fields, "en")
