r"""Make ``src/sekisho/engines/lexicon/data/words.xz``: the other words of Japanese, for telling names from them.

    python tools/make_words.py /tmp/sources/lib/python3.11/site-packages      # beside make_lexicon.py, which is run first

Spellings, costs and connection costs are those of IPADIC (see ``provenance.yaml``), rounded to 32; surnames that IPADIC does
not list are added from the lexicon. Readings, base forms and inflections are left out; of the 1,316 context ids those of
verbs, adjectives, particles and auxiliaries, which names do not need one by one, are grouped by the likeness of their
connections. The file is one xz stream: a line of JSON that lists the arrays (name, type, shape), then their bytes.
"""

from __future__ import annotations

import json
import lzma
import struct
import sys
from pathlib import Path
from typing import Final

import numpy as np
from bootstrap import ROOT
from mecab_dictionary import Entry, entries

sys.path.insert(0, str(ROOT / "src"))

from sekisho.engines.leakscan.names.characters import normalise_word
from sekisho.engines.lexicon import names

TARGET: Final = ROOT / "src/sekisho/engines/lexicon/data/words.xz"
QUANTUM: Final = 32
LONGEST: Final = 12
SURNAME_COST: Final = 8_000  # of a surname that IPADIC does not list; its own surnames cost 7,600 in the median
GROUPS: Final = {10: 64, 11: 64}  # kinds whose context ids are grouped, and into how many groups
ROUNDS: Final = 25
UNKNOWN: Final = ("DEFAULT", "KANJI", "HIRAGANA", "KATAKANA", "ALPHA", "NUMERIC", "SYMBOL", "KANJINUMERIC")
UNKNOWN_KEPT: Final = ("名詞,一般", "名詞,固有名詞,一般", "名詞,固有名詞,人名", "名詞,数", "記号")

# What a context id means to the recogniser; the first pattern that the features begin with decides.
KINDS: Final = (
    ("名詞,固有名詞,人名,姓", 1),
    ("名詞,固有名詞,人名,名", 2),
    ("名詞,固有名詞,人名", 3),
    ("名詞,固有名詞,地域", 4),
    ("名詞,固有名詞,組織", 5),
    ("名詞,固有名詞", 6),
    ("名詞,接尾,人名", 8),
    ("名詞,接尾", 9),
    ("名詞,数", 13),
    ("名詞,代名詞", 15),
    ("名詞,非自立", 15),
    ("名詞,副詞可能", 16),
    ("名詞", 7),
    ("助詞", 10),
    ("助動詞", 10),
    ("動詞", 11),
    ("形容詞", 11),
    ("記号", 12),
    ("接頭詞", 14),
)


def kind_of(features: tuple[str, ...]) -> int:
    """The kind of an entry; 15 for what no pattern names."""
    joined = ",".join(features)
    return next((kind for pattern, kind in KINDS if joined.startswith(pattern)), 15)


def word_entries(site: Path) -> tuple[dict[tuple[str, int], int], dict[int, int]]:
    """Costs by (spelling, context id), and the kind of each context id."""
    costs: dict[tuple[str, int], int] = {}
    kinds: dict[int, int] = {}
    for entry in entries(site / "ipadic/dicdir/sys.dic"):
        if entry.left != entry.right:
            message = f"{entry.surface}: left and right context differ"
            raise ValueError(message)
        kinds[entry.left] = kind_of(entry.features)
        spelling = normalise_word(entry.surface)
        if 0 < len(spelling) <= LONGEST and spelling.isprintable() and not spelling.isspace():
            key = (spelling, entry.left)
            costs[key] = min(entry.cost, costs.get(key, 99_999))
    surname = next(i for i, kind in kinds.items() if kind == 1)
    for spelling in names().surnames.column("spelling").to_pylist():
        costs.setdefault((normalise_word(spelling), surname), SURNAME_COST)
    return costs, kinds


def unknown_entries(site: Path) -> np.ndarray:
    """Category, context id and cost of words that no dictionary lists."""
    found: list[Entry] = list(entries(site / "ipadic/dicdir/unk.dic"))
    kept = [e for e in found if e.surface in UNKNOWN and ",".join(e.features).startswith(UNKNOWN_KEPT)]
    rows = [(UNKNOWN.index(e.surface), e.left, round(e.cost / QUANTUM)) for e in kept]
    return np.array(sorted(rows), np.int32)


