"""The description from which synthetic tables are made: what columns are, never values of real data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from sekisho.engines.masking.plan.fields import Fields
from sekisho.engines.masking.plan.fields import Path as Place
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["KINDS", "SCHEMA", "Description", "SyntheticColumn", "SyntheticTable", "parse_description", "read_description"]

SCHEMA: Final = "sekisho.synthetic/1"
_FORMATS: Final = ("date", "iso", "compact", "slash", "wareki")
_COMMON: Final = ("kind", "nulls", "empty", "note")
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "sequence": ("start", "step", "digits", "prefix", "shuffled"),
    "reference": ("table", "column"),
    "lookup": ("through", "table", "column"),
    "person_name": ("part", "separator", "family"),
    "person_kana": ("part", "separator", "family", "width"),
    "sex": ("codes",),
    "birth_date": ("format", "ages"),
    "age": ("ages",),
    "postal_code": ("prefecture", "city", "hyphen"),
    "postal_address": ("prefecture", "city", "parts"),
    "telephone": ("kinds", "hyphens"),
    "email": ("domain",),
    "my_number": (),
    "corporate_number": (),
    "number": ("digits", "check"),
    "category": ("values",),
    "integer": ("low", "high", "distribution", "mean", "deviation", "step"),
    "decimal": ("low", "high", "distribution", "mean", "deviation", "places"),
    "date": ("low", "high", "after", "format"),
    "boolean": ("share",),
    "constant": ("value",),
    "text": ("values", "length"),
}
"""Kinds of columns and the fields that each takes beside ``kind``, ``nulls`` and ``empty`` (shares)."""
_NEEDED: Final = {
    "reference": ("table", "column"), "lookup": ("through", "table", "column"), "category": ("values",),
    "integer": ("low", "high"), "decimal": ("low", "high"), "constant": ("value",), "number": ("digits",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyntheticColumn:
    """One column: its kind and the kind's own fields."""

    name: str
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    nulls: float = 0.0
    empty: float = 0.0


@dataclass(frozen=True, slots=True)
class SyntheticTable:
    """One table of ``rows`` rows, or with ``counts`` (how many rows each row of ``parent`` has: number → weight)."""

    name: str
    columns: dict[str, SyntheticColumn]
    rows: int = 0
    parent: str = ""
    counts: dict[int, float] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """All tables, in an order in which referred ones come first. ``as_of``: the day on which people have their ages."""

    title: str
    seed: int
    as_of: date
    tables: dict[str, SyntheticTable]


def read_description(path: Path) -> Description:
    """The description of a file. Raises InputError ``masking_runs.plan_bad`` with file and line of every mistake."""
    return parse_description(path.read_bytes(), file=str(path))


def parse_description(untrusted: bytes, *, file: str) -> Description:
    """The description of the bytes of a YAML file."""
    located = read_untrusted_yaml(untrusted, filename=file)
    fields = Fields(located, file)
    known = ("schema", "title", "seed", "as_of", "tables", "notes")
    top = fields.mapping(located.value, [], known=known, needed=("schema", "title", "seed", "as_of", "tables"))
    fields.stop()
    fields.text(top, "schema", [], needed=True, among=(SCHEMA,))
    as_of = fields.day(top, "as_of", []) or date(2000, 1, 1)
    seed = fields.whole(top, "seed", [], low=0)
    tables = {
        name: _table(fields, name, one, ["tables", name]) for name, one in fields.mapping(top["tables"], ["tables"]).items()
    }
    if not tables:
        fields.wrong(["tables"], "expects_mapping")
    _links(fields, tables)
    fields.stop()
    return Description(fields.text(top, "title", [], needed=True), seed, as_of, _ordered(fields, tables))


def _table(fields: Fields, name: str, value: Any, path: Place) -> SyntheticTable:
    found = fields.mapping(value, path, known=("rows", "rows_per", "columns", "primary_key", "note"), needed=("columns",))
    if ("rows" in found) == ("rows_per" in found):
        fields.wrong(path, "rows_or_per")
    parent, counts = "", dict[int, float]()
    if "rows_per" in found:
        per = fields.mapping(found["rows_per"], [*path, "rows_per"], known=("table", "counts"), needed=("table", "counts"))
        parent = fields.text(per, "table", [*path, "rows_per"], needed=True)
        counts = _counts(fields, per.get("counts", {}), [*path, "rows_per", "counts"])
    columns = {
        heading: _column(fields, heading, one, [*path, "columns", heading])
        for heading, one in fields.mapping(found.get("columns", {}), [*path, "columns"]).items()
    }
    if not columns:
        fields.wrong([*path, "columns"], "expects_mapping")
    rows = fields.whole(found, "rows", path, low=0)
    return SyntheticTable(name, columns, rows, parent, counts, fields.texts(found, "primary_key", path))


