"""Tokens: as many as the alphabet promises, collisions refused before and seen during a run."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.transforms.world import applied, context

from sekisho.engines.masking.transforms import ColumnMemory, Token, collision_probability
from sekisho.engines.masking.transforms.token import ALPHABETS
from sekisho.engines.masking.transforms.watch import CollisionWatch
from sekisho.errors import Conflict, InputError


@pytest.mark.parametrize("alphabet", [*ALPHABETS, "01", "アイウ", "😀😁😂🤣"])
@pytest.mark.parametrize("length", [1, 2, 7, 16, 33, 64])
def test_tokens_have_the_length_and_the_letters_that_the_plan_says(alphabet: str, length: int) -> None:
    letters = ALPHABETS.get(alphabet, alphabet)
    plan = {"transform": "token", "alphabet": alphabet, "length": length, "prefix": "T", "population": 1, "watch": "never"}
    found = (
        applied({**plan, "collision_limit": 0.5}, [f"value {n}" for n in range(50)]) if length > 1 or len(letters) > 99 else []
    )
    if not found:
        found = applied(plan, ["one"])
    assert all(len(one) == length + 1 and one[0] == "T" and set(one[1:]) <= set(letters) for one in found)


def test_every_letter_is_as_likely_at_every_place() -> None:
    values = [f"value {n}" for n in range(20_000)]
    for alphabet in ("base32", "alphanumeric", "digits"):
        size = len(ALPHABETS[alphabet])
        found = np.array([list(one) for one in applied({"transform": "token", "alphabet": alphabet, "length": 24}, values)])
        for place in range(24):
            _, counts = np.unique(found[:, place], return_counts=True)
            expected = len(values) / size
            assert len(counts) == size
            assert ((counts - expected) ** 2 / expected).sum() < size + 6 * math.sqrt(2 * size)


def test_forms_of_one_value_agree_only_as_far_as_the_plan_says() -> None:
    forms = ["03-1234-5678", "０３－１２３４－５６７８", "03 1234 5678", " 03ー1234ー5678　", "0312345678"]
    assert len(set(applied({"transform": "token"}, forms))) == 5
    assert len(set(applied({"transform": "token", "normalise": ["nfkc", "spaces", "hyphens"]}, forms))) == 1
    assert len(set(applied({"transform": "token", "normalise": ["nfkc", "kana"]}, ["さとう", "サトウ", "ｻﾄｳ"]))) == 1
    assert len(set(applied({"transform": "token", "normalise": ["hyphens"]}, ["サトー", "サト"]))) == 2
    assert applied({"transform": "token"}, pa.array([17])) == applied({"transform": "token"}, ["17"])


@pytest.mark.parametrize(
    ("values", "tokens", "expected"), [(23, 365.0, 0.5), (2, 10.0, 0.1), (1, 10.0, 0.0), (10**7, 32.0**16, 4.1e-11)]
)
def test_the_probability_of_a_collision(values: int, tokens: float, expected: float) -> None:
    assert collision_probability(values, tokens) == pytest.approx(expected, rel=0.06, abs=1e-15)


def test_the_length_that_the_error_asks_for_is_enough_and_needed() -> None:
    for alphabet, population, limit in (("digits", 10**6, 1e-6), ("base32", 10**9, 1e-9), ("hex", 1000, 0.01)):
        with pytest.raises(InputError) as caught:
            Token(length=2, alphabet=alphabet, population=population, collision_limit=limit)
        needed = caught.value.problems[0].fields["needed"]
        Token(length=needed, alphabet=alphabet, population=population, collision_limit=limit)
        with pytest.raises(InputError):
            Token(length=needed - 1, alphabet=alphabet, population=population, collision_limit=limit)


def test_a_collision_stops_the_run_and_names_the_row() -> None:
    values = [f"value {n}" for n in range(110)]
    settings = {"length": 4, "alphabet": "digits", "population": 110, "collision_limit": 0.5}
    met = 0
    for space in "abcdefgh":
        tokens = applied({"transform": "token", "space": space, "watch": "never", **settings}, values)
        first = next((row for row in range(110) if tokens[row] in tokens[:row]), None)
        token, memory = Token(space=space, **settings), ColumnMemory()

        def run(token: Token = token, memory: ColumnMemory = memory) -> None:
            for start in range(0, 110, 20):
                token.apply(pa.array(values[start : start + 20]), context(memory=memory, first_row=1 + start))

        if first is None:
            run()
            assert memory.counts["distinct"] == 110
            continue
        met += 1
        with pytest.raises(Conflict) as caught:
            run()
        assert (caught.value.code, caught.value.problems[0].row) == ("masking.collision", first + 1)
    assert met


def test_more_values_than_expected_are_told() -> None:
    token = Token(length=9, alphabet="digits", population=1000, collision_limit=0.001)
    with pytest.raises(InputError) as caught:
        token.apply(pa.array([f"value {n}" for n in range(3000)]), context())
    assert caught.value.code == "masking.population_exceeded"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=60), st.integers(1, 7))
def test_the_watch_sees_what_a_dictionary_sees(entries: list[tuple[int, int]], step: int) -> None:
    held: dict[int, int] = {}
    expected = next((row for row, (token, origin) in enumerate(entries) if held.setdefault(token, origin) != origin), None)
    watch, found = CollisionWatch(), None
    for start in range(0, len(entries), step):
        part = np.array(entries[start : start + step], dtype=np.uint64)
        row = watch.enter(part[:, 0].copy(), part[:, 1] * np.uint64(2))
        if row is not None:
            found = start + row
            break
    assert found == expected
    if expected is None:
        assert watch.distinct == len(held)


def test_the_watch_grows() -> None:
    watch = CollisionWatch()
    numbers = np.arange(50_000, dtype=np.uint64)
    for start in range(0, 50_000, 10_000):
        part = numbers[start : start + 10_000]
        assert watch.enter(part, part * np.uint64(2)) is None
    assert watch.distinct == 50_000
    assert watch.enter(numbers, numbers * np.uint64(2)) is None
    assert watch.distinct == 50_000
    assert watch.enter(numbers[:5], np.full(5, 12, dtype=np.uint64)) == 0


def test_tokens_are_remembered_where_a_collision_is_not_out_of_the_question() -> None:
    memory = ColumnMemory()
    applied({"transform": "token"}, ["a", "b"], memory=memory)
    assert memory.watch is None
    assert Token().traits.keeps_distinct
    for plan in ({"watch": "always"}, {"length": 14}, {"population": 10**9}):
        memory = ColumnMemory()
        applied({"transform": "token", **plan}, ["a", "b", "a"], memory=memory)
        assert memory.counts["distinct"] == 2
    assert not Token(length=14, watch="never").traits.keeps_distinct
