"""From a text to its words: the model loaded once, room for the lattice, and one call of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from sekisho.engines.leakscan.names import lattice
from sekisho.engines.leakscan.names.characters import categories, codes_of
from sekisho.engines.leakscan.names.trie import Trie, padded, trie_of
from sekisho.engines.lexicon import names
from sekisho.engines.lexicon.words import words

__all__ = ["Segments", "model", "segments"]

GIVEN_NAME = 2
GIVEN_COST = {1: 345, 4: 305, 16: 280, 64: 260}  # by weight, in quanta of 32; IPADIC's own given names cost about 275


@dataclass(frozen=True, slots=True)
class Segments:
    """Words of a text: places in its normalised codes, kind (part of speech), number in the dictionary (-1: unknown)."""

    codes: np.ndarray
    places: np.ndarray | None
    starts: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray
    words: np.ndarray


def _given() -> tuple[Trie, np.ndarray]:
    table = names().given_names
    spelling = table.column("spelling").combine_chunks()
    weights = table.column("weight").combine_chunks().to_numpy(zero_copy_only=False)
    codes, places = codes_of("\n".join(spelling.to_pylist()))
    if places is not None:
        raise ValueError("given_names")
    rows = padded(codes)
    order = np.lexsort(rows.T[::-1])
    rows, weights = rows[order], weights[order]
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    best = np.maximum.reduceat(weights, np.flatnonzero(new))
    cost = np.zeros(65, np.int16)
    for weight, quanta in GIVEN_COST.items():
        cost[weight] = quanta
    return trie_of(rows[new]), cost[best]


@cache
def model() -> lattice.Model:
    """The dictionary and the names as the kernel reads them; about 0.6 s at the first call."""
    data = words()
    given, given_cost = _given()
    entry = np.zeros(len(data.counts) + 1, np.int32)
    np.cumsum(data.counts, out=entry[1:])
    return lattice.Model(
        trie=trie_of(padded(data.spellings)), entry=entry,
        entries=np.stack([data.contexts.astype(np.int16), data.costs], axis=1),
        kinds=data.kinds, connections=data.connections, categories=categories(),
        unknown_begin=np.searchsorted(data.unknown[:, 0], np.arange(12)).astype(np.int32),
        unknown=data.unknown[:, 1:].astype(np.int16),
        given=given, given_cost=given_cost, given_context=int(np.flatnonzero(data.kinds == GIVEN_NAME)[0]),
    )  # fmt: skip


def segments(text: str) -> Segments:
    """The likeliest words of a text."""
    codes, places = codes_of(text)
    known = model()
    found = np.empty((len(codes), 4), np.int32)
    count = lattice.segment(known, codes, found)
    starts, ends, contexts, numbers = np.ascontiguousarray(found[:count].T)
    return Segments(codes, places, starts, ends, known.kinds[contexts], numbers)
