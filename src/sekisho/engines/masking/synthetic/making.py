"""The columns of synthetic tables, batch by batch, from the seed of the description alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines.checkdigits import CORPORATE_NUMBER, MY_NUMBER, SCHEMES
from sekisho.engines.masking.synthetic.description import Description, SyntheticColumn, SyntheticTable
from sekisho.engines.masking.synthetic.people import AGES, Persons, birth_days, mails, pick, places, telephones
from sekisho.engines.masking.tables import BATCH_ROWS

__all__ = ["TableMaker"]

_EPOCH: Final = date(1970, 1, 1)
_ERAS: Final = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 1, 25), "明治"),
)
_GROUPED: Final = {"person_name": "person", "person_kana": "person", "sex": "person", "birth_date": "birth", "age": "birth",
                   "postal_code": "place", "postal_address": "place"}  # fmt: skip


def _generator(seed: int, *parts: str) -> np.random.Generator:
    """A source of chance for one thing of one table: what stands elsewhere in the description does not change it."""
    content = "\x1f".join((str(seed), *parts)).encode()
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(content).digest(), "big")))


class TableMaker:
    """Makes one table. ``known`` holds the columns of earlier tables that this one refers to."""

    def __init__(self, description: Description, table: SyntheticTable, known: dict[tuple[str, str], pa.Array]) -> None:
        """Draws how many rows each parent has, where the table has one."""
        self._about, self._table, self._known = description, table, known
        self._chance = {
            name: _generator(description.seed, table.name, name)
            for name in [*table.columns, "\x00person", "\x00birth", "\x00place"]
        }
        self._families: dict[Any, int] = {}
        self._parents: NDArray[np.int64] | None = None
        if table.parent:
            count = next(len(array) for (name, _), array in known.items() if name == table.parent)
            options = sorted(table.counts)
            random = _generator(description.seed, table.name, "\x00rows")
            drawn = pick(random, np.array([table.counts[one] for one in options], dtype=float), count)
            self._parents = np.repeat(np.arange(count), np.array(options)[drawn])
        self.rows = table.rows if self._parents is None else len(self._parents)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows."""
        for start in range(0, self.rows, BATCH_ROWS):
            yield self._batch(start, min(BATCH_ROWS, self.rows - start))

    def empty(self) -> pa.RecordBatch:
        """No rows, for the types."""
        return self._batch(0, 0)

    def _batch(self, start: int, count: int) -> pa.RecordBatch:
        made: dict[str, pa.Array] = {}
        groups: dict[str, Any] = {}
        waiting = list(self._table.columns.values())
        while waiting:
            column = next((one for one in waiting if all(other in made for other in _before(one))), waiting[0])
            waiting.remove(column)
            made[column.name] = self._gaps(column, self._column(column, start, count, made, groups), count)
        return pa.RecordBatch.from_arrays([made[name] for name in self._table.columns], names=list(self._table.columns))

    def _gaps(self, column: SyntheticColumn, array: pa.Array, count: int) -> pa.Array:
        if not column.nulls and not column.empty:
            return array
        drawn = self._chance[column.name].random(count)
        if column.empty and pa.types.is_string(array.type):
            array = pc.if_else(pa.array(drawn > 1 - column.empty), "", array)
        return pc.if_else(pa.array(drawn < column.nulls), pa.scalar(None, array.type), array)

    def _column(
        self, column: SyntheticColumn, start: int, count: int, made: dict[str, pa.Array], groups: dict[str, Any]
    ) -> pa.Array:
        random, fields = self._chance[column.name], column.fields
        group = _GROUPED.get(column.kind)
        if group is not None:
            return self._grouped(column, group, count, made, groups)
        if column.kind in {"reference", "lookup"}:
            return self._linked(column, start, count, made)
        if column.kind == "sequence":
            return _sequence(fields, start, count, self.rows, self._about.seed)
        if column.kind == "date":
            return self._date(random, fields, count, made)
        maker: Callable[[np.random.Generator, int, dict[str, Any]], Any] = _MAKERS[column.kind]
        found: Any = maker(random, count, fields)
        return found if isinstance(found, pa.Array) else pa.array(found, pa.string())

    def _grouped(
        self, column: SyntheticColumn, group: str, count: int, made: dict[str, pa.Array], groups: dict[str, Any]
    ) -> pa.Array:
        """Columns that speak of the same person, birth or place."""
        fields, random = column.fields, self._chance[f"\x00{group}"]
        if group == "person":
            if group not in groups:
                family = next((str(one.fields["family"]) for one in self._table.columns.values() if "family" in one.fields), "")
                groups[group] = Persons(random, count, made[family].to_pylist() if family else None, self._families)
            persons: Persons = groups[group]
            if column.kind == "sex":
                codes = fields.get("codes", {"m": "男", "f": "女"})
                return pc.if_else(pa.array(persons.female), str(codes.get("f", "女")), str(codes.get("m", "男")))
            return persons.text(fields, kana=column.kind == "person_kana")
        if group == "birth":
            if group not in groups:
                ages = next((one.fields["ages"] for one in self._table.columns.values() if "ages" in one.fields), AGES)
                groups[group] = birth_days(random, count, {int(key): float(one) for key, one in ages.items()}, self._about.as_of)
            born, age = groups[group]
            return pa.array(age, pa.int64()) if column.kind == "age" else _written(born, str(fields.get("format", "date")))
        if group not in groups:
            where = next(
                (one.fields for one in self._table.columns.values() if one.fields.get("prefecture") or one.fields.get("city")), {}
            )
            groups[group] = places(random, count, where)
        return _place(column, groups[group])

    def _linked(self, column: SyntheticColumn, start: int, count: int, made: dict[str, pa.Array]) -> pa.Array:
        table, name = str(column.fields["table"]), str(column.fields["column"])
        values = self._known[table, name]
        if column.kind == "lookup":
            through = self._table.columns[str(column.fields["through"])]
            keys = self._known[table, str(through.fields["column"])]
            return values.take(pc.index_in(made[through.name], keys))
        if table == self._table.parent and self._parents is not None:
            return values.take(pa.array(self._parents[start : start + count]))
        return values.take(pa.array(self._chance[column.name].integers(0, max(len(values), 1), count)))

    def _date(self, random: np.random.Generator, fields: dict[str, Any], count: int, made: dict[str, pa.Array]) -> pa.Array:
        low, high = _day(fields.get("low"), self._about.as_of.replace(day=1)), _day(fields.get("high"), self._about.as_of)
        days = low + (random.random(count) * (max(high - low, 0) + 1)).astype(np.int64)
        if "after" in fields:
            before = made[str(fields["after"])]
            if pa.types.is_date(before.type):
                first = np.asarray(pc.fill_null(before.cast(pa.int32()), low).to_numpy(zero_copy_only=False), dtype=np.int64)
                days = np.maximum(first, low) + (random.random(count) * np.maximum(high - np.maximum(first, low), 0)).astype(
                    np.int64
                )
        return _written(days, str(fields.get("format", "date")))


