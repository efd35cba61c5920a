"""Tests of single values."""

from __future__ import annotations

import pytest
import re2
from hypothesis import example, given
from hypothesis import strategies as st

from sekisho.engines.detection.sigma.model import Regex
from sekisho.engines.detection.sigma.predicates import predicate, shortest_run


@given(value=st.text(st.sampled_from("a\n\r€😀\0"), max_size=12), length=st.integers(0, 9))
@example(value="\n", length=0)
@example(value="", length=1)
def test_a_run_is_counted_as_the_expression_finds_it(value: str, length: int) -> None:
    pattern = f".{{{length},}}"
    assert predicate(Regex(pattern))(value) == (re2.search(pattern, value) is not None)


@pytest.mark.parametrize(
    ("pattern", "flags", "expected"),
    [
        pytest.param(".{1000,}", "", 1000, id="the largest that RE2 takes"),
        pytest.param(".{20,}", "i", 20, id="case makes no difference"),
        pytest.param(".{20,}", "s", None, id="dots that match line ends"),
        pytest.param(".{1001,}", "", None, id="too large for RE2"),
        pytest.param(".{20}", "", None, id="without comma"),
        pytest.param("^.{20,}", "", None, id="anchored"),
        pytest.param("a.{20,}", "", None, id="with a literal"),
    ],
)
def test_which_patterns_are_counted(pattern: str, flags: str, expected: int | None) -> None:
    assert shortest_run(Regex(pattern, flags)) == expected
