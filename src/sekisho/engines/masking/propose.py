"""A first plan from looking at the data: a transform for each column with the reason, for a person to decide on.

Columns about which nothing was found stay ``undecided``: a run refuses them until somebody has looked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sekisho.engines.masking.inspecting import ColumnInspector
from sekisho.engines.masking.masker import Chance
from sekisho.engines.masking.plan.model import PERSONAL, SCHEMA
from sekisho.engines.masking.survey import ColumnSurvey, TableSurvey, surveyed
from sekisho.engines.masking.tables import Source
from sekisho.engines.masking.transforms import TRANSFORMS, transform_from_plan
from sekisho.errors import InputError
from sekisho.standards.texts import render

__all__ = ["propose"]

_Entry = dict[str, Any]
_SURE: Final = 0.6
_DIGITS_FF1: Final = 6
_BY_KIND: Final[dict[str, tuple[_Entry, ...]]] = {
    "my_number": ({"transform": "drop"},),
    "resident_record_code": ({"transform": "drop"},),
    "telephone": ({"transform": "fake_phone"}, {"transform": "redact"}),
    "email": ({"transform": "fake_email"}, {"transform": "redact"}),
    "free_text": ({"transform": "redact"},),
    "secret": ({"transform": "drop"},),
    "bank_account": ({"transform": "ff1"}, {"transform": "token"}),
    "payment_card": ({"transform": "ff1", "check_digit": "luhn"}, {"transform": "token"}),
    "driving_licence": ({"transform": "ff1", "check_digit": "driving_licence"}, {"transform": "token"}),
    "passport": ({"transform": "token"},),
    "residence_card": ({"transform": "token"},),
    "pension_number": ({"transform": "ff1"}, {"transform": "token"}),
    "insured_number": ({"transform": "ff1"}, {"transform": "token"}),
    "amount": ({"transform": "noise", "percent": 10},),
    "sex": ({"transform": "keep"},),
    "age": ({"transform": "generalise_number", "width": 5, "label": "lower"},),
    "prefecture": ({"transform": "keep"},),
    "city": ({"transform": "keep"},),
    "town": ({"transform": "shuffle"}, {"transform": "redact"}),
    "relation": ({"transform": "keep"},),
    "category": ({"transform": "keep"},),
    "organisation": ({"transform": "keep"},),
    "name_of_thing": ({"transform": "keep"},),
    "corporate_number": ({"transform": "keep"},),
    "invoice_number": ({"transform": "keep"},),
    "insurer_number": ({"transform": "keep"},),
}
_PERSONS: Final = ("addressee_number", "person_number", "insured_number", "household_number")
_PLACES: Final = ("household_number", "addressee_number", "person_number", "insured_number")
_SURNAME: Final = re.compile(r"^(姓(?!名)|苗字|名字|氏(?!名))|(last|family|sur)_?name|^sei", re.IGNORECASE)
_GIVEN: Final = re.compile(r"^名(?!前|義)|(first|given)_?name|^mei", re.IGNORECASE)
_NUMBERS: Final = frozenset({"addressee_number", "household_number", "person_number", "identifier"})


def propose(
    source: Source,
    *,
    title: str,
    purpose: str,
    recipient: str,
    domain: str,
    inspector: ColumnInspector | None,
    random: Chance,
    language: str = "ja",
) -> dict[str, Any]:
    """The plain value of a plan (see :func:`.plan.write_plan`) for the tables of ``source``; ``random`` is for prints only.

    ``language``: of the reasons ("ja" or "en").
    """
    surveys = surveyed(source, inspector=inspector, random=random)
    keyed = _keyed(surveys)
    tables = {one.table.name: _table(one, keyed, language) for one in surveys}
    about = {"schema": SCHEMA, "title": title, "version": 1, "purpose": purpose, "recipient": recipient, "place": "outside"}
    return {**about, "domain": domain, "bases": {}, "tables": tables, "views": {}}


def _keyed(surveys: Sequence[TableSurvey]) -> dict[tuple[str, str], _Entry]:
    """Key columns and those that refer to them get one and the same transform."""
    found: dict[tuple[str, str], _Entry] = {}
    for one in surveys:
        for name in one.primary_key:
            found[one.table.name, name] = _entry(
                _number(one.columns[name]) if _as_key(one.columns[name]) else _by_kind(one, name)
            )
    for one in surveys:
        for key in one.foreign_keys:
            for own, referred in zip(key.columns, key.referred, strict=True):
                if (key.table, referred) in found:
                    found[one.table.name, own] = found[key.table, referred]
    return found


def _as_key(column: ColumnSurvey) -> bool:
    return column.kind not in {"my_number", "resident_record_code"}


def _table(one: TableSurvey, keyed: dict[tuple[str, str], _Entry], language: str) -> _Entry:
    entry: _Entry = {}
    dropped = {name for name in one.primary_key if keyed[one.table.name, name].get("transform") == "drop"}
    if one.primary_key and not dropped:
        entry["primary_key"] = list(one.primary_key)
    if one.foreign_keys:
        entry["foreign_keys"] = [
            {"columns": list(key.columns), "table": key.table, "referred": list(key.referred)} for key in one.foreign_keys
        ]
    columns = {}
    for name, column in one.columns.items():
        chosen = keyed.get((one.table.name, name)) or _entry(_by_kind(one, name))
        about: _Entry = {"kinds": [column.kind]} if column.kind else {}
        columns[name] = {**chosen, **about, "confidence": column.confidence, "reason": _reason(column, language)}
    return {**entry, "columns": columns}


def _reason(column: ColumnSurvey, language: str) -> str:
    """Why, with the shares of the sample that the leak scan knows."""
    found = sorted(column.found.items(), key=lambda one: -one[1])[:2]
    words = [render(f"masking_runs.reason_{one}", {}, language) for one in column.reasons]
    words += [render("masking_runs.reason_found", {"kind": kind, "share": f"{share:.0%}"}, language) for kind, share in found]
    return ("; " if language == "en" else "、").join(words)


def _by_kind(table: TableSurvey, name: str) -> tuple[_Entry, ...]:
    column = table.columns[name]
    if column.kind in _NUMBERS:
        return _number(column)
    if column.kind in {"birth_date", "date"}:
        return _date(table, column)
    if column.kind in {"person_name", "person_kana", "postal_code", "postal_address"}:
        return _made_up(table, column)
    if column.confidence < _SURE and column.kind not in PERSONAL and not column.found:
        return ({"transform": "undecided"},)
    return _BY_KIND.get(column.kind, ({"transform": "redact"},) if column.kind in PERSONAL else ({"transform": "undecided"},))


def _person(table: TableSurvey, order: Sequence[str]) -> str:
    """The column that names the person (the household) in this table, "" where there is none."""
    found = sorted((one for one in table.columns.values() if one.kind in order), key=lambda one: order.index(one.kind))
    return found[0].name if found else ""


def _first(table: TableSurvey, kind: str) -> str:
    return next((one.name for one in table.columns.values() if one.kind == kind), "")


def _made_up(table: TableSurvey, column: ColumnSurvey) -> tuple[_Entry, ...]:
    """Names and addresses out of the lexicon; what belongs together hangs on the same person, or on the same original."""
    name = column.kind in {"person_name", "person_kana"}
    entity = _person(table, _PERSONS if name else _PLACES)
    base = _first(table, "person_name" if name else "postal_address")
    entry: _Entry = {"transform": "fake_name" if name else "fake_address"}
    part = _name_part(column) if name else "postal_code" if column.kind == "postal_code" else ""
    if part:
        entry["what"] = part
    if entity or (base and base != column.name):
        entry["entity"] = entity or base
    sex = _first(table, "sex")
    if name and sex:
        entry["sex"] = sex
    return (entry, {"transform": "redact"})


def _name_part(column: ColumnSurvey) -> str:
    """Surname, given name, or both; in kanji or kana."""
    part = "surname" if _SURNAME.search(column.name) else "given_name" if _GIVEN.search(column.name) else "name"
    return f"{part}_kana" if column.kind == "person_kana" else part if part != "name" else ""


def _number(column: ColumnSurvey) -> tuple[_Entry, ...]:
    """Numbers of people and cases: the same digits by FF1 where there are enough of them, else tokens."""
    if column.digits >= _DIGITS_FF1:
        return ({"transform": "ff1"}, {"transform": "token"})
    if column.digits or column.numbers == 1:
        return ({"transform": "token", "alphabet": "digits", "length": 18, "population": 1_000_000}, {"transform": "token"})
    return ({"transform": "token"},)


def _date(table: TableSurvey, column: ColumnSurvey) -> tuple[_Entry, ...]:
    """Days move by the same span for one person, so that intervals stay; where no person is named, birth dates are made up."""
    person = _person(table, _PERSONS)
    if person:
        return ({"transform": "date_shift", "entity": person},)
    return ({"transform": "fake_birth_date"},) if column.kind == "birth_date" else ({"transform": "keep"},)


def _entry(candidates: Sequence[_Entry]) -> _Entry:
    """The first candidate that this installation has and that its parameters allow."""
    for one in candidates:
        if one["transform"] in {"keep", "undecided"}:
            return one
        if one["transform"] in TRANSFORMS:
            try:
                transform_from_plan(one, "")
            except InputError:
                continue
            return one
    return {"transform": "undecided"}
