"""Deletion that can be proven: a dry run with exact lists, holds asked at the last moment, and the truth about what was reached.

>>> listing = list_target(target, resources)                                    # doctest: +SKIP
>>> check_limits((listing,), Limits())                                          # doctest: +SKIP
>>> outcome = erase_target(target, listing, resources, guard=guard)             # doctest: +SKIP
>>> verification = verify_target(target, outcome.items, resources)              # doctest: +SKIP
"""

from __future__ import annotations

from sekisho.engines.deletion.journal import Journal
from sekisho.engines.deletion.model import (
    ACHIEVED,
    Achieved,
    Files,
    Guard,
    Item,
    Key,
    Limits,
    Listing,
    Method,
    Objects,
    Outcome,
    Recorded,
    Rows,
    Statement,
    Stop,
    Target,
    Verification,
)
from sekisho.engines.deletion.recorded import NEEDED, missing_facts
from sekisho.engines.deletion.targets import Resources, check_limits, erase_target, list_target, verify_target

__all__ = [
    "ACHIEVED",
    "NEEDED",
    "Achieved",
    "Files",
    "Guard",
    "Item",
    "Journal",
    "Key",
    "Limits",
    "Listing",
    "Method",
    "Objects",
    "Outcome",
    "Recorded",
    "Resources",
    "Rows",
    "Statement",
    "Stop",
    "Target",
    "Verification",
    "check_limits",
    "erase_target",
    "list_target",
    "missing_facts",
    "verify_target",
]
