"""A plan of masking: for each column of each table what happens to it and why; never a key, never a value of the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

import rfc8785

from sekisho.engines.masking.keys import KeyIdentity
from sekisho.engines.masking.tables import ForeignKey
from sekisho.engines.masking.transforms import Transform

__all__ = ["PERSONAL", "SCHEMA", "Action", "Basis", "ColumnPlan", "Plan", "TablePlan", "View"]

SCHEMA: Final = "sekisho.masking_plan/1"

PERSONAL: Final = frozenset({
    "addressee_number", "bank_account", "birth_date", "driving_licence", "email", "free_text", "household_number",
    "insured_number", "my_number", "passport", "payment_card", "pension_number", "person_kana", "person_name", "person_number",
    "postal_address", "residence_card", "resident_record_code", "secret", "telephone",
})  # fmt: skip
"""Kinds of columns that point to a person, or may (free text): they are kept only on a recorded basis.

The names are those of the leak scan (:class:`sekisho.engines.leakscan.kinds.Kind`), with ``household_number`` and
``person_number`` (other numbers given to a person) and ``free_text`` added.
"""


class Action(StrEnum):
    """What happens to a column."""

    KEEP = "keep"
    TRANSFORM = "transform"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """On what real personal data may be in the target: who answers for it, by which document, until when.

    ``document`` is the 誓約書 or contract by its number; ``ends`` says whether the data are returned or erased by ``until``;
    ``confirmed_by`` is who will confirm it, ``confirmed_on`` when that was done.
    """

    id: str
    who: str
    document: str
    signed_on: date
    ends: str
    until: date
    confirmed_by: str
    confirmed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """What happens to one column. ``transform`` is None unless the action is ``transform``; ``confidence`` (0 to 1) is the
    proposal's, None where a person decided.
    ``not_personal`` is a person's reason why what the leak scan finds in the masked column is no personal data.
    """

    name: str
    action: Action
    transform: Transform | None = None
    kinds: frozenset[str] = frozenset()
    reason: str = ""
    confidence: float | None = None
    basis: str = ""
    not_my_number: str = ""
    not_personal: str = ""

    @property
    def personal(self) -> bool:
        """Whether what it holds points to a person."""
        return bool(self.kinds & PERSONAL)

    @property
    def dropped(self) -> bool:
        """Whether the column is left out of the target."""
        return self.transform is not None and self.transform.traits.drops


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """One table. ``include`` false: it is left out as a whole. Keys say what must hold in the target as in the source."""

    name: str
    columns: dict[str, ColumnPlan]
    include: bool = True
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How one role sees tables: columns that are not named are not seen."""

    role: str
    tables: dict[str, dict[str, ColumnPlan]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan. ``place`` is ``inside`` (the organisation's own rooms and systems) or ``outside``; ``source`` is the plain
    value of the file, from which :attr:`hash` is made. ``keys``: which keys it must be, by their check values, so that a delivery
    fits those before it.
    """

    title: str
    version: int
    purpose: str
    recipient: str
    place: str
    domain: str
    tables: dict[str, TablePlan]
    bases: dict[str, Basis] = field(default_factory=dict)
    keys: tuple[KeyIdentity, ...] = ()
    views: tuple[View, ...] = ()
    source: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the plan's content (canonical JSON, RFC 8785): comments and layout do not matter."""
        return hashlib.sha256(rfc8785.dumps(self.source)).hexdigest()

    def columns(self) -> Iterator[tuple[TablePlan, ColumnPlan]]:
        """All columns of all included tables."""
        for table in self.tables.values():
            if table.include:
                for column in table.columns.values():
                    yield table, column

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains whose keys a run needs."""
        found = {column.transform.domain_of(self.domain) for _, column in self.columns() if column.transform is not None}
        return tuple(sorted(one for one in found if one))

    @property
    def undecided(self) -> tuple[tuple[str, str], ...]:
        """Table and column of all that nobody has decided on."""
        return tuple((t.name, c.name) for t, c in self.columns() if c.action is Action.UNDECIDED)