def _before(column: SyntheticColumn) -> list[str]:
    """Columns of the same table that must be made first."""
    return [str(column.fields[key]) for key in ("through", "family", "after") if key in column.fields]


def _day(value: Any, other: date) -> int:
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return ((found or other) - _EPOCH).days


def _sequence(fields: dict[str, Any], start: int, count: int, rows: int, seed: int) -> pa.Array:
    places_of = np.arange(start, start + count)
    if fields.get("shuffled"):
        places_of = _generator(seed, "\x00shuffled", str(rows)).permutation(rows)[start : start + count]
    numbers = int(fields.get("start", 1)) + places_of * int(fields.get("step", 1))
    digits, prefix = int(fields.get("digits", 0)), str(fields.get("prefix", ""))
    if not digits and not prefix:
        return pa.array(numbers, pa.int64())
    return pa.array([f"{prefix}{one:0{digits}d}" for one in numbers.tolist()], pa.string())


def _written(days: NDArray[np.int64], form: str) -> pa.Array:
    """Days as dates, or as texts in the form that old systems keep them in."""
    found = pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32())
    if form == "date":
        return found
    values: list[date] = found.to_pylist()
    if form == "wareki":
        return pa.array([_era(one) for one in values], pa.string())
    shape = {"iso": "%Y-%m-%d", "compact": "%Y%m%d", "slash": "%Y/%m/%d"}[form]
    return pa.array([one.strftime(shape) for one in values], pa.string())


def _era(day: date) -> str:
    begins, name = next(((first, era) for first, era in _ERAS if day >= first), (_ERAS[-1][0], _ERAS[-1][1]))
    year = day.year - begins.year + 1
    return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def _place(column: SyntheticColumn, place: dict[str, pa.Array]) -> pa.Array:
    if column.kind == "postal_code":
        code = place["postal_code"]
        return code if not column.fields.get("hyphen", True) else pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(code, 0, 3), pc.utf8_slice_codeunits(code, 3, 7), "-"
        )  # fmt: skip
    parts = column.fields.get("parts", ["prefecture", "city", "town", "block"])
    return pc.binary_join_element_wise(*(place[one] for one in parts), "")


