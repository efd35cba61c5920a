"""What is not found: numbers of other things, parts of longer ones, impossible dates, words that only look like markings."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest

from sekisho.engines import checkdigits
from sekisho.engines.leakscan.scanner import Scanner

SCANNER = Scanner()

NOTHING = [
    "123456789018",
    "処理番号 123456789018",
    "受付番号：123456789018",
    "マイナンバー：123456789012",
    "マイナンバー：1234567890181",
    "マイナンバー：0.123456789018",
    "マイナンバー 550e8400-e29b-41d4-a716-123456789018",
    "https://example.jp/123456789018/",
    "https://example.jp/?p=09012345678",
    "sha1 da39a3ee5e6b4b0d123456789018afd80709",
    "合計 123456789018円",
    "免許証番号 309212345610",
    "法人番号 7000012050003",
    "登録番号 T7000012050003",
    "JANコード 4901234567894",
    "ISBN 9784873115658",
    "4901234567894",
    "住民票コード 24727059609",
    "カード番号 4111-1111-1111-1112",
    "クレジットカード 1234567890123456",
    "保険者番号 33120016",
    "バージョン 1.2.3.4",
    "2026-11-30 12:34:56.123456789018",
    "10:00-18:00",
    "令和8年4月1日に施行する",
    "生年月日　昭和53年2月30日",
    "生年月日：昭和64年1月8日",
    "生年月日 平成31年5月1日",
    "生年月日 明治45年7月31日",
    "生年月日 2001-02-29",
    "第2024-03-1234号",
    "〒123-4567",
    "令和６年度 予算額 1,234,567,890 千円",
    "型番 AB1234567",
    "極秘裏に進めた",
    "秘書課と神秘的な守秘義務",
    "confidentiality agreement",
    "password = os.environ['PASSWORD']",
    "password: ${DB_PASSWORD}",
    "パスワードを入力してください",
    "パスワード：********",
    "token = next(tokens)",
    "secretary: 山田",
    "icon@2x.png",
    "git@github.com:example/repo.git",
    "@example.jp",
    "taro@localhost",
    "postgres://localhost:5432/x",
    "A1-090-1234-5678-9",
    "",
    "\0\0",
    "\ud800 090",
]


@pytest.mark.parametrize("text", NOTHING, ids=[repr(text[:36]) for text in NOTHING])
def test_nothing_is_found(text):
    assert SCANNER.scan(text).counts() == {}


def _times(source, count):
    forms = [
        "%Y%m%d%H%M",
        "%Y%m%d%H%M%S",
        "%y%m%d%H%M%S",
        "%Y-%m-%d %H:%M:%S",
        "%Y%m%d%H%M%S%f",
        "%Y/%m/%d %H:%M",
        "%Y%m%d_%H%M%S",
        "%Y-%m-%dT%H:%M:%S.%f",
    ]
    for _ in range(count):
        moment = dt.datetime(1995, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=source.randrange(10**15))
        form = source.choice([*forms, "s", "ms", "us"])
        seconds = moment.timestamp()
        yield {"s": f"{seconds:.0f}", "ms": f"{seconds * 1000:.0f}", "us": f"{seconds * 1e6:.0f}"}.get(form) or moment.strftime(
            form
        )


def _codes(source, count):
    starts = [source.choice(["45", "49", "978", "4", "69", "00"]) for _ in range(count)]
    whole = np.array([[int(d) for d in start.ljust(13, "0")] for start in starts], dtype=np.uint8)
    for row, start in zip(whole, starts, strict=True):
        row[len(start) :] = [source.randrange(10) for _ in range(13 - len(start))]
    return ["".join(map(str, row)) for row in checkdigits.JAN.complete(whole)]


def test_ten_thousand_times_and_product_codes_give_no_alarm():
    source = random.Random(20261130)
    values = [*_times(source, 5_000), *_codes(source, 5_000)]
    frames = [
        "{}",
        "処理日時: {}",
        "JAN: {}",
        "{} 起動しました",
        "No.{}",
        "{},100,出荷",
        "商品コード：{}",
        '"timestamp": {},',
        "伝票 {} を受付",
        "ログ {}",
    ]
    texts = [source.choice(frames).replace("{}", value) for value in values]
    assert SCANNER.scan_many(texts).counts() == {}
    assert SCANNER.scan("\n".join(values)).counts() == {}
    assert SCANNER.scan(" ".join(values)).counts() == {}
