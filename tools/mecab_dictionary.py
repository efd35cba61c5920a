"""Read the entries of a compiled MeCab dictionary (``sys.dic``): spelling, context ids, cost, features."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADER = struct.Struct("<10I32s")
TOKEN = np.dtype([("left", "<u2"), ("right", "<u2"), ("part", "<u2"), ("cost", "<i2"), ("feature", "<u4"), ("compound", "<u4")])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: spelling, context ids of both sides, cost (lower is likelier) and the features as the dictionary lists them."""

    surface: str
    left: int
    right: int
    cost: int
    features: tuple[str, ...]


def entries(path: Path) -> Iterator[Entry]:
    """All entries of a compiled system dictionary, in no order.

    The layout (header, double array over UTF-8 bytes, tokens of 16 bytes, features ended by a zero byte) is that of MeCab 0.996.
    """
    raw = path.read_bytes()
    _, _, _, _, _, _, array_size, token_size, _, _, charset = HEADER.unpack_from(raw)
    encoding = charset.split(b"\0")[0].decode()
    start = HEADER.size
    cells = np.frombuffer(raw, "<i4", array_size // 4, start).reshape(-1, 2)
    base, check = cells[:, 0], cells[:, 1]
    tokens = np.frombuffer(raw, TOKEN, token_size // TOKEN.itemsize, start + array_size)
    features = start + array_size + token_size
    stack = [(int(base[0]), b"")]
    while stack:
        node, prefix = stack.pop()
        if check[node] == node and base[node] < 0:
            packed = -int(base[node]) - 1
            for token in tokens[packed >> 8 : (packed >> 8) + (packed & 0xFF)]:
                begin = features + int(token["feature"])
                feature = raw[begin : raw.index(b"\0", begin)].decode(encoding)
                left, right, cost = int(token["left"]), int(token["right"]), int(token["cost"])
                yield Entry(prefix.decode(encoding), left, right, cost, tuple(feature.split(",")))
        children = np.flatnonzero(check[node + 1 : node + 257] == node).tolist()
        stack.extend((int(base[node + 1 + byte]), prefix + bytes([byte])) for byte in children)
