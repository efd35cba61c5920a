"""Nothing gives a value back: excerpts, fingerprints, representations."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.options import Options
from sekisho.engines.leakscan.scanner import Scanner
from sekisho.engines.leakscan.showing import _SIGNS, excerpt, fingerprint

SCANNER = Scanner(Options(key=b"key of the organisation"))
TEXT = (
    "個人番号 123456789018 電話 090-1234-5678 taro.yamada@example.jp 生年月日 昭和53年4月1日 カード 4111-1111-1111-1111 "
    "口座番号 1234567 免許証番号 309012345620 パスワード：Tr0ub4dor&3x 旅券 TK1234567 宛名番号 12345 住民票コード 24727059608"
)
VALUES = [
    "123456789018", "090-1234-5678", "1234-5678", "taro.yamada", "53年4月1日", "1111-1111-1111", "1234567", "309012345620",
    "Tr0ub4dor", "12345", "24727059608",
]  # fmt: skip


def test_no_value_stands_in_any_representation():
    findings = SCANNER.scan(TEXT)
    assert len(findings) == 11
    shown = (
        repr(findings)
        + str(findings)
        + json.dumps(findings.as_dicts(), ensure_ascii=False)
        + repr(list(findings))
        + repr(SCANNER.options)
    )
    for value in VALUES:
        assert value not in shown
    assert "key of the organisation" not in shown


def test_of_my_number_only_the_place_is_kept():
    finding = next(iter(SCANNER.scan("個人番号 123456789018")))
    assert (finding.excerpt, finding.fingerprint) == ("", "")
    assert (finding.start, finding.end) == (5, 17)


@pytest.mark.parametrize("kind", [Kind.DRIVING_LICENCE, Kind.OWN_PATTERN, Kind.ADDRESSEE_NUMBER, Kind.OWN_TERM])
def test_a_value_that_could_be_my_number_is_not_kept_as_another_kind_either(kind):
    for value in ("123456789018", "1234-5678-9018", "１２３４５６７８９０１８", "一二三四五六七八九〇一八", "ID123456789018"):
        assert excerpt(kind, value) == ""
        assert fingerprint(kind, value, b"k") == ""


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.TELEPHONE, "090-1234-5678", "090-****-**78"),
        (Kind.TELEPHONE, "03-1234-5678", "**-****-**78"),
        (Kind.PAYMENT_CARD, "4111-1111-1111-1111", "****-****-****-1111"),
        (Kind.EMAIL, "taro@mail.example.jp", "t***@***.***.jp"),
        (Kind.EMAIL, "ab@example.jp", "***@***.jp"),
        (Kind.BIRTH_DATE, "昭和53年4月1日", "*********"),
        (Kind.SECRET, "Tr0ub4dor&3x", "********"),
        (Kind.BANK_ACCOUNT, "1234567", "*****67"),
        (Kind.MARKING, "機密性２情報", "機密性２情報"),
        (Kind.PERSON_NAME, "山田太郎", "山***"),
        (Kind.PERSON_NAME, "林一", "**"),
    ],
)
def test_excerpts_keep_little(kind, value, shown):
    assert excerpt(kind, value) == shown


def test_a_fingerprint_is_the_same_however_the_value_is_written_and_needs_the_key():
    ways = ["090-1234-5678", "０９０－１２３４－５６７８", "09012345678", "〇九〇一二三四五六七八"]
    assert len({fingerprint(Kind.TELEPHONE, value, b"a") for value in ways}) == 1
    assert fingerprint(Kind.TELEPHONE, ways[0], b"a") != fingerprint(Kind.TELEPHONE, ways[0], b"b")
    assert fingerprint(Kind.TELEPHONE, ways[0], b"") == ""
    assert fingerprint(Kind.SECRET, "Aa1", b"a") != fingerprint(Kind.SECRET, "aa1", b"a")


@given(st.sampled_from([kind for kind in Kind if kind is not Kind.MARKING]), st.text(min_size=1, max_size=30))
def test_an_excerpt_hides_at_least_half_of_any_value(kind, value):
    if kind is Kind.EMAIL:
        value += "@example.jp"
    kept = [sign for sign in excerpt(kind, value) if sign != "*" and not _SIGNS.match(sign)]
    assert len(kept) <= max(sum(not _SIGNS.match(sign) for sign in value) // 2, 4 if kind is Kind.EMAIL else 0)
