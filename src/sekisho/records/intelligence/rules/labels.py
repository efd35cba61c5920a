"""The labels of TLP 2.0 as the room keeps them. Whether one may go to an audience says the engine (``bound.values.may_go``).

| label | who of the house reads it |
|---|---|
| RED | the persons named at the notice, nobody else, also no auditor |
| AMBER+STRICT, AMBER | who may do ``intelligence.read`` in the organisation: they need to know |
| GREEN, CLEAR | the same; both may also be told to the staff and handed on |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sekisho.errors import InputError

__all__ = ["AUDIENCES", "LABELS", "RED", "checked_audience", "checked_label", "loosest", "shown_label", "strictest"]

LABELS: Final = ("red", "amber+strict", "amber", "green", "clear")
"""The labels, the strictest first."""
RED: Final = LABELS[0]
AUDIENCES: Final = ("organization", "clients", "community", "public")
"""For whom something can be written out; persons who were named read the page."""


def checked_label(label: str) -> str:
    """``label`` if it is one. Raises InputError ``intelligence.unknown_label``."""
    if label not in LABELS:
        raise InputError("intelligence.unknown_label", name="tlp", value=label[:32])
    return label


def checked_audience(audience: str) -> str:
    """The audience of that name. Raises InputError ``intelligence.unknown_choice``."""
    if audience not in AUDIENCES:
        raise InputError("intelligence.unknown_choice", name="audience", value=audience[:64])
    return audience


def strictest(labels: Iterable[str]) -> str:
    """The label of a whole whose parts bear these: the strictest of them; clear for nothing at all."""
    return min(labels, key=LABELS.index, default=LABELS[-1])


def loosest(labels: Iterable[str]) -> str:
    """The label of something that was received under each of these: who received it as public may treat it so."""
    return max(labels, key=LABELS.index, default=RED)


def shown_label(label: str) -> str:
    """The label as FIRST writes it: ``TLP:AMBER+STRICT``."""
    return f"TLP:{label.upper()}"
