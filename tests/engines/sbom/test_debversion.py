"""The order of deb-version(7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.sbom.debversion import compare, valid

VERSIONS = st.text(alphabet="0123456789abcAZ.+~-:", max_size=14)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("1.0~rc1", "1.0"), ("1.0", "1.0.1"), ("1.9", "1.10"), ("9", "1:0"), ("1.0-1", "1.0-1+deb12u1"), ("1.0-1~bpo1", "1.0-1"),
        ("1.0~~", "1.0~"), ("1.0~", "1.0"), ("1.0a", "1.0+"), ("1.0-9", "1.0-10"), ("0~", "0"), ("3.0.15-1~deb12u1", "3.0.16-1~deb12u1"),
        ("1.0.9-2+b6", "1.0.9-2+deb12u1"), ("20230311+deb12u1", "20250419~deb12u2"), ("2:1-1", "10:0"), ("1.2-3-4", "1.2-4-1"),
        ("1" + "0" * 5000, "2" + "0" * 5000),
    ],
)  # fmt: skip
def test_earlier_sorts_before_later(earlier: str, later: str) -> None:
    assert compare(earlier, later) == -1
    assert compare(later, earlier) == 1


@pytest.mark.parametrize(
    ("left", "right"), [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("01", "1"), ("1.", "1.0"), ("", "0"), ("1.0-00", "1.0")]
)
def test_different_spellings_of_one_version_are_equal(left: str, right: str) -> None:
    assert compare(left, right) == 0


@given(VERSIONS, VERSIONS, VERSIONS)
def test_it_is_a_total_order(a: str, b: str, c: str) -> None:
    assert compare(a, b) == -compare(b, a)
    assert compare(a, a) == 0
    if compare(a, b) <= 0 and compare(b, c) <= 0:
        assert compare(a, c) <= 0


@given(st.text(alphabet="0123456789.", min_size=1, max_size=8))
def test_a_tilde_is_before_and_a_plus_after(version: str) -> None:
    version = "1" + version + "1"
    assert compare(version + "~x", version) == -1
    assert compare(version + "+x", version) == 1


@pytest.mark.parametrize(
    ("version", "good"), [("1:2.3-4~x+y", True), ("", False), ("1 0", False), ("１", False), ("a;rm", False)]
)
def test_validity(version: str, good: bool) -> None:
    assert valid(version) is good
