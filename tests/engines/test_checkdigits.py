"""Check digits: published numbers, python-stdnum's formulas, one number against columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean
from stdnum import luhn as their_luhn
from stdnum.jp import cn, in_

from sekisho.engines import checkdigits

PUBLISHED = [
    ("my_number", "123456789018", True),
    ("my_number", "100000000080", True),
    ("my_number", "100000000030", True),
    ("my_number", "123456789012", False),
    ("corporate_number", "7000012050002", True),  # 国税庁
    ("corporate_number", "7000012050003", False),
    ("corporate_number", "8000012050002", False),
    ("driving_licence", "309012345620", True),
    ("driving_licence", "309012345629", True),  # the last place counts new issues
    ("driving_licence", "309212345610", False),
    ("driving_licence", "159012345620", False),  # no such commission
    ("resident_record_code", "24727059608", True),  # published samples of another project's test certificates
    ("resident_record_code", "24846016224", True),
    ("resident_record_code", "24846016225", False),
    ("jan", "4901234567894", True),
    ("jan", "4901234567890", False),
    ("luhn", "4111111111111111", True),
    ("luhn", "378282246310005", True),
    ("luhn", "4111111111111112", False),
]


@pytest.mark.parametrize(("kind", "number", "expected"), PUBLISHED, ids=[f"{kind}-{number}" for kind, number, _ in PUBLISHED])
def test_published_numbers(kind, number, expected):
    assert getattr(checkdigits, kind)(number) is expected


@pytest.mark.parametrize(
    ("scheme", "number"),
    [
        ("insurer_number", "33120015"),
        ("insurer_number_short", "138057"),
        ("municipality_code", "131016"),
        ("municipality_code", "011002"),
    ],
)
def test_published_numbers_of_bodies(scheme, number):
    assert checkdigits.SCHEMES[scheme].holds(number)


@pytest.mark.parametrize(
    "number",
    ["", "1", "12345678901", "1234567890123", "１２３４５６７８９０１８", "12345678901x", "²23456789018", "-12345678901"],
)
def test_what_is_not_a_number_of_this_length_does_not_hold(number):
    assert not checkdigits.my_number(number)


@given(st.text("0123456789", min_size=12, max_size=12))
def test_my_number_agrees_with_stdnum(number):
    assert checkdigits.my_number(number) == in_.is_valid(number)


@given(st.text("0123456789", min_size=13, max_size=13))
def test_thirteen_digits_agree_with_stdnum(number):
    assert checkdigits.corporate_number(number) == cn.is_valid(number)
    assert checkdigits.jan(number) == ean.is_valid(number)


@given(st.text("0123456789", min_size=2, max_size=19))
def test_luhn_agrees_with_stdnum(number):
    assert checkdigits.luhn(number) == their_luhn.is_valid(number)


@pytest.mark.parametrize("scheme", checkdigits.SCHEMES.values(), ids=checkdigits.SCHEMES)
def test_completed_columns_hold_and_one_wrong_digit_is_seen_as_such_a_digit(scheme):
    rows = np.random.default_rng(5).integers(0, 10, (500, scheme.places), dtype=np.uint8)
    whole = scheme.complete(rows)
    assert scheme.valid(whole).all()
    assert all(scheme.holds("".join(map(str, row))) for row in whole[:50])
    others = [place for place in range(scheme.places) if place != scheme.position]
    assert (whole[:, others] == rows[:, others]).all()
    whole[:, scheme.position] = (whole[:, scheme.position] + 1) % 10
    assert not scheme.valid(whole).any()


def test_texts_that_are_not_of_digits_are_refused_without_showing_them():
    with pytest.raises(ValueError, match="number 1: 4 ASCII digits expected") as caught:
        checkdigits.digits(["1234", "98a5"])
    assert "98a5" not in str(caught.value)


def test_a_column_of_no_rows():
    assert checkdigits.digits([]).shape == (0, 0)
