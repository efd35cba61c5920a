"""The check of a generative AI: what it judges, its two check lists with what was seen, the procurement it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.errors import NotFound
from sekisho.records.procurement.models import Case, GateCheck
from sekisho.records.procurement.queries.cases import cases, derivation_of, rules_of
from sekisho.records.procurement.queries.outputs import material_of
from sekisho.records.procurement.writing.ai_check import ItemState, ai_check

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.documents.model import Document
    from sekisho.engines.derivation import ClauseResult, Derivation
    from sekisho.records.organization.principals import Principal

__all__ = [
    "CHECK_PARTS",
    "ITEM_PREFIX",
    "RULE_SET",
    "CheckLine",
    "ai_check_document",
    "ai_checks_of",
    "check_lists",
    "checked_procurement",
]

RULE_SET: Final = "generative_ai"
CHECK_PARTS: Final = ("procurement_check", "contract_check")
ITEM_PREFIX: Final = "ai:"
"""How the items of the check lists are named among a case's items dealt with."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One item of a check list: the clause, and what somebody said of it. ``state``: open, done, not_applicable, undecided, off

    (``undecided``: the rules do not know yet whether it is asked; ``off``: it is not asked here).
    """

    clause: ClauseResult
    state: str
    row: GateCheck | None


def ai_checks_of(principal: Principal, case: Case) -> QuerySet[Case]:
    """The checks of the AI of a procurement that the principal may see."""
    return cases(principal).filter(checks=case).select_related("organization", "edition").order_by("created_at")


def checked_procurement(principal: Principal, case: Case) -> Case | None:
    """The procurement whose AI the check looks at, where the principal may see it."""
    return cases(principal).filter(pk=case.checks_id).first() if case.checks_id else None


def check_lists(case: Case, derivation: Derivation) -> dict[str, tuple[CheckLine, ...]]:
    """The procurement check and the contract check, each with the state of its items. Raises NotFound for another rule set."""
    if case.rule_set != RULE_SET:
        raise NotFound("access.not_found")
    rows = {
        row.item.removeprefix(ITEM_PREFIX): row
        for row in GateCheck.objects.filter(case=case, item__startswith=ITEM_PREFIX).select_related("person")
    }
    known = {part.id for part in rules_of(case).parts}
    return {
        part: tuple(_line(clause, rows.get(clause.id)) for clause in derivation.clauses if clause.part == part)
        for part in CHECK_PARTS
        if part in known
    }


def _line(clause: ClauseResult, row: GateCheck | None) -> CheckLine:
    if clause.offered is None and not clause.included:
        return CheckLine(clause, "undecided", row)
    if not clause.included:
        return CheckLine(clause, "off", row)
    if row is None:
        return CheckLine(clause, "open", None)
    return CheckLine(clause, "done" if row.done else "not_applicable", row)


def ai_check_document(principal: Principal, case: Case, *, language: str, now: datetime) -> Document:
    """The check as a document. Raises NotFound for another rule set."""
    derived = derivation_of(case)
    lists = {
        part: [
            ItemState(
                one.clause,
                one.state,
                one.row.note if one.row else "",
                one.row.person.name if one.row and one.row.person else "",
                one.row.at.date().isoformat() if one.row else "",
            )
            for one in lines
        ]
        for part, lines in check_lists(case, derived).items()
    }
    belongs = checked_procurement(principal, case)
    material = material_of(case, language="en" if language == "en" else "ja", now=now, derivation=derived)
    return ai_check(material, lists, procurement=f"{belongs.number}　{belongs.title}" if belongs else "")
