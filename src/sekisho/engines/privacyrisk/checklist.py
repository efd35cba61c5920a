"""The duties of a kind of body, joined with the figures of a table: what is shown, what contradicts, what a person must declare.

Nothing passes without a figure or a person. A figure that is not there leaves its item unmeasured; a figure that contradicts
is not healed by a declaration; a figure in order shows its item, and still waits for whoever confirms it where the rule says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sekisho.engines.privacyrisk.assess import Assessment
from sekisho.engines.privacyrisk.coding import code_table
from sekisho.engines.privacyrisk.hierarchies import ROOT
from sekisho.engines.privacyrisk.propose import Proposal
from sekisho.errors import InputError, Problem
from sekisho.standards.privacy import Duties, Duty, Measured
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["STATES", "Checklist", "Declaration", "Figure", "Item", "Settings", "figures_of", "join", "read_declarations"]

STATES: Final = ("contradicted", "not_measured", "open", "shown_open", "declared", "confirmed")
"""From the worst to the best; ``shown_open``: the figures are in order, the person's word is missing."""

_CODES: Final = frozenset({"my_number", "resident_record_code", "licence_number", "insured_number"})
_LINKS: Final = frozenset({"addressee_number", "employee_number"})
_PAYMENT: Final = frozenset({"bank_account"})
_CONTACT: Final = frozenset({"telephone", "email"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the organisation asks for itself; the laws name no numbers."""

    k: int = 5
    l: float = 2  # noqa: E741 - the letter is the measure's name
    t: float = 0.5
    threshold: float = 0.2


@dataclass(frozen=True, slots=True)
class Declaration:
    """A person's word: ``by`` (role or name), ``on``, ``note``."""

    by: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside what is asked of it; ``value`` None: not measured."""

    name: str
    value: float | None
    operator: str
    wanted: float
    met: bool | None


@dataclass(frozen=True, slots=True)
class Item:
    """One duty with its state (one of :data:`STATES`)."""

    duty: Duty
    state: str
    figures: tuple[Figure, ...]
    declaration: Declaration | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """All duties of one regime for one kind of information."""

    regime: str
    kind: str
    items: tuple[Item, ...]
    settings: Settings = field(default_factory=Settings)

    @property
    def counts(self) -> dict[str, int]:
        """Items by state."""
        return {state: sum(item.state == state for item in self.items) for state in STATES}

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; titles and texts stand in the rules, under the same ids."""
        return {
            "regime": self.regime, "kind": self.kind, "counts": self.counts,
            "settings": {"k": self.settings.k, "l": self.settings.l, "t": self.settings.t, "threshold": self.settings.threshold},
            "items": [{
                "id": item.duty.id, "state": item.state,
                "figures": [{"figure": f.name, "value": f.value, "operator": f.operator, "wanted": f.wanted, "met": f.met}
                            for f in item.figures],
                "declaration": None if item.declaration is None else {
                    "by": item.declaration.by, "on": item.declaration.on.isoformat(), "note": item.declaration.note},
            } for item in self.items],
        }  # fmt: skip


def figures_of(table: pa.Table, assessment: Assessment, proposal: Proposal, settings: Settings) -> dict[str, float]:
    """The figures that rules may ask for. ``table``: as it would be given out; ``assessment`` and ``proposal`` are of it."""
    direct = [column for column in proposal.columns if column.role == "direct"]
    unique = [c for c in proposal.columns if any(code == "privacy.reason_identifies" for code, _ in c.reasons)]
    found: dict[str, float] = {
        "records": assessment.assessed, "direct_columns": len(direct),
        "code_columns": sum(c.kind in _CODES for c in direct), "linking_columns": sum(c.kind in _LINKS for c in direct),
        "payment_columns": sum(c.kind in _PAYMENT for c in direct), "contact_columns": sum(c.kind in _CONTACT for c in direct),
        "unique_value_columns": len(unique), "k": assessment.k, "unique_records": assessment.unique,
        "highest_risk": assessment.risk_prosecutor.highest,
        "rare_quasi_values": _rare(table, assessment.roles.quasi, settings.k),
    }  # fmt: skip
    if assessment.roles.sensitive:
        assert assessment.l is not None
        assert assessment.t is not None
        rare = _rare(table, assessment.roles.sensitive, settings.k)
        found |= {"l": assessment.l, "t": assessment.t, "rare_sensitive_values": rare}
    return found


def _rare(table: pa.Table, names: tuple[str, ...], k: int) -> int:
    """Values of these columns that fewer than ``k`` rows have; a missing value and a suppressed one say nothing."""
    rare = 0
    for column in code_table(table, names).values():
        counts = np.bincount(column.codes, minlength=column.distinct)
        spoken = np.array([c >= column.missing and label != ROOT for c, label in enumerate(column.labels)])
        rare += int(((counts < k) & (counts > 0) & spoken).sum())
    return rare


def join(
    rules: Duties, *, body: str, kind: str, figures: Mapping[str, float], settings: Settings,
    declarations: Mapping[str, Declaration] | None = None,
) -> Checklist:  # fmt: skip
    """The duties of ``body`` for ``kind`` (anonymised, pseudonymised, public_anonymised) with figures and declarations.

    Raises InputError ``privacy.body_unknown``, ``privacy.kind_not_for_body``, ``privacy.declaration_unknown``.
    """
    regime = rules.regime(body)
    chosen = [duty for duty in rules.items if regime.id in duty.regimes and duty.kind == kind]
    if not chosen:
        known = sorted({duty.kind for duty in rules.items if regime.id in duty.regimes})
        raise InputError("privacy.kind_not_for_body", kind=kind[:40], body=body, known=", ".join(known))
    given = dict(declarations or {})
    stray = sorted(set(given) - {duty.id for duty in chosen})
    if stray:
        raise InputError("privacy.declaration_unknown", ids=", ".join(stray))
    items = []
    for duty in chosen:
        measured = tuple(_figure(one, figures, settings) for one in duty.measured)
        items.append(Item(duty, _state(duty, measured, given.get(duty.id)), measured, given.get(duty.id)))
    return Checklist(regime.id, kind, tuple(items), settings)


def _figure(one: Measured, figures: Mapping[str, float], settings: Settings) -> Figure:
    if one.setting:
        wanted = float(getattr(settings, one.setting))
    else:
        assert one.value is not None
        wanted = one.value
    value = figures.get(one.figure)
    met = None
    if value is not None:
        met = {"at_least": value >= wanted, "at_most": value <= wanted, "equals": value == wanted}[one.operator]
    return Figure(one.figure, value, one.operator, wanted, met)


def _state(duty: Duty, figures: tuple[Figure, ...], declared: Declaration | None) -> str:
    if any(figure.met is False for figure in figures):
        return "contradicted"
    if not figures:
        return "open" if declared is None else "declared"
    if any(figure.met is None for figure in figures):
        return "not_measured"
    if declared is not None or not any(one.person for one in duty.measured):
        return "confirmed"
    return "shown_open"


def read_declarations(untrusted: bytes, *, filename: str) -> dict[str, Declaration]:
    """``privacy_declarations: 1`` and under ``items`` for each id ``{by: …, date: 2026-11-30, note: …}``; names every fault."""
    value = read_untrusted_yaml(untrusted, filename=filename).value
    if not isinstance(value, dict) or value.get("privacy_declarations") != 1 or not isinstance(value.get("items"), dict):
        raise InputError("privacy.specs_wrong", file=filename, place="privacy_declarations: 1, items")
    problems, found = [], {}
    for name, one in value["items"].items():
        sound = (
            isinstance(one, dict) and set(one) <= {"by", "date", "note"} and isinstance(one.get("by"), str) and one["by"].strip()
        )
        when = one.get("date") if isinstance(one, dict) else None
        if not sound or type(when) is not date or not isinstance(one.get("note", ""), str):
            problems.append(Problem("privacy.declaration_wrong", {"id": str(name)[:60]}, filename))
            continue
        found[str(name)] = Declaration(one["by"], when, one.get("note", ""))
    if problems:
        raise InputError("privacy.specs_wrong", problems=tuple(problems), file=filename, place="items")
    return found
