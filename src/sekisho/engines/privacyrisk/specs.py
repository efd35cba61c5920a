"""Which hierarchy each quasi-identifier gets: from a YAML file, or chosen by its heading and its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from sekisho.engines.privacyrisk import ladders
from sekisho.engines.privacyrisk.coding import Coded
from sekisho.engines.privacyrisk.hierarchies import Hierarchy, flat, read_hierarchy, read_hierarchy_file
from sekisho.engines.privacyrisk.propose import kind_of_heading
from sekisho.errors import InputError
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["BUILDERS", "chosen_hierarchy", "hierarchies_for", "read_specs"]

BUILDERS: Final = ("flat", "age", "date", "postal", "prefecture", "address", "number", "cut")
_SETTINGS: Final = {
    "flat": set(), "age": {"widths", "top"}, "date": {"era", "first"}, "postal": {"kept"}, "prefecture": set(),
    "address": {"prefecture"}, "number": {"widths", "start", "low", "high"}, "cut": {"length"},
}  # fmt: skip


def read_specs(path: Path) -> dict[str, Hierarchy]:
    """Hierarchies by column from a YAML file.

    ``privacy_hierarchies: 1`` and under ``columns`` for each column one of ``{builder: age, widths: [5, 10]}``,
    ``{file: occupation.csv}`` (beside the YAML file) and ``{levels: [[値, 上位, …], …]}``. Raises InputError ``privacy.*``.
    """
    raw = path.read_bytes()
    value = read_untrusted_yaml(raw, filename=str(path)).value
    if not isinstance(value, dict) or value.get("privacy_hierarchies") != 1 or not isinstance(value.get("columns"), dict):
        raise InputError("privacy.specs_wrong", file=str(path), place="privacy_hierarchies: 1, columns")
    unknown = set(value) - {"privacy_hierarchies", "columns"}
    if unknown:
        raise InputError("privacy.specs_wrong", file=str(path), place=", ".join(sorted(map(str, unknown))))
    return {name: _one(str(name), spec, path) for name, spec in value["columns"].items()}


def _one(name: str, spec: Any, path: Path) -> Hierarchy:
    if not isinstance(spec, dict) or len({"builder", "file", "levels"} & set(spec)) != 1:
        raise InputError("privacy.specs_wrong", file=str(path), place=name)
    if "file" in spec:
        if set(spec) != {"file"} or not isinstance(spec["file"], str):
            raise InputError("privacy.specs_wrong", file=str(path), place=name)
        inside = (path.parent / spec["file"]).resolve()
        if not inside.is_relative_to(path.parent.resolve()):
            raise InputError("privacy.specs_outside", file=str(path), place=name)
        return read_hierarchy_file(inside, name)
    if "levels" in spec:
        rows = spec["levels"]
        if set(spec) != {"levels"} or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise InputError("privacy.specs_wrong", file=str(path), place=name)
        return read_hierarchy(name, [[str(cell) for cell in row] for row in rows], file=str(path))
    builder = spec["builder"]
    settings = {key: setting for key, setting in spec.items() if key != "builder"}
    if builder not in BUILDERS or set(settings) - _SETTINGS[builder]:
        raise InputError("privacy.specs_wrong", file=str(path), place=name)
    try:
        return _built(name, builder, settings)
    except (TypeError, ValueError) as error:
        raise InputError("privacy.builder_wrong", builder=builder, setting=", ".join(settings)) from error


def _built(name: str, builder: str, settings: Mapping[str, Any]) -> Hierarchy:
    makers: dict[str, Callable[[], Hierarchy]] = {
        "flat": lambda: flat(name), "age": lambda: ladders.ages(**settings), "date": lambda: ladders.dates(**settings),
        "postal": lambda: ladders.postal_codes(**settings), "prefecture": ladders.prefectures,
        "address": lambda: ladders.addresses(**settings), "number": lambda: ladders.numbers(**settings),
        "cut": lambda: ladders.cut(**settings),
    }  # fmt: skip
    return makers[builder]()


def hierarchies_for(columns: Sequence[Coded], given: Mapping[str, Hierarchy]) -> dict[str, Hierarchy]:
    """A hierarchy for each column: the given one, else the chosen one. Raises InputError for a given one without its column."""
    names = {column.name for column in columns}
    stray = sorted(set(given) - names)
    if stray:
        raise InputError("privacy.hierarchy_without_column", columns=", ".join(stray))
    return {column.name: given.get(column.name) or chosen_hierarchy(column) for column in columns}


def chosen_hierarchy(column: Coded) -> Hierarchy:
    """By the heading where its ladder places all values; dates; numbers in bins; else keep it or give it up."""
    kind = kind_of_heading(column.name)
    builder = kind.builder if kind is not None else ""
    candidates: list[Hierarchy] = []
    if builder in {"age", "date", "postal", "prefecture", "address"}:
        candidates.append(_built(column.name, builder, {}))
    if column.numbers is None:
        candidates.append(ladders.dates())
    elif len(column.numbers) > column.missing:
        candidates.append(ladders.numbers(_widths(column)))
    for candidate in candidates:
        labels = [label for label in column.labels[column.missing :] if label is not None]
        if labels and all(candidate.forms(label) is not None for label in labels):
            return candidate
    return flat(column.name)


def _widths(column: Coded) -> tuple[float, ...]:
    """About forty, eight and four bins over the range; widths of 1, 2 or 5 times a power of ten, and multiples of that."""
    assert column.numbers is not None
    values = column.numbers[column.missing :]
    span = float(values.max() - values.min())
    if not span:
        return (1.0,)
    magnitude = 10.0 ** np.floor(np.log10(span / 40))
    first = next(float(step * magnitude) for step in (1, 2, 5, 10) if step * magnitude >= span / 40)
    return first, first * 5, first * 10
