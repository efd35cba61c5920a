from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.documents import numbering
from sekisho.documents.numbering import BUILT_IN, Kind, NumberingStyle, citation, figure, number, parse
from sekisho.errors import InputError
from sekisho.standards import texts

WRITTEN = [
    (Kind.ARABIC, {1: "1", 300: "300"}),
    (Kind.WIDE, {1: "１", 10: "１０"}),
    (Kind.KANJI, {1: "一", 10: "十", 11: "十一", 20: "二十", 102: "百二", 111: "百十一", 1000: "千", 2026: "二千二十六"}),
    (Kind.KATAKANA, {1: "ア", 2: "イ", 6: "カ", 44: "ワ", 45: "ヲ", 46: "ン", 47: "アア", 48: "アイ", 93: "イア"}),
    (Kind.HIRAGANA, {1: "あ", 46: "ん"}),
    (Kind.IROHA, {1: "イ", 2: "ロ", 47: "ス", 48: "イイ"}),
    (Kind.IROHA_HIRAGANA, {1: "い", 3: "は"}),
    (Kind.LOWER, {1: "a", 26: "z", 27: "aa", 52: "az", 53: "ba"}),
    (Kind.UPPER, {1: "A", 28: "AB"}),
    (Kind.LOWER_ROMAN, {1: "i", 4: "iv", 9: "ix", 14: "xiv", 49: "xlix", 294: "ccxciv"}),
    (Kind.UPPER_ROMAN, {1: "I", 1999: "MCMXCIX"}),
    (Kind.CIRCLED, {1: "①", 20: "⑳", 21: "㉑", 35: "㉟", 36: "㊱", 50: "㊿", 51: "(51)"}),
]


def test_every_kind_has_a_row_in_the_table() -> None:
    assert {kind for kind, _ in WRITTEN} == set(Kind)


@pytest.mark.parametrize(("kind", "shown"), WRITTEN)
def test_numbers_are_written_as_their_kind_writes_them(kind: Kind, shown: dict[int, str]) -> None:
    assert {value: figure(kind, value) for value in shown} == shown


def order(kind: Kind, text: str) -> tuple[int, ...]:
    """A key that rises with the number, worked out from its text alone."""
    if kind is Kind.KANJI:
        total = digit = 0
        for c in text:
            if c in "千百十":
                total += (digit or 1) * {"千": 1000, "百": 100, "十": 10}[c]
                digit = 0
            else:
                digit = "〇一二三四五六七八九".index(c)
        return (total + digit,)
    if kind in {Kind.LOWER_ROMAN, Kind.UPPER_ROMAN}:
        worth = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[c] for c in text.upper()]
        return (sum(-v if v < max(worth[n:]) else v for n, v in enumerate(worth)),)
    if kind is Kind.CIRCLED:
        return (0, ord(text)) if len(text) == 1 else (1, int(text[1:-1]))
    if kind in {Kind.IROHA, Kind.IROHA_HIRAGANA}:
        line = "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす"
        return (len(text), *(line.index(chr(ord(c) + (0 if kind is Kind.IROHA_HIRAGANA else -0x60))) for c in text))
    if kind in {Kind.ARABIC, Kind.WIDE}:
        return (int(text),)
    return (len(text), *map(ord, text))


@pytest.mark.parametrize("kind", Kind)
def test_numbers_are_unique_and_rise_from_1_to_300(kind: Kind) -> None:
    shown = [figure(kind, value) for value in range(1, 301)]
    assert len(set(shown)) == 300
    keys = [order(kind, text) for text in shown]
    if kind is Kind.CIRCLED:  # the three blocks of circled figures lie in this order, too
        assert keys[:20] == sorted(keys[:20])
        assert keys[50:] == sorted(keys[50:])
    else:
        assert keys == sorted(keys)


@pytest.mark.parametrize("key", BUILT_IN)
def test_the_numbers_of_each_level_of_a_built_in_style_are_unique(key: str) -> None:
    style = BUILT_IN[key]
    for depth in range(1, len(style.levels) + 1):
        path = (2,) * (depth - 1)
        assert len({number(style, (*path, n)) for n in range(1, 301)}) == 300


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("official", ["第1", "2", "(3)", "エ", "(オ)", "f"]),
        ("articles", ["第1条", "2", "(3)", "エ"]),
        ("specification", ["1", "1.2", "1.2.3", "(4)", "オ"]),
        ("kanji", ["第一章", "第二条", "三", "（四）", "ホ"]),
    ],
)
def test_built_in_styles_look_as_their_name_says(key: str, shown: list[str]) -> None:
    style = BUILT_IN[key]
    if key == "kanji":
        assert style.levels[-1] == "{イ}"
    assert [number(style, tuple(range(1, depth + 1))) for depth in range(1, len(style.levels) + 1)] == shown
    assert {"ja", "en"} <= set(texts.catalogue("numbering")[f"style_{key}"])


