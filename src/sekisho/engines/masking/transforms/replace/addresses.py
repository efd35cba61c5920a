"""Addresses of real towns with their own postal codes and house numbers out of a key; the prefecture or municipality may stay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines import lexicon
from sekisho.engines.masking.transforms.columns import as_text, filled, flat
from sekisho.engines.masking.transforms.context import Context, rows_error
from sekisho.engines.masking.transforms.parameters import choice, texts
from sekisho.engines.masking.transforms.replace.entity import Replacement, part, scaled

__all__ = ["FakeAddress", "municipality_of", "prefecture_of"]

_WHATS: Final = (
    "address", "postal_code", "prefecture", "city", "municipality", "town", "street", "town_street",
    "address_kana", "prefecture_kana", "city_kana", "town_kana",
)  # fmt: skip
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "address": ("prefecture", "city", "town", "street"),
    "municipality": ("prefecture", "city"),
    "town_street": ("town", "street"),
    "address_kana": ("prefecture_kana", "city_kana", "town_kana"),
}
_BLOCKS: Final = (5, 30, 20)
"""Highest 丁目, 番 and 号 of made-up house numbers."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Towns that have a name, with their ranges by municipality and prefecture (they stand in the order of their codes)."""

    columns: dict[str, pa.Array]
    municipality_first: NDArray[np.int64]
    municipality_count: NDArray[np.int64]
    prefecture_first: NDArray[np.int64]
    prefecture_count: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeAddress(Replacement):
    """A town of Japan, its postal code, and a house number that is made up.

    Columns of one address (postal code, prefecture, street, kana) name the same ``entity`` and then agree.

    Attributes:
        what: Which part of the address the column holds.
        keep: ``prefecture`` or ``municipality``: the new town lies in the original's.
        place: Column with the original address, for columns that do not hold it themselves (the postal code).
        unplaced: What happens where ``keep`` finds no prefecture or municipality: ``refuse``, or a town ``anywhere``.
        street: House numbers as ``2-14-3`` or ``2丁目14番3号``.
    """

    name: ClassVar[str] = "fake_address"
    purpose: ClassVar[str] = "address"

    what: str = choice("address", among=_WHATS)
    keep: str = choice("nothing", among=("nothing", "prefecture", "municipality"))
    place: str = texts("", high=200)
    unplaced: str = choice("refuse", among=("refuse", "anywhere"))
    street: str = choice("hyphens", among=("hyphens", "words"))

    def needs(self) -> tuple[str, ...]:
        """The entity's columns and the one of the original address."""
        return (*self.entity, *((self.place,) if self.place and self.place not in self.entity else ()))

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        words = self._words(values, context)
        first, count = self._range(values, context)
        towns = first + scaled(part(words, 0, 32, 32), 32, count)
        if self.what == "postal_code":
            return self._finished(self._codes(towns, as_text(values)), values, context)
        pieces = [self._piece(name, towns, words) for name in _PARTS.get(self.what, (self.what,))]
        joined = pieces[0] if len(pieces) == 1 else pc.binary_join_element_wise(*pieces, pa.scalar(""))
        return self._finished(joined, values, context)

    def _piece(self, name: str, towns: NDArray[np.int64], words: NDArray[np.uint64]) -> pa.Array:
        if name == "street":
            return _street(words, self.street)
        return flat(_places().columns[name].take(pa.array(towns)))

    def _codes(self, towns: NDArray[np.int64], like: pa.Array) -> pa.Array:
        """Postal codes, with a hyphen and a 〒 where the original has them."""
        codes = _places().columns["postal_code"].take(pa.array(towns))
        hyphen = pc.fill_null(pc.match_substring_regex(like, "[-‐−－ー]"), fill_value=False)
        if pc.any(hyphen).as_py():
            with_hyphen = pc.binary_join_element_wise(
                pc.utf8_slice_codeunits(codes, 0, 3), pc.utf8_slice_codeunits(codes, 3), "-"
            )
            codes = pc.if_else(hyphen, with_hyphen, codes)
        mark = pc.fill_null(pc.starts_with(like, "〒"), fill_value=False)
        return pc.if_else(mark, pc.binary_join_element_wise("〒", codes, ""), codes) if pc.any(mark).as_py() else codes

    def _range(self, values: pa.Array, context: Context) -> tuple[Any, Any]:
        """The first town and the number of towns among which each row's town lies."""
        places = _places()
        everywhere = len(places.columns["town"])
        if self.keep == "nothing":
            return 0, everywhere
        original = as_text(flat(context.beside(self.place)) if self.place else values)
        if self.keep == "prefecture":
            found, first, count = prefecture_of(original), places.prefecture_first, places.prefecture_count
        else:
            found, first, count = municipality_of(original), places.municipality_first, places.municipality_count
        missing = (found < 0) & filled(values)
        if missing.any() and self.unplaced == "refuse":
            raise rows_error("masking.place_unknown", np.flatnonzero(missing), context, kind=self.keep)
        context.memory.count("place_unknown", int(missing.sum()))
        return np.where(found < 0, 0, first[found]), np.where(found < 0, everywhere, count[found])


