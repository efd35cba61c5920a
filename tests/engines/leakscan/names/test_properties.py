"""What holds for every text."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.leakscan import Kind, Recogniser
from sekisho.engines.leakscan.names import REASONS, NameRecogniser, find
from sekisho.engines.leakscan.names.characters import codes_of, normalise_word
from sekisho.engines.leakscan.names.segmentation import segments
from sekisho.engines.leakscan.names.trie import padded, trie_of
from sekisho.engines.lexicon import names
from sekisho.standards.texts import known

LETTERS = st.sampled_from("山田太郎花子佐藤様さんの、。 　\n\t１2-ー番地号丁目東京都港区ｱﾞﾊﾟァンa@😀𠮷（）：")
TEXTS = st.text(LETTERS, max_size=60) | st.text(max_size=60)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_findings_lie_in_the_text_in_order_and_apart(text):
    found = find(text, threshold=0.0)
    assert all(0 <= f.start < f.end <= len(text) and 0 <= f.score < 1 for f in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_words_cover_all_but_spaces_and_line_ends(text):
    found = segments(text)
    covered = np.zeros(len(found.codes), bool)
    for start, end in zip(found.starts.tolist(), found.ends.tolist(), strict=True):
        assert not covered[start:end].any()
        covered[start:end] = True
    rest = found.codes[~covered]
    assert all(chr(code).isspace() or chr(code) in "。\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" for code in rest.tolist())


@given(st.lists(st.text(LETTERS.filter(lambda c: c not in "\n \t　"), min_size=1, max_size=5), min_size=1, unique=True))
def test_the_tree_holds_every_word_and_no_other(spellings):
    spellings = sorted({normalise_word(s) for s in spellings if normalise_word(s)})
    if not spellings:
        return
    table = padded(np.array([ord(c) for c in "\n".join(spellings)], np.uint16))
    tree = trie_of(table)
    assert sorted(int(w) for w in tree.word if w >= 0) == list(range(len(spellings)))
    for number, spelling in enumerate(spellings):
        node = int(tree.first[ord(spelling[0])])
        for letter in spelling[1:]:
            children = range(int(tree.begin[node]), int(tree.begin[node + 1]))
            (node,) = [c for c in children if int(tree.code[c]) == ord(letter)]
        assert int(tree.word[node]) == number


@pytest.mark.parametrize(
    ("written", "normal"),
    [("ＡＢＣ１２３", "ABC123"), ("ｶﾞｷﾞﾊﾟ", "ガギパ"), ("髙﨑邉", "高崎辺"), ("𠮷", "吉"), ("−‐–", "---"), ("ﾞ", "ﾞ"), ("", "")],
)
def test_spellings_become_one(written, normal):
    assert normalise_word(written) == normal


def test_places_of_half_width_kana_lead_to_the_original():
    text = "担当 ﾔﾏﾀﾞ ﾀﾛｳ 様"
    codes, places = codes_of(text)
    assert places is not None
    assert len(codes) == len(places) == len(text) - 1
    found = find(text)
    assert [text[f.start : f.end] for f in found] == ["ﾔﾏﾀﾞ ﾀﾛｳ"]


def test_common_names_of_the_lexicon_are_found_with_an_honorific():
    chance = random.Random(20261130)
    surnames = names().surnames.slice(0, 1_500).column("spelling").to_pylist()
    given_names = names().given_names.slice(0, 5_000).column("spelling").to_pylist()
    missed = []
    for _ in range(400):
        name = chance.choice(surnames) + chance.choice(given_names)
        text = f"窓口に{name}様が来られた。"
        if [text[f.start : f.end] for f in find(text)] != [name]:
            missed.append(name)
    assert len(missed) <= 12, missed


def test_the_plug_says_kinds_places_and_reasons_as_the_scanner_takes_them():
    plug = NameRecogniser()
    assert isinstance(plug, Recogniser)
    assert plug.kinds == {Kind.PERSON_NAME, Kind.PERSON_KANA, Kind.POSTAL_ADDRESS}
    (name, address) = plug.find("担当：山田太郎（港区芝公園4-2-8）")
    assert (name.kind, name.start, name.end) == (Kind.PERSON_NAME, 3, 7)
    assert (address.kind, address.start, address.end) == (Kind.POSTAL_ADDRESS, 8, 18)


def test_a_part_of_a_long_text_has_the_findings_of_the_whole():
    line = "本日の会議に山田太郎係長と佐藤が出席した。住所は港区芝公園4-2-8である。\n"
    text = line * 60
    whole = [(f.start, f.end) for f in find(text)]
    cut, reach = 1_000, NameRecogniser().reach
    part = [(f.start, f.end) for f in find(text[: cut + reach]) if f.end <= cut]
    assert part == [(start, end) for start, end in whole if end <= cut]


def test_a_long_line_without_any_sign_is_read_in_bounded_pieces():
    text = "山田太郎、" * 5_000
    found = find(text)
    assert len(found) > 4_900


def test_every_reason_has_a_sentence():
    assert all(known(f"leakscan_names.{reason}") for reason in REASONS)