def connections(site: Path) -> np.ndarray:
    """Connection costs, ``[left id of the later word, right id of the earlier word]``, in quanta."""
    raw = (site / "ipadic/dicdir/matrix.bin").read_bytes()
    left, right = struct.unpack_from("<HH", raw)
    table = np.frombuffer(raw, "<i2", offset=4).reshape(right, left)  # MeCab: matrix[earlier + size * later]
    return np.round(table / QUANTUM).astype(np.int16)


def grouped(vectors: np.ndarray, groups: int) -> np.ndarray:
    """The group of each vector: k-means, started from the vectors that lie farthest from those chosen before."""
    chosen = [0]
    distance = ((vectors - vectors[0]) ** 2).sum(axis=1)
    while len(chosen) < groups:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((vectors - vectors[chosen[-1]]) ** 2).sum(axis=1))
    centres = vectors[chosen]
    nearest = np.zeros(len(vectors), np.int64)
    for _ in range(ROUNDS):
        products = vectors @ centres.T
        nearest = ((centres**2).sum(axis=1) - 2 * products).argmin(axis=1)
        for group in range(groups):
            if (nearest == group).any():
                centres[group] = vectors[nearest == group].mean(axis=0)
    return nearest


def fewer_contexts(table: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of each context id among fewer, the connections of these, and their kinds."""
    number = np.zeros(len(kinds), np.int64)
    single = np.flatnonzero(~np.isin(kinds, list(GROUPS)))
    number[single] = np.arange(len(single))
    total = len(single)
    wide = table.astype(np.float64)
    for kind, groups in GROUPS.items():
        members = np.flatnonzero(kinds == kind)
        number[members] = total + grouped(np.hstack([wide[members], wide[:, members].T]), groups)
        total += groups
    join = np.zeros((total, len(kinds)))
    join[number, np.arange(len(kinds))] = 1
    join /= np.maximum(1, join.sum(axis=1, keepdims=True))
    kind_of_group = np.zeros(total, np.uint8)
    kind_of_group[number] = kinds
    return number, np.round(join @ wide @ join.T).astype(np.int16), kind_of_group


def main(site: Path) -> None:
    """Write the file."""
    exact, kinds = word_entries(site)
    whole = connections(site)
    by_id = np.full(whole.shape[0], 15, np.uint8)
    by_id[list(kinds)] = list(kinds.values())
    number, table, kind_table = fewer_contexts(whole, by_id)
    costs: dict[tuple[str, int], int] = {}
    for (spelling, context), cost in exact.items():
        key = (spelling, int(number[context]))
        costs[key] = min(cost, costs.get(key, 99_999))
    unknown = unknown_entries(site)
    unknown[:, 1] = number[unknown[:, 1]]
    keys = sorted(costs, key=lambda key: ([ord(c) for c in key[0]], key[1]))
    spellings = list(dict.fromkeys(spelling for spelling, _ in keys))
    counts: dict[str, int] = {}
    for spelling, _ in keys:
        counts[spelling] = counts.get(spelling, 0) + 1
    text = "\n".join(spellings).encode("utf-16-le")
    arrays: dict[str, np.ndarray] = {
        "spellings": np.frombuffer(text, np.uint16),
        "counts": np.array([counts[s] for s in spellings], np.uint8),
        "contexts": np.array([context for _, context in keys], np.uint8),
        "costs": np.round(np.array([costs[key] for key in keys]) / QUANTUM).astype(np.int16),
        "kinds": kind_table,
        "unknown": unknown,
        "connections": table,
    }
    head = json.dumps([[name, str(a.dtype), a.shape] for name, a in arrays.items()])
    body = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values())
    packed = lzma.compress(head.encode() + b"\n" + body, preset=9 | lzma.PRESET_EXTREME)
    TARGET.write_bytes(packed)
    print(f"words: {len(spellings)} spellings, {len(keys)} entries, {len(packed)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
