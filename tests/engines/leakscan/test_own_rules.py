"""An organisation's own rules: what they find, and how wrong ones are told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.leakscan.options import Options
from sekisho.engines.leakscan.own import read_own_rules
from sekisho.engines.leakscan.scanner import Scanner
from sekisho.errors import InputError
from sekisho.standards.texts import catalogue

RULES = """
version: 1
labels:
  addressee_number: [住民キー]
markings: [部長限り]
patterns:
  - id: staff-number
    title: {ja: 職員番号, en: Staff number}
    pattern: 'S[0-9]{6,8}'
    near: [職員]
terms:
  - id: projects
    title: {ja: 未公表の事業, en: Projects}
    words: [ひかり計画, ABC作戦, ガンマ計画]
""".encode()
SCANNER = Scanner(Options(own=read_own_rules(RULES, filename="own.yaml"), key=b"k"))


def _found(text):
    return [(finding.type, finding.rule, text[finding.start : finding.end]) for finding in SCANNER.scan(text)]


def test_patterns_terms_labels_and_markings_are_found_in_any_width():
    text = "𠮷職員 Ｓ１２３４５６ は ひかり計画 と ＡＢＣ作戦 と ｶﾞﾝﾏ計画、住民キー：00012345 【部長限り】"
    assert _found(text) == [
        ("own_pattern", "staff-number", "Ｓ１２３４５６"),
        ("own_term", "projects", "ひかり計画"),
        ("own_term", "projects", "ＡＢＣ作戦"),
        ("own_term", "projects", "ｶﾞﾝﾏ計画"),
        ("addressee_number", "", "00012345"),
        ("marking", "", "部長限り"),
    ]


def test_the_longest_match_counts_and_only_where_no_letter_touches_it():
    assert _found("職員 s12345678") == [("own_pattern", "staff-number", "s12345678")]
    assert _found("職員 xs123456") == []
    assert _found("職員 s123456789") == []
    assert _found("XABC作戦") == []


def test_without_a_near_word_a_pattern_counts_half():
    assert _found("S123456") == []
    halved = Scanner(Options(own=SCANNER.options.own, threshold=0.4)).scan("S123456")
    assert halved[0].score == pytest.approx(0.45)


WRONG = [
    ("not YAML", "version: [1", "standards.yaml_broken", 2),
    ("no text", "\xff", "standards.not_utf8", 1),
    ("another version", "version: 2", "leakscan.rules_version", 1),
    ("unknown field", "version: 1\npatern: []", "leakscan.rules_shape", 1),
    ("missing field", "version: 1\npatterns:\n- {id: a}", "leakscan.rules_shape", 3),
    ("unknown kind", "version: 1\nlabels:\n  nothing: [語句]", "leakscan.rules_kind_unknown", 3),
    ("short word", "version: 1\nmarkings:\n- 限り\n- 秘", "leakscan.rules_word", 4),
    (
        "look-around",
        "version: 1\npatterns:\n- id: a\n  title: {ja: あ, en: a}\n  pattern: 'ab(?=c)'",
        "leakscan.rules_pattern",
        5,
    ),
    (
        "back-reference",
        "version: 1\npatterns:\n- id: a\n  title: {ja: あ, en: a}\n  pattern: '(ab)\\1'",
        "leakscan.rules_pattern",
        5,
    ),
    (
        "unbounded",
        "version: 1\npatterns:\n- id: a\n  title: {ja: あ, en: a}\n  pattern: 'ab+'",
        "leakscan.rules_pattern_width",
        5,
    ),
    (
        "one character",
        "version: 1\npatterns:\n- id: a\n  title: {ja: あ, en: a}\n  pattern: '[ab]'",
        "leakscan.rules_pattern_width",
        5,
    ),
    ("broken", "version: 1\npatterns:\n- id: a\n  title: {ja: あ, en: a}\n  pattern: '(ab'", "leakscan.rules_pattern", 5),
    ("id", "version: 1\npatterns:\n- id: A b\n  title: {ja: あ, en: a}\n  pattern: 'ab'", "leakscan.rules_id", 3),
    ("score", "version: 1\nterms:\n- id: a\n  title: {ja: あ, en: a}\n  words: [語句]\n  score: 2", "leakscan.rules_score", 6),
    (
        "id twice",
        "version: 1\nterms:\n- {id: a, title: {ja: あ, en: a}, words: [語句]}\n- {id: a, title: {ja: あ, en: a}, words: [語句]}",
        "leakscan.rules_id_twice",
        4,
    ),
]


@pytest.mark.parametrize(("text", "code", "line"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_rule_is_told_with_its_line(text, code, line):
    content = text.encode("latin-1") if "\xff" in text else text.encode()
    with pytest.raises(InputError) as caught:
        read_own_rules(content, filename="own.yaml")
    problem = caught.value.problems[0]
    assert (problem.code, problem.file, problem.row) == (code, "own.yaml", line)
    assert code.partition(".")[2] in catalogue(code.partition(".")[0])


def test_all_places_are_told_at_once():
    text = "version: 2\nmarkings: [秘]\nterms:\n- {id: 'x y', title: {ja: あ, en: a}, words: [語], score: -1}"
    with pytest.raises(InputError) as caught:
        read_own_rules(text.encode(), filename="own.yaml")
    assert len(caught.value.problems) == 5


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_content_is_read_or_refused(content):
    try:
        read_own_rules(content, filename="own.yaml")
    except InputError as error:
        problems = error.problems
        files = {problem.file for problem in problems}
        if files != {"own.yaml"}:
            raise AssertionError(files) from error


def test_thousands_of_terms_are_one_pass():
    words = [f"事業{number:05d}号" for number in range(5_000)]
    rules = f"version: 1\nterms:\n- id: many\n  title: {{ja: 多, en: many}}\n  words: [{', '.join(words)}]".encode()
    scanner = Scanner(Options(own=read_own_rules(rules, filename="own.yaml")))
    text = "、".join(words[::100])
    assert scanner.scan(text).counts() == {"own_term": 50}
