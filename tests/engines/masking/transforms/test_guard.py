"""A transformed マイナンバー is still 個人番号: nothing but drop, redact and dummies out of chance."""

from __future__ import annotations

import functools
import operator
import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.engines.masking.transforms.test_contract import BESIDE, CASES
from tests.engines.masking.transforms.world import applied

from sekisho.engines.checkdigits import MY_NUMBER, RESIDENT_RECORD_CODE
from sekisho.engines.masking.transforms import TRANSFORMS, ColumnMemory
from sekisho.errors import InputError

ALLOWED = {"drop", "redact", "dummy_number"}


def numbers(count: int, *, scheme: Any = MY_NUMBER, seed: int = 1) -> list[str]:
    rows = np.random.default_rng(seed).integers(0, 10, (count, scheme.places)).astype(np.uint8)
    return ["".join(map(str, row)) for row in scheme.complete(rows).tolist()]


REFUSED = [plan for plan, _ in CASES if plan["transform"] not in ALLOWED]


def test_the_allowed_ones_are_those_that_leave_nothing() -> None:
    assert {name for name, kind in TRANSFORMS.items() if kind.removes} == ALLOWED


@pytest.mark.parametrize("plan", REFUSED, ids=str)
@pytest.mark.parametrize("kind", ["my_number", "resident_record_code"])
def test_a_declared_number_is_refused_whatever_the_values_are(plan: dict[str, Any], kind: str) -> None:
    with pytest.raises(InputError) as caught:
        applied(plan, ["x"], kinds=frozenset({kind}), not_my_number="somebody says so", columns=BESIDE)
    assert (caught.value.code, caught.value.fields["kind"]) == ("masking.number_declared", kind)


@pytest.mark.parametrize("plan", REFUSED, ids=str)
def test_a_number_that_nobody_declared_is_found_in_the_values(plan: dict[str, Any]) -> None:
    values = numbers(21)
    with pytest.raises(InputError) as caught:
        applied(plan, values, columns=BESIDE)
    assert caught.value.code == "masking.number_detected"
    assert not any(value in repr(caught.value.as_dict()) for value in values)


FORMS: dict[str, Any] = {
    "plain": numbers(3),
    "with hyphens": [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in numbers(5)],
    "with blanks": [f"{one[:4]} {one[4:8]} {one[8:]}" for one in numbers(5)],
    "full width": [one.translate(str.maketrans("0123456789", "０１２３４５６７８９")) for one in numbers(5)],
    "within a sentence": [f"番号は{one}です" for one in numbers(5)],
    "as integers": pa.array([int(one) for one in numbers(50)]),
    "as floating-point numbers": pa.array([float(one) for one in numbers(50)]),
    "half of them wrong": numbers(50) + ["123456789012"] * 45,
    "among other values": [*numbers(40), *[f"A-{n}" for n in range(500)]],
    "among NULL and empty": [*numbers(5), None, "", None],
    "a resident record code": numbers(5, scheme=RESIDENT_RECORD_CODE),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_found_in_any_form(form: str) -> None:
    values = FORMS[form] if isinstance(FORMS[form], pa.Array) else pa.array(FORMS[form])
    plan = {"transform": "noise", "amount": 1} if pa.types.is_floating(values.type) else {"transform": "token"}
    with pytest.raises(InputError) as caught:
        applied(plan, values)
    assert caught.value.code == "masking.number_detected"


def test_it_is_found_over_several_batches_and_in_a_later_part() -> None:
    memory = ColumnMemory()
    mine = numbers(4)
    for value in mine[:2]:
        applied({"transform": "token"}, [value], memory=memory)
    with pytest.raises(InputError):
        applied({"transform": "token"}, [mine[2]], memory=memory)
    later = ColumnMemory()
    generator = random.Random(3)
    for _ in range(3):
        applied({"transform": "token"}, [f"{generator.randrange(10**12):012d}" for _ in range(1500)], memory=later)
    for batch in range(2):
        applied({"transform": "token"}, numbers(300, seed=batch)[:1], memory=later)
    with pytest.raises(InputError):
        applied(
            {"transform": "token"},
            functools.reduce(operator.iadd, (numbers(300, seed=batch) for batch in range(40)), []),
            memory=later,
        )


NOT_NUMBERS = {
    "random numbers of twelve digits": [f"{random.Random(5).randrange(10**12):012d}"]
    + [f"{random.Random(n).randrange(10**12):012d}" for n in range(2000)],
    "time stamps": [
        f"2026{month:02d}{day:02d}{hour:02d}00" for month in range(1, 13) for day in range(1, 29) for hour in range(24)
    ],
    "mobile telephones": [f"090{n:08d}" for n in range(0, 10**8, 12345)],
    "one number again and again": numbers(1) * 1000,
    "two numbers": numbers(2),
    "longer numbers": [one + "7" for one in numbers(100)],
    "words": ["東京都"] * 100,
}


@pytest.mark.parametrize("name", NOT_NUMBERS)
def test_other_numbers_are_left_in_peace(name: str) -> None:
    assert len(applied({"transform": "token"}, NOT_NUMBERS[name])) == len(NOT_NUMBERS[name])


def test_a_person_may_say_why_it_is_none_and_this_is_counted() -> None:
    memory = ColumnMemory()
    applied({"transform": "token"}, numbers(50), not_my_number="在庫番号。様式 12", memory=memory)
    assert memory.counts["declared_not_my_number"] == 1
    with pytest.raises(InputError):
        applied({"transform": "token"}, numbers(50), not_my_number="  ")


@pytest.mark.parametrize("plan", [{"transform": "drop"}, {"transform": "redact"}, {"transform": "dummy_number"}], ids=str)
def test_what_leaves_nothing_is_allowed(plan: dict[str, Any]) -> None:
    values = numbers(200)
    outputs = applied(plan, values, kinds=frozenset({"my_number"}))
    assert not set(outputs) & set(values)
