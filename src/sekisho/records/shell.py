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

__all__ = ["COUNTERS", "SEARCHERS", "Hit", "register_counter", "register_searcher"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of the search box. ``code`` is the short key before the title (8.9), ``note`` a line below."""

    title: str
    url: str
    code: str = ""
    note: str = ""


COUNTERS: Final[dict[str, Counter]] = {}
SEARCHERS: Final[dict[str, tuple[_StrPromise | str, Searcher]]] = {}


def register_counter(room: str, counter: Counter) -> None:
    """How many things wait in ``room`` for this person in this organisation: one cheap query, shown on every page."""
    COUNTERS[room] = counter


def register_searcher(key: str, heading: _StrPromise | str, searcher: Searcher) -> None:
    """Answers to a search text under ``heading``; the searcher returns at most ``limit`` hits that the principal may see."""
    SEARCHERS[key] = (heading, searcher)
