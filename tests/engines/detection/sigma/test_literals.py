"""What must stand in a value for a regular expression to be found."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.detection.sigma.fold import fold
from sekisho.engines.detection.sigma.literals import required_literal
from sekisho.engines.detection.sigma.model import Regex
from sekisho.engines.detection.sigma.predicates import predicate
from sekisho.errors import SekishoError

# pattern, flags, literal
CASES = [
    (r"powershell.*-enc", "", "powershell"),
    (r"\\cmd\.exe$", "", r"\cmd.exe"),
    ("colou?r", "", "colo"),
    ("colou*rs", "", "colo"),
    ("ab{0,3}cde", "", "cde"),
    ("ab+cd", "", "ab"),
    ("a|bcd", "", ""),
    ("(abc|def)ghi", "", "ghi"),
    ("[abc]defg[^]]h", "", "defg"),
    (r"\d+px", "", "px"),
    (r"\x41bc", "", ""),
    (r"\Qa.b\E", "", ""),
    ("(?i)abc", "", ""),
    ("ab(?!cd)ef", "", "ab"),
    ("mask", "i", "ma"),
    ("日本語", "i", ""),
    ("日本語", "", "日本語"),
    ("", "", ""),
    ("(unclosed", "", ""),
]


@pytest.mark.parametrize(("pattern", "flags", "literal"), CASES)
def test_the_literal_of_a_pattern(pattern: str, flags: str, literal: str) -> None:
    assert required_literal(Regex(pattern, flags)) == literal


PIECES = st.sampled_from(
    [
        "a",
        "bc",
        "S",
        "k",
        "ß",
        "Σ",
        "İ",
        ".",
        "^",
        "$",
        "?",
        "*",
        "+",
        "{2}",
        "{0,1}",
        "{,2}",
        "|",
        "(",
        ")",
        "(?:",
        "(?!",
        "(?=",
        "[ab]",
        "[^a]",
        "[]a]",
        "\\d",
        "\\.",
        "\\b",
        "\\\\",
        "(?i)",
        "-",
        " ",
    ]
)
TEXTS = st.text(st.sampled_from("abcSsſkK\u212aßΣσςİi.1- \\|"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(PIECES, max_size=7), flags=st.sampled_from(["", "i", "ims"]), texts=st.lists(TEXTS, min_size=4, max_size=8)
)
def test_it_stands_wherever_the_pattern_is_found(pieces: list[str], flags: str, texts: list[str]) -> None:
    test = Regex("".join(pieces), flags)
    try:
        regex.compile(test.pattern)
        holds = predicate(test)
    except (regex.error, SekishoError):  # most random patterns are none
        return
    literal = fold(required_literal(test))
    for text in [*texts, "".join(pieces)]:
        if holds(text):
            assert literal in fold(text)
