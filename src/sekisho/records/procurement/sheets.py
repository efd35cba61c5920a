"""The tests of acceptance as a sheet: written for those who test, read back with their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError, Problem
from sekisho.records.procurement.actions.acceptance import Decision, decide_tests
from sekisho.records.procurement.models import AcceptanceTest, Case, TestState
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.rules.contract import test_ref
from sekisho.records.procurement.rules.tokens import require_token, token_of
from sekisho.records.tabular import Choice, Column, read_table, write_xlsx
from sekisho.standards import texts

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.organization.principals import Principal

__all__ = ["COLUMNS", "SheetPlan", "SheetRow", "apply_sheet", "plan_sheet", "write_sheet"]


def _choices(kind: str, *names: str) -> tuple[Choice, ...]:
    said = [(name, f"procurement_contract.{kind}_{name}") for name in names]
    return tuple(Choice(name, texts.render(code, {}, "ja"), texts.render(code, {}, "en")) for name, code in said)


_STATES: Final = _choices("state", *TestState.values)
COLUMNS: Final = (
    Column("ref", "番号", "No.", required=True, width=12, limit=100),
    Column("demand", "求めていること", "Demand", width=60, limit=20_000),
    Column("shown", "示すもの", "What is shown", width=40, limit=20_000),
    Column("by", "示す人", "By", choices=_choices("by", "supplier", "buyer", "third_party"), width=10),
    Column("wanted", "求めるエビデンス", "Evidence wanted", width=24),
    Column("attached", "付いている数", "Attached", width=10),
    Column("state", "結果", "Result", choices=_STATES, width=10),
    Column("result", "見たこと・足りない点・見送る理由", "What was seen, is lacking, why waived", width=50, limit=4000),
)


def write_sheet(rows: QuerySet[AcceptanceTest], *, title: str, language: str) -> bytes:
    """The tests as a workbook (``rows`` annotated with ``attached``)."""
    lines = [
        {
            "ref": test_ref(row.clause, row.position),
            "demand": row.demand.get("en" if language.startswith("en") else "ja", ""),
            "shown": row.shown.get("en" if language.startswith("en") else "ja", ""),
            "by": row.by,
            "wanted": "、".join(texts.render(f"procurement_contract.wanted_{kind}", {}, language) for kind in row.wanted),
            "attached": row.attached,  # type: ignore[attr-defined] # annotated
            "state": row.state,
            "result": row.result,
        }
        for row in rows
    ]
    return write_xlsx(COLUMNS, lines, title=title, language=language)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What a row of a sheet changes."""

    row: int
    ref: str
    before: str
    state: str
    result: str
    decision: Decision


@dataclass(slots=True)
class SheetPlan:
    """What a sheet would do. With problems nothing may be done. ``same``: rows that say what stands there already."""

    rows: list[SheetRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    same: int = 0

    @property
    def token(self) -> str:
        """Of what would be changed from what: the same only while nobody else decides one of these tests."""
        return token_of([(str(row.decision.test_id), row.decision.version, row.state, row.result) for row in self.rows])


def plan_sheet(case: Case, *, untrusted: bytes, name: str) -> SheetPlan:
    """Read a filled-in sheet and say what it would change; writes nothing."""
    table = read_table(untrusted, name=name, columns=COLUMNS)
    plan = SheetPlan(problems=list(table.problems))
    rows = {test_ref(row.clause, row.position): row for row in contract_queries.acceptance_tests(case)}
    seen: dict[str, int] = {}
    faulty = {problem.row for problem in table.problems}  # told already: what is lacking in such a row is not known
    for line in table.rows:
        ref, state, result = (line.values.get(key, "") for key in ("ref", "state", "result"))
        found, problem = rows.get(ref), None
        if ref in seen:
            problem = Problem("procurement_contract.sheet_twice", {"value": ref[:40], "first": seen[ref]}, column="番号")
        elif found is None:
            problem = Problem("procurement_contract.sheet_unknown_test", {"value": ref[:40]}, column="番号")
        elif (state or TestState.OPEN) == found.state and result == found.result:
            plan.same += 1
        elif line.number not in faulty:
            problem = _problem(found, ref, state, result)
            if problem is None:
                decision = Decision(found.pk, found.version, state, result)
                plan.rows.append(SheetRow(line.number, ref, found.state, state, result, decision))
        seen.setdefault(ref, line.number)
        if problem is not None:
            plan.problems.append(Problem(problem.code, problem.fields, name, line.number, problem.column))
    return plan


def _problem(found: AcceptanceTest, ref: str, state: str, result: str) -> Problem | None:
    """What is wrong with a row that changes something."""
    if not state or state == TestState.OPEN:
        code = "sheet_no_state" if found.state == TestState.OPEN else "sheet_reopened"
        return Problem(f"procurement_contract.{code}", {"value": ref[:40]}, column="結果")
    if not result and state != TestState.PASSED:
        return Problem(f"procurement_contract.{state}_needs_words", {"ref": ref[:40]}, column=COLUMNS[-1].ja)
    if not result and not found.attached:  # type: ignore[attr-defined] # annotated
        return Problem("procurement_contract.passed_needs_evidence", {"ref": ref[:40]}, column=COLUMNS[-1].ja)
    return None


def apply_sheet(
    principal: Principal, case: Case, *, untrusted: bytes, name: str, now: datetime, token: str | None = None
) -> SheetPlan:
    """Plan once more and do it, all or nothing. ``token``: of the plan that was shown.

    Raises InputError ``procurement_contract.sheet_rejected`` with every problem, Conflict
    ``procurement_notice.changed_meanwhile``.
    """
    plan = plan_sheet(case, untrusted=untrusted, name=name)
    if plan.problems:
        raise InputError("procurement_contract.sheet_rejected", problems=tuple(plan.problems), count=len(plan.problems))
    require_token(token, present=plan.token)
    if plan.rows:
        decide_tests(principal, case, decisions=[row.decision for row in plan.rows], now=now)
    return plan
