"""The likeliest words of a text: shortest way through the lattice of dictionary words and unknown ones, line by line.

The costs of words and of their connections are IPADIC's (minimum-cost method; T. Kudo and others, EMNLP 2004). Given names of the
lexicon are looked up in their own tree and only where a surname ends, since most of them are rare combinations of kanji.
"""
# ruff: noqa: C901, PLR0912, PLR0917, PLR1714, SIM109, SIM110 - a kernel: the compiler knows no generators and no sets

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.compiled import compiled
from sekisho.engines.leakscan.names.trie import Trie

__all__ = ["UNKNOWN_WORD", "segment"]

UNKNOWN_WORD = -1
GIVEN_BASE = 1 << 24
"""Added to the number of a given name of the lexicon, to tell it from a word."""

LIMIT = 1_000  # longest piece of a line that is looked at as one
NODES = 200  # nodes for each character of a piece; far more than any text has
RUN = 24  # longest unknown word
KANJI, HIRAGANA, KANJI_NUMERAL, SPACE, LINE_END = 1, 2, 7, 8, 9
SURNAME = 1  # kind of a context
FULL_STOP = 0x3002


COST, BEFORE, START, CONTEXT, WORD, NEXT = range(6)  # columns of the table of nodes


class Model(NamedTuple):
    """What the lattice is built from; arrays as in :class:`~sekisho.engines.lexicon.words.Words`.

    Word w has the rows ``entry[w]`` to ``entry[w + 1]`` of ``entries`` (context, cost); ``unknown`` has the rows of a category
    from ``unknown_begin[category]`` on; ``given`` is the tree of given names, ``given_cost`` one for each of them.
    """

    trie: Trie
    entry: NDArray[np.int32]
    entries: NDArray[np.int16]
    kinds: NDArray[np.uint8]
    connections: NDArray[np.int16]
    categories: NDArray[np.uint8]
    unknown_begin: NDArray[np.int32]
    unknown: NDArray[np.int16]
    given: Trie
    given_cost: NDArray[np.int16]
    given_context: int


@compiled
def child(begin: NDArray[np.int32], code_of: NDArray[np.uint16], node: int, code: int) -> int:
    """The child of a node by a character; 0 where there is none."""
    low, stop = begin[node], begin[node + 1]
    high = stop
    while low < high:
        middle = (low + high) >> 1
        if code_of[middle] < code:
            low = middle + 1
        else:
            high = middle
    if low < stop and code_of[low] == code:
        return int(low)
    return 0


@compiled
def gather(nodes: NDArray[np.int32], at: int, live: NDArray[np.int32], stamp: NDArray[np.int32]) -> int:
    """The chain of nodes that end at a place into ``live`` (cost, context, node), the best of each context; how many."""
    count = 0
    while at >= 0:
        context, cost = nodes[at, CONTEXT], nodes[at, COST]
        rank = stamp[context]
        if rank < count and live[rank, 1] == context:
            if cost < live[rank, 0]:
                live[rank, 0], live[rank, 2] = cost, at
        else:
            stamp[context] = count
            live[count, 0], live[count, 1], live[count, 2] = cost, context, at
            count += 1
        at = nodes[at, NEXT]
    return count


@compiled
def add(
    nodes: NDArray[np.int32], ends: NDArray[np.int32], live: NDArray[np.int32], count: int, row: NDArray[np.int16], node: int,
    start: int, end: int, context: int, cost: int, word: int,
) -> int:  # fmt: skip
    """One word from ``start`` to ``end``, joined to the best of the live nodes; the number of the next node."""
    if node >= nodes.shape[0]:
        return node
    best, best_node = 1 << 30, -1
    for i in range(count):
        total = live[i, 0] + row[live[i, 1]]
        if total < best:
            best, best_node = total, live[i, 2]
    nodes[node, COST], nodes[node, BEFORE], nodes[node, START] = best + cost, best_node, start
    nodes[node, CONTEXT], nodes[node, WORD], nodes[node, NEXT] = context, word, ends[end]
    ends[end] = node
    return node + 1


