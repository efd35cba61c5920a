"""All figures of one table: k-anonymity, l-diversity, t-closeness, uniqueness, re-identification risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.engines.privacyrisk import population as uniques
from sekisho.engines.privacyrisk import risks
from sekisho.engines.privacyrisk.classes import Classes, classes_of, spread_of
from sekisho.engines.privacyrisk.closeness import distances
from sekisho.engines.privacyrisk.coding import Coded, code_table
from sekisho.engines.privacyrisk.diversity import distinct_values, entropy_l, recursive_ratio
from sekisho.engines.privacyrisk.model import ARX_THRESHOLD, Distance, Missing, Roles, number_or_none
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.privacyrisk.hierarchies import Hierarchy

__all__ = ["SCHEMA", "Assessment", "Options", "SensitiveFigures", "assess"]

SCHEMA: Final = "sekisho.privacy/1"
_UNDER: Final = (2, 3, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Options:
    """How to count. ``k``: class sizes below it are counted too. ``recursive``: for which l the ratio of (c,l) is told.

    ``distances``: of a sensitive column (default: ordered for numbers, else equal). ``hierarchies``: for hierarchical ones.
    ``threshold``: risk above which a record is at risk. ``suppressed``: rows whose quasi-identifiers all are this text are left
    out and counted (what a generalised table writes for them). ``sampling``: the share of the population that the table is.
    """

    missing: Missing = Missing.OWN
    k: int = 5
    recursive: tuple[int, ...] = (2, 3)
    distances: Mapping[str, Distance] = field(default_factory=dict)
    hierarchies: Mapping[str, Hierarchy] = field(default_factory=dict)
    threshold: float = ARX_THRESHOLD
    suppressed: str | None = None
    sampling: float | None = None

    def __post_init__(self) -> None:
        """Raises InputError ``privacy.option_wrong``."""
        wrong = {
            "k": self.k < 1, "threshold": not 0 < self.threshold <= 1, "recursive": any(v < 1 for v in self.recursive),
            "sampling": self.sampling is not None and not 0 < self.sampling <= 1,
        }  # fmt: skip
        if any(wrong.values()):
            raise InputError("privacy.option_wrong", option=next(name for name, bad in wrong.items() if bad))


@dataclass(frozen=True, slots=True)
class SensitiveFigures:
    """The figures of one sensitive column: the worst class for each measure."""

    column: str
    values: int
    distinct: int
    entropy: float
    recursive: dict[int, float]
    distance: Distance
    t: float
    homogeneous_classes: int
    homogeneous_records: int

    def diversity_dict(self) -> dict[str, Any]:
        """l-diversity as plain JSON values; a ratio of null means that some class has fewer than l values."""
        return {
            "values": self.values, "distinct": self.distinct, "entropy": self.entropy,
            "recursive": [{"l": level, "c_above": number_or_none(c)} for level, c in sorted(self.recursive.items())],
            "classes_with_one_value": self.homogeneous_classes, "records_in_them": self.homogeneous_records,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessment:
    """The figures of one table. Shares are 0–1. ``risk_journalist`` is None where nothing is known about the population."""

    rows: int
    assessed: int
    left_out_missing: int
    left_out_suppressed: int
    roles: Roles
    options: Options
    k: int
    classes: int
    average_class: float
    largest_class: int
    under: dict[int, tuple[int, int]]
    unique: int
    column_uniques: dict[str, tuple[int, int]]
    sensitive: tuple[SensitiveFigures, ...]
    risk_prosecutor: risks.Risk
    risk_journalist: risks.Risk | None
    risk_marketer: float
    population_basis: str
    population_uniques: uniques.PopulationUniques | None

    @property
    def l(self) -> int | None:  # noqa: E743 - the letter is the measure's name
        """The least distinct l over all sensitive columns."""
        return min((s.distinct for s in self.sensitive), default=None)

    @property
    def t(self) -> float | None:
        """The largest distance over all sensitive columns."""
        return max((s.t for s in self.sensitive), default=None)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "schema": SCHEMA, "rows": self.rows, "assessed": self.assessed,
            "left_out": {"missing": self.left_out_missing, "suppressed": self.left_out_suppressed},
            "quasi": list(self.roles.quasi), "sensitive": list(self.roles.sensitive), "missing": self.options.missing.value,
            "k": self.k, "l": self.l, "t": self.t,
            "k_anonymity": {
                "k": self.k, "classes": self.classes, "average_class": self.average_class, "largest_class": self.largest_class,
                "under": [{"k": k, "classes": c, "records": r, "share": r / self.assessed}
                          for k, (c, r) in sorted(self.under.items())],
            },
            "l_diversity": {s.column: s.diversity_dict() for s in self.sensitive},
            "t_closeness": {s.column: {"t": s.t, "distance": s.distance.value} for s in self.sensitive},
            "uniqueness": {
                "unique": self.unique, "share": self.unique / self.assessed,
                "by_column": {n: {"values": v, "unique": u} for n, (v, u) in self.column_uniques.items()},
                "population": None if self.population_uniques is None else {
                    "share": self.population_uniques.share, "model": self.population_uniques.model,
                    "population": self.population_uniques.population},
            },
            "risks": {
                "threshold": self.options.threshold, "prosecutor": _risk(self.risk_prosecutor, self.assessed),
                "journalist": _risk(self.risk_journalist, self.assessed),
                "marketer": {"average": self.risk_marketer}, "population": self.population_basis,
            },
        }  # fmt: skip


def _risk(risk: risks.Risk | None, rows: int) -> dict[str, Any] | None:
    if risk is None:
        return None
    return {
        "highest": risk.highest,
        "average": risk.average,
        "records_at_risk": risk.at_risk,
        "share_at_risk": risk.at_risk / rows,
    }


def assess(table: pa.Table, roles: Roles, options: Options = Options(), *, population: pa.Table | None = None) -> Assessment:
    """The figures of ``table`` by ``roles``.

    ``population``: a table with the same quasi-identifiers that contains every record of ``table``, for journalist and marketer.
    Raises InputError ``privacy.*`` for columns that are not there, a table without rows, or a population that lacks records.
    """
    coded = code_table(table, (*roles.quasi, *roles.sensitive))
    kept, missing, suppressed = _kept(coded, roles, options)
    quasi = [(coded[name].codes if kept is None else coded[name].codes[kept], coded[name].distinct) for name in roles.quasi]
    classes = classes_of(quasi)
    sizes = classes.sizes
    assessed = int(sizes.sum())
    figures = tuple(_sensitive(coded[name], classes, kept, options) for name in roles.sensitive)
    basis, journalist, marketer = _against_population(table, roles, options, classes, kept=kept, population=population)
    return Assessment(
        rows=table.num_rows, assessed=assessed, left_out_missing=missing, left_out_suppressed=suppressed,
        roles=roles, options=options, k=int(sizes.min()), classes=classes.count, average_class=assessed / classes.count,
        largest_class=int(sizes.max()),
        under={k: (int((sizes < k).sum()), int(sizes[sizes < k].sum())) for k in sorted({*_UNDER, options.k})},
        unique=int((sizes == 1).sum()), column_uniques={n: _single(c, d) for n, (c, d) in zip(roles.quasi, quasi, strict=True)},
        sensitive=figures, risk_prosecutor=risks.prosecutor(sizes, options.threshold), risk_journalist=journalist,
        risk_marketer=marketer, population_basis=basis,
        population_uniques=None if options.sampling is None else uniques.estimate(sizes, options.sampling),
    )  # fmt: skip


def _single(codes: npt.NDArray[np.int32], distinct: int) -> tuple[int, int]:
    counts = np.bincount(codes, minlength=distinct)
    return int((counts > 0).sum()), int((counts == 1).sum())


def _kept(coded: Mapping[str, Coded], roles: Roles, options: Options) -> tuple[npt.NDArray[np.int64] | None, int, int]:
    """The rows to count (None: all), and how many are left out for a missing value and because they are suppressed."""
    rows = len(coded[roles.quasi[0]].codes)
    stars = np.zeros(rows, bool)
    if options.suppressed is not None:
        stars[:] = True
        for name in roles.quasi:
            labels = coded[name].labels
            code = labels.index(options.suppressed) if options.suppressed in labels else -1
            stars &= coded[name].codes == code
    absent = np.zeros(rows, bool)
    if options.missing is Missing.EXCLUDE:
        for name in roles.quasi:
            if coded[name].missing:
                absent |= coded[name].absent
        absent &= ~stars
    left = stars | absent
    if left.all():
        raise InputError("privacy.nothing_left", missing=int(absent.sum()), suppressed=int(stars.sum()))
    return (np.flatnonzero(~left) if left.any() else None), int(absent.sum()), int(stars.sum())


def _sensitive(column: Coded, classes: Classes, kept: npt.NDArray[np.int64] | None, options: Options) -> SensitiveFigures:
    codes = column.codes if kept is None else column.codes[kept]
    spread = spread_of(classes.of, classes.count, codes, column.distinct)
    overall = np.bincount(codes, minlength=column.distinct)
    distance = options.distances.get(column.name, Distance.EQUAL if column.numbers is None else Distance.ORDERED)
    levels: Sequence[npt.NDArray[np.int64]] = ()
    if distance is Distance.HIERARCHICAL:
        levels = _levels(column, options)
    there = np.flatnonzero(overall)
    if len(there) < column.distinct and distance is Distance.ORDERED:  # values of rows left out take no place in the order
        place = np.cumsum(overall > 0) - 1
        spread = spread_of(classes.of, classes.count, place[codes], len(there))
        overall = overall[there]
    many = distinct_values(spread)
    return SensitiveFigures(
        column=column.name, values=len(there), distinct=int(many.min()), entropy=float(entropy_l(spread).min()),
        recursive={wanted: float(recursive_ratio(spread, wanted).max()) for wanted in options.recursive},
        distance=distance, t=float(distances(spread, overall, distance, levels).max()),
        homogeneous_classes=int((many == 1).sum()), homogeneous_records=int(classes.sizes[many == 1].sum()),
    )  # fmt: skip


def _levels(column: Coded, options: Options) -> Sequence[npt.NDArray[np.int64]]:
    if column.name not in options.hierarchies:
        raise InputError("privacy.distance_needs_hierarchy", column=column.name)
    from sekisho.engines.privacyrisk.hierarchies import bind  # noqa: PLC0415 - most assessments have none

    bound = bind(options.hierarchies[column.name], column)
    return [level.astype(np.int64) for level in bound.maps[1:]]


def _against_population(
    table: pa.Table, roles: Roles, options: Options, classes: Classes, *,
    kept: npt.NDArray[np.int64] | None, population: pa.Table | None,
) -> tuple[str, risks.Risk | None, float]:  # fmt: skip
    """What is known about the population; the journalist's risk, the marketer's (the table itself where nothing is known)."""
    sizes = classes.sizes
    if population is None:
        if options.sampling is None:
            return "none", None, risks.marketer(sizes, sizes)
        larger = sizes / options.sampling
        return "sampling_fraction", risks.journalist(sizes, larger, options.threshold), risks.marketer(sizes, larger)
    names = list(roles.quasi)
    absent = [name for name in names if name not in population.column_names]
    if absent:
        raise InputError("privacy.population_columns", columns=", ".join(absent))
    sample = table.select(names) if kept is None else table.select(names).take(pa.array(kept))
    ours = sample.take(pa.array(classes.first))
    both = pa.table({n: pa.concat_arrays([_text(ours.column(n)), _text(population.column(n))]) for n in names})
    coded = code_table(both, roles.quasi)
    merged = classes_of([(coded[n].codes, coded[n].distinct) for n in names])
    counts = np.bincount(merged.of[classes.count :], minlength=merged.count)[merged.of[: classes.count]]
    lacking = counts < sizes
    if lacking.any():
        raise InputError("privacy.population_lacks", classes=int(lacking.sum()))
    return "table", risks.journalist(sizes, counts, options.threshold), risks.marketer(sizes, counts)


def _text(column: pa.ChunkedArray) -> pa.Array:
    whole = column.cast(pa.string()).combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.array([], pa.string())
