"""Persons and places that nobody is: names from the lexicon, ages as a population has them, addresses in towns that exist."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.lexicon import UNASSIGNED, names, towns
from sekisho.errors import InputError

__all__ = ["AGES", "Persons", "birth_days", "mails", "pick", "places", "telephones"]

AGES: Final[dict[int, float]] = {0: 6, 10: 8, 20: 10, 30: 11, 40: 14, 50: 14, 60: 12, 70: 14, 80: 9, 90: 2}
"""Weights of ages by tens: roughly the shape of Japan's population, for want of a better description."""
_DAYS: Final = 365.2425


def pick(random: np.random.Generator, weights: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """``count`` places, each with its weight."""
    ends = np.cumsum(weights)
    found: NDArray[np.int64] = np.searchsorted(ends, random.random(count) * ends[-1], side="right").astype(np.int64)
    return found


def _writable(table: pa.Table) -> pa.Table:
    """The names that CP932, too, can hold."""
    return table.filter(pa.array([_in_cp932(one) for one in table["spelling"].to_pylist()]))


def _in_cp932(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _surnames() -> tuple[pa.Table, NDArray[np.float64]]:
    table = _writable(names().surnames)
    return table, np.asarray(table["weight"].to_numpy(), dtype=float)


@cache
def _given() -> dict[str, tuple[pa.Table, NDArray[np.float64]]]:
    table = _writable(names().given_names)
    found = {}
    for sex in "mf":
        part = table.filter(pc.or_(pc.equal(table["sex"], sex), pc.equal(table["sex"], "b")))
        found[sex] = (part, np.asarray(part["weight"].to_numpy(), dtype=float))
    return found


class Persons:
    """The persons of one batch of rows: surname, given name, kana, sex; a family shares its surname."""

    def __init__(self, random: np.random.Generator, count: int, families: list[Any] | None, known: dict[Any, int]) -> None:
        """``families``: a value for each row; equal ones share the surname. ``known``: remembers them from batch to batch."""
        table, weights = _surnames()
        surname = pick(random, weights, count)
        if families is not None:
            surname = np.array(
                [known.setdefault(one, int(own)) for one, own in zip(families, surname, strict=True)], dtype=np.int64
            )
        self.female = random.random(count) < 0.5  # noqa: PLR2004 - one in two
        self.surname = table["spelling"].take(pa.array(surname)).combine_chunks()
        self.surname_kana = table["kana"].take(pa.array(surname)).combine_chunks()
        self.given, self.given_kana = self._given_names(random, count)

    def _given_names(self, random: np.random.Generator, count: int) -> tuple[pa.Array, pa.Array]:
        parts = {sex: (part, pick(random, weights, count)) for sex, (part, weights) in _given().items()}
        female = pa.array(self.female)
        chosen = []
        for column in ("spelling", "kana"):
            one = {sex: part[column].take(pa.array(rows)).combine_chunks() for sex, (part, rows) in parts.items()}
            chosen.append(pc.if_else(female, one["f"], one["m"]))
        return chosen[0], chosen[1]

    def text(self, fields: dict[str, Any], *, kana: bool) -> pa.Array:
        """The name as the column wants it: ``part`` full, surname or given; ``separator`` between; ``width`` half."""
        surname, given = (self.surname_kana, self.given_kana) if kana else (self.surname, self.given)
        part = fields.get("part", "full")
        separator = str(fields.get("separator", "　"))
        whole = {"surname": surname, "given": given}.get(part)
        found = pc.binary_join_element_wise(surname, given, separator) if whole is None else whole
        if kana and fields.get("width") == "half":
            return pa.array([_half_width(one) for one in found.to_pylist()], pa.string())
        return found


@cache
def _half_table() -> dict[str, str]:
    import unicodedata  # noqa: PLC0415 - only where half width is asked for

    table = {"　": " ", "ー": "ｰ", "・": "･", "、": "､", "。": "｡", "「": "｢", "」": "｣"}
    for code in range(0xFF66, 0xFF9E):
        if chr(code) != "ｰ":
            table[unicodedata.normalize("NFKC", chr(code))] = chr(code)
        for mark in "ﾞﾟ":
            joined = unicodedata.normalize("NFKC", chr(code) + mark)
            if len(joined) == 1:
                table[joined] = chr(code) + mark
    return table


def _half_width(text: str) -> str:
    return "".join(_half_table().get(one, one) for one in text)


def birth_days(
    random: np.random.Generator, count: int, ages: dict[int, float], as_of: date
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days of birth (days since 1970-01-01) and ages in full years on ``as_of``.

    ``ages``: the first age of each group → weight.
    """
    starts = sorted(ages)
    ends = [*starts[1:], starts[-1] + 10]
    group = pick(random, np.array([ages[one] for one in starts], dtype=float), count)
    low, high = np.array(starts)[group], np.array(ends)[group]
    age = low + random.random(count) * np.maximum(high - low, 0)
    today = (as_of - date(1970, 1, 1)).days
    born = today - np.floor(age * _DAYS).astype(np.int64)
    days = born.astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    day = (days - days.astype("datetime64[M]")).astype(np.int64)
    later = (months > as_of.month - 1) | ((months == as_of.month - 1) & (day > as_of.day - 1))
    return born, as_of.year - years - later


def places(random: np.random.Generator, count: int, fields: dict[str, Any]) -> dict[str, pa.Array]:
    """Postal codes with the towns that they belong to; ``prefecture`` and ``city`` of the fields narrow them."""
    table = _towns(str(fields.get("prefecture", "")), str(fields.get("city", "")))
    rows = pa.array(random.integers(0, table.num_rows, count))
    taken = table.take(rows).combine_chunks()
    pairs = zip(random.integers(1, 30, count), random.integers(1, 40, count), strict=True)
    block = pa.array([f"{one}-{other}" for one, other in pairs], pa.string())
    return {
        "postal_code": taken["postal_code"].combine_chunks(),
        "prefecture": taken["prefecture"].combine_chunks(),
        "city": taken["city"].combine_chunks(),
        "town": taken["town"].combine_chunks(),
        "block": block,
    }


@cache
def _towns(prefecture: str, city: str) -> pa.Table:
    table = towns()
    plain = {name: table[name].cast(pa.string()) for name in ("postal_code", "prefecture", "city", "town")}
    found = pa.table(plain)
    keep = pc.and_(pc.not_equal(found["town"], ""), pc.less(pc.utf8_length(found["town"]), 20))
    if prefecture:
        keep = pc.and_(keep, pc.equal(found["prefecture"], prefecture))
    if city:
        keep = pc.and_(keep, pc.starts_with(found["city"], city))
    found = found.filter(keep)
    if not found.num_rows:
        raise InputError("masking_runs.no_such_town", prefecture=prefecture, city=city)
    return found


def telephones(random: np.random.Generator, count: int, fields: dict[str, Any]) -> list[str]:
    """Numbers that nobody has (the numbering plan leaves them out)."""
    wanted = fields.get("kinds", ["mobile", "fixed"])
    ranges = [one for one in UNASSIGNED if one.kind in wanted] or list(UNASSIGNED)
    chosen, numbers = random.integers(0, len(ranges), count), random.random(count)
    found = [ranges[int(one)].number(int(share * ranges[int(one)].size)) for one, share in zip(chosen, numbers, strict=True)]
    return found if fields.get("hyphens", True) else [one.replace("-", "") for one in found]


def mails(random: np.random.Generator, count: int, fields: dict[str, Any]) -> list[str]:
    """Addresses under a name that is reserved for examples."""
    domain = str(fields.get("domain", "example.jp"))
    letters = np.array(list("abcdefghijkmnpqrstuvwxyz23456789"))
    drawn = letters[random.integers(0, len(letters), (count, 10))]
    return [f"u{''.join(one)}@{domain}" for one in drawn.tolist()]
