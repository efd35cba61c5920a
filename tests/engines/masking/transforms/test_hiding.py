"""Partial masks count characters as people do; redaction fits the type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.masking.transforms.world import applied

from sekisho.engines.masking.transforms.clusters import cluster_starts
from sekisho.engines.masking.transforms.columns import points_of
from sekisho.errors import InputError

FAMILY = "👨‍👩‍👧"
FLAG = "🇯🇵"
VARIANT = "葛\U000e0100"
MARKED = "か\u3099"
HALF = "ｶﾞ"


@pytest.mark.parametrize(
    ("plan", "value", "expected"),
    [
        ({"keep_first": 1}, "佐藤花子", "佐＊＊＊"),
        ({"keep_last": 4}, "09012345678", "*******5678"),
        ({"keep_last": 4, "keep_characters": "-"}, "090-1234-5678", "***-****-5678"),
        ({"keep_first": 1, "keep_characters": "@."}, "yamada@example.jp", "y*****@*******.**"),
        ({"keep_first": 1}, f"{VARIANT}飾区", f"{VARIANT}＊＊"),
        ({"keep_last": 1}, f"葛飾{VARIANT}", f"＊＊{VARIANT}"),
        ({"keep_first": 1}, f"{MARKED}き", f"{MARKED}＊"),
        ({"keep_last": 1}, f"き{HALF}", f"＊{HALF}"),
        ({"keep_first": 1}, f"𠮷田{FAMILY}{FLAG}{FLAG}", "𠮷＊＊＊＊"),
        ({"keep_last": 1}, f"{FLAG}{FLAG}", f"＊{FLAG}"),
        ({"keep_first": 1, "keep_last": 1}, "ab", "**"),
        ({"keep_first": 1, "keep_last": 1}, "abc", "a*c"),
        ({"keep_first": 1, "keep_last": 1, "hide_at_least": 3}, "abcd", "****"),
        ({"keep_first": 5}, "abc", "***"),
        ({"keep_first": 1, "masks": 3}, "佐藤花子", "佐＊＊＊"),
        ({"keep_first": 1, "masks": 3}, "佐藤", "佐＊＊＊"),
        ({"masks": 2}, "abcdefgh", "**"),
        ({"keep_first": 1, "mask": "●", "wide_mask": "●"}, "a山b", "a●●"),
    ],
)  # fmt: skip
def test_partial_masks(plan: dict[str, Any], value: str, expected: str) -> None:
    assert applied({"transform": "partial_mask", **plan}, [value, None, "", value]) == [expected, None, "", expected]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.text(
            st.sampled_from([*"aｱ山ー\u3099\u309a\ufe0f\u200d\r\n\u0301", "\U000e0101", "👨", "👩", "🏽", "🇯", "🇵", "ﾞ", "𠮷"]),
            max_size=9,
        ),
        max_size=6,
    )
)
def test_characters_are_grapheme_clusters(values: list[str]) -> None:
    text = points_of(pa.array(values, pa.string()))
    starts = cluster_starts(text)
    for row, value in enumerate(values):
        mine = starts[text.offsets[row] : text.offsets[row + 1]]
        begins, place = [], 0
        for cluster in regex.findall(r"\X", value):
            begins.append(place)
            place += len(cluster)
        # we join what follows a joiner, and a mark behind a line end, where Unicode would not: still nothing is left over
        ours = [place for place, start in enumerate(mine) if start]
        assert set(ours) <= set(begins)
        assert all(value[one - 1] in "\u200d\r\n" for one in set(begins) - set(ours))


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=12), st.integers(0, 3), st.integers(0, 3), st.integers(1, 3))
def test_never_more_is_shown_than_the_plan_says(value: str, first: int, last: int, least: int) -> None:
    (output,) = applied(
        {
            "transform": "partial_mask",
            "keep_first": first,
            "keep_last": last,
            "hide_at_least": least,
            "mask": "\ue000",
            "wide_mask": "\ue000",
        },
        [value],
    )
    clusters = regex.findall(r"\X", value)
    hidden = output.count("\ue000") - value.count("\ue000")
    assert hidden >= min(len(clusters), least) or not value or "\u200d" in value or "\ue000" in value
    if len(clusters) < first + last + least and "\ue000" not in value:
        assert not value or set(output) == {"\ue000"}


@pytest.mark.parametrize(
    ("values", "text", "expected"),
    [
        (pa.array(["a", None, ""]), "■", ["■", None, ""]),
        (pa.array([5, None]), "0", [0, None]),
        (pa.array([Decimal("1.50"), None]), "0", [Decimal("0.00"), None]),
        (pa.array([dt.date(2000, 1, 1), None]), "1900-01-01", [dt.date(1900, 1, 1), None]),
        (pa.array([True, None]), "false", [False, None]),
    ],
)
def test_redaction_fits_the_type(values: pa.Array, text: str, expected: list[Any]) -> None:
    assert applied({"transform": "redact", "text": text}, values) == expected


def test_redaction_may_hide_who_has_no_value() -> None:
    assert applied({"transform": "redact", "text": "x", "gaps": "redact"}, ["a", None, ""]) == ["x", "x", "x"]


def test_a_text_among_numbers_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        applied({"transform": "redact", "text": "secret"}, pa.array([1]))
    assert caught.value.code == "masking.redact_type"
