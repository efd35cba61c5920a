"""What the figures of a table mean, column by column, by what the plan said would happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from sekisho.engines.masking.plan.model import Action, ColumnPlan, TablePlan
from sekisho.engines.masking.tables import Table
from sekisho.engines.masking.transforms import Traits
from sekisho.engines.masking.verify.comparing import Comparer, Likeness
from sekisho.engines.masking.verify.model import Check, Outcome
from sekisho.engines.masking.verify.odds import by_chance
from sekisho.engines.masking.verify.pairing import Pairs

__all__ = ["NEAR", "Coinciding", "judged_columns", "judged_keys"]

Coinciding = Callable[[str], int]
"""Rows of a column that the plan itself leaves as they are (:mod:`.coinciding`)."""
NEAR: Final = frozenset(
    {"generalise_address", "generalise_age", "generalise_date", "generalise_number", "generalise_text", "noise", "recode"}
)
"""Transforms whose output lies near the input by plan: some values may come out as they were."""
_SHARE_NEAR: Final = 0.5
_DRIFT: Final = 0.1


def judged_columns(
    pairs: Pairs, comparer: Comparer, table: Table, plan: TablePlan, coinciding: Coinciding | None
) -> Iterator[tuple[Check, dict[str, Any]]]:
    """Each check of each column, with the figures of the column."""
    for one in table.columns:
        column = plan.columns[one.name]
        if column.dropped:
            continue
        if column.action is Action.KEEP:
            differing = comparer.differing(pairs, one.name)
            check = _check("kept", not differing, table, one.name, rows=pairs.compared, differing=differing)
            yield check, _figures(pairs, one.name)
            continue
        yield from _masked(pairs, comparer, table, column, coinciding)
    yield from ((one, {}) for one in _intervals(pairs, comparer, table, plan))


def _figures(pairs: Pairs, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word, side in (("before", pairs.source), ("after", pairs.target)):
        moments = side.moments.get(name)
        found[word] = {
            "nulls": side.nulls.get(name, 0),
            "empty": side.empties.get(name, 0),
            "numbers": moments.as_dict() if moments is not None else None,
        }
    return found


def _masked(
    pairs: Pairs, comparer: Comparer, table: Table, column: ColumnPlan, coinciding: Coinciding | None
) -> Iterator[tuple[Check, dict[str, Any]]]:
    assert column.transform is not None
    transform, traits, name = column.transform, column.transform.traits, column.name
    figures = _figures(pairs, name)
    by_value = traits.consistent and traits.scope != "column"
    found = comparer.likeness(pairs, name, by_value=by_value, beside=transform.needs())
    figures["before"]["distinct"], figures["after"]["distinct"] = found.before, found.after
    others = comparer.others(pairs, name, str(getattr(transform, "text", ""))) if transform.name == "redact" else None
    check = _remains(table, column, found, figures, others)
    if check.outcome is Outcome.FAILED and traits.realistic and traits.consistent and coinciding is not None:
        made = coinciding(name)
        if made == comparer.unchanged_rows(pairs, name):
            check = replace(check, outcome=Outcome.PASSED, fields={**check.fields, "explanation": "made_so"})
    yield check, figures
    if not _moves_gaps(transform):
        moved = comparer.gaps_moved(pairs, name)
        yield _check("gaps", not moved, table, name, rows=pairs.compared, moved=moved), figures
    if traits.consistent and traits.scope == "value" and not transform.removes:
        yield _check("consistent", not found.many, table, name, values=found.before, several=found.many), figures
    if traits.keeps_distinct:
        yield _check("distinct", found.before == found.after, table, name, before=found.before, after=found.after), figures
    if traits.scope == "column":
        same = comparer.same_frequencies(pairs, name)
        yield _check("frequencies", same, table, name, values=found.before), figures
    if transform.name == "noise":
        yield from ((one, figures) for one in _drift(pairs, table, name))


def _moves_gaps(transform: Any) -> bool:
    """Whether the plan itself fills gaps or makes some (what cannot be read or placed becomes NULL)."""
    made = {getattr(transform, name, "") for name in ("unreadable", "unplaced", "others", "alone")}
    return getattr(transform, "gaps", "keep") != "keep" or "null" in made


def _intervals(pairs: Pairs, comparer: Comparer, table: Table, plan: TablePlan) -> Iterator[Check]:
    """All dates of one person moved by the same number of days."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in pairs.moved:
        transform: Any = plan.columns[name].transform
        groups.setdefault(transform.entity, []).append(name)
    for entity, names in groups.items():
        persons, uneven = comparer.uneven(pairs, tuple(names), entity)
        fields = {"persons": persons, "uneven": uneven, "entity": ", ".join(entity)}
        yield _check("intervals", not uneven, table, ", ".join(names), **fields)


