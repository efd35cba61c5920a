"""A retention ledger out of a file: CSV, Excel or JSON lines, into the columns that :func:`due_list` takes.

Columns by their Japanese or English heading (:data:`HEADINGS`). ``kind``: one, or several with ``;``. ``event``: the day for
all kinds, or one each with ``;``. ``answers``: ``loss_year=yes;…``. ``own_period``: ``5年``. ``hold``: anything but no is held.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa

from sekisho.engines.arrow_alone import without_pandas
from sekisho.engines.retention.days import YearEnd, parse_day, parse_period
from sekisho.engines.retention.due import Entries
from sekisho.engines.retention.ledger_files import read_columns, row_numbers
from sekisho.engines.retention.model import Case
from sekisho.errors import InputError, Problem
from sekisho.standards.retention_rules import RetentionRules, retention_rules

__all__ = ["Ledger", "read_ledger"]

HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id", "管理番号", "番号"),
    "name": ("name", "名称", "情報の名称"),
    "kind": ("kind", "種類", "保存期間の種類"),
    "event": ("event", "起算の日", "出来事の日", "event_date"),
    "second_event": ("second_event", "二つ目の日"),
    "fixed_day": ("fixed_day", "定めた日"),
    "answers": ("answers", "答え"),
    "year_end": ("year_end", "事業年度の終わり"),
    "filing_months": ("filing_months", "提出期限の延長"),
    "own_period": ("own_period", "保存年限"),
    "hold": ("hold", "保全"),
    "purpose_ended": ("purpose_ended", "利用目的の達成日"),
    "steps_done": ("steps_done", "手続済み"),
}
_NEEDED: Final = ("id", "kind", "event")
_CASE: Final = ("answers", "year_end", "filing_months", "own_period")
_SPLIT: Final = re.compile("[;；]")
_MOST_PROBLEMS: Final = 200
_YES: Final = frozenset({"yes", "true", "1", "はい", "済", "有", "○"})
_NO: Final = frozenset({"no", "false", "0", "いいえ", "未", "無", "×", ""})
_T = TypeVar("_T")
Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The entries of a file in its order, ready to be computed. ``assumed``: rows whose business year was not in the file."""

    ids: pa.Array
    names: pa.Array
    kind_words: pa.Array
    entries: Entries
    assumed: np.ndarray[Any, np.dtype[np.bool_]]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as numbers into its different words."""

    words: list[str]
    codes: Numbers


def read_ledger(
    path: Path, *, year_end: YearEnd | None = None, assumed: bool = False, rules: RetentionRules | None = None
) -> Ledger:
    """The entries of a ledger file.

    ``year_end``: the end of the business year for rows that say none; ``assumed``: it was not handed in but taken as given.
    Raises InputError naming file, row and column of everything that cannot be read (``retention.ledger_*``, ``retention.day_*``),
    NotFound when there is no such file.
    """
    without_pandas()
    known = rules or retention_rules()
    columns = _named(read_columns(path), path.name)
    reader = _Reader(path, columns, known)
    made = reader.entries(year_end)
    own = np.array([known.kind(name).rule.start.year == "own" for name in made.kinds], bool)
    unsaid = np.array([not word.strip() for word in reader.column("year_end").words], bool)[reader.column("year_end").codes]
    rows = unsaid[made.entry] & own[made.kind] if assumed and len(made.kind) else np.zeros(len(made.kind), bool)
    if made.fixed is not None and len(rows):
        rows &= np.isnat(made.fixed)
    return Ledger(reader.text("id"), reader.text("name"), reader.text("kind"), made, rows)


def _named(columns: Mapping[str, pa.Array], file: str) -> dict[str, pa.Array]:
    """The columns by our names. Raises InputError for missing, double and unknown ones."""
    by_heading = {heading: name for name, headings in HEADINGS.items() for heading in headings}
    found: dict[str, pa.Array] = {}
    problems = []
    for heading, column in columns.items():
        plain = unicodedata.normalize("NFKC", heading).strip()
        name = by_heading.get(plain.lower(), by_heading.get(plain, ""))
        if not name:
            problems.append(Problem("retention.ledger_unknown_column", {"column": plain[:40]}, file, 1, plain[:40]))
        elif name in found:
            problems.append(Problem("retention.ledger_double_column", {"column": plain[:40]}, file, 1, plain[:40]))
        else:
            found[name] = column
    problems += [Problem("retention.ledger_missing_column", {"column": n}, file, 1, n) for n in _NEEDED if n not in found]
    if problems:
        raise InputError("retention.ledger_columns", problems=tuple(problems), count=len(problems), file=file)
    return found


class _Reader:
    """Turns words into days and numbers, each different word once; collects what cannot be read, with its first record."""

    def __init__(self, path: Path, columns: dict[str, pa.Array], rules: RetentionRules) -> None:
        self._path = path
        self._file = path.name
        self._rules = rules
        self._rows = len(columns["id"])
        self._columns = columns
        self._coded: dict[str, _Column] = {}
        self._problems: list[Problem] = []

    def text(self, name: str) -> pa.Array:
        """A column as it was written; empty where the file has none."""
        return self._columns.get(name, pa.repeat(pa.scalar(""), self._rows))

    def column(self, name: str) -> _Column:
        """A column by its different words."""
        if name not in self._coded:
            coded = self.text(name).dictionary_encode()
            words = [str(word or "") for word in coded.dictionary.to_pylist()]
            codes = coded.indices.fill_null(len(words)) if coded.null_count else coded.indices
            if coded.null_count:
                words.append("")
            self._coded[name] = _Column(words, codes.to_numpy(zero_copy_only=False).astype(np.int64))
        return self._coded[name]

    def _read(self, name: str, read: Callable[[str], _T], empty: Callable[[], _T]) -> list[_T]:
        """Each different word of a column as ``read`` takes it; what it refuses becomes a problem."""
        column, made = self.column(name), []
        for code, word in enumerate(column.words):
            try:
                made.append(read(word.strip()) if word.strip() else empty())
            except InputError as error:
                row = int(np.argmax(column.codes == code))
                self._problems.append(Problem(error.code, error.fields, self._file, row, name))
                made.append(empty())
        return made

    def entries(self, year_end: YearEnd | None) -> Entries:
        """All columns as numbers. Raises InputError with every problem."""
        kinds: list[tuple[str, ...]] = self._read("kind", self._kinds, tuple)
        self._need("kind", kinds)
        known = sorted({kind for many in kinds for kind in many})
        number = {kind: code for code, kind in enumerate(known)}
        counts = np.array([len(many) for many in kinds], np.int64)[self.column("kind").codes] if kinds else np.zeros(0, np.int64)
        entry = np.repeat(np.arange(self._rows), counts)
        place = np.arange(len(entry)) - np.repeat(np.cumsum(counts) - counts, counts)
        kind = _picked([[number[k] for k in many] for many in kinds], self.column("kind").codes, entry, place, np.int64)
        days = {name: self._days(name, counts, entry, place) for name in ("event", "second_event", "fixed_day", "purpose_ended")}
        cases, case = self._cases(year_end)
        held = np.array(self._read("hold", lambda word: word not in _NO, bool), bool)
        done = np.array(self._read("steps_done", _yes, bool), bool)
        self._raise()
        return Entries(
            kinds=known, kind=kind, event=days["event"], second=days["second_event"], fixed=days["fixed_day"], cases=cases,
            case=case[entry], entry=entry, held=held[self.column("hold").codes][entry] if self._rows else None,
            steps_done=done[self.column("steps_done").codes][entry] if self._rows else None, purpose_ended=days["purpose_ended"],
        )  # fmt: skip

    def _kinds(self, word: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in _SPLIT.split(word) if part.strip())
        for one in found:
            self._rules.kind(one)
        return tuple(dict.fromkeys(found))

    def _need(self, name: str, values: Sequence[Any]) -> None:
        column = self.column(name)
        for code, value in enumerate(values):
            if not value and not column.words[code].strip():
                row = int(np.argmax(column.codes == code))
                self._problems.append(Problem("retention.ledger_empty", {"column": name}, self._file, row, name))

    def _days(self, name: str, counts: np.ndarray[Any, Any], entry: np.ndarray[Any, Any], place: np.ndarray[Any, Any]) -> Any:
        lists: list[list[date | None]] = self._read(name, _day_list, lambda: [None])
        codes = self.column(name).codes
        several = np.array([len(one) for one in lists], np.int64)[codes] if lists else np.zeros(0, np.int64)
        wrong = np.flatnonzero((several != 1) & (several != counts) & (counts > 0))
        if len(wrong):
            fields = {"column": name, "days": int(several[wrong[0]]), "kinds": int(counts[wrong[0]])}
            self._problems.append(Problem("retention.ledger_days_differ", fields, self._file, int(wrong[0]), name))
            return np.full(len(entry), np.datetime64("NaT", "D"))
        spot = np.where(several[entry] == 1, 0, place) if len(entry) else place
        return _picked(lists, codes, entry, spot, "datetime64[D]")

    def _cases(self, year_end: YearEnd | None) -> tuple[list[Case], Numbers]:
        answers = self._read("answers", self._answers, dict)
        ends = self._read("year_end", _year_end, lambda: year_end)
        months = self._read("filing_months", _months, int)
        own = self._read("own_period", _own_period, lambda: (None, "year"))
        mixed = np.zeros(self._rows, np.int64)
        for name in _CASE:
            column = self.column(name)
            mixed = mixed * max(1, len(column.words)) + column.codes
        _, first, codes = np.unique(mixed, return_index=True, return_inverse=True)
        picks = {name: self.column(name).codes[first].tolist() for name in _CASE}
        cases = [
            Case(answers=answers[a], year_end=ends[e], filing_months=months[m], own_value=own[o][0], own_unit=own[o][1])
            for a, e, m, o in zip(*(picks[name] for name in _CASE), strict=True)
        ]
        return cases or [Case()], codes.astype(np.int64)

    def _answers(self, word: str) -> dict[str, bool]:
        found = {}
        for part in filter(str.strip, _SPLIT.split(word)):
            name, _, value = part.partition("=")
            if name.strip() not in self._rules.conditions:
                known = ", ".join(sorted(self._rules.conditions))
                raise InputError("retention.unknown_question", question=name.strip()[:60], kind="", known=known)
            found[name.strip()] = _yes(value.strip())
        return found

    def _raise(self) -> None:
        if self._problems:
            ordered = sorted(self._problems, key=lambda p: (p.row or 0, p.column))
            rows = row_numbers(self._path)
            shown = tuple(replace(p, row=rows[p.row or 0]) for p in ordered[:_MOST_PROBLEMS])
            raise InputError("retention.ledger_wrong", problems=shown, count=len(ordered), file=self._file)


def _picked(lists: Sequence[Sequence[Any]], codes: Any, entry: Any, place: Any, dtype: Any) -> Any:
    """For each row the value at its place in the list of its word."""
    offsets = np.r_[0, np.cumsum([len(one) for one in lists])][:-1].astype(np.int64) if lists else np.zeros(0, np.int64)
    flat = np.array([value for one in lists for value in one], dtype=dtype)
    return flat[offsets[codes[entry]] + place] if len(entry) else np.zeros(0, dtype)


def _day_list(word: str) -> list[date | None]:
    return [parse_day(part) if part.strip() else None for part in _SPLIT.split(word)]


def _year_end(word: str) -> YearEnd | None:
    return YearEnd.parse(word)


def _yes(word: str) -> bool:
    plain = word.lower()
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise InputError("retention.ledger_yes_or_no", value=word[:20])


def _months(word: str) -> int:
    plain = unicodedata.normalize("NFKC", word).removesuffix("か月")
    if not plain.isdecimal() or int(plain) > 12:  # noqa: PLR2004 - months of a year
        raise InputError("retention.ledger_months", value=word[:20])
    return int(plain)


def _own_period(word: str) -> tuple[int | None, str]:
    return parse_period(word)
