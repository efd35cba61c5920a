"""A tree of words for common-prefix search: children of a node stand beside each other, sorted by character."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Trie", "padded", "trie_of"]


class Trie(NamedTuple):
    """``first[code]``: node of a word's first character (0: none); node n's children are ``begin[n]`` to ``begin[n + 1]``.

    ``code[n]`` is the character that leads to node n, ``word[n]`` the number of the word that ends there (-1: none).
    """

    first: np.ndarray
    begin: np.ndarray
    code: np.ndarray
    word: np.ndarray


def padded(spellings: np.ndarray) -> np.ndarray:
    """Words that are separated by line ends, as a table of one row a word, filled up with zeros."""
    ends = np.append(np.flatnonzero(spellings == 10), len(spellings))
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts
    table = np.zeros((len(ends), int(lengths.max()) if len(lengths) else 0), np.uint16)
    for column in range(table.shape[1]):
        rows = np.flatnonzero(lengths > column)
        table[rows, column] = spellings[starts[rows] + column]
    return table


def trie_of(table: np.ndarray) -> Trie:
    """The tree of sorted, distinct words (rows of :func:`padded`); level after level, so that children stand together."""
    count, width = table.shape
    codes, words = [np.zeros(1, np.uint16)], [np.full(1, -1, np.int32)]
    new = np.zeros(count, bool)
    new[:1] = True
    parent = np.zeros(count, np.int64)  # node of the prefix before this column, for each word
    nodes = 1
    first = np.zeros(65536, np.int32)
    pending: list[tuple[np.ndarray, np.ndarray]] = []  # parents and first child, in the order of the nodes
    for column in range(width):
        alive = table[:, column] != 0
        if not alive.any():
            break
        changed = np.ones(count, bool)
        changed[1:] = table[1:, column] != table[:-1, column]
        new |= changed
        heads = np.flatnonzero(new & alive)
        number = nodes + np.arange(len(heads))
        codes.append(table[heads, column])
        ends = np.full(len(heads), -1, np.int32)
        last = np.ones(len(heads), bool) if column + 1 == width else table[heads, column + 1] == 0
        ends[last] = heads[last]
        words.append(ends)
        if column == 0:
            first[table[heads, 0]] = number
        pending.append((parent[heads], number))
        parent[heads] = number
        spread = np.maximum.accumulate(np.where(new & alive, np.arange(count), 0))
        parent = np.where(alive, parent[spread], parent)
        nodes += len(heads)
    begin = np.full(nodes + 1, nodes, np.int32)
    for parents, numbers in pending:
        begin[parents[::-1]] = numbers[::-1]  # the lowest child stands last in this order and stays
    # a node without children begins where the next one's children begin
    begin = np.minimum.accumulate(begin[::-1])[::-1].astype(np.int32)
    return Trie(first, begin, np.concatenate(codes), np.concatenate(words))