def test_the_last_place_is_this_level_and_those_before_are_above() -> None:
    style = parse("第{n}章 / {n}.{m} / {n}.{m}.{k} / {m}-{一}")
    assert number(style, (3,)) == "第3章"
    assert number(style, (3, 1, 12)) == "3.1.12"
    assert number(style, (3, 1, 12, 4)) == "12-四"


def test_a_citation_names_each_level_once() -> None:
    assert citation(BUILT_IN["articles"], (3, 1, 2, 1)) == "第3条1(2)ア"
    assert citation(BUILT_IN["specification"], (3, 1, 2, 4, 5)) == "3.1.2(4)オ"


def test_braces_and_named_kinds_and_lines() -> None:
    style = parse("{{{n}}}\r\n{n:katakana}）\n{m:ア}\n\n")
    assert style.levels == ("{{{n}}}", "{n:katakana}）", "{m:ア}")
    assert number(style, (7,)) == "{7}"
    assert number(style, (7, 2)) == "イ）"


HOSTILE = [
    ("", "numbering.no_levels", None, None),
    ("\n \n", "numbering.no_levels", None, None),
    ("第n条", "numbering.no_place", 1, 4),
    ("第{n条", "numbering.lone_brace", 1, 2),
    ("第n}条", "numbering.lone_brace", 1, 3),
    ("{n} / {}", "numbering.unknown_kind", 2, 1),
    ("{n} / ({x})", "numbering.unknown_kind", 2, 2),
    ("{0.__class__}", "numbering.unknown_kind", 1, 1),
    ("{n:bogus}", "numbering.unknown_kind", 1, 1),
    ("{n}.{m}", "numbering.too_many_places", 1, 5),
    ("{n}\n\n({n})", "numbering.no_place", 2, 1),
    ("{n}\x00", "numbering.control_character", 1, 4),
    ("\u202e{n}", "numbering.control_character", 1, 1),
    ("{n}" + "あ" * 60, "numbering.pattern_too_long", 1, 41),
    ("{n}/" * 10, "numbering.too_many_levels", None, None),
]


@pytest.mark.parametrize(("text", "code", "level", "position"), HOSTILE)
def test_a_wrong_style_is_refused_with_its_place(text: str, code: str, level: int | None, position: int | None) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.code == "numbering.wrong_style"
    found = next(p for p in caught.value.problems if p.code == code)
    assert (found.row, found.fields.get("position")) == (level, position)
    for language in ("ja", "en"):
        sentence = texts.render(found.code, found.fields, language)
        assert sentence != found.code


def test_a_sentence_shows_the_place_as_the_user_writes_it() -> None:
    assert "{n}" in texts.render("numbering.no_place", {"level": 1, "pattern": "第条"}, "ja")


def test_a_separator_cannot_hide_in_a_pattern_built_in_code() -> None:
    with pytest.raises(InputError) as caught:
        NumberingStyle(("{n}/",))
    assert caught.value.problems[0].code == "numbering.separator"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ((), "numbering.too_deep"),
        ((1,) * 5, "numbering.too_deep"),
        ((0,), "numbering.not_positive"),
        ((-1,), "numbering.not_positive"),
    ],
)
def test_a_path_that_has_no_number_is_refused(path: tuple[int, ...], code: str) -> None:
    with pytest.raises(InputError) as caught:
        number(BUILT_IN["articles"], path)
    assert caught.value.code == code


def test_a_number_too_large_for_its_kind_is_refused() -> None:
    for kind in (Kind.KANJI, Kind.UPPER_ROMAN):
        with pytest.raises(InputError, match="beyond"):
            figure(kind, 10_000)


@given(st.text(alphabet="{}nmkア一１①a:/\n 第条().", max_size=30) | st.text(max_size=60))
def test_any_text_is_a_style_that_numbers_or_a_clear_error(text: str) -> None:
    try:
        style = parse(text)
    except InputError as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert refused.code == "numbering.wrong_style"
        assert refused.problems
        return
    assert parse(style.text) == style
    for depth in range(1, len(style.levels) + 1):
        parent = (1,) * (depth - 1)
        assert len({number(style, (*parent, n)) for n in range(1, 60)}) == 59


def test_the_public_names_exist() -> None:
    assert all(hasattr(numbering, name) for name in numbering.__all__)
    assert numbering.style("articles") is BUILT_IN["articles"]
