"""The pairs of a table asked: what is unchanged, what is still the same mapping, which keys still join. DuckDB, bounded."""

# ruff: noqa: S608 - file names and numbered columns of our own making; no name out of the data is in a question

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from sekisho.engines.masking.verify.pairing import Pairs

__all__ = ["Comparer", "Likeness"]

_MEMORY: Final = "512MB"
_FEW: Final = 20
"""A column beside which takes at most so many values is a condition under which chance is judged (sex, kind)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of a column is as it was.

    ``values``: pairs in which both sides have a value; ``unchanged``: those where it is the same; ``expected``: how many would be
    the same if after were independent of before; ``overlap``: rows after whose value some row had before; ``before``, ``after``:
    different values on each side; ``many``: values before that became more than one after; ``joined``: values after that come
    from more than one before.
    """

    values: int
    unchanged: int
    expected: float
    overlap: int
    before: int
    after: int
    many: int
    joined: int


class Comparer:
    """Answers about one table's pairs; several tables share a connection through :meth:`beside`."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """``folder``: where DuckDB may put what does not fit into memory."""
        self._db = duckdb.connect(":memory:")
        for setting in (f"memory_limit = '{_MEMORY}'", f"threads = {threads}", f"temp_directory = '{folder / 'spill'}'"):
            self._db.execute(f"SET {setting}")
        self._db.execute("SET preserve_insertion_order = false")
        self._db.execute("SET autoinstall_known_extensions = false")

    def close(self) -> None:
        """Let go of the memory."""
        self._db.close()

    def differing(self, pairs: Pairs, column: str) -> int:
        """Rows in which a kept column is not the same."""
        n = pairs.numbers[column]
        return int(self._one(f"SELECT count(*) FILTER (WHERE s{n} IS DISTINCT FROM t{n}) FROM {_from(pairs)}"))

    def unchanged_rows(self, pairs: Pairs, column: str) -> int:
        """Rows with a value that is the same before and after."""
        n = pairs.numbers[column]
        return int(self._one(f"SELECT count(*) FILTER (WHERE s{n} = t{n} AND s{n} <> {pairs.empty}) FROM {_from(pairs)}"))

    def gaps_moved(self, pairs: Pairs, column: str) -> int:
        """Rows that had a value and have none, or the other way round (NULL and empty text told apart)."""
        n, e = pairs.numbers[column], pairs.empty
        changed = f"(s{n} IS NULL) <> (t{n} IS NULL) OR (coalesce(s{n}, 1) = {e}) <> (coalesce(t{n}, 1) = {e})"
        return int(self._one(f"SELECT count(*) FILTER (WHERE {changed}) FROM {_from(pairs)}"))

    def others(self, pairs: Pairs, column: str, text: str) -> int:
        """Rows with a value after that is not ``text``."""
        n = pairs.numbers[column]
        return int(
            self._one(f"SELECT count(*) FILTER (WHERE {_there(pairs, n)} AND t{n} <> {pairs.print_of(text)}) FROM {_from(pairs)}")
        )

    def likeness(self, pairs: Pairs, column: str, *, by_value: bool, beside: tuple[str, ...] = ()) -> Likeness:
        """See :class:`Likeness`. ``by_value``: equal values count once (a transform that always does the same with a value is one
        trial for each value, not for each row). ``beside``: columns that the transform looks at.
        """
        n = pairs.numbers[column]
        groups = [f"s{pairs.numbers[one]}" for one in beside if one in pairs.numbers and one != column]
        few = [one for one in groups if self._one(f"SELECT count(DISTINCT {one}) FROM {_from(pairs)}") <= _FEW]
        chosen = ", ".join(f"{one} AS g{place}" for place, one in enumerate(few))
        names = ", ".join(f"g{place}" for place in range(len(few)))
        self._db.execute(
            f"CREATE OR REPLACE TEMP TABLE both_sides AS SELECT {'DISTINCT' if by_value else ''} s{n} AS s, t{n} AS t"
            f"{', ' + chosen if few else ''} FROM {_from(pairs)} WHERE {_there(pairs, n)}"
        )
        values, unchanged = self._row("SELECT count(*), count(*) FILTER (WHERE s = t) FROM both_sides")
        expected = self._expected(names)
        before, after, many, joined = self._shape()
        overlap = self._one(
            f"SELECT count(*) FROM {_from(pairs)} WHERE {_there(pairs, n)} AND t{n} IN (SELECT DISTINCT s FROM both_sides)"
        )
        rows = self._one(f"SELECT count(*) FROM {_from(pairs)} WHERE {_there(pairs, n)}") if by_value else values
        del values
        return Likeness(int(rows), int(unchanged), expected, int(overlap), before, after, many, joined)

    def _expected(self, names: str) -> float:
        """Equal pairs if after were drawn from after's own values without regard to before, each row's own pair left out."""
        group = f", {names}" if names else ""
        using = f"USING (v{group})"
        question = f"""
            WITH a AS (SELECT s AS v{group}, count(*) AS c FROM both_sides GROUP BY ALL),
                 b AS (SELECT t AS v{group}, count(*) AS c FROM both_sides GROUP BY ALL),
                 all_rows AS (SELECT count(*) AS n, count(*) FILTER (WHERE s = t) AS o{group} FROM both_sides GROUP BY ALL),
                 met AS (SELECT sum(a.c::DOUBLE * b.c) AS m{group} FROM a JOIN b {using} GROUP BY ALL)
            SELECT sum(CASE WHEN n > 1 THEN (coalesce(m, 0) - o) / (n - 1) ELSE 0 END)
            FROM all_rows LEFT JOIN met {f"USING ({names})" if names else "ON true"}
        """
        return float(self._one(question) or 0.0)

    def _shape(self) -> tuple[int, int, int, int]:
        question = """
            WITH d AS (SELECT DISTINCT s, t FROM both_sides),
                 one AS (SELECT count(*) AS c FROM d GROUP BY s), other AS (SELECT count(*) AS c FROM d GROUP BY t)
            SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM other),
                   (SELECT count(*) FROM one WHERE c > 1), (SELECT count(*) FROM other WHERE c > 1)
        """
        before, after, many, joined = self._row(question)
        return int(before), int(after), int(many), int(joined)

    def uneven(self, pairs: Pairs, columns: tuple[str, ...], entity: tuple[str, ...]) -> tuple[int, int]:
        """Entities, and those whose dates moved by different numbers of days."""
        who = ", ".join(f"s{pairs.numbers[one]}" for one in entity)
        parts = " UNION ALL ".join(
            f"SELECT {who}, m{pairs.numbers[one]} AS m FROM {_from(pairs)} WHERE m{pairs.numbers[one]} IS NOT NULL"
            for one in columns
        )
        question = (
            f"SELECT count(*), count(*) FILTER (WHERE n > 1) FROM (SELECT count(DISTINCT m) AS n FROM ({parts}) GROUP BY {who})"
        )
        found = self._row(question)
        return int(found[0]), int(found[1])

    def same_frequencies(self, pairs: Pairs, column: str) -> bool:
        """Whether each value stands as often after as before."""
        n = pairs.numbers[column]
        question = f"""
            SELECT count(*) FROM (
                SELECT v, sum(c) AS c FROM (
                    SELECT s{n} AS v, count(*) AS c FROM {_from(pairs)} GROUP BY 1
                    UNION ALL SELECT t{n} AS v, -count(*) AS c FROM {_from(pairs)} GROUP BY 1
                ) GROUP BY v HAVING sum(c) <> 0
            )
        """
        return int(self._one(question)) == 0

    def repeated(self, pairs: Pairs, columns: tuple[str, ...], side: str) -> int:
        """Rows whose key an earlier row has, NULL left out. ``side``: s or t."""
        names = [f"{side}{pairs.numbers[one]}" for one in columns]
        there = " AND ".join(f"{one} IS NOT NULL" for one in names)
        listed = ", ".join(names)
        return int(
            self._one(
                f"SELECT coalesce(sum(c - 1), 0) FROM (SELECT count(*) AS c FROM {_from(pairs)} WHERE {there} GROUP BY {listed})"
            )
        )

    def joins(
        self, child: Pairs, columns: tuple[str, ...], parent: Pairs, referred: tuple[str, ...], side: str
    ) -> tuple[int, int]:
        """Rows of the child with a key, and those whose key is in the parent."""
        own = [f"{side}{child.numbers[one]}" for one in columns]
        other = [f"{side}{parent.numbers[one]}" for one in referred]
        there = " AND ".join(f"c.{one} IS NOT NULL" for one in own)
        met = " AND ".join(f"c.{one} = p.{two}" for one, two in zip(own, other, strict=True))
        question = f"""
            SELECT count(*), count(*) FILTER (WHERE EXISTS (
                SELECT 1 FROM (SELECT DISTINCT {", ".join(other)} FROM {_from(parent)}) p WHERE {met}
            )) FROM {_from(child)} c WHERE {there}
        """
        found = self._row(question)
        return int(found[0]), int(found[1])

    def moved_joins(self, child: Pairs, columns: tuple[str, ...], parent: Pairs, referred: tuple[str, ...]) -> int:
        """Rows of the child that belong to another row of the parent than before, or to none."""
        parts = []
        for side in "st":
            keys = ", ".join(f"{side}{parent.numbers[one]}" for one in referred)
            parts.append((keys, f"SELECT {keys}, min(file_row_number) AS r FROM {_from(parent, numbered=True)} GROUP BY {keys}"))
        pairs = list(zip(columns, referred, strict=True))
        links = [
            " AND ".join(f"c.{side}{child.numbers[own]} = {side}p.{side}{parent.numbers[other]}" for own, other in pairs)
            for side in "st"
        ]
        question = (
            f"SELECT count(*) FILTER (WHERE sp.r IS DISTINCT FROM tp.r) FROM {_from(child)} c "
            f"LEFT JOIN ({parts[0][1]}) sp ON {links[0]} LEFT JOIN ({parts[1][1]}) tp ON {links[1]}"
        )
        return int(self._one(question))

    def _one(self, question: str) -> Any:
        return self._row(question)[0]

    def _row(self, question: str) -> Any:
        return self._db.execute(question).fetchone()


def _from(pairs: Pairs, *, numbered: bool = False) -> str:
    path = str(pairs.file).replace("'", "''")
    return f"read_parquet('{path}'{', file_row_number = true' if numbered else ''})"


def _there(pairs: Pairs, n: int) -> str:
    """Both sides have a value."""
    return f"s{n} <> {pairs.empty} AND t{n} <> {pairs.empty}"
