"""Words that tell what a number is, markings and the beginnings of secrets, as one automaton over code points (Aho-Corasick)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from sekisho.engines.leakscan.codes import CLASS_BITS, class_table, fold, fold_table, split_voiced
from sekisho.engines.leakscan.kinds import Kind, kind_of

__all__ = [
    "ERA",
    "GENERIC",
    "LOCATOR",
    "MARK",
    "MARK_ALONE",
    "MARK_NOT",
    "NAME",
    "OTHER",
    "RECORD",
    "TOKEN",
    "Words",
    "build",
    "built_in",
]

LEFT, RIGHT, OTHER, GENERIC, RECORD, MARK, MARK_ALONE, MARK_NOT, TOKEN, NAME, LOCATOR, ERA, END = (1 << bit for bit in range(13))
ERA_SHIFT: Final = 26
"""Bits of ``mask`` from here on: rank of an era (1 明治 … 5 令和)."""
_SYMBOL_BITS: Final = 16 - CLASS_BITS


@dataclass(frozen=True, slots=True)
class Words:
    """The automaton and what its words mean.

    ``info`` (65,536): class of a code point above ``symbol_bits``, its symbol below. ``go`` (states x symbols): next state.
    ``out`` (states): number of the longest word that ends there, 0 for none. Per word: ``mask`` (bit of each kind that it is a
    label of), ``flag`` (word 0, the break between texts, has ``END``), ``length`` (characters without spaces), ``texts``.
    """

    info: NDArray[np.uint16]
    go: NDArray[np.int16]
    out: NDArray[np.int16]
    mask: NDArray[np.int64]
    flag: NDArray[np.int32]
    length: NDArray[np.int64]
    texts: tuple[str, ...]


@dataclass(slots=True)
class _Meaning:
    text: str
    mask: int = 0
    flag: int = 0


def _shaped(word: str) -> str:
    return fold(word).replace(" ", "")


class _Collector:
    def __init__(self) -> None:
        self.words: dict[str, _Meaning] = {}

    def add(self, words: Iterable[str], *, mask: int = 0, flag: int = 0) -> None:
        for text in words:
            shaped = _shaped(text)
            edges = 0
            if not flag & (NAME | LOCATOR):
                edges |= LEFT if shaped[0].isascii() and shaped[0].isalpha() else 0
                edges |= RIGHT if shaped[-1].isascii() and shaped[-1].isalpha() and not flag & TOKEN else 0
            for form in {shaped, split_voiced(shaped)}:
                meaning = self.words.setdefault(form, _Meaning(text))
                meaning.mask |= mask
                meaning.flag |= flag | edges


def _collect(source: Mapping[str, Any], extra_labels: Mapping[Kind, Iterable[str]], extra_marks: Iterable[str]) -> _Collector:
    words = _Collector()
    for label, texts in source["labels"].items():
        words.add(texts, mask=1 << kind_of(label))
    for kind, own in extra_labels.items():
        words.add(own, mask=1 << kind)
    words.add(source["others"], flag=OTHER)
    words.add(source["generic"], flag=GENERIC)
    words.add(source["record"], flag=RECORD)
    for era, name in enumerate(source["eras"], start=1):
        words.add([name], flag=ERA, mask=era << ERA_SHIFT)
    words.add(source["markings"]["words"], flag=MARK)
    words.add(source["markings"]["alone"], flag=MARK_ALONE)
    words.add(source["markings"]["not"], flag=MARK_NOT)
    words.add(extra_marks, flag=MARK)
    words.add(source["anchors"]["token"], flag=TOKEN)
    words.add(source["anchors"]["name"], flag=NAME)
    words.add(source["anchors"]["locator"], flag=LOCATOR)
    return words


def build(extra_labels: Mapping[Kind, Iterable[str]] | None = None, extra_marks: Iterable[str] = ()) -> Words:
    """The built-in words and an organisation's own labels and markings.

    Raises:
        ValueError: more different characters or longer lists than the automaton can hold (2,000 characters, 32,000 states).
    """
    source = yaml.safe_load((resources.files(__package__) / "words.yaml").read_text("utf-8"))
    collected = _collect(source, extra_labels or {}, extra_marks)
    signs = sorted({sign for word in collected.words for sign in word})
    if len(signs) >= 1 << _SYMBOL_BITS:
        raise ValueError("too many different characters")
    symbols = {sign: place for place, sign in enumerate(signs, start=1)}
    go, out = _automaton(collected, symbols)
    per_character = np.zeros(0x10000, dtype=np.uint16)
    for sign, symbol in symbols.items():
        per_character[ord(sign)] = symbol
    info = (class_table().astype(np.uint16) << _SYMBOL_BITS) | per_character[fold_table()]
    meanings = list(collected.words.values())
    return Words(
        info.astype(np.uint16),
        go,
        out,
        np.array([0, *(meaning.mask for meaning in meanings)], dtype=np.int64),
        np.array([END, *(meaning.flag for meaning in meanings)], dtype=np.int32),
        np.array([0, *map(len, collected.words)], dtype=np.int64),
        ("", *(meaning.text for meaning in meanings)),
    )


def _automaton(collected: _Collector, symbols: Mapping[str, int]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    children: list[dict[int, int]] = [{}]
    ends: list[int] = [0]
    for number, word in enumerate(collected.words, start=1):
        state = 0
        for sign in word:
            step = symbols[sign]
            if step not in children[state]:
                children[state][step] = len(children)
                children.append({})
                ends.append(0)
            state = children[state][step]
        ends[state] = number
    if len(children) >= 1 << 15:
        raise ValueError("too many words")
    go = np.zeros((len(children), len(symbols) + 1), dtype=np.int16)
    fail = [0] * len(children)
    queue = deque([0])
    while queue:
        state = queue.popleft()
        if state:
            go[state] = go[fail[state]]
            ends[state] = ends[state] or ends[fail[state]]
        for step, child in children[state].items():
            fail[child] = int(go[fail[state], step]) if state else 0
            go[state, step] = child
            queue.append(child)
    return go, np.array(ends, dtype=np.int16)


@cache
def built_in() -> Words:
    """The words that every scan knows."""
    return build()
