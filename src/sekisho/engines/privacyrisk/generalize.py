"""A table in, a generalised table out, with what it cost and a check of the result that trusts nothing of the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.engines.privacyrisk.classes import Classes
from sekisho.engines.privacyrisk.coding import Coded, code_table
from sekisho.engines.privacyrisk.hierarchies import ROOT, Bound, Hierarchy, bind
from sekisho.engines.privacyrisk.lattice import Search
from sekisho.engines.privacyrisk.loss import Aggregate, LossModel, discernibility
from sekisho.engines.privacyrisk.model import Missing, Requirements, Roles
from sekisho.engines.privacyrisk.mondrian import split
from sekisho.engines.privacyrisk.specs import hierarchies_for
from sekisho.engines.privacyrisk.verify import Verification, verify
from sekisho.errors import InputError

__all__ = ["Cost", "Generalized", "How", "Method", "generalize"]

Floats = npt.NDArray[np.float64]


class Method(StrEnum):
    """How to generalise."""

    LATTICE = "lattice"
    MONDRIAN = "mondrian"
    MONDRIAN_RELAXED = "mondrian-relaxed"


@dataclass(frozen=True, slots=True)
class How:
    """``hierarchies`` by column (others are chosen); ``keep_suppressed``: suppressed rows stay, with ``*`` in every
    quasi-identifier, instead of being left out; ``missing``: see :class:`Missing`; ``keep``: columns that stay although they look
    like a copy of a direct identifier.
    """

    method: Method = Method.LATTICE
    hierarchies: Mapping[str, Hierarchy] = field(default_factory=dict)
    model: LossModel = LossModel.LOSS
    aggregate: Aggregate = Aggregate.GEOMETRIC
    missing: Missing = Missing.OWN
    keep_suppressed: bool = False
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What was lost. ``ncp``: normalised certainty penalty over all records and quasi-identifiers (GCP, 0–1; suppressed 1).

    ``loss``: of the search's own model (lattice). ``discernibility``: Bayardo and Agrawal. ``average_class``: records per class;
    ``normalised_class``: that ÷ k (LeFevre's C_avg, 1 is best).
    """

    ncp: float
    by_column: dict[str, float]
    loss: float | None
    discernibility: int
    average_class: float
    normalised_class: float


