"""Prefectures, municipalities and towns for look-ups, normalised as the texts are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sekisho.engines.leakscan.names.characters import normalise_words
from sekisho.engines.lexicon import municipalities, towns

__all__ = ["Gazetteer", "gazetteer"]

COUNTY = re.compile(r"^.{1,5}?郡(?=.+[町村]$)")
LONGEST_TOWN = 12
WARD = re.compile(r"^(.+?市)(.+区)$")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """``cities``: each name that a municipality goes by (札幌市中央区, 札幌市, 中央区, 当別町); ``towns``: names of all towns;
    ``all``: prefectures and municipalities.
    """

    prefectures: frozenset[str]
    cities: frozenset[str]
    towns: frozenset[str]
    all: frozenset[str]
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
    for name in normalise_words(table.column("city").to_pylist()):
        cities.add(name)
        cities.add(COUNTY.sub("", name))
        match = WARD.match(name)
        if match:
            cities.update(match.groups())
    names = set(normalise_words(towns().column("town").unique().to_pylist()))
    prefectures = frozenset(table.column("prefecture").to_pylist())
    return Gazetteer(
        prefectures, frozenset(cities), frozenset(n for n in names if 0 < len(n) <= LONGEST_TOWN), prefectures | cities,
        max(map(len, cities)), LONGEST_TOWN,
    )  # fmt: skip
