"""A computed due list as rows of plain values, the longest overdue first."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sekisho.engines.retention.due import STATES, DueList
from sekisho.engines.retention.ledger import Ledger
from sekisho.engines.retention.model import State

__all__ = ["rows_of"]

_SHOWN: Final = (State.DUE, State.MUST_DELETE, State.AWAITING_DISPOSAL)


def rows_of(ledger: Ledger, found: DueList, *, everything: bool = False) -> list[dict[str, Any]]:
    """The entries that are due, must go or wait for a step (``everything``: all), by how long they are overdue, then as filed."""
    wanted = np.isin(found.state, [STATES.index(s) for s in _SHOWN])
    entry = ledger.entries.entry
    numbers = np.arange(len(found.state)) if entry is None else entry[found.first_row]
    picked = np.arange(len(found.state)) if everything else np.flatnonzero(wanted)
    picked = picked[np.lexsort((numbers[picked], -found.days_overdue[picked].astype(np.int64)))]
    at = numbers[picked]
    assumed = np.zeros(len(ledger), bool)
    if entry is not None and len(ledger.assumed):
        np.logical_or.at(assumed, entry, ledger.assumed)
    columns = {
        "id": ledger.ids.take(at).to_pylist(),
        "name": ledger.names.take(at).to_pylist(),
        "kinds": ledger.kind_words.take(at).to_pylist(),
        "state": [STATES[code].value for code in found.state[picked].tolist()],
        "last_day_kept": _days(found.last_day_kept[picked]),
        "due_since": _days(found.due_since[picked]),
        "must_delete_from": _days(found.must_delete_from[picked]),
        "days_overdue": found.days_overdue[picked].tolist(),
        "certain": (found.certain[picked] & ~assumed[at]).tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _days(column: Any) -> list[str | None]:
    return [None if text == "NaT" else text for text in np.datetime_as_string(column, unit="D").tolist()]
