"""Rows of the room ``incidents`` for the generated requests, and requests of it that succeed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.records.assessment import actions as assessment
from sekisho.records.incidents import actions
from sekisho.records.incidents.rules import Ticked

if TYPE_CHECKING:
    from tests.contract.api_world import World

    from sekisho.records.incidents.models import AnalysisSheet, Incident

__all__ = ["Cases", "incident_requests", "incident_values"]

BASE: Final = "/api/v1/incidents"

Request = tuple[dict[str, Any], dict[str, Any], Any]


class Cases:
    """An incident with a settled sheet and a countermeasure that was carried out, one with a draft, one to be closed, a closed one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.analysed, self.drafted, self.ready, self.closed = (self._record(f"事案 {number}") for number in range(4))
        self.settled = self._settle(self.analysed)
        self.draft = self._draft(self.drafted)
        self._settle(self.ready)
        self._settle(self.closed)
        who, now = world.principal, world.now
        actions.close(who, self.closed, note="済み", version=self.closed.version, now=now)
        self.measure = actions.add_countermeasure(
            who, self.analysed, what="一分待つ", remedy="mechanism", owner_id=world.colleague.pk, due_on=now.date(),
            causes=["l1_hurry"], now=now,
        )  # fmt: skip
        assessment.move_corrective_action(
            who, action_id=self.measure.action_id, version=1, state="done", outcome="設定した", now=now
        )

    def _record(self, title: str) -> Incident:
        world = self.world
        facts = actions.IncidentFacts(
            kind="email_misdelivery", title=title, did="取り違えた", found_at=world.now - timedelta(days=2)
        )
        return actions.record(world.principal, world.town, facts=facts, now=world.now)

    def _draft(self, row: Incident) -> AnalysisSheet:
        who, now = self.world.principal, self.world.now
        sheet = actions.begin_sheet(who, row, method="m_shell", now=now)
        lines = [Ticked("l1", "l1_hurry", "", "root")]
        return actions.save_sheet(who, sheet, lines=lines, conclusion="急いだ", version=sheet.version, now=now)

    def _settle(self, row: Incident) -> AnalysisSheet:
        sheet = self._draft(row)
        return actions.settle_sheet(self.world.principal, sheet, version=sheet.version, now=self.world.now)


def incident_values(cases: Cases) -> dict[str, list[Any]]:
    """Parameter name → values that exist."""
    return {
        "incident_id": [str(row.pk) for row in (cases.analysed, cases.drafted, cases.ready, cases.closed)],
        "sheet_id": [str(cases.draft.pk), str(cases.settled.pk)],
        "countermeasure_id": [str(cases.measure.pk)],
        "method": ["m_shell"],
        "remedy": ["mechanism"],
        "factor": ["l1"],
        "cause": ["l1_hurry"],
    }


def incident_requests(cases: Cases) -> dict[str, Request]:
    """Name of an operation → a request that it grants."""
    world, now = cases.world, cases.world.now
    facts = {
        "kind": "email_misdelivery", "title": "別の事案", "did": "取り違えた",
        "found_at": (now - timedelta(days=1)).isoformat(),
    }  # fmt: skip
    at_draft = {"sheet_id": str(cases.draft.pk)}
    at_drafted = {"incident_id": str(cases.drafted.pk)}
    saved = {
        "version": cases.draft.version, "conclusion": "急いだ",
        "causes": [{"factor": "l1", "cause": "l1_hurry", "weight": "root"}, {"factor": "e", "text": "引っ越しの週"}],
    }  # fmt: skip
    measure = {"what": "周知する", "remedy": "reminder", "owner": str(world.colleague.pk), "due_on": now.date().isoformat()}
    return {
        f"POST {BASE}": ({}, {}, {**facts, "organization": world.town.code}),
        f"PUT {BASE}/{{incident_id}}": (at_drafted, {}, {**facts, "version": cases.drafted.version}),
        f"POST {BASE}/{{incident_id}}/close": (
            {"incident_id": str(cases.ready.pk)}, {}, {"note": "済み", "version": cases.ready.version},
        ),
        f"POST {BASE}/{{incident_id}}/reopen": ({"incident_id": str(cases.closed.pk)}, {}, {"reason": "新しい事実"}),
        f"POST {BASE}/{{incident_id}}/sheets": (at_drafted, {}, {"method": "m_shell"}),
        f"PUT {BASE}/sheets/{{sheet_id}}": (at_draft, {}, saved),
        f"POST {BASE}/sheets/{{sheet_id}}/settle": (at_draft, {}, {"version": cases.draft.version}),
        f"DELETE {BASE}/sheets/{{sheet_id}}": (at_draft, {"version": cases.draft.version}, None),
        f"POST {BASE}/{{incident_id}}/countermeasures": ({"incident_id": str(cases.analysed.pk)}, {}, measure),
        f"POST {BASE}/countermeasures/{{countermeasure_id}}/effect": (
            {"countermeasure_id": str(cases.measure.pk)}, {}, {"effect": "effective", "note": "減った"},
        ),
        f"POST {BASE}/measure": ({}, {"organization": world.town.code}, None),
    }  # fmt: skip