@compiled
def surname_ends(model: Model, nodes: NDArray[np.int32], live: NDArray[np.int32], count: int) -> bool:
    """Whether a surname of the dictionary is among the live nodes."""
    for i in range(count):
        if model.kinds[live[i, 1]] == SURNAME and nodes[live[i, 2], WORD] >= 0:
            return True
    return False


@compiled
def piece(
    model: Model, nodes: NDArray[np.int32], ends: NDArray[np.int32], live: NDArray[np.int32], stamp: NDArray[np.int32],
    codes: NDArray[np.uint16],
) -> int:  # fmt: skip
    """The lattice of one piece of text; the last node of its likeliest way, -1 for none."""
    length = len(codes)
    connections, entry, entries, categories = model.connections, model.entry, model.entries, model.categories
    first, begin, code_of, word_at = model.trie
    given_first, given_begin, given_code, given_word = model.given
    ends[: length + 1] = -1
    nodes[0] = -1
    nodes[0, COST], nodes[0, START], nodes[0, CONTEXT] = 0, 0, 0
    ends[0] = 0
    node = 1
    for place in range(length):
        if ends[place] < 0:
            continue
        category = categories[codes[place]]
        if category == SPACE:
            ends[place + 1] = ends[place]
            continue
        count = gather(nodes, ends[place], live, stamp)
        known = node
        at, end = first[codes[place]], place
        while at:
            end += 1
            word = word_at[at]
            if word >= 0:
                for e in range(entry[word], entry[word + 1]):
                    row = connections[entries[e, 0]]
                    node = add(nodes, ends, live, count, row, node, place, end, entries[e, 0], entries[e, 1], word)
            at = child(begin, code_of, at, codes[end]) if end < length else 0
        at, end = given_first[codes[place]], place
        if at and surname_ends(model, nodes, live, count):
            row = connections[model.given_context]
            while at:
                end += 1
                word = given_word[at]
                if word >= 0:
                    cost, number = model.given_cost[word], GIVEN_BASE + word
                    node = add(nodes, ends, live, count, row, node, place, end, model.given_context, cost, number)
                at = child(given_begin, given_code, at, codes[end]) if end < length else 0
        single = category == KANJI or category == HIRAGANA or category == 0
        if single and node > known:
            continue
        end = place + 1
        while end < length and end - place < (2 if single else RUN) and categories[codes[end]] == category:
            end += 1
        for last in range(place + 1 if single else end, end + 1):
            for u in range(model.unknown_begin[category], model.unknown_begin[category + 1]):
                row = connections[model.unknown[u, 0]]
                node = add(nodes, ends, live, count, row, node, place, last, model.unknown[u, 0], model.unknown[u, 1], -1)
    count = gather(nodes, ends[length], live, stamp)
    node = add(nodes, ends, live, count, connections[0], node, length, length, 0, 0, -1)
    return int(nodes[node - 1, BEFORE])


@compiled
def segment(model: Model, codes: NDArray[np.uint16], found: NDArray[np.int32]) -> int:
    """The words of a text: rows of start, end, context and number in ``found``, which has a row for each character; how many."""
    categories = model.categories
    nodes = np.empty((LIMIT * NODES, 6), np.int32)
    ends, live = np.empty(LIMIT + 2, np.int32), np.empty((len(model.kinds) + 1, 3), np.int32)
    stamp = np.zeros(len(model.kinds), np.int32)
    total, begin, size = 0, 0, len(codes)
    while begin < size:
        stop = begin
        while stop < size and stop - begin < LIMIT and categories[codes[stop]] != LINE_END and codes[stop] != FULL_STOP:
            stop += 1
        if stop > begin:
            node = piece(model, nodes, ends, live, stamp, codes[begin:stop])
            count, at = 0, node
            while at > 0:
                count += 1
                at = nodes[at, BEFORE]
            at, rank, end = node, total + count, stop
            while at > 0:
                rank -= 1
                start = begin + nodes[at, START]
                while end > start + 1 and categories[codes[end - 1]] == SPACE:
                    end -= 1
                found[rank, 0], found[rank, 1] = start, end
                found[rank, 2], found[rank, 3] = nodes[at, CONTEXT], nodes[at, WORD]
                end = start
                at = nodes[at, BEFORE]
            total += count
        begin = stop if stop < size and stop - begin >= LIMIT else stop + 1
    return total