def prefecture_of(addresses: pa.Array) -> NDArray[np.int64]:
    """The prefecture at the beginning of each address, 0 to 46 in the order of the codes; -1 where there is none."""
    names = _prefectures()
    found = np.full(len(addresses), -1, dtype=np.int64)
    for length in sorted({len(one) for one in names}):
        _look_up(addresses, {name: code for code, name in enumerate(names) if len(name) == length}, length, found)
    return found


def municipality_of(addresses: pa.Array) -> NDArray[np.int64]:
    """The municipality at the beginning of each address (behind its prefecture): row of ``lexicon.municipalities``; -1 for none.

    A ward of a designated city counts as one; the 郡 of a town or village must stand in the address.
    """
    table = lexicon.municipalities()
    joined = pc.binary_join_element_wise(table["prefecture"], table["city"], "").to_pylist()
    found = np.full(len(addresses), -1, dtype=np.int64)
    for length in sorted({len(one) for one in joined}):
        _look_up(addresses, {name: row for row, name in enumerate(joined) if len(name) == length}, length, found)
    return found


def _look_up(addresses: pa.Array, names: dict[str, int], length: int, found: NDArray[np.int64]) -> None:
    """Enter the rows whose first characters are one of the names; a longer name takes the place of a shorter one."""
    heads = pc.utf8_slice_codeunits(addresses, 0, length)
    index = pc.index_in(heads, value_set=pa.array(list(names), heads.type))
    there = np.asarray(index.is_valid())
    if there.any():
        rows = np.array(list(names.values()), dtype=np.int64)
        found[there] = rows[np.asarray(pc.fill_null(index, 0))[there]]


def _street(words: NDArray[np.uint64], form: str) -> pa.Array:
    numbers = [1 + scaled(part(words, 1, 16 * place, 16), 16, most) for place, most in enumerate(_BLOCKS)]
    index = (numbers[0] - 1) * _BLOCKS[1] * _BLOCKS[2] + (numbers[1] - 1) * _BLOCKS[2] + numbers[2] - 1
    return _streets(form).take(pa.array(index))


@cache
def _streets(form: str) -> pa.Array:
    """Every made-up house number, in order."""
    template = "{}-{}-{}" if form == "hyphens" else "{}丁目{}番{}号"
    ranges = [range(1, most + 1) for most in _BLOCKS]
    return pa.array([template.format(one, two, three) for one in ranges[0] for two in ranges[1] for three in ranges[2]])


@cache
def _prefectures() -> tuple[str, ...]:
    return tuple(dict.fromkeys(lexicon.municipalities()["prefecture"].to_pylist()))


@cache
def _places() -> _Places:
    table = lexicon.towns()
    table = table.filter(pc.not_equal(table["town"], "")).combine_chunks()
    rows = table["municipality"].to_numpy().astype(np.int64)
    size = lexicon.municipalities().num_rows
    owners = pc.index_in(lexicon.municipalities()["prefecture"], value_set=pa.array(_prefectures())).to_numpy()
    columns = {name: flat(table[name]) for name in table.column_names if name != "municipality"}
    municipality = np.bincount(rows, minlength=size).astype(np.int64)
    prefecture = np.bincount(owners[rows], minlength=len(_prefectures())).astype(np.int64)
    empty = municipality == 0
    first = np.cumsum(municipality) - municipality
    whole = np.cumsum(prefecture) - prefecture
    return _Places(
        columns=columns,
        # a municipality without named towns gives those of its prefecture
        municipality_first=np.where(empty, whole[owners], first),
        municipality_count=np.where(empty, prefecture[owners], municipality),
        prefecture_first=whole,
        prefecture_count=prefecture,
    )
