"""The check after it: a finished table against its demands, grouped anew by Arrow from the texts that it shows.

Nothing of the search is used: not its codes, not its classes. t is measured against the whole table before suppression, as ARX
does; how far the classes are from the table as it is given out is told beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.privacyrisk.classes import Spread
from sekisho.engines.privacyrisk.closeness import closeness_met, distances
from sekisho.engines.privacyrisk.coding import Coded, code_table
from sekisho.engines.privacyrisk.diversity import diversity_met
from sekisho.engines.privacyrisk.hierarchies import ROOT, Hierarchy, bind
from sekisho.engines.privacyrisk.model import Distance, Requirements, Roles
from sekisho.errors import InputError

__all__ = ["Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """``held``: every demand is kept. ``k``: least class (0 without rows); ``failing``: classes that miss a demand."""

    held: bool
    k: int
    classes: int
    failing: dict[str, int]
    t_given_out: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "held": self.held, "k": self.k, "classes": self.classes, "failing": self.failing, "t_given_out": self.t_given_out,
        }  # fmt: skip


def verify(
    result: pa.Table, source: pa.Table, roles: Roles, requirements: Requirements, *,
    hierarchies: Mapping[str, Hierarchy] | None = None, suppressed: int = 0,
) -> Verification:  # fmt: skip
    """Check ``result`` against ``requirements``. ``suppressed``: rows in it that show ``*`` everywhere; no class is asked.

    Raises InputError ``privacy.column_missing``.
    """
    absent = [name for name in roles.quasi if name not in result.column_names]
    if absent:
        raise InputError("privacy.column_missing", columns=", ".join(absent), known=", ".join(result.column_names))
    if suppressed:
        result = result.filter(pc.invert(_starred(result, roles)))
    if not result.num_rows:
        return Verification(held=True, k=0, classes=0, failing={}, t_given_out={})
    groups = result.select(list(roles.quasi)).group_by(list(roles.quasi)).aggregate([([], "count_all")])
    sizes = groups.column("count_all").to_numpy()
    failing = {"k": int((sizes < requirements.k).sum())}
    told: dict[str, float] = {}
    for name in requirements.columns:
        coded = code_table(source, (name,))[name]
        spread = _spread(result, roles, name, coded)
        for demand in requirements.diversity:
            if demand.column == name:
                failing[f"{demand.kind} l={demand.l:g} {name}"] = int((~diversity_met(spread, demand)).sum())
        for close in requirements.closeness:
            if close.column != name:
                continue
            levels: tuple[np.ndarray[Any, np.dtype[np.int64]], ...] = ()
            if close.distance is Distance.HIERARCHICAL:
                levels = tuple(m.astype(np.int64) for m in bind((hierarchies or {})[name], coded).maps[1:])
            before = np.bincount(coded.codes, minlength=coded.distinct)
            after = np.bincount(spread.value, weights=spread.count, minlength=coded.distinct).astype(np.int64)
            away = distances(spread, before, close.distance, levels)
            failing[f"t={close.t:g} {name}"] = int((~closeness_met(away, close)).sum())
            told[name] = float(distances(spread, after, close.distance, levels).max())
    held = not any(failing.values())
    return Verification(held, int(sizes.min()), len(sizes), failing, told)


def _starred(result: pa.Table, roles: Roles) -> pa.ChunkedArray:
    every = None
    for name in roles.quasi:
        here = pc.fill_null(pc.equal(result.column(name), ROOT), False)  # noqa: FBT003 - Arrow's signature
        every = here if every is None else pc.and_(every, here)
    return every


def _spread(result: pa.Table, roles: Roles, name: str, coded: Coded) -> Spread:
    """Counts of (class, value) by Arrow's grouping of the texts; the values are put in the order of the source's codes."""
    keys = list(roles.quasi)
    texts = result.select(keys)
    ours = code_table(result, (name,))[name]
    code_of = {label: code for code, label in enumerate(coded.labels)}
    translated = np.array([code_of[label] for label in ours.labels], np.int64)[ours.codes]
    pairs = texts.append_column("\0value", pa.array(translated)).group_by([*keys, "\0value"]).aggregate([([], "count_all")])
    whole = pairs.select(keys).group_by(keys, use_threads=False).aggregate([([], "count_all")])
    numbered = whole.select(keys).append_column("\0class", pa.array(np.arange(whole.num_rows)))
    owner = _joined(pairs, numbered, keys)
    value, count = pairs.column("\0value").to_numpy(), pairs.column("count_all").to_numpy()
    order = np.lexsort((value, owner))
    owner, value, count = owner[order], value[order], count[order]
    return Spread(owner, value, count, np.flatnonzero(np.diff(owner, prepend=-1)), coded.distinct)


def _joined(pairs: pa.Table, numbered: pa.Table, keys: list[str]) -> Any:
    """The class of each pair; NULL is a value like others here, which a join of tables would not match."""
    texts = [pc.fill_null(pairs.column(k).cast(pa.string()), "\0null") for k in keys]
    those = [pc.fill_null(numbered.column(k).cast(pa.string()), "\0null") for k in keys]
    left = pa.table({str(i): c for i, c in enumerate(texts)}).append_column("at", pa.array(np.arange(pairs.num_rows)))
    right = pa.table({str(i): c for i, c in enumerate(those)}).append_column("class", numbered.column("\0class"))
    joined = left.join(right, keys=[str(i) for i in range(len(keys))], join_type="left outer").sort_by("at")
    return joined.column("class").to_numpy()
