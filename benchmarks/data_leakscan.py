"""Leak scan against the peer: Presidio's recognisers by pattern, without a language model, in one run on one machine.

    python benchmarks/data_leakscan.py [--peers FOLDER] [--no-peers] [--json]

Without ``--peers`` Presidio is installed into a temporary folder (needs a package registry). Texts are made here from a fixed
seed: ``dense``: every sentence has personal data; ``sparse``: 5 % of the documents have. Speed is UTF-8 bytes by processor
time, the best of the rounds, documents of about 2 KB: ours as one list, and with one call each beside it; the peer with one call
each. Recall is on sentences from the templates here, false alarms on 10,000 time stamps and product codes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sekisho.engines import checkdigits
from sekisho.engines.leakscan.scanner import Scanner

ROUNDS = 5
SEED = 20261130
PLAIN = (
    "本日の会議では、来年度の予算案について話し合い、担当の課から説明を受けた。",
    "市民の皆様からいただいた意見を踏まえ、次回までに資料を整えることとした。",
    "工事の期間は令和8年4月から9月までで、費用は1,234,567円を見込んでいる。",
    "システムの更改に伴い、第3回の打合せを11月30日の14時から行う。",
    "条例の第12条第3項に基づき、申請から30日以内に通知する。",
)
TEMPLATES = (
    ("my_number", "申請者の個人番号は{my_number}です。"),
    ("my_number", "マイナンバー：{my_number}\n"),
    ("telephone", "連絡先は{mobile}です。"),
    ("telephone", "電話番号：{fixed}（日中）\n"),
    ("email", "メールは{email}までお送りください。"),
    ("birth_date", "生年月日：{birth}\n"),
    ("birth_date", "{birth}生まれの方です。"),
    ("corporate_number", "法人番号 {corporate}\n"),
    ("invoice_number", "登録番号：T{corporate}\n"),
    ("driving_licence", "運転免許証番号は{licence}です。"),
    ("payment_card", "カード番号：{card}\n"),
    ("bank_account", "普通預金 口座番号 {account}。"),
    ("pension_number", "基礎年金番号：{pension}\n"),
    ("passport", "旅券番号は{passport}です。"),
    ("insured_number", "被保険者番号：{insured}\n"),
    ("addressee_number", "宛名番号 {addressee}\n"),
)
WIDE = {code: code + 0xFEE0 for code in [*range(0x30, 0x3A), 0x2D]}
PEER = """
import json, sys, time
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

class NoLanguageModel(NlpEngine):
    def load(self): pass
    def is_loaded(self): return True
    def process_text(self, text, language): return NlpArtifacts([], [], [], [], self, language)
    def process_batch(self, texts, language, **kwargs): return ((text, self.process_text(text, language)) for text in texts)
    def is_stopword(self, word, language): return False
    def is_punct(self, word, language): return False
    def get_supported_entities(self): return []
    def get_supported_languages(self): return ["en"]

engine = AnalyzerEngine(nlp_engine=NoLanguageModel(), supported_languages=["en"])
result = {"recognizers": len(engine.registry.recognizers)}
for name in ("dense", "sparse"):
    texts = json.load(open(sys.argv[1] + "/" + name + ".json"))
    size, found, start = 0, 0, time.process_time()
    for text in texts:
        size += len(text.encode())
        found += len(engine.analyze(text, language="en"))
        if time.process_time() - start > 12:
            break
    result[name] = {"MB/s": size / (time.process_time() - start) / 1e6, "findings": found}