def _counts(fields: Fields, value: Any, path: Place) -> dict[int, float]:
    """Numbers of rows with their weights; YAML keys are texts by our rule."""
    found: dict[int, float] = {}
    for key, weight in fields.mapping(value, path).items():
        if not key.isdigit() or not _weight(weight):
            fields.wrong([*path, key], "expects_weights")
        else:
            found[int(key)] = float(weight)
    if not sum(found.values()):
        fields.wrong(path, "expects_weights")
    return found


def _weight(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value < 10**9


def _column(fields: Fields, name: str, value: Any, path: Place) -> SyntheticColumn:
    found = fields.mapping({"kind": value} if isinstance(value, str) else value, path, needed=("kind",))
    kind = fields.text(found, "kind", path, needed=True, among=tuple(KINDS))
    known = (*_COMMON, *KINDS.get(kind, ()))
    for key in found:
        if kind and key not in known:
            fields.wrong([*path, key], "field_unknown", field=key, known=", ".join(known))
    for key in _NEEDED.get(kind, ()):
        if key not in found:
            fields.wrong(path, "field_missing", field=key)
    nulls, empty = fields.share(found, "nulls", path) or 0.0, fields.share(found, "empty", path) or 0.0
    own = {key: one for key, one in found.items() if key not in _COMMON}
    _values(fields, kind, own, path)
    return SyntheticColumn(name, kind, own, nulls, empty)


def _values(fields: Fields, kind: str, own: Mapping[str, Any], path: Place) -> None:
    """The kind's own fields."""
    values = own.get("values")
    if "values" in own:
        good = isinstance(values, list) and values and all(isinstance(one, str | int | float) for one in values)
        weighted = isinstance(values, Mapping) and values and all(_weight(one) for one in values.values())
        if not good and not weighted:
            fields.wrong([*path, "values"], "expects_weights")
    if "ages" in own:
        _counts(fields, own["ages"], [*path, "ages"])
    for key in {"digits", "places", "length"} & set(own):
        fields.whole(own, key, path, low=0)
    for key, choices in (("distribution", ("uniform", "normal", "lognormal")), ("format", _FORMATS)):
        if key in own:
            fields.text(own, key, path, among=choices)
    _ranges(fields, kind, own, path)


def _ranges(fields: Fields, kind: str, own: Mapping[str, Any], path: Place) -> None:
    if kind == "date":
        for key in {"low", "high"} & set(own):
            fields.day(own, key, path)
    if kind in {"integer", "decimal", "sequence"}:
        for key in {"low", "high", "mean", "deviation", "step", "start"} & set(own):
            if not _plain(own[key]):
                fields.wrong([*path, key], "expects_number", low=0)
    if kind in {"integer", "decimal"} and _plain(own.get("low")) and _plain(own.get("high")) and own["low"] > own["high"]:
        fields.wrong([*path, "high"], "high_below_low")


def _plain(value: Any) -> bool:
    return type(value) in {int, float}


def _links(fields: Fields, tables: dict[str, SyntheticTable]) -> None:
    """References and look-ups lead to columns that are there."""
    for table in tables.values():
        if table.parent and table.parent not in tables:
            fields.wrong(["tables", table.name, "rows_per"], "key_column", column="", table=table.parent)
        for name in table.primary_key:
            if name not in table.columns:
                fields.wrong(["tables", table.name, "primary_key"], "key_column", column=name, table=table.name)
        for column in table.columns.values():
            path: Place = ["tables", table.name, "columns", column.name]
            other, wanted = str(column.fields.get("table", "")), str(column.fields.get("column", ""))
            if column.kind in {"reference", "lookup"} and (other not in tables or wanted not in tables[other].columns):
                fields.wrong(path, "key_column", column=wanted, table=other)
            for key in ("through", "family", "after"):
                if key in column.fields and column.fields[key] not in table.columns:
                    fields.wrong([*path, key], "key_column", column=str(column.fields[key]), table=table.name)


def _ordered(fields: Fields, tables: dict[str, SyntheticTable]) -> dict[str, SyntheticTable]:
    done: dict[str, SyntheticTable] = {}
    waiting = dict(tables)
    while waiting:
        ready = [name for name, one in waiting.items() if _needs(one) - {name} <= set(done)]
        if not ready or any(name in _needs(one) for name, one in waiting.items()):
            fields.wrong(["tables", next(iter(waiting))], "tables_in_circle")
            fields.stop()
        for name in ready:
            done[name] = waiting.pop(name)
    return done


def _needs(table: SyntheticTable) -> set[str]:
    found = {str(one.fields["table"]) for one in table.columns.values() if one.kind in {"reference", "lookup"}}
    return found | ({table.parent} if table.parent else set())
