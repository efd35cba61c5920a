"""Generalisation hierarchies: for every value its forms at level 0 (as it is), 1, 2, … up to the root.

Every level must be a function of the level below it: two values that have become one stay one. Only then do classes merge on the
way up, and only then may a search skip nodes (ARX reads hierarchies that break this, and searches them without the guarantee).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sekisho.engines.privacyrisk.coding import Coded
from sekisho.errors import InputError, Problem

__all__ = ["ROOT", "Bound", "Hierarchy", "Ladder", "bind", "flat", "read_hierarchy", "read_hierarchy_file"]

ROOT: Final = "*"
_MOST_PROBLEMS: Final = 20
_LARGEST: Final = 64 << 20

Ladder = Callable[[str], Sequence[str] | None]
"""Value → its forms at level 1, 2, … (all of one length), or None for a value that it cannot place."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Either a table (``rows``: value → forms from level 1 on) or a ``ladder`` that computes them; ``height`` levels above 0.

    ``name`` names it in messages and reports. The forms of a table are its whole domain: its leaves count for the information
    loss even where they do not occur in the data, as in ARX; a ladder's domain is what occurs.
    """

    name: str
    height: int
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ladder: Ladder | None = None

    def forms(self, value: str) -> Sequence[str] | None:
        """The forms of a value from level 1 on; None when it has no place."""
        return self.rows.get(value) if self.ladder is None else self.ladder(value)


@dataclass(frozen=True, slots=True)
class Bound:
    """A hierarchy laid on the values of one column.

    ``maps[n]``: int32, code of the column → code at level n (dense, from 0; level 0 is the identity). ``labels[n]``: text of each
    code there (None for NULL). ``leaves[n]``: how many values of the domain each code stands for. ``domain``: values in all.
    """

    column: str
    maps: tuple[npt.NDArray[np.int32], ...]
    labels: tuple[tuple[str | None, ...], ...]
    leaves: tuple[npt.NDArray[np.int64], ...]
    domain: int

    @property
    def height(self) -> int:
        """Levels above 0."""
        return len(self.maps) - 1


def flat(name: str) -> Hierarchy:
    """Keep a value or give it up: level 1 is the root."""
    return Hierarchy(name, 1, ladder=lambda _: (ROOT,))


def read_hierarchy(name: str, rows: Sequence[Sequence[str]], *, file: str = "") -> Hierarchy:
    """From rows of forms, level 0 first. Raises InputError ``privacy.hierarchy_bad`` with the place of everything wrong."""
    problems: list[Problem] = []
    found: dict[str, tuple[str, ...]] = {}
    parents: list[dict[str, str]] = []
    width = len(rows[0]) if rows else 0
    if not width:
        raise InputError("privacy.hierarchy_bad", problems=(Problem("privacy.hierarchy_empty", {}, file),), name=name)
    parents = [{} for _ in range(width - 1)]
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            problems.append(Problem("privacy.hierarchy_ragged", {"expected": width, "found": len(row)}, file, number))
            continue
        if row[0] in found:
            problems.append(Problem("privacy.hierarchy_twice", {}, file, number))
            continue
        found[row[0]] = tuple(row[1:])
        for level, (below, above) in enumerate(pairwise(row)):
            if parents[level].setdefault(below, above) != above:
                problems.append(Problem("privacy.hierarchy_not_nested", {"level": level + 1}, file, number))
                break
    if problems:
        raise InputError("privacy.hierarchy_bad", problems=tuple(problems[:_MOST_PROBLEMS]), name=name)
    return Hierarchy(name, width - 1, rows=found)


def read_hierarchy_file(path: Path, name: str = "") -> Hierarchy:
    """A CSV file without headings, one value a row, level 0 first; ``;`` or ``,`` or tab; UTF-8 or CP932 (ARX's form)."""
    raw = path.read_bytes()
    if len(raw) > _LARGEST:
        raise InputError("privacy.file_too_large", file=str(path), limit=_LARGEST >> 20)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp932")
        except UnicodeDecodeError as error:
            raise InputError("privacy.file_encoding", file=str(path)) from error
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise InputError("privacy.file_csv", file=str(path)) from error
    return read_hierarchy(name or path.stem, rows, file=str(path))


def bind(hierarchy: Hierarchy, column: Coded) -> Bound:
    """Lay ``hierarchy`` on the values of ``column``.

    A missing value stays itself up to the level where all others are one, and joins them there. Raises InputError
    ``privacy.value_not_in_hierarchy`` (how many values and the first row; never the value) and ``privacy.hierarchy_bad``.
    """
    chains = _chains(hierarchy, column)
    forms: list[list[str | None]] = [list(column.labels)]
    for level in range(hierarchy.height):
        known = [None if chain is None else chain[level] for chain in chains]
        alone = {form for form in known if form is not None}
        root = next(iter(alone)) if len(alone) == 1 and level == hierarchy.height - 1 else None
        forms.append([
            (root if root is not None else label) if code < column.missing else form
            for code, (form, label) in enumerate(zip(known, column.labels, strict=True))
        ])  # fmt: skip
        if column.missing == column.distinct and level == hierarchy.height - 1:
            forms[-1] = [ROOT] * column.distinct
    maps, labels, leaves = [np.arange(column.distinct, dtype=np.int32)], [column.labels], [np.ones(column.distinct, np.int64)]
    below = forms[0]
    extra = _extra(hierarchy, column)
    for level, above in enumerate(forms[1:], start=1):
        _nested(hierarchy.name, level, maps[-1], above, column)
        code_of: dict[tuple[bool, str | None], int] = {}
        keys = [(code < column.missing and form == below[code], form) for code, form in enumerate(above)]
        nodes = np.array([code_of.setdefault(key, len(code_of)) for key in keys], np.int32)
        counts = np.bincount(nodes, minlength=len(code_of)).astype(np.int64)
        for chain in extra:
            place = code_of.get((False, chain[level - 1]))
            if place is not None:
                counts[place] += 1
        maps.append(nodes)
        labels.append(tuple(form for _, form in code_of))
        leaves.append(counts)
    return Bound(column.name, tuple(maps), tuple(labels), tuple(leaves), column.distinct + len(extra))


def _chains(hierarchy: Hierarchy, column: Coded) -> list[Sequence[str] | None]:
    chains: list[Sequence[str] | None] = [
        None if code < column.missing or label is None else hierarchy.forms(label) for code, label in enumerate(column.labels)
    ]
    lost = [code for code, chain in enumerate(chains) if chain is None and code >= column.missing]
    if lost:
        row = int(np.flatnonzero(np.isin(column.codes, lost))[0]) + 1
        raise InputError(
            "privacy.value_not_in_hierarchy", column=column.name, hierarchy=hierarchy.name, values=len(lost), row=row
        )
    return chains


def _extra(hierarchy: Hierarchy, column: Coded) -> list[tuple[str, ...]]:
    """The domain's values that do not occur in the data."""
    there = set(column.labels)
    return [forms for value, forms in hierarchy.rows.items() if value not in there]


def _nested(name: str, level: int, below: npt.NDArray[np.int32], above: Sequence[str | None], column: Coded) -> None:
    """Refuse a level that is no function of the one below it."""
    seen: dict[int, str | None] = {}
    for code, (node, form) in enumerate(zip(below.tolist(), above, strict=True)):
        if seen.setdefault(node, form) != form:
            row = int(np.flatnonzero(column.codes == code)[0]) + 1 if (column.codes == code).any() else None
            problem = Problem("privacy.hierarchy_not_nested", {"level": level}, row=row, column=column.name)
            raise InputError("privacy.hierarchy_bad", problems=(problem,), name=name)
