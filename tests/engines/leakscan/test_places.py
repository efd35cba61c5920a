"""Places: spans point into the original, widths do not matter, blocks and streams are the same as the whole."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.options import Options
from sekisho.engines.leakscan.plugs import Hit, Recogniser
from sekisho.engines.leakscan.scanner import AFTER, BEFORE, Scanner

SCANNER = Scanner()
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
PIECES = [
    ("個人番号：", "123456789018", "my_number"),
    ("電話 ", "090-1234-5678", "telephone"),
    ("メールは", "taro@example.jp", "email"),
    ("生年月日：", "1978/04/01", "birth_date"),
    ("法人番号 ", "7000012050002", "corporate_number"),
    ("カード番号：", "4111-1111-1111-1111", "payment_card"),
]
FILLING = st.text(st.sampled_from("今日は会議で、担当者が資料を見た。\n 　𠮷゛"), max_size=30)
parts = st.lists(st.tuples(FILLING, st.sampled_from(PIECES), st.booleans()), max_size=8)


def _written(drawn):
    text, expected = "", []
    for filling, (label, value, kind), wide in drawn:
        shown = value.translate(WIDE) if wide else value
        text += filling + "。\n\n" + label
        expected.append((kind, len(text), len(text) + len(shown)))
        text += shown + "。"
    return text, expected


def _places(findings):
    return [(finding.type, finding.start, finding.end) for finding in findings]


@given(parts)
@settings(deadline=None, max_examples=60)
def test_spans_point_into_the_original_and_width_does_not_matter(drawn):
    text, expected = _written(drawn)
    assert _places(SCANNER.scan(text)) == expected


@given(st.text(st.sampled_from("0123456789０９-－ 　.,:/年月日生昭和S電話個人番号@a_\n\0T（）+秘カ"), max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_text_gives_ordered_places_within_it_and_never_a_part_of_a_longer_number(text):
    findings = SCANNER.scan(text)
    end = 0
    for finding in findings:
        assert end <= finding.start < finding.end <= len(text)
        end = finding.end
        if finding.type in {"my_number", "payment_card", "corporate_number", "telephone"}:
            assert not text[finding.start - 1 : finding.start].isdigit()
            assert not text[finding.end : finding.end + 1].isdigit()


@given(parts, st.lists(st.integers(1, 40), max_size=40))
@settings(deadline=None, max_examples=40)
def test_a_stream_gives_the_same_as_the_whole_however_it_is_cut(drawn, cuts):
    text, _ = _written(drawn * 3)
    chunks, start = [], 0
    for size in cuts:
        chunks.append(text[start : start + size])
        start += size
    chunks.append(text[start:])
    scanner = Scanner(Options(block=64))
    streamed = [place for findings in scanner.stream(chunks) for place in _places(findings)]
    assert streamed == _places(scanner.scan(text)) == _places(SCANNER.scan(text))


def test_findings_of_a_stream_show_the_same_as_those_of_the_whole():
    text = "".join(label + value + "。\n" for label, value, _ in PIECES) * 400
    scanner = Scanner(Options(block=2_000, key=b"k"))
    whole = [finding.as_dict() for finding in scanner.scan(text)]
    streamed = [finding.as_dict() for findings in scanner.stream([text]) for finding in findings]
    assert streamed == whole
    assert len(whole) == 2_400


def test_texts_scanned_together_do_not_know_each_other():
    texts = ["個人番号：", "123456789018", "", "電話", "0312345678", "氏名 住所 性別", "No. 100000000080"]
    assert len(SCANNER.scan_many(texts)) == 0
    findings = SCANNER.scan_many(["電話 090-1234-5678", "", "x", "電話 03-1234-5678"])
    assert [(finding.document, finding.start) for finding in findings] == [(0, 3), (3, 3)]


def test_many_texts_fill_several_blocks():
    texts = ["電話 090-1234-5678", "あ" * 300] * 50
    findings = Scanner(Options(block=500)).scan_many(texts)
    assert findings.document.tolist() == list(range(0, 100, 2))


def test_memory_margins_hold_the_reach_of_labels():
    assert BEFORE >= 2_000
    assert AFTER >= 8_200
    label = "個人番号：" + "　" * 50
    text = "あ" * 1_000 + label + "123456789018"
    for block in (1_000, 1_020, 1_055, 1_056):
        assert _places(Scanner(Options(block=block)).scan(text)) == _places(SCANNER.scan(text))


class _Names:
    kinds = frozenset({Kind.PERSON_NAME})
    reach = 10

    def find(self, text, context=""):
        start = text.find("山田太郎")
        return [Hit(Kind.PERSON_NAME, start, start + 4, 0.9)] if start >= 0 else []


def test_recognisers_are_plugged_in():
    assert isinstance(_Names(), Recogniser)
    scanner = Scanner(Options(recognisers=(_Names(),), key=b"k"))
    findings = scanner.scan_many(["無し", "担当 山田太郎 電話 090-1234-5678"])
    assert [(finding.type, finding.document, finding.start) for finding in findings] == [
        ("person_name", 1, 3),
        ("telephone", 1, 11),
    ]
    assert findings[0].excerpt == "山***"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind in {Kind.TELEPHONE, Kind.EMAIL}])
def test_only_what_is_asked_for(kind):
    findings = Scanner(Options(kinds=frozenset({kind}))).scan("電話 090-1234-5678 taro@example.jp 個人番号 123456789018")
    assert findings.counts() == {kind.label: 1}


def test_the_threshold_leaves_out_what_is_less_sure():
    text = "090-1234-5678"
    assert len(Scanner(Options(threshold=0.9)).scan(text)) == 0
    assert len(Scanner(Options(threshold=0.8)).scan(text)) == 1


def test_addresses_of_machines_are_found_when_they_are_asked_for():
    scanner = Scanner(Options(kinds=frozenset({Kind.IP_ADDRESS})))
    text = "サーバ192.0.2.10と2001:db8::1、10:20:30、1.2.3.4.5、999.1.1.1"
    assert [text[finding.start : finding.end] for finding in scanner.scan(text)] == ["192.0.2.10", "2001:db8::1"]
    assert SCANNER.scan(text).counts() == {}


@pytest.mark.parametrize(
    "text",
    [
        "1" * 300_000,
        "1 " * 150_000,
        "1," * 150_000,
        "a@" * 100_000,
        "電話" * 100_000,
        "12345,6789012\n" * 20_000,
        "{'a': 1234567}, " * 20_000,
        "パスワード:" * 40_000,
    ],
    ids=["digits", "single digits", "cells", "at-signs", "labels", "table", "one line", "names of secrets"],
)
def test_hostile_texts_take_no_more_time_than_their_length(text):
    half, whole = text[: len(text) // 4], text
    SCANNER.scan(half)
    times = []
    for one in (half, whole):
        start = time.process_time()
        SCANNER.scan(one)
        times.append(time.process_time() - start)
    assert times[1] < 12 * times[0] + 0.5
