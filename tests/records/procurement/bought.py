"""Cases on the way from the answers file of an example to the contract and beyond."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.records.factories import NOW, TODAY, give, make_organization, make_person, principal_for, principal_of

from sekisho.engines.derivation import derive
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AcceptanceTest, Case, CaseState

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization, Person
    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Contract

EXAMPLES = Path(__file__).parents[3] / "examples" / "procurement"
SIGNED, DELIVERY, OPERATION, ENDS = date(2026, 11, 20), date(2027, 3, 31), date(2027, 4, 1), date(2032, 3, 31)


def make_case(principal: Principal, organization: Organization, example: str = "booking-site", **answers: Any) -> Case:
    """A case with the answers of an example; ``answers`` change some of them."""
    case = actions.import_case(
        principal,
        organization=organization,
        untrusted=(EXAMPLES / f"{example}.yaml").read_bytes(),
        filename=f"{example}.yaml",
        now=NOW,
    )
    changes = {f"answers.{name}": value for name, value in answers.items()}
    if changes:
        case = actions.save_answers(principal, case, changes=changes, base_version=case.answers_version, now=NOW)
    return queries.case(SYSTEM, case.pk)


@dataclass
class Office:
    """みなも市 with somebody who owns the case and holds the office of the system's security."""

    organization: Organization = field(
        default_factory=lambda: make_organization("minamo", name="みなも市", body_kind="municipality")
    )
    officer: Person = field(default_factory=lambda: make_person("officer"))

    def __post_init__(self) -> None:
        give(self.officer, "system_officer", self.organization)
        self.owner = principal_of(self.officer)

    def case(self, example: str = "booking-site", **answers: Any) -> Case:
        return make_case(self.owner, self.organization, example, **answers)

    def contract(self, case: Case, **given: Any) -> Contract:
        """The contract of a negotiated case: no notice is needed, the specification is frozen at the signature."""
        values: dict[str, Any] = {
            "signed_on": SIGNED,
            "delivery_on": DELIVERY,
            "operation_on": OPERATION,
            "ends_on": ENDS,
            "supplier": "株式会社みほん",
            "number": "契約第12号",
            "reason": "地方自治法施行令第167条の2第1項第2号",
            "now": NOW,
        }
        if case.state == CaseState.PREPARING and queries.derivation_of(case).decision("opinion_needed") == "yes":
            self.advise(case)
        return actions.sign_contract(self.owner, case, **(values | given))

    def advise(self, case: Case) -> None:
        """The advisor agrees with the case as it is now."""
        advisor = principal_for("advisor", self.organization)
        actions.give_opinion(advisor, case, agrees=True, text="進めてよい", now=NOW)

    def contracted(self, example: str = "booking-site", **answers: Any) -> Case:
        case = self.case(example, award="negotiated", **answers)
        self.contract(case)
        return queries.case(SYSTEM, case.pk)

    def decide_all(self, case: Case, state: str = "passed", result: str = "画面で見た", *, fail: tuple[str, ...] = ()) -> None:
        """Decide every test; those of the clauses in ``fail`` fail (the clause itself, position 0)."""
        decisions = [
            actions.Decision(row.pk, row.version, "failed" if row.clause in fail and not row.position else state, result)
            for row in AcceptanceTest.objects.filter(case=case)
        ]
        actions.decide_tests(self.owner, case, decisions=decisions, now=NOW)

    def accepted(self, case: Case | None = None, **given: Any) -> Case:
        case = case or self.contracted()
        self.decide_all(case, **given)
        actions.accept(self.owner, case, now=NOW)
        return queries.case(SYSTEM, case.pk)


__all__ = ["DELIVERY", "ENDS", "EXAMPLES", "OPERATION", "SIGNED", "TODAY", "CaseState", "Office", "derive", "make_case"]
