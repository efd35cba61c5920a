"""Format-preserving encryption of columns: what stays, what comes back, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.engines.masking.transforms.world import NOT_ONE, applied, context

from sekisho.engines.checkdigits import SCHEMES, luhn
from sekisho.engines.masking.transforms import FF1, FormatPreserving
from sekisho.engines.masking.transforms.by_class import divided, permuted
from sekisho.engines.masking.transforms.numerals import read_numbers, write_numbers
from sekisho.errors import InputError

KATAKANA = "".join(chr(point) for point in range(0x30A1, 0x30F7))
KANJI = "".join(chr(point) for point in range(0x4E00, 0x9FFD))


def there_and_back(transform: FormatPreserving, values: Any) -> list[Any]:
    array = values if isinstance(values, pa.Array) else pa.array(values)
    outputs = transform.apply(array, context(not_my_number=NOT_ONE))
    assert outputs.type == array.type
    assert transform.reversed().apply(outputs, context(not_my_number=NOT_ONE)).equals(array)
    return outputs.to_pylist()


def shape(text: str | None) -> Any:
    """What must stay: separators, widths, kinds of characters."""
    return text and "".join("9" if "0" <= one <= "9" else "９" if "０" <= one <= "９" else one for one in text)


@settings(max_examples=26, deadline=None)
@given(st.lists(st.from_regex(r"\A(|[0-9０-９]{3}[- ]?[0-9０-９]{4}[-]?[0-9]{0,9})\Z"), max_size=12))
def test_digits_keep_their_form_and_come_back(values: list[str]) -> None:
    outputs = there_and_back(FormatPreserving(), [*values, None])
    assert [shape(one) for one in outputs] == [shape(one) for one in [*values, None]]
    plain = {v.translate(str.maketrans("０１２３４５６７８９", "0123456789")) for v in values if v}
    assert len({o.translate(str.maketrans("０１２３４５６７８９", "0123456789")) for o in outputs if o}) == len(plain)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_alphabet_is_permuted(data: Any) -> None:
    letters = data.draw(st.lists(st.characters(codec="utf-8"), min_size=2, max_size=40, unique=True))
    transform = FormatPreserving(alphabet="".join(letters), full_width=False)
    values = data.draw(st.lists(st.text(st.sampled_from(letters), min_size=20, max_size=24), max_size=6))
    outputs = there_and_back(transform, values)
    assert all(len(one) == len(other) and set(one) <= set(letters) for one, other in zip(outputs, values, strict=True))


@pytest.mark.parametrize(
    ("alphabet", "values"),
    [
        (KATAKANA, ["ヤマダタロウ", "スズキ　ハナコ"]),
        (KANJI, ["山田太郎", "鈴木　花子"]),
        ("letters", ["abcdef", "ａｂｃｄｅ-f"]),
        ("alphanumeric", ["AB12CD", "ＴＫ1234567"]),
        ("０１２３４５６７８９", ["０１２３４５"]),
        ("😀😁😂🤣😃😄😅😆", ["😀😁😂🤣😃😄😅"]),
    ],
)
def test_scripts(alphabet: str, values: list[str]) -> None:
    outputs = there_and_back(FormatPreserving(alphabet=alphabet), values)
    assert all(len(one) == len(other) and one != other for one, other in zip(outputs, values, strict=True))


def test_one_number_in_several_forms_has_one_encryption() -> None:
    forms = ["090-1234-5678", "09012345678", "０９０－１２３４－５６７８", "090 1234 5678"]
    outputs = applied({"transform": "ff1"}, forms)
    assert (
        len(
            {
                "".join(one for one in text if one.isdigit()).translate(str.maketrans("０１２３４５６７８９", "0123456789"))
                for text in outputs
            }
        )
        == 1
    )


def valid_numbers(scheme: str, count: int = 60) -> list[str]:
    places = 16 if scheme == "luhn" else SCHEMES[scheme].places
    rows = np.random.default_rng(3).integers(0, 10, (count, places)).astype(np.uint8)
    if scheme == "luhn":
        texts = ["".join(map(str, row[:-1])) for row in rows.tolist()]
        return [text + next(digit for digit in "0123456789" if luhn(text + digit)) for text in texts]
    return ["".join(map(str, row)) for row in SCHEMES[scheme].complete(rows).tolist()]


LONG_ENOUGH = [
    "luhn", *(name for name, one in SCHEMES.items() if one.places >= 7 and name not in {"my_number", "resident_record_code"}),
]  # fmt: skip


@pytest.mark.parametrize("scheme", LONG_ENOUGH)
def test_numbers_with_a_check_digit_stay_valid(scheme: str) -> None:
    values = valid_numbers(scheme)
    outputs = there_and_back(FormatPreserving(check_digit=scheme), values)
    holds = luhn if scheme == "luhn" else SCHEMES[scheme].holds
    assert all(holds(one) for one in outputs)
    assert len(set(outputs)) == len(set(values))
    assert all(one != other for one, other in zip(outputs, values, strict=True))


def test_wrong_check_digits_are_refused_or_stay_as_wrong() -> None:
    values = valid_numbers("corporate_number", 3)
    wrong = f"{(int(values[1][0]) + 4) % 10}{values[1][1:]}"
    with pytest.raises(InputError) as caught:
        applied({"transform": "ff1", "check_digit": "corporate_number"}, [values[0], wrong, values[2]])
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.check_digit_wrong", [2])
    transform = FormatPreserving(check_digit="corporate_number", wrong_check_digit="keep")
    outputs = there_and_back(transform, [values[1], wrong])
    assert SCHEMES["corporate_number"].holds(outputs[0])
    assert not SCHEMES["corporate_number"].holds(outputs[1])
    assert outputs[0][1:] == outputs[1][1:]


def test_the_issuer_of_a_card_stays_with_its_form() -> None:
    outputs = there_and_back(FormatPreserving(check_digit="luhn", keep_first=6), ["4111-1111-1111-1111", "4012888888881881"])
    assert outputs[0].startswith("4111-11")
    assert outputs[1].startswith("401288")
    assert all(luhn(one.replace("-", "")) for one in outputs)


def test_integers_have_a_width_and_come_back() -> None:
    outputs = there_and_back(FormatPreserving(width=9), pa.array([0, 1, None, 999_999_999], pa.int64()))
    assert outputs[2] is None
    assert all(0 <= one < 10**9 for one in outputs if one is not None)


HOSTILE: dict[str, tuple[dict[str, Any], Any, str, list[int]]] = {
    "five digits": ({}, ["123456", "12345"], "domain_small", [2]),
    "separators only": ({}, ["123456", "---"], "domain_small", [2]),
    "letters among digits": ({}, ["123456", "12345a"], "not_in_alphabet", [2]),
    "a digit of another script": ({}, ["12345٦"], "not_in_alphabet", [1]),
    "a combining mark": ({}, ["123456\u3099"], "not_in_alphabet", [1]),
    "a line end": ({}, ["123456\n"], "not_in_alphabet", [1]),
    "a NUL": ({}, ["123456\0"], "not_in_alphabet", [1]),
    "a character behind the last one": ({}, ["123456\U0010ffff"], "not_in_alphabet", [1]),
    "too much kept": ({"keep_first": 8}, ["1234567890123"], "domain_small", [1]),
    "a number of another length": ({"check_digit": "corporate_number"}, ["700001205000"], "wrong_length", [1]),
    "integers without a width": ({}, pa.array([123456]), "width_needed", []),
    "a negative integer": ({"width": 9}, pa.array([5, -5]), "number_outside", [2]),
    "an integer beyond the width": ({"width": 6}, pa.array([1_000_000]), "number_outside", [1]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_values_are_refused_with_their_rows(name: str) -> None:
    plan, values, code, rows = HOSTILE[name]
    with pytest.raises(InputError) as caught:
        applied({"transform": "ff1", **plan}, values)
    assert caught.value.code == f"masking.{code}"
    assert [one.row for one in caught.value.problems] == rows


def test_uniform_columns_take_the_quick_way_to_the_same_result() -> None:
    values = [f"{n * 7919:09d}" for n in range(500)]
    quick = applied({"transform": "ff1"}, values)
    slow = applied({"transform": "ff1"}, [*values, "1-2-3-4-5-6"])
    assert quick == slow[:-1]
    hyphens = applied({"transform": "ff1"}, [f"{one[:4]}-{one[4:]}" for one in values])
    assert [one.replace("-", "") for one in hyphens] == quick


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=12))
def test_a_tweak_changes_the_outputs(tweak: str) -> None:
    assume(tweak and len(tweak.encode()) <= 64)
    assert applied({"transform": "ff1", "tweak": tweak}, ["1234567890"]) != applied({"transform": "ff1"}, ["1234567890"])


def kinds(text: str) -> str:
    return "".join(
        "9" if one in "0123456789" else "A" if "A" <= one <= "Z" else "a" if "a" <= one <= "z" else one for one in text
    )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.from_regex(r"\A([A-Z]{2}[0-9]{7}|[A-Z]{2}[0-9]{8}[A-Z]{2}|[a-z0-9]{2}-[0-9]{6}|[A-Za-z]{9}[0-9]{12})\Z"), max_size=10
    )
)
def test_by_class_letters_stay_letters_and_digits_digits(values: list[str]) -> None:
    outputs = there_and_back(FormatPreserving(alphabet="by_class"), values)
    assert [kinds(one) for one in outputs] == [kinds(one) for one in values]
    assert len(set(outputs)) == len(set(values))


def test_by_class_permutes_a_whole_domain() -> None:
    every = np.arange(2_600_000, dtype=np.uint64)
    rows = np.empty((len(every), 6), dtype=np.uint8)
    rows[:, 0] = 10 + every // 100_000
    write_numbers(rows[:, 1:], every % 100_000, np.arange(10, dtype=np.uint8))
    ((classes, mine),) = divided(rows)
    outputs = permuted(FF1(bytes(16), 2), rows[mine], classes, backward=False)
    assert set(np.unique(outputs[:, 0])) == set(range(10, 36))
    assert outputs[:, 1:].max() == 9
    assert np.array_equal(np.sort((outputs[:, 0] - 10).astype(np.uint64) * 100_000 + read_numbers(outputs[:, 1:], 10)), every)


def test_by_class_keeps_kana_width_and_separators() -> None:
    outputs = there_and_back(
        FormatPreserving(alphabet="by_class"), ["ＴＫ-１２３４567", "やまだ　タロウ9", "AB1234567890123456789XYZabc"]
    )
    assert outputs[0][2] == "-"
    assert all("Ａ" <= one <= "Ｚ" for one in outputs[0][:2])
    assert "　" in outputs[1]


@pytest.mark.parametrize("value", ["AB123", "ABCD", "12345", "あいう"])
def test_by_class_has_the_same_limit(value: str) -> None:
    with pytest.raises(InputError) as caught:
        applied({"transform": "ff1", "alphabet": "by_class"}, ["AB1234567", value])
    assert (caught.value.code, [one.row for one in caught.value.problems]) == ("masking.domain_small", [2])