@dataclass(frozen=True, slots=True)
class Generalized:
    """The table as it may be given out, and how it came about. ``levels``: by column (lattice only)."""

    table: pa.Table
    method: Method
    requirements: Requirements
    roles: Roles
    rows: int
    suppressed: int
    left_out_missing: int
    removed: tuple[str, ...]
    levels: dict[str, tuple[int, int]]
    cost: Cost
    nodes: int
    checked: int
    verification: Verification

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; no value of the table."""
        return {
            "method": self.method.value, "requirements": self.requirements.as_dict(), "rows": self.rows,
            "rows_out": self.table.num_rows, "suppressed": self.suppressed, "suppressed_share": self.suppressed / self.rows,
            "left_out_missing": self.left_out_missing, "removed_columns": list(self.removed),
            "levels": {name: {"level": level, "height": height} for name, (level, height) in self.levels.items()},
            "cost": {
                "ncp": self.cost.ncp, "ncp_by_column": self.cost.by_column, "loss": self.cost.loss,
                "discernibility": self.cost.discernibility, "average_class": self.cost.average_class,
                "normalised_average_class": self.cost.normalised_class,
            },
            "search": {"nodes": self.nodes, "checked": self.checked}, "verification": self.verification.as_dict(),
        }  # fmt: skip


def generalize(table: pa.Table, roles: Roles, requirements: Requirements, how: How = How()) -> Generalized:
    """``table`` generalised so that it keeps ``requirements``; direct identifiers are removed.

    Raises InputError ``privacy.nothing_found`` where no node keeps them, ``privacy.demand_column``, ``privacy.copy_of_direct``,
    ``privacy.nothing_left``, and what coding and hierarchies raise.
    """
    for name in requirements.columns:
        if name not in roles.sensitive:
            raise InputError("privacy.demand_column", column=name)
    whole = code_table(table, roles.columns)
    _refuse_copies(table, roles)
    kept = np.arange(table.num_rows)
    if how.missing is Missing.EXCLUDE:
        absent = np.zeros(table.num_rows, bool)
        for name in roles.quasi:
            absent |= whole[name].absent
        kept = np.flatnonzero(~absent)
        if not len(kept):
            raise InputError("privacy.nothing_left", missing=int(absent.sum()), suppressed=0)
    source = table if len(kept) == table.num_rows else table.take(pa.array(kept))
    coded = whole if source is table else code_table(source, (*roles.quasi, *roles.sensitive))
    made = _Making(source, coded, roles, requirements, how)
    return made.finish(rows=table.num_rows)


@dataclass(slots=True)
class _Making:
    source: pa.Table
    coded: Mapping[str, Coded]
    roles: Roles
    requirements: Requirements
    how: How

    def finish(self, *, rows: int) -> Generalized:
        """Search, write, count, verify."""
        quasi = [self.coded[name] for name in self.roles.quasi]
        sensitive = {name: self.coded[name] for name in self.roles.sensitive}
        given = {n: h for n, h in self.how.hierarchies.items() if n in self.roles.quasi}
        chosen = hierarchies_for(quasi, given)
        bounds = {column.name: bind(chosen[column.name], column) for column in quasi}
        loss, nodes, checked, levels = None, 1, 1, {}
        if self.how.method is Method.LATTICE:
            found = Search(
                quasi, [bounds[c.name] for c in quasi], self.requirements, sensitive, dict(self.how.hierarchies),
                self.how.model, self.how.aggregate, self.how.progress,
            ).run()  # fmt: skip
            classes, suppressed, loss, nodes, checked = found.classes, found.suppressed, found.loss, found.nodes, found.checked
            levels = {c.name: (n, bounds[c.name].height) for c, n in zip(quasi, found.node, strict=True)}
            shown = {n: _at_level(self.coded[n], bounds[n], levels[n][0], classes) for n in self.roles.quasi}
        else:
            strict = self.how.method is Method.MONDRIAN
            text = {n: b for n, b in bounds.items() if self.coded[n].numbers is None}
            classes, cells = split(quasi, text, self.requirements, sensitive, self.how.hierarchies, strict=strict)
            suppressed = np.zeros(classes.count, bool)
            shown = {n: (c.code, c.labels, c.share) for n, c in cells.items()}
        result = self._written(classes, suppressed, shown)
        gone = int(classes.sizes[suppressed].sum())
        cost = _cost(classes, suppressed, shown, self.requirements.k, loss)
        check = verify(
            result, self.source, self.roles, self.requirements, hierarchies=self.how.hierarchies,
            suppressed=gone if self.how.keep_suppressed else 0,
        )  # fmt: skip
        return Generalized(
            table=result, method=self.how.method, requirements=self.requirements, roles=self.roles, rows=rows, suppressed=gone,
            left_out_missing=rows - self.source.num_rows, removed=self.roles.direct, levels=levels, cost=cost, nodes=nodes,
            checked=checked, verification=check,
        )  # fmt: skip

    def _written(
        self, classes: Classes, suppressed: npt.NDArray[np.bool_],
        shown: Mapping[str, tuple[npt.NDArray[np.int32], tuple[str | None, ...], Floats]],
    ) -> pa.Table:  # fmt: skip
        """The table with its quasi-identifiers replaced, direct identifiers removed, suppressed rows left out or starred."""
        columns: dict[str, pa.Array | pa.ChunkedArray] = {}
        star = suppressed if self.how.keep_suppressed and suppressed.any() else None
        for name in self.source.column_names:
            if name in self.roles.direct:
                continue
            if name not in shown:
                columns[name] = self.source.column(name)
                continue
            code, labels, _ = shown[name]
            texts = [*labels, ROOT]
            of = np.where(star, len(labels), code) if star is not None else code
            encoded = pa.DictionaryArray.from_arrays(pa.array(of[classes.of].astype(np.int32)), pa.array(texts, pa.string()))
            columns[name] = encoded.cast(pa.string())
        made = pa.table(columns)
        if suppressed.any() and not self.how.keep_suppressed:
            made = made.filter(pa.array(~suppressed[classes.of]))
        return made


def _at_level(
    column: Coded, bound: Bound, level: int, classes: Classes
) -> tuple[npt.NDArray[np.int32], tuple[str | None, ...], Floats]:
    codes = bound.maps[level][column.codes[classes.first]]
    share = np.where(bound.leaves[level] > 1, bound.leaves[level] / bound.domain, 0.0)
    return codes, bound.labels[level], share[codes]


def _cost(
    classes: Classes, suppressed: npt.NDArray[np.bool_],
    shown: Mapping[str, tuple[npt.NDArray[np.int32], tuple[str | None, ...], Floats]], k: int, loss: float | None,
) -> Cost:  # fmt: skip
    sizes, rows = classes.sizes, int(classes.sizes.sum())
    by_column = {}
    for name, (_, _, share) in shown.items():
        by_column[name] = float((sizes * np.where(suppressed, 1.0, share)).sum() / rows)
    left = sizes[~suppressed]
    average = float(left.mean()) if len(left) else 0.0
    return Cost(
        ncp=float(np.mean(list(by_column.values()))), by_column=by_column, loss=loss,
        discernibility=discernibility(left, int(sizes[suppressed].sum()), rows), average_class=average,
        normalised_class=average / k,
    )  # fmt: skip


def _refuse_copies(table: pa.Table, roles: Roles) -> None:
    """No column may stay that is the same as a direct identifier: it would be given out under another name."""
    others = [name for name in table.column_names if name not in roles.direct]
    found = []
    for direct in roles.direct:
        theirs = table.column(direct).cast(pa.string()).combine_chunks()
        if theirs.null_count == len(theirs):
            continue
        found += [name for name in others if _as_text(table.column(name)) == theirs]
    if found:
        raise InputError("privacy.copy_of_direct", columns=", ".join(sorted(set(found))))


def _as_text(column: pa.ChunkedArray) -> pa.Array | None:
    try:
        return column.cast(pa.string()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