def _remains(table: Table, column: ColumnPlan, found: Likeness, figures: dict[str, Any], others: int | None) -> Check:
    """No original value left where it was: none at all, or no more than chance or the plan explains.

    ``others``: values that are not the one text of a redaction.
    """
    assert column.transform is not None
    transform: Any = column.transform
    traits: Traits = transform.traits
    fields: dict[str, Any] = {
        "values": found.values,
        "unchanged": found.unchanged,
        "expected": float(f"{found.expected:.3g}"),
        "overlap": found.overlap,
        "transform": transform.name,
    }
    figures["unchanged"], figures["overlap"] = found.unchanged, found.overlap
    if not found.values:
        return Check("remains", Outcome.NOT_DONE, table.name, column.name, fields, "no_values")
    if others is not None:
        return _check("remains", not others, table, column.name, **fields, explanation="one_value")
    if found.unchanged == 0 and (traits.realistic or traits.scope == "column" or transform.name in NEAR or not found.overlap):
        return _check("remains", good=True, table=table, column=column.name, **fields, explanation="none_unchanged")
    if transform.name in NEAR:
        good = found.unchanged <= _SHARE_NEAR * found.before
        return _check("remains", good, table, column.name, **fields, explanation="near_by_plan")
    chance = by_chance(found.expected, found.unchanged)
    return _check("remains", chance, table, column.name, **fields, explanation="chance" if chance else "too_many")


def _drift(pairs: Pairs, table: Table, name: str) -> Iterator[Check]:
    before, after = pairs.source.moments.get(name), pairs.target.moments.get(name)
    if before is None or after is None or not (before.numeric and after.numeric and before.count):
        return
    error = 6 * max(before.deviation, after.deviation) / max(before.count, 1) ** 0.5
    limit = max(_DRIFT * before.deviation, error, 1e-9)
    drift = abs(after.mean - before.mean)
    fields = {"drift": float(f"{drift:.4g}"), "limit": float(f"{limit:.4g}")}
    yield _check("moments", drift <= limit, table, name, **fields)


def judged_keys(
    all_pairs: dict[str, Pairs], comparer: Comparer, tables: dict[str, Table], plans: dict[str, TablePlan]
) -> Iterator[Check]:
    """Primary, unique and foreign keys hold as they did."""
    for name, table in tables.items():
        pairs = all_pairs[name]
        for key in dict.fromkeys([table.primary_key, *table.unique]):
            if key and all(not plans[name].columns[one].dropped for one in key):
                before, after = (comparer.repeated(pairs, key, side) for side in "st")
                yield _check("unique", after <= before, table, ", ".join(key), rows=pairs.compared, before=before, after=after)
        for foreign in table.foreign_keys:
            parent = all_pairs.get(foreign.table)
            gone = [one for one in foreign.columns if plans[name].columns[one].dropped]
            if parent is None or gone or any(plans[foreign.table].columns[one].dropped for one in foreign.referred):
                continue
            rows, met = comparer.joins(pairs, foreign.columns, parent, foreign.referred, "s")
            _, met_after = comparer.joins(pairs, foreign.columns, parent, foreign.referred, "t")
            moved = comparer.moved_joins(pairs, foreign.columns, parent, foreign.referred)
            fields = {"rows": rows, "before": met, "after": met_after, "moved": moved, "referred": foreign.table}
            yield _check("references", met == met_after and not moved, table, ", ".join(foreign.columns), **fields)


def _check(code: str, good: bool, table: Table, column: str, **fields: Any) -> Check:
    return Check(code, Outcome.PASSED if good else Outcome.FAILED, table.name, column, fields)