def _numbers(random: np.random.Generator, count: int, fields: dict[str, Any]) -> NDArray[np.float64]:
    low, high = float(fields["low"]), float(fields["high"])
    shape = fields.get("distribution", "uniform")
    if shape == "uniform":
        return low + random.random(count) * (high - low)
    mean = float(fields.get("mean", (low + high) / 2))
    deviation = float(fields.get("deviation", (high - low) / 6 or 1))
    if shape == "normal":
        return np.clip(random.normal(mean, deviation, count), low, high)
    spread = np.sqrt(np.log1p((deviation / max(mean, 1e-9)) ** 2))
    return np.clip(random.lognormal(np.log(max(mean, 1e-9)) - spread**2 / 2, spread, count), low, high)


def _integer(random: np.random.Generator, count: int, fields: dict[str, Any]) -> pa.Array:
    step = int(fields.get("step", 1)) or 1
    upper = {**fields, "high": float(fields["high"]) + (1 - 1e-9 if fields.get("distribution", "uniform") == "uniform" else 0)}
    found = np.floor(_numbers(random, count, upper) / step) * step
    return pa.array(np.clip(found, float(fields["low"]), float(fields["high"])).astype(np.int64), pa.int64())


def _decimal(random: np.random.Generator, count: int, fields: dict[str, Any]) -> pa.Array:
    return pa.array(np.round(_numbers(random, count, fields), int(fields.get("places", 2))), pa.float64())


def _chosen(random: np.random.Generator, count: int, fields: dict[str, Any]) -> list[str]:
    values = fields.get("values", ["（架空の記載）"])
    weights = values if isinstance(values, dict) else dict.fromkeys(map(str, values), 1.0)
    words = list(weights)
    return [words[one] for one in pick(random, np.array([float(weights[w]) for w in words]), count).tolist()]


def _digit_rows(random: np.random.Generator, count: int, places_of: int) -> NDArray[np.uint8]:
    return random.integers(0, 10, (count, places_of), dtype=np.uint8)


def _texts(rows: NDArray[Any]) -> list[str]:
    return ["".join(map(str, one)) for one in rows.tolist()]


def _my_number(random: np.random.Generator, count: int, fields: dict[str, Any]) -> list[str]:
    """Twelve digits whose check digit is wrong, so that it is nobody's number (my_number_rules.yaml, MR05)."""
    del fields
    rows = MY_NUMBER.complete(_digit_rows(random, count, MY_NUMBER.places))
    rows[:, -1] = (rows[:, -1] + random.integers(1, 10, count, dtype=np.uint8)) % 10
    return _texts(rows)


def _corporate(random: np.random.Generator, count: int, fields: dict[str, Any]) -> list[str]:
    del fields
    rows = CORPORATE_NUMBER.complete(_digit_rows(random, count, CORPORATE_NUMBER.places))
    rows[:, 0] = (rows[:, 0] + random.integers(1, 9, count, dtype=np.uint8) - 1) % 9 + 1
    return _texts(rows)


def _number(random: np.random.Generator, count: int, fields: dict[str, Any]) -> list[str]:
    """So many digits; ``check`` names a scheme whose check digit is to be right."""
    scheme = SCHEMES.get(str(fields.get("check", "")))
    rows = _digit_rows(random, count, int(fields["digits"]) if scheme is None else scheme.places)
    return _texts(rows if scheme is None else scheme.complete(rows))


def _boolean(random: np.random.Generator, count: int, fields: dict[str, Any]) -> pa.Array:
    return pa.array(random.random(count) < float(fields.get("share", 0.5)))


def _constant(random: np.random.Generator, count: int, fields: dict[str, Any]) -> pa.Array:
    del random
    return pa.array([fields["value"]] * count, pa.scalar(fields["value"]).type)


_MAKERS: Final[dict[str, Callable[[np.random.Generator, int, dict[str, Any]], Any]]] = {
    "telephone": telephones, "email": mails, "my_number": _my_number, "corporate_number": _corporate, "number": _number,
    "category": _chosen, "text": _chosen, "integer": _integer, "decimal": _decimal, "boolean": _boolean, "constant": _constant,
}  # fmt: skip
