"""Tables of the kernels: check digits against checkdigits.py, days against the calendar, forms of time stamps."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines import checkdigits
from sekisho.engines.leakscan import forms
from sekisho.engines.leakscan.grouping import day_holds, holds, looks_like_time
from sekisho.engines.leakscan.headers import header_mask
from sekisho.engines.leakscan.kinds import Kind, Reason, kind_of, reasons_of
from sekisho.engines.leakscan.words import built_in
from sekisho.standards.texts import catalogue

CHECKS = [
    (forms.MY_CHECK, checkdigits.MY_NUMBER),
    (forms.RESIDENT_CHECK, checkdigits.RESIDENT_RECORD_CODE),
    (forms.LICENCE_CHECK, checkdigits.DRIVING_LICENCE),
    (forms.NINE_CHECK, checkdigits.CORPORATE_NUMBER),
    (forms.TEN_CHECK, checkdigits.JAN),
    (forms.LUHN[6], checkdigits.INSURER_NUMBER_SHORT),
    (forms.LUHN[8], checkdigits.INSURER_NUMBER),
]


@pytest.mark.parametrize(("check", "scheme"), CHECKS, ids=[scheme.name for _, scheme in CHECKS])
def test_the_table_of_a_check_digit_is_its_formula(check, scheme):
    rows = np.random.default_rng(8).integers(0, 10, (3_000, scheme.places), dtype=np.uint8)
    rows[::2] = scheme.complete(rows[::2])
    padded = np.zeros((len(rows), 32), dtype=np.int64)
    padded[:, : scheme.places] = rows
    assert [holds(row, check) for row in padded] == scheme.valid(rows).tolist()


@pytest.mark.parametrize("length", [14, 15, 16])
def test_the_table_of_cards_is_luhn(length):
    rows = np.random.default_rng(9).integers(0, 10, (2_000, length), dtype=np.uint8)
    padded = np.zeros((len(rows), 32), dtype=np.int64)
    padded[:, :length] = rows
    assert [holds(row, forms.LUHN[length]) for row in padded] == checkdigits.luhn_valid(rows).tolist()


ERAS = {1: (1867, (1868, 1, 25), (1912, 7, 30)), 2: (1911, (1912, 7, 30), (1926, 12, 25)), 3: (1925, (1926, 12, 25), (1989, 1, 7)),
        4: (1988, (1989, 1, 8), (2019, 4, 30)), 5: (2018, (2019, 5, 1), (2100, 12, 31))}  # fmt: skip


@given(st.integers(0, 5), st.integers(0, 2_105), st.integers(0, 14), st.integers(0, 33))
def test_days_hold_as_in_the_calendar(era, year, month, day):
    base, first, last = ERAS.get(era, (0, (1868, 1, 1), (2100, 12, 31)))
    try:
        expected = first <= dt.date(year + base, month, day).timetuple()[:3] <= last
    except ValueError:
        expected = False
    assert day_holds(era, year, month, day) is expected


@pytest.mark.parametrize(
    "number",
    ["202403151234", "20240315123456", "240315123456", "1710473696", "1710473696123", "1710473696123456", "20240315123456789"],
)
def test_forms_of_time_are_known(number):
    assert looks_like_time(int(number), len(number))


@pytest.mark.parametrize("number", ["123456789018", "202413151234", "202402301234", "4901234567894", "100000000080"])
def test_other_numbers_are_no_times(number):
    assert not looks_like_time(int(number), len(number))


def test_each_kind_and_reason_has_a_sentence_in_both_languages():
    sentences = catalogue("leakscan")
    names = [f"kind_{kind.label}" for kind in Kind] + [f"reason_{name}" for name in reasons_of(int(~Reason(0)))]
    assert len(names) == len(Kind) + len(Reason)
    for name in names:
        assert sentences[name]["ja"]
        assert sentences[name]["en"]


def test_names_of_kinds_are_read_back():
    assert all(kind_of(kind.label) is kind for kind in Kind)
    with pytest.raises(KeyError):
        kind_of("nothing")


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("連絡先メールアドレス", Kind.EMAIL),
        ("TEL番号", Kind.TELEPHONE),
        ("customer_phone_number", Kind.TELEPHONE),
        ("birthDate", Kind.BIRTH_DATE),
        ("個人番号", Kind.MY_NUMBER),
    ],
)
def test_a_heading_names_a_kind(heading, kind):
    assert header_mask(heading, built_in()) == 1 << kind


@pytest.mark.parametrize("heading", ["", "備考", "hotel", "伝票番号", "更新日時"])
def test_other_headings_name_none(heading):
    assert header_mask(heading, built_in()) == 0
