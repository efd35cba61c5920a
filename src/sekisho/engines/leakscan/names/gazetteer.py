"""Prefectures, municipalities and towns for look-ups, normalised as the texts are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sekisho.engines.leakscan.names.characters import normalise_word
from sekisho.engines.lexicon import municipalities, towns

__all__ = ["Gazetteer", "gazetteer"]

COUNTY = re.compile(r"^.{1,5}?郡(?=.+[町村]$)")
LONGEST_TOWN = 12
WARD = re.compile(r"^(.+?市)(.+区)$")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """``cities``: each name that a municipality goes by (札幌市中央区, 札幌市, 中央区, 当別町); ``towns``: names of all towns.

    ``codes``: prefectures by the first two digits of their postal codes.
    """

    prefectures: frozenset[str]
    cities: frozenset[str]
    towns: frozenset[str]
    codes: dict[str, frozenset[str]]
    longest_city: int
    longest_town: int

    def prefecture_at(self, text: str, start: int) -> int:
        """Where the prefecture that begins here ends; ``start`` where none does."""
        for width in (3, 4):
            if text[start : start + width] in self.prefectures:
                return start + width
        return start

    def city_at(self, text: str, start: int) -> int:
        """Where the longest municipality that begins here ends; ``start`` where none does."""
        for width in range(min(self.longest_city, len(text) - start), 1, -1):
            if text[start : start + width] in self.cities:
                return start + width
        return start

    def town_at(self, text: str, start: int) -> int:
        """Where the longest town that begins here ends; ``start`` where none does."""
        for width in range(min(self.longest_town, len(text) - start), 0, -1):
            if text[start : start + width] in self.towns:
                return start + width
        return start


@cache
def gazetteer() -> Gazetteer:
    """Made at the first call (about 0.2 s)."""
    table = municipalities()
    cities: set[str] = set()
    for raw in table.column("city").to_pylist():
        name = normalise_word(raw)
        cities.add(name)
        cities.add(COUNTY.sub("", name))
        match = WARD.match(name)
        if match:
            cities.update(match.groups())
    places = towns()
    names = {normalise_word(name) for name in places.column("town").combine_chunks().unique().to_pylist()}
    names.discard("")
    codes: dict[str, set[str]] = {}
    prefectures = table.column("prefecture").to_pylist()
    first = [code[:2] for code in places.column("postal_code").to_pylist()]
    for pair in set(zip(first, places.column("municipality").to_pylist(), strict=True)):
        codes.setdefault(pair[0], set()).add(prefectures[pair[1]])
    return Gazetteer(
        frozenset(prefectures), frozenset(cities), frozenset(n for n in names if len(n) <= LONGEST_TOWN),
        {code: frozenset(where) for code, where in codes.items()}, max(map(len, cities)), LONGEST_TOWN,
    )  # fmt: skip
