"""The words of Japanese with the costs of their segmentation (IPADIC's, rounded), for the recogniser of names."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import prod

import numpy as np

__all__ = ["Words", "words"]

QUANTUM = 32


@dataclass(frozen=True, slots=True)
class Words:
    """``spellings`` (16-bit codes, line ends between them, sorted), ``counts`` of the entries of each.

    ``contexts`` and ``costs`` are those of the entries; ``kinds``: the part of speech of each context (``tools/make_words.py``);
    ``unknown``: rows of character category, context and cost; ``connections``: ``[context of the later word, context of the
    earlier one]``. Costs in units of ``QUANTUM``.
    """

    spellings: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    costs: np.ndarray
    kinds: np.ndarray
    unknown: np.ndarray
    connections: np.ndarray


@cache
def words() -> Words:
    """Read at the first call (about 0.15 s), then kept."""
    packed = resources.files("sekisho.engines.lexicon").joinpath("data/words.xz").read_bytes()
    raw = lzma.decompress(packed)
    end = raw.index(b"\n")
    start = end + 1
    arrays: dict[str, np.ndarray] = {}
    for name, kind, shape in json.loads(raw[:end]):
        count = prod(shape)
        arrays[name] = np.frombuffer(raw, np.dtype(kind), count, start).reshape(shape)
        start += count * np.dtype(kind).itemsize
    return Words(**arrays)
