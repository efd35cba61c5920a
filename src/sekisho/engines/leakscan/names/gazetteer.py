"""Prefectures, municipalities and towns for look-ups, normalised as the texts are."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    ``all``: prefectures and municipalities; ``city_widths``, ``town_widths``: the length of the longest by its first letter.
    """

    prefectures: frozenset[str]
    cities: frozenset[str]
    towns: frozenset[str]
    all: frozenset[str]
    city_widths: dict[str, int]
    town_widths: dict[str, int]

    def prefecture_at(self, text: str, start: int) -> int:
        """Where the prefecture that begins here ends; ``start`` where none does."""
        for width in (3, 4):
            if text[start : start + width] in self.prefectures:
                return start + width
        return start

    def city_at(self, text: str, start: int) -> int:
        """Where the longest municipality that begins here ends; ``start`` where none does."""
        for width in range(self.city_widths.get(text[start : start + 1], 0), 1, -1):
            if text[start : start + width] in self.cities:
                return start + width
        return start

    def town_at(self, text: str, start: int) -> int:
        """Where the longest town that begins here ends; ``start`` where none does."""
        for width in range(self.town_widths.get(text[start : start + 1], 0), 0, -1):
            if text[start : start + width] in self.towns:
                return start + width
        return start


def widths_of(names: Iterable[str]) -> dict[str, int]:
    """The length of the longest name for each first letter."""
    widths: dict[str, int] = {}
    for name in names:
        widths[name[0]] = max(len(name), widths.get(name[0], 0))
    return widths


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
    kept = frozenset(name for name in names if 0 < len(name) <= LONGEST_TOWN)
    return Gazetteer(prefectures, frozenset(cities), kept, prefectures | cities, widths_of(cities), widths_of(kept))
