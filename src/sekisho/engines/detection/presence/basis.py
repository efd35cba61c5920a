"""Joining door and log-in records is monitoring of staff: on which basis it may be done, and the record each search leaves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sekisho.errors import InputError, NotPermitted, Problem

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["MonitoringBasis", "SearchRecord", "required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringBasis:
    """Why staff may be monitored, and that they know.

    ``purpose``: what for. ``rule_document``: the rule that provides for it (title, number or date). ``noticed_on``: when the
    staff were told. ``approver``: who approved it. It holds from ``valid_from`` to ``valid_until``, both days included.
    Source: questions and answers on the guidelines of the Act on the Protection of Personal Information, on monitoring of
    employees (purpose in a rule, told in advance, somebody responsible, done by the rule); from memory.
    """

    purpose: str
    rule_document: str
    noticed_on: date
    approver: str
    valid_from: date
    valid_until: date

    def check(self, on: date) -> None:
        """Raises InputError ``presence.basis_incomplete`` naming what is missing, NotPermitted ``presence.basis_not_valid``."""
        blank = [name for name in ("purpose", "rule_document", "approver") if not getattr(self, name).strip()]
        problems = tuple(Problem("presence.basis_blank", {"name": name}, column=name) for name in blank)
        if self.valid_until < self.valid_from:
            problems += (Problem("presence.basis_period", {}, column="valid_until"),)
        if self.noticed_on > self.valid_from:
            problems += (Problem("presence.basis_notice_late", {}, column="noticed_on"),)
        if problems:
            raise InputError("presence.basis_incomplete", problems=problems, count=len(problems))
        if not self.valid_from <= on <= self.valid_until:
            raise NotPermitted("presence.basis_not_valid", since=self.valid_from.isoformat(), until=self.valid_until.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    """Who looked for whom, why, when, on which basis. ``persons`` empty: for everybody. The caller stores it."""

    who: str
    why: str
    persons: tuple[str, ...]
    since: datetime
    until: datetime
    at: datetime
    basis: MonitoringBasis

    def as_dict(self) -> dict[str, Any]:
        """Plain values; moments in RFC 3339."""
        made = asdict(self)
        for name in ("since", "until", "at"):
            made[name] = getattr(self, name).isoformat()
        for name in ("noticed_on", "valid_from", "valid_until"):
            made["basis"][name] = getattr(self.basis, name).isoformat()
        made["persons"] = list(self.persons)
        return made


def required(basis: MonitoringBasis | None, on: date) -> MonitoringBasis:
    """The basis, checked. Raises NotPermitted ``presence.basis_missing`` when there is none, and what :meth:`check` raises."""
    if not isinstance(basis, MonitoringBasis):
        raise NotPermitted("presence.basis_missing")
    basis.check(on)
    return basis
