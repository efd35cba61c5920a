"""Normalising: one spelling for matching, and every place leads back to the original."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.draftreview import normalise

SAME = {
    "full width": ("ＴＬＳ　１．２", "TLS 1.2"),
    "half-width kana": ("ﾊﾞｯｸｱｯﾌﾟ", "バックアップ"),
    "long vowel at the end": ("サーバーとユーザー", "サーバとユーザ"),
    "long vowel kept in short words": ("エラーとキー", "エラーとキー"),
    "months": ("三ヶ月・３カ月・3箇月", "3か月・3か月・3か月"),
    "kanji counts": ("一年間、十二か月、二十四時間、三百回", "1年間、12か月、24時間、300回"),
    "kanji that count nothing": ("第三者の一部、十分な措置、三分の一、唯一", "第三者の一部、十分な措置、三分の一、唯一"),
    "ten minutes": ("十分以内に", "10分以内に"),
    "line break in a sentence": ("ログを\n保存　すること", "ログを保存すること"),
    "line break between words of Latin letters": ("Web\nbrowser", "Web browser"),
    "wave dash": ("１〜２～３", "1~2~3"),
    "hyphens": ("SHA‐1 SHA−1", "SHA-1 SHA-1"),
    "invisible": ("パス\u200bワード\ufeff\u00ad", "パスワード"),
    "trade marks stay": ("製品™®", "製品™®"),
    "empty": ("", ""),
}


@pytest.mark.parametrize("case", SAME)
def test_spellings_that_mean_the_same_become_the_same(case):
    original, expected = SAME[case]
    assert normalise(original).text == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("一二三十年か月ヶサーバーｶﾞ１　\n。")), max_size=80))
def test_every_span_leads_back_into_the_original(original):
    normal = normalise(original)
    assert len(normal.text) == len(normal.low)
    previous = 0
    for at in range(len(normal.text)):
        start, end = normal.span(at, at + 1)
        assert 0 <= start < end <= len(original)
        assert start >= previous
        previous = start
    if normal.text:
        whole = normal.span(0, len(normal.text))
        assert whole[0] <= whole[1] <= len(original)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_that_matters(original):
    once = normalise(original).text
    assert len(normalise(once).text) <= len(once)


def test_a_match_of_converted_characters_covers_the_original_ones():
    original = "保存期間は、十二ヶ月以上とする。"
    normal = normalise(original)
    at = normal.text.index("12か月")
    start, end = normal.span(at, at + len("12か月"))
    assert original[start:end] == "十二ヶ月"
