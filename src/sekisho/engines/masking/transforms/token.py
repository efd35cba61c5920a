"""Keyed tokens: each value becomes a pseudonym of fixed length that only the key can make again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sekisho.engines.masking.transforms.base import KeyedTransform, Traits
from sekisho.engines.masking.transforms.columns import filled, fixed_texts, text_of_points
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.numerals import write_numbers
from sekisho.engines.masking.transforms.parameters import choice, number, texts, whole
from sekisho.engines.masking.transforms.watch import CollisionWatch
from sekisho.errors import Conflict, InputError, Problem

__all__ = ["ALPHABETS", "Token", "collision_probability"]

ALPHABETS: Final = {
    "base32": "abcdefghijkmnpqrstuvwxyz23456789",
    "hex": "0123456789abcdef",
    "digits": "0123456789",
    "letters": "abcdefghijklmnopqrstuvwxyz",
    "alphanumeric": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
"""Alphabets by name; ``base32`` is without l, o, 0 and 1, which people confuse."""
_WORD_BITS: Final = 64
_SPARE_BITS: Final = 20
"""A word of 64 pseudorandom bits gives numbers below 2**44 only, where its remainder is even to one part in 2**20; all of 64
where the size of the alphabet is a power of two, since nothing is uneven there.
"""
_ASCII: Final = 128
_NEVER: Final = 1e-9
"""A collision that is less probable than this is not looked for: a memory that holds a wrong bit is more probable."""


def collision_probability(values: int, tokens: float) -> float:
    """The probability that two of ``values`` different inputs share one of ``tokens`` equally likely tokens (the birthday
    bound).
    """
    return -math.expm1(-values * (values - 1) / 2 / tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(KeyedTransform):
    """AES-CMAC of the value, written in an alphabet.

    Attributes:
        length: Characters of a token, without the prefix.
        alphabet: A name of :data:`ALPHABETS`, or the characters themselves.
        prefix: Text before each token.
        population: Most different values that are expected in the domain and space; a run that meets more is judged anew.
        collision_limit: Highest probability of any collision among ``population`` values.
        watch: Whether every token of a column is remembered so that a collision stops the run (32 to 128 bytes a distinct value).
            ``auto``: where a collision is more probable than one in a thousand million.
    """

    name: ClassVar[str] = "token"
    purpose: ClassVar[str] = "token"

    length: int = whole(16, low=1, high=64)
    alphabet: str = texts("base32", low=2, high=1000)
    prefix: str = texts("", high=100)
    population: int = whole(10_000_000, low=1, high=10**12)
    collision_limit: float = number(1e-6, low=0.0, high=0.5)
    watch: str = choice("auto", among=("auto", "always", "never"))

    @property
    def characters(self) -> str:
        """The alphabet itself."""
        return ALPHABETS.get(self.alphabet, self.alphabet)

    @property
    def probability(self) -> float:
        """The probability of any collision among ``population`` values."""
        return collision_probability(self.population, self._tokens())

    @property
    def watched(self) -> bool:
        """Whether tokens are remembered."""
        return self.watch == "always" or (self.watch == "auto" and self.probability > _NEVER)

    @property
    def traits(self) -> Traits:
        """One way but for whoever holds the key and tries; distinct, since a collision stops the run."""
        return Traits(reversible="by_search_with_key", keeps_distinct=self.watched or self.probability <= _NEVER)

    def describe(self) -> dict[str, Any]:
        """With the probability of a collision."""
        return {**KeyedTransform.describe(self), "collision_probability": self.probability}

    def _tokens(self) -> float:
        return float(min(len(self.characters) ** self.length, 2**128))

    def _contradictions(self) -> list[Problem]:
        if len(set(self.characters)) != len(self.characters):
            return [Problem("masking.expects_alphabet", {"path": "alphabet", "low": 2, "high": 1000}, column="alphabet")]
        if self.probability <= self.collision_limit:
            return []
        needed = self.population**2 / 2 / max(self.collision_limit, 2.0**-70)
        length = math.ceil(math.log(needed) / math.log(len(self.characters)))
        fields = {"path": "length", "probability": f"{self.probability:.2g}", "limit": self.collision_limit, "needed": length}
        return [Problem("masking.collisions_likely", fields, column="length")]

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        words = self._pseudorandom(values, context)
        shares = self._shares(words, values, context)
        if self.watched:
            self._watch(shares, words, values, context)
        result = _written(shares, self._sizes(), self.characters, self.prefix)
        return self._finished(result, values, context)

    def _sizes(self) -> list[int]:
        """How many characters come out of each word of 64 bits."""
        size = len(self.characters)
        bits = _WORD_BITS if size & (size - 1) == 0 else _WORD_BITS - _SPARE_BITS
        most = max(int(bits / math.log2(size) + 1e-9), 1)
        full, rest = divmod(self.length, most)
        return [most] * full + [rest] * (rest > 0)

    def _shares(self, words: NDArray[np.uint64], values: pa.Array, context: Context) -> list[NDArray[np.uint64]]:
        """A number below ``size ** characters`` for each part of the token."""
        sizes, found = self._sizes(), [words[:, 0], words[:, 1]]
        while len(found) < len(sizes):
            more = self._pseudorandom(values, context, f"{self.purpose}/{len(found)}")
            found += [more[:, 0], more[:, 1]]
        return [_below(word, len(self.characters) ** count) for word, count in zip(found, sizes, strict=False)]

    def _watch(self, shares: list[NDArray[np.uint64]], words: NDArray[np.uint64], values: pa.Array, context: Context) -> None:
        memory, there = context.memory, filled(values)
        if memory.watch is None:
            memory.watch = CollisionWatch()
        tokens = shares[0]
        for share, size in zip(shares[1:], self._sizes()[1:], strict=False):
            # one to one up to 2**64 tokens; beyond, two that differ pass for equal about as often as real ones of 64 bits are
            tokens = tokens * np.uint64(len(self.characters) ** size % (1 << _WORD_BITS) | 1) + share
        prints = words[:, 0] ^ np.bitwise_or(words[:, 1] << np.uint64(32), words[:, 1] >> np.uint64(32))
        if not there.all():
            tokens, prints = tokens[there], prints[there]
        row = memory.watch.enter(np.ascontiguousarray(tokens), prints)
        if row is not None:
            raise rows_error("masking.collision", [np.flatnonzero(there)[row]], context, Conflict, distinct=memory.watch.distinct)
        memory.counts["distinct"] = memory.watch.distinct
        if memory.watch.distinct > self.population:
            probability = collision_probability(memory.watch.distinct, self._tokens())
            if probability > self.collision_limit:
                raise InputError(
                    "masking.population_exceeded",
                    column=context.column,
                    population=self.population,
                    probability=f"{probability:.2g}",
                )


def _below(word: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    if size == 1 << _WORD_BITS:
        return word
    return word & np.uint64(size - 1) if size & (size - 1) == 0 else word % np.uint64(size)


def _written(shares: list[NDArray[np.uint64]], sizes: list[int], alphabet: str, prefix: str) -> pa.Array:
    """The numbers in the alphabet, behind the prefix."""
    length = len(prefix) + sum(sizes)
    points = np.array([ord(one) for one in prefix + alphabet], dtype=np.uint32)
    plain = int(points.max()) < _ASCII
    kind: Any = np.uint8 if plain else np.uint32
    rows = np.empty((len(shares[0]), length), dtype=kind)
    rows[:, : len(prefix)] = points[: len(prefix)].astype(kind)
    place = len(prefix)
    for share, size in zip(shares, sizes, strict=False):
        write_numbers(rows[:, place : place + size], share, points[len(prefix) :].astype(kind))
        place += size
    if plain:
        return fixed_texts(rows)
    return text_of_points(np.arange(len(rows) + 1, dtype=np.int64) * length, rows.reshape(-1))
