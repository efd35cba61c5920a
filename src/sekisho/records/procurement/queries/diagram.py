"""The parts of a case's drawn diagram: which of them a person has looked at as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.records.procurement.models import DiagramConfirmation
from sekisho.records.procurement.queries.overview import applied_diagram
from sekisho.records.procurement.rules.confirming import drawn_parts

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Case

__all__ = ["Confirmations", "confirmations_of"]

_LANGUAGE: Final = "ja"  # a part is the same part in whatever language it is shown


@dataclass(frozen=True, slots=True)
class Confirmations:
    """``parts``: id → fingerprint of each part that the program drew; ``confirmed``: those that count, with who and when."""

    parts: dict[str, str]
    confirmed: dict[str, DiagramConfirmation]

    @property
    def total(self) -> int:
        """How many parts the program drew."""
        return len(self.parts)

    @property
    def unconfirmed(self) -> int:
        """How many of them nobody has looked at as they are now."""
        return len(self.parts) - len(self.confirmed)


def confirmations_of(case_: Case) -> Confirmations:
    """The parts of the diagram as drawn now with their confirmations: one query. Raises InputError for unreadable answers."""
    parts = drawn_parts(applied_diagram(case_, language=_LANGUAGE).diagram)
    rows = DiagramConfirmation.objects.filter(case=case_).select_related("person") if parts else ()
    return Confirmations(parts, {row.part: row for row in rows if parts.get(row.part) == row.fingerprint})
