"""What rooms hand to the frame around every page: counts for the navigation and answers to the search box.

A room registers in its ``AppConfig.ready``; the web asks. So the frame knows no room, and no room knows the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

    Counter = Callable[[Principal, Organization, datetime], int]
    Searcher = Callable[[Principal, Organization, str, int], Sequence["Hit"]]

__all__ = ["COUNTERS", "COUNT_NAMES", "SEARCHERS", "Hit", "register_counter", "register_searcher"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of the search box. ``code`` is the short key before the title (8.9), ``note`` a line below."""

    title: str
    url: str
    code: str = ""
    note: str = ""


COUNTERS: Final[dict[str, Counter]] = {}
COUNT_NAMES: Final[dict[str, _StrPromise | str]] = {}
SEARCHERS: Final[dict[str, tuple[_StrPromise | str, Searcher]]] = {}


def register_counter(room: str, counter: Counter, *, name: _StrPromise | str = "") -> None:
    """How many things wait in ``room`` for this person in this organisation: one cheap query, shown on every page.

    ``name``: what is counted, for those who hear the figure and do not see where it stands.
    """
    COUNTERS[room] = counter
    if name:
        COUNT_NAMES[room] = name


def register_searcher(key: str, heading: _StrPromise | str, searcher: Searcher) -> None:
    """Answers to a search text under ``heading``; the searcher returns at most ``limit`` hits that the principal may see."""
    SEARCHERS[key] = (heading, searcher)