print(json.dumps(result))
"""


def _number(source: random.Random, scheme: checkdigits.Scheme, start: str = "") -> str:
    digits = [int(one) for one in start] + [source.randrange(10) for _ in range(scheme.places - len(start))]
    return "".join(map(str, scheme.complete(np.array([digits], dtype=np.uint8))[0]))


def _values(source: random.Random) -> dict[str, str]:
    card = [4] + [source.randrange(10) for _ in range(14)]
    card.append(int(checkdigits.luhn_digit(np.array([card], dtype=np.uint8))[0]))
    digits = "".join(map(str, card))
    my_number = _number(source, checkdigits.MY_NUMBER)
    year = source.randrange(1, 64)
    values = {
        "my_number": source.choice(
            [my_number, f"{my_number[:4]}-{my_number[4:8]}-{my_number[8:]}", f"{my_number[:4]} {my_number[4:8]} {my_number[8:]}"]
        ),
        "mobile": f"0{source.choice('789')}0-{source.randrange(1000, 10_000)}-{source.randrange(10_000):04}",
        "email": f"{source.choice(['taro', 'hanako.sato', 'info'])}@{source.choice(['example.jp', 'mail.example.co.jp'])}",
        "birth": source.choice(
            [
                f"昭和{year}年{source.randrange(1, 13)}月{source.randrange(1, 29)}日",
                f"19{year + 25:02}/{source.randrange(1, 13)}/{source.randrange(1, 29)}",
            ]
        ),
        "corporate": _number(source, checkdigits.CORPORATE_NUMBER),
        "licence": _number(source, checkdigits.DRIVING_LICENCE, "30"),
        "card": source.choice([digits, f"{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"]),
        "account": f"{source.randrange(10**7):07}",
        "pension": f"{source.randrange(1000, 10_000)}-{source.randrange(10**6):06}",
        "passport": f"T{source.choice('KRZ')}{source.randrange(10**7):07}",
        "insured": f"{source.randrange(10**8):08}",
        "addressee": f"{source.randrange(10**10):010}",
    }
    values["fixed"] = source.choice(
        [
            f"03-{source.randrange(1000, 9999)}-{source.randrange(1000, 9999)}",
            f"045-{source.randrange(100, 999)}-{source.randrange(1000, 9999)}",
        ]
    )
    if source.random() < 0.3:
        values = {name: value if name == "email" else value.translate(WIDE) for name, value in values.items()}
    return values


def _document(source: random.Random, *, personal: bool) -> tuple[str, list[tuple[str, int, int]]]:
    text, places = "", []
    while len(text.encode()) < 2_000:
        if not personal:
            text += source.choice(PLAIN)
            continue
        kind, template = source.choice(TEMPLATES)
        before, _, rest = template.partition("{")
        name, _, after = rest.partition("}")
        value = _values(source)[name]
        if kind == "invoice_number":
            before, value = before.removesuffix("T"), f"T{value}"
        places.append((kind, len(text) + len(before), len(text) + len(before) + len(value)))
        text += before + value + after
    return text, places


def _alarms(source: random.Random) -> list[str]:
    values = []
    for place in range(10_000):
        moment = dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=source.randrange(10**9))
        form = source.choice(["%Y%m%d%H%M", "%Y%m%d%H%M%S", "%y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S"])
        value = moment.strftime(form) if place % 2 else _number(source, checkdigits.JAN, source.choice(["45", "49", "978"]))
        values.append(source.choice(["{}", "処理日時 {}", "No.{}", "商品 {} を出荷", "{},10,済", "ログ {}"]).replace("{}", value))
    return values


def _speed(work: Callable[[], object], size: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return size / best / 1e6


def _peer(folder: Path, texts: dict[str, list[str]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        for name, several in texts.items():
            (Path(place) / f"{name}.json").write_text(json.dumps(several), "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", PEER, place], check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(folder)}
        )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure(peers: Path | None) -> dict[str, Any]:
    source = random.Random(SEED)
    dense = [_document(source, personal=True) for _ in range(1_500)]
    sparse = [_document(source, personal=place % 20 == 0) for place in range(3_000)]
    texts = {"dense": [text for text, _ in dense], "sparse": [text for text, _ in sparse]}
    start = time.process_time()
    scanner = Scanner()
    scanner.scan("電話 090-1234-5678 a@example.jp")
    result: dict[str, Any] = {"first call, s": time.process_time() - start}
    for name, several in texts.items():
        size = sum(len(text.encode()) for text in several)

        def one_by_one(several: list[str] = several) -> None:
            for text in several:
                scanner.scan(text)

        result[name] = {
            "MB": size / 1e6,
            "MB/s": _speed(lambda several=several: scanner.scan_many(several), size),  # type: ignore[misc]
            "one call each, MB/s": _speed(one_by_one, size),
            "findings": len(scanner.scan_many(several)),
        }
    expected = [(place, *one) for place, (_, places) in enumerate(dense) for one in places]
    found = {(one.document, one.type, one.start, one.end) for one in scanner.scan_many(texts["dense"])}
    result["recall"] = sum(one in found for one in expected) / len(expected)
    result["precision"] = sum(one in found for one in expected) / len(found)
    result["false alarms of 10,000"] = len(scanner.scan_many(_alarms(source)))
    if peers:
        result["presidio"] = _peer(peers, texts)
        for name in texts:
            result[name]["times presidio"] = result[name]["MB/s"] / result["presidio"][name]["MB/s"]
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path, help="folder with presidio-analyzer already installed")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        peers = arguments.peers
        if peers is None and not arguments.no_peers:
            peers = Path(place)
            command = [sys.executable, "-m", "pip", "install", "-q", "--target", place, "presidio-analyzer"]
            subprocess.run(command, check=True)
        result = measure(peers)
    print(json.dumps(result, ensure_ascii=False, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
