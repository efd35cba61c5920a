"""Looking through a data store for leaks, by the engine ``leakscan``. It needs the extra ``data`` and loads only here."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.own import read_own_rules
from sekisho.engines.leakscan.places.model import DEFAULT_KINDS, Settings
from sekisho.engines.leakscan.places.run import Progress, Run
from sekisho.errors import InputError, Problem, Unavailable
from sekisho.records.lifecycle.rules.leaking import Found

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import LeakPlan

__all__ = ["KINDS", "STORES", "Seen", "check_rules", "look_through"]

KINDS: Final = tuple(sorted(kind.label for kind in Kind))
STORES: Final = frozenset({"folder", "database"})
_MOST_PROBLEMS: Final = 200
_KEY_FILE: Final = "leakscan.key"


@dataclass(slots=True)
class Seen:
    """What a run saw. ``read``: marks of the places that were wholly read, None when all there are were."""

    places: list[Found]
    read: set[str] | None
    report: dict[str, Any]
    problems: list[dict[str, Any]] = field(default_factory=list)


def check_rules(text: str) -> None:
    """Raise InputError naming each place at which an organisation's own rules cannot be used; nothing for an empty text."""
    if text:
        read_own_rules(text.encode(), filename="rules.yaml")
