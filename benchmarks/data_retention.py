"""Due list over a ledger of 1,000,000 entries: all kinds, business years, answers, holds, entries with several kinds.

    python benchmarks/data_retention.py [--json] [--entries 1000000]

There is no peer that computes statutory retention; the goal is two seconds. A sample is compared with the scalar rules.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from typing import Any

import numpy as np

from sekisho.engines.retention import Case, Disposal, Hold, YearEnd, decide, explain
from sekisho.engines.retention.due import STATES, DueList, Entries, due_list
from sekisho.standards.retention_rules import retention_rules

ON = date(2026, 11, 30)
GOAL_SECONDS = 2.0


def generated(count: int, seed: int = 20261130) -> Entries:
    """``count`` entries, a tenth of them with a second kind; events over 30 years, one in fifty unknown."""
    chance = np.random.default_rng(seed)
    kinds = sorted(retention_rules().kinds)
    entry = np.sort(np.r_[np.arange(count), chance.choice(count, count // 10, replace=False)])
    rows = len(entry)
    event = np.datetime64("1996-01-01") + chance.integers(0, 11_000, rows)
    event[chance.random(rows) < 0.02] = np.datetime64("NaT")
    second = np.where(chance.random(rows) < 0.05, event + 40, np.datetime64("NaT"))
    ended = np.where(chance.random(rows) < 0.2, event + 400, np.datetime64("NaT"))
    cases = (
        Case(year_end=YearEnd(3)),
        Case(year_end=YearEnd(12)),
        Case(year_end=YearEnd(2), answers={"loss_year": True}),
        Case(own_value=5),
    )
    return Entries(
        kinds=kinds, kind=chance.integers(0, len(kinds), rows), event=event, second=second, cases=cases,
        case=chance.integers(0, len(cases), rows), entry=entry, held=chance.random(rows) < 0.01,
        steps_done=chance.random(rows) < 0.5, purpose_ended=ended,
    )  # fmt: skip


def differing(entries: Entries, found: DueList, sample: int = 2_000) -> int:
    """How many of some entries the scalar rules see differently."""
    wrong = 0
    ends = np.r_[found.first_row[1:], len(entries.kind)]
    for index in range(0, len(found.state), max(1, len(found.state) // sample)):
        first = int(found.first_row[index])
        made = [_explained(entries, row) for row in range(first, int(ends[index]))]
        held = [Hold("h", "audit", ON)] if entries.held is not None and entries.held[first] else []
        done = {step: "done" for one in made for step in one.before_deletion}
        disposal = Disposal(done) if entries.steps_done is not None and entries.steps_done[first] else None
        ended = None if entries.purpose_ended is None else _day(entries.purpose_ended[first])
        one = decide(made, on=ON, purpose_ended=ended, holds=held, disposal=disposal)
        wrong += (one.state, one.last_day_kept, one.days_overdue) != (
            STATES[found.state[index]], _day(found.last_day_kept[index]), int(found.days_overdue[index])
        )  # fmt: skip
    return wrong


def _explained(entries: Entries, row: int) -> Any:
    kind = retention_rules().kind(entries.kinds[int(entries.kind[row])])
    start = kind.rule.start
    assert entries.second is not None
    assert entries.case is not None
    days = {start.event: _day(entries.event[row]), start.or_later or start.replaced_by or "": _day(entries.second[row])}
    return explain(kind.id, {name: day for name, day in days.items() if name and day}, case=entries.cases[int(entries.case[row])])


def _day(value: Any) -> date | None:
    found: date | None = np.datetime64(value, "D").item()
    return found


def measure(count: int) -> dict[str, Any]:
    """The best of three runs, and the comparison."""
    entries = generated(count)
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        found = due_list(entries, on=ON)
        times.append(time.perf_counter() - begun)
    return {
        "work": "retention due list", "entries": count, "rows": len(entries.kind), "seconds": round(min(times), 3),
        "goal_seconds": GOAL_SECONDS, "differ_from_scalar": differing(entries, found), "states": found.counts(),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--entries", type=int, default=1_000_000)
    arguments = parser.parse_args()
    result = measure(arguments.entries)
    if arguments.json:
        print(json.dumps({"retention": [result]}, ensure_ascii=False))
        return
    print(
        f"{result['entries']:,} entries in {result['seconds']} s (goal {GOAL_SECONDS} s); differ: {result['differ_from_scalar']}"
    )


if __name__ == "__main__":
    main()
