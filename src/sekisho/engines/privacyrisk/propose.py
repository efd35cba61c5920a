"""What each column probably is: direct identifier, quasi-identifier, sensitive attribute; which combinations single people out.

By its heading (``standards/data/privacy/column_roles.yaml``), by the form of its values (check digits, telephone, e-mail, dates)
and by how far it tells rows apart. Every proposal carries its reasons; a person decides. No value is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.engines import checkdigits
from sekisho.engines.privacyrisk.classes import classes_of
from sekisho.engines.privacyrisk.coding import Coded, code_table
from sekisho.engines.privacyrisk.ladders import parse_day
from sekisho.standards.privacy import ColumnKind, column_roles

__all__ = ["Combination", "Proposal", "ProposedColumn", "kind_of_heading", "propose", "small_keys"]

_SAMPLE: Final = 2_000  # values of a column whose form is looked at
_SHARE: Final = 0.9
_IDENTIFIES: Final = 0.95
_FEW_ROWS: Final = 20
_MOST_COLUMNS: Final = 14
_KEY: Final = 0.05
_PHONE: Final = re.compile(r"0[0-9]{1,4}-?[0-9]{1,4}-?[0-9]{3,4}|0[5789]0-?[0-9]{4}-?[0-9]{4}")
_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[A-Za-z]{2,}")
_POSTAL: Final = re.compile(r"〒?[0-9]{3}-[0-9]{4}")
_PREFECTURE: Final = re.compile(r"(北海道|東京都|京都府|大阪府|.{2,3}県).+[市区町村郡].*")


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """``role``: direct, sensitive, quasi or none. ``reasons``: codes of ``privacy.reason_*`` with fields."""

    name: str
    role: str
    kind: str
    category: str
    builder: str
    distinct: int
    missing: int
    unique_share: float
    reasons: tuple[tuple[str, dict[str, Any]], ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "column": self.name, "role": self.role, "kind": self.kind, "category": self.category, "builder": self.builder,
            "distinct": self.distinct, "missing": self.missing, "unique_share": self.unique_share,
            "reasons": [{"code": code, "fields": fields} for code, fields in self.reasons],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Combination:
    """Columns that together single out ``unique_share`` of the records. ``distinction``: classes ÷ records; ``separation``: share
    of pairs of records that differ in them (both as in ARX).
    """

    columns: tuple[str, ...]
    unique_share: float
    distinction: float
    separation: float

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "columns": list(self.columns), "unique_share": self.unique_share, "distinction": self.distinction,
            "separation": self.separation,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """The columns in their order, and the smallest combinations that single out records, most first."""

    rows: int
    columns: tuple[ProposedColumn, ...]
    combinations: tuple[Combination, ...] = field(default=())

    def names(self, role: str) -> tuple[str, ...]:
        """The columns proposed for a role."""
        return tuple(column.name for column in self.columns if column.role == role)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "rows": self.rows, "columns": [c.as_dict() for c in self.columns],
            "combinations": [c.as_dict() for c in self.combinations],
        }  # fmt: skip


@cache
def _words() -> tuple[tuple[str, ColumnKind], ...]:
    return tuple((_folded(word), kind) for kind in column_roles().kinds for word in kind.words)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def kind_of_heading(heading: str) -> ColumnKind | None:
    """The first kind of column that has a word of this heading.

    A word with ``=`` before it must be the whole heading; a short Latin one must stand alone (``age``, not ``page``).
    """
    text = _folded(heading)
    closed = text.replace(" ", "")
    for word, kind in _words():
        if word.startswith("="):
            found = closed == word[1:]
        elif word.isascii() and len(word) <= 4:  # noqa: PLR2004 - longer words are rarely part of another
            found = re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
        else:
            found = word in closed
        if found:
            return kind
    return None


def propose(table: pa.Table, *, largest: int = 3, sample: int = 200_000) -> Proposal:
    """A proposal for every column. ``largest``: columns of a combination; ``sample``: rows for them (spread over the table).

    Raises InputError ``privacy.no_rows``, ``privacy.column_twice``.
    """
    names = tuple(table.column_names)
    coded = code_table(table, names)
    columns = tuple(_column(coded[name], table.num_rows) for name in names)
    quasi = [coded[c.name] for c in columns if c.role == "quasi" and c.distinct > 1]
    quasi = sorted(quasi, key=lambda c: -c.distinct)[:_MOST_COLUMNS]
    rows = np.unique(np.linspace(0, table.num_rows - 1, min(sample, table.num_rows)).astype(np.int64))
    found = small_keys([(c.name, c.codes[rows], c.distinct) for c in quasi], largest=largest)
    return Proposal(table.num_rows, columns, found)


def small_keys(
    columns: Sequence[tuple[str, npt.NDArray[np.int32], int]], *, largest: int = 3, share: float = _KEY
) -> tuple[Combination, ...]:
    """Combinations of up to ``largest`` columns that single out at least ``share`` of the rows; none contains another."""
    found: list[Combination] = []
    for size in range(1, min(largest, len(columns)) + 1):
        for chosen in combinations(columns, size):
            names = tuple(name for name, _, _ in chosen)
            if any(set(one.columns) <= set(names) for one in found):
                continue
            sizes = classes_of([(codes, distinct) for _, codes, distinct in chosen]).sizes
            rows = int(sizes.sum())
            unique = int((sizes == 1).sum()) / rows
            if unique >= share:
                pairs = rows * (rows - 1)
                same = int((sizes * (sizes - 1)).sum())
                found.append(Combination(names, unique, len(sizes) / rows, 1 - same / pairs if pairs else 0.0))
    return tuple(sorted(found, key=lambda c: (len(c.columns), -c.unique_share, c.columns)))


def _column(column: Coded, rows: int) -> ProposedColumn:
    counts = np.bincount(column.codes, minlength=column.distinct)
    missing = int(counts[: column.missing].sum())
    filled = rows - missing
    values = column.distinct - column.missing
    single = int((counts[column.missing :] == 1).sum())
    unique = single / filled if filled else 0.0
    reasons: list[tuple[str, dict[str, Any]]] = []
    kind = kind_of_heading(column.name)
    role, name, category, builder = (kind.role, kind.id, kind.category, kind.builder) if kind else ("none", "", "", "")
    if kind:
        reasons.append(("privacy.reason_heading", {"kind": kind.id}))
    form = _form(column) if values else ""
    if form in _DIRECT_FORMS and role != "direct":
        role, name, category, builder = "direct", form, "", ""
        reasons.append(("privacy.reason_form", {"kind": form}))
    elif form in _QUASI_FORMS and role == "none":
        role, name, builder = "quasi", form, _QUASI_FORMS[form]
        reasons.append(("privacy.reason_form", {"kind": form}))
    if category:
        reasons.append((f"privacy.reason_{category}", {}))
    tells_apart = filled >= _FEW_ROWS and unique >= _IDENTIFIES
    if tells_apart and role in {"none", "quasi"} and not _measured_number(column):
        reasons.append(("privacy.reason_identifies", {"share": round(unique, 4)}))
        role = "direct" if builder in {"", "flat"} else role
    elif role == "none" and values > 1 and not _measured_number(column) and values <= max(50, filled // 10):
        role, builder = "quasi", "flat"
        reasons.append(("privacy.reason_groups", {"values": values}))
    elif role == "none" and _measured_number(column):
        role, builder = "quasi", "number"
        reasons.append(("privacy.reason_number", {"values": values}))
    if not reasons:
        reasons.append(("privacy.reason_nothing", {}))
    return ProposedColumn(column.name, role, name, category, builder, column.distinct, missing, unique, tuple(reasons))


_DIRECT_FORMS: Final = frozenset({"my_number", "email", "telephone"})
_QUASI_FORMS: Final = {"birth_date": "date", "postal_code": "postal", "address": "address"}


def _measured_number(column: Coded) -> bool:
    """Numbers with a fraction, or with so few digits that they are amounts or sizes and not numbers of a register."""
    if column.numbers is None or column.missing == column.distinct:
        return False
    values = column.numbers[column.missing :]
    return bool((values % 1).any()) or float(np.abs(values).max()) < 10_000  # noqa: PLR2004 - five digits are often an identifier


def _form(column: Coded) -> str:
    """The form that nine in ten of its values have."""
    labels = [label for label in column.labels[column.missing :] if label is not None]
    step = max(1, len(labels) // _SAMPLE)
    texts = [unicodedata.normalize("NFKC", label).strip() for label in labels[::step]]
    tests = {
        "my_number": lambda t: len(t) == 12 and t.isascii() and t.isdigit() and checkdigits.my_number(t),  # noqa: PLR2004
        "email": lambda t: _MAIL.fullmatch(t) is not None,
        "postal_code": lambda t: _POSTAL.fullmatch(t) is not None,
        "telephone": lambda t: _PHONE.fullmatch(t) is not None and len(t.replace("-", "")) >= 10,  # noqa: PLR2004 - digits
        "birth_date": lambda t: not t.isdigit() and parse_day(t) is not None,
        "address": lambda t: _PREFECTURE.fullmatch(t) is not None,
    }
    for form, test in tests.items():
        if sum(map(test, texts)) >= _SHARE * len(texts):
            return form
    return ""
