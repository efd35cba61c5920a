"""The proof after a run: no original left in masked columns, nothing personal left, keys and distributions as planned."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa

from sekisho.engines.masking.inspecting import Chooser, ColumnInspector, Found, LeakInspector, inspected
from sekisho.engines.masking.keys import KeyRing
from sekisho.engines.masking.masker import Chance, Masker, Settings
from sekisho.engines.masking.plan import Action, Plan, TablePlan, fitted
from sekisho.engines.masking.plan.model import PERSONAL
from sekisho.engines.masking.tables import Source, Table
from sekisho.engines.masking.verify.coinciding import coincidences
from sekisho.engines.masking.verify.comparing import Comparer
from sekisho.engines.masking.verify.holding import as_held
from sekisho.engines.masking.verify.judging import Coinciding, judged_columns, judged_keys
from sekisho.engines.masking.verify.model import Check, Outcome, Proof, Remaining, TableProof
from sekisho.engines.masking.verify.pairing import Pairs, paired

__all__ = ["Check", "Outcome", "Proof", "Remaining", "TableProof", "verify"]

Progress = Callable[[str, int], None]
_SHOWING: Final = frozenset({"generalise_text", "partial_mask"})


def verify(
    plan: Plan,
    source: Source,
    target: Source,
    *,
    random: Chance,
    inspector: ColumnInspector | None,
    keys: KeyRing | None = None,
    progress: Progress | None = None,
) -> Proof:
    """Hold ``target`` against ``source`` and ``plan``. ``random(n)`` gives n bytes of chance, for the key of the prints.

    With ``keys`` the first rows of each table are masked again and must come out the same; without, that check is said to be
    not done. ``inspector`` is the leak scan; without it the proof does not hold.

    Raises:
        InputError: the plan does not fit the source. What is wrong with the target is a failed check, not an error.
        Conflict: a key is not the one that the plan names.
    """
    pairs = fitted(plan, source)
    if keys is not None:
        keys.expect(plan.keys)
    settings = Settings(keys, plan.domain, random) if keys is not None else None
    key = random(32)
    checks: list[Check] = []
    proofs: list[TableProof] = []
    remaining: list[Remaining] = []
    with tempfile.TemporaryDirectory(prefix="sekisho-proof-") as name:
        folder = Path(name)
        comparer = Comparer(folder)
        try:
            compared: dict[str, Pairs] = {}
            for table, wanted in pairs:
                out = _expected(table, wanted, target, checks)
                if out is None:
                    continue
                found = paired(source, target, table, out, folder=folder, key=key, moved=_moved(wanted))
                compared[table.name] = found
                proof, more = _table(found, comparer, table, wanted, _coinciding(table, wanted, source, settings))
                proofs.append(proof)
                checks += more
                if progress is not None:
                    progress(table.name, found.compared)
            here = {t.name: t for t, _ in pairs if t.name in compared}
            plans = {t.name: w for t, w in pairs if t.name in compared}
            checks += judged_keys(compared, comparer, here, plans)
        finally:
            comparer.close()
    scan, remaining = _scanned(plan, target, {t.name: w for t, w in pairs}, inspector)
    checks.append(scan)
    checks += _again(target, source, pairs, settings)
    identities = tuple(keys.key(one).identity for one in plan.domains) if keys is not None else ()
    proof_of = (plan.hash, plan.version, source.location, target.location, identities)
    return Proof(*proof_of, tuple(proofs), tuple(checks), tuple(remaining))


def _expected(table: Table, wanted: TablePlan, target: Source, checks: list[Check]) -> Table | None:
    """The table as it must be in the target; None (and a failed check) when it is not so."""
    names = [one.name for one in table.columns if not wanted.columns[one.name].dropped]
    there = _there(target, table.name)
    found = [one.name for one in there.columns] if there is not None else []
    good = found == names
    missing, more = sorted(set(names) - set(found)), sorted(set(found) - set(names))
    fields = {"columns": len(names), "missing": ", ".join(missing), "more": ", ".join(more)}
    checks.append(Check("columns", Outcome.PASSED if good else Outcome.FAILED, table.name, "", fields))
    if not good or there is None:
        return None
    return replace(table, name=there.name, columns=tuple(table.column(one) for one in names), dialect=there.dialect)


def _moved(wanted: TablePlan) -> tuple[str, ...]:
    """The columns whose dates the plan moves."""
    return tuple(name for name, one in wanted.columns.items() if one.transform is not None and one.transform.name == "date_shift")


def _there(target: Source, name: str) -> Table | None:
    """The table in the target; a file of one table has its own name."""
    found = next((one for one in target.tables if one.name == name), None)
    if found is None and len(target.tables) == 1 and target.kind in {"csv", "parquet", "jsonl"}:
        return target.tables[0]
    return found


def _coinciding(table: Table, wanted: TablePlan, source: Source, settings: Settings | None) -> Coinciding | None:
    return partial(coincidences, table, wanted, source=source, settings=settings) if settings is not None else None


def _table(
    pairs: Pairs, comparer: Comparer, table: Table, wanted: TablePlan, coinciding: Coinciding | None
) -> tuple[TableProof, list[Check]]:
    same = pairs.source.rows == pairs.target.rows
    fields = {"before": pairs.source.rows, "after": pairs.target.rows}
    checks = [Check("rows", Outcome.PASSED if same else Outcome.FAILED, table.name, "", fields)]
    columns = {}
    for check, figures in judged_columns(pairs, comparer, table, wanted, coinciding):
        checks.append(check)
        columns.update({check.column: figures} if figures else {})
    return TableProof(table.name, pairs.source.rows, pairs.target.rows, pairs.compared, columns), checks


def _scanned(
    plan: Plan, target: Source, plans: dict[str, TablePlan], inspector: ColumnInspector | None
) -> tuple[Check, list[Remaining]]:
    """The leak scan of the whole target; a table that the plan does not know is scanned, too."""
    if inspector is None:
        return Check("leak_scan", Outcome.NOT_DONE, reason="scan_unavailable"), []
    remaining: list[Remaining] = []
    cells = 0
    for table in target.tables:
        wanted = next((one for name, one in plans.items() if _there(target, name) == table), None)
        found: dict[str, Found] = {}
        chooser = _chooser(wanted, inspector)
        done = 0
        for batch in target.batches(table.name):
            inspected(batch, table, done, chooser, found)
            done += batch.num_rows
            cells += batch.num_rows * batch.num_columns
        for column, kinds in found.items():
            for kind, count in kinds.items():
                if kind in PERSONAL:
                    why = _explained(plan, wanted, column, kind)
                    remaining.append(Remaining(table.name, column, kind, count.cells, why, tuple(count.rows)))
    leaks = sum(not one.explained for one in remaining)
    outcome = Outcome.NOT_DONE if not cells else Outcome.FAILED if leaks else Outcome.PASSED
    fields = {"cells": cells, "leaks": leaks, "explained": len(remaining) - leaks}
    return Check("leak_scan", outcome, "", "", fields, "" if cells else "nothing_there"), remaining


def _chooser(wanted: TablePlan | None, inspector: ColumnInspector) -> Chooser:
    """Where the plan itself makes up names and addresses, all but these are looked for."""
    light: ColumnInspector = inspector.without_names() if isinstance(inspector, LeakInspector) else inspector
    made = {
        name
        for name, one in (wanted.columns.items() if wanted is not None else ())
        if one.transform is not None and one.transform.traits.realistic
    }
    return lambda name: light if name in made else inspector


def _explained(plan: Plan, wanted: TablePlan | None, name: str, kind: str) -> str:
    """Why such a finding is no leak; "" where nothing explains it."""
    column = wanted.columns.get(name) if wanted is not None else None
    if column is None:
        return ""
    if kind in {"my_number", "resident_record_code"}:  # a dummy has the form by plan; nothing else may
        return "made" if column.transform is not None and column.transform.removes else ""
    if column.not_personal.strip():
        return "person"
    if column.action is Action.KEEP:
        told = kind in column.kinds or "free_text" in column.kinds  # free text may hold any kind
        return "basis" if column.basis in plan.bases and told else ""
    assert column.transform is not None
    # Characters of the original that are shown explain nothing; all else, a coarse day or place, too, was made by the transform,
    # and whether an original is left in it is the question of `remains`.
    return "" if column.transform.name in _SHOWING else "made"


def _again(
    target: Source, source: Source, pairs: tuple[tuple[Table, TablePlan], ...], settings: Settings | None
) -> Iterator[Check]:
    """Mask the first rows of each table once more and compare: the target is what this plan makes with these keys."""
    if settings is None:
        yield Check("again", Outcome.NOT_DONE, reason="no_keys")
        return
    for table, wanted in pairs:
        there = _there(target, table.name)
        if there is None:
            continue
        reader = getattr(target, "in_stored_order", target.batches)
        first = next(Masker(table, wanted, settings).batches(source), None)
        other = next(reader(there.name), None)
        if first is None or other is None:
            continue
        rows = min(first.num_rows, other.num_rows)
        differing = [
            name
            for name in first.schema.names
            if name in other.schema.names
            and _derived(wanted, name)
            and _differs(as_held(first.column(name).slice(0, rows), there), other.column(name).slice(0, rows))
        ]
        outcome = Outcome.FAILED if differing else Outcome.PASSED
        yield Check("again", outcome, table.name, "", {"rows": rows, "differing": ", ".join(differing)})


def _derived(wanted: TablePlan, name: str) -> bool:
    transform = wanted.columns[name].transform
    return transform is None or transform.traits.consistent or transform.name == "shuffle"


def _differs(one: pa.Array, other: pa.Array) -> bool:
    if one.type != other.type:
        try:
            other = other.cast(one.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return True
    return not bool(one.equals(other))
