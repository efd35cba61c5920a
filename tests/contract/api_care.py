"""Rows of leak scans, masking, assessments and handovers (room ``lifecycle``) for the generated requests, and requests that succeed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from sekisho.records.jobs import worker
from sekisho.records.lifecycle import actions as room
from sekisho.records.lifecycle.actions import assessing, handovers, leakscans, masking
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import Handover, HandoverState, MaskPlan

if TYPE_CHECKING:
    from tests.contract.api_world import World

    from sekisho.records.lifecycle.models import LeakPlan, MaskRun, PrivacyAssessment

__all__ = ["Care", "care_requests", "care_values"]

BASE: Final = "/api/v1/lifecycle"
Request = tuple[dict[str, Any], dict[str, Any], Any]
RESIDENTS: Final = "宛名番号,氏名,電話番号,区分\n" + "".join(
    f"{n:05d},架空 {'花子' if n % 2 else '太郎'},090-{1000 + n:04d}-{5000 + n:04d},{n % 3}\n" for n in range(40)
)
GROUPED: Final = "年代,地区,区分\n" + "".join(
    f"{age}代,{area},{n % 3}\n" for age in (30, 40) for area in "東西" for n in range(12)
)


class Care:
    """A store with residents; a plan that found some, with a decision; a masking plan that ran and one that waits; an assessment
    ready to be signed; handovers in three stages.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = Path(settings.CONFIG.home) / "data" / "care"
        self.folder.mkdir(parents=True)
        for name, text in (("residents.csv", RESIDENTS), ("grouped.csv", GROUPED)):
            (self.folder / name).write_text(text, encoding="utf-8")
        self.store = room.register_store(
            world.principal,
            organization=world.town,
            facts=room.StoreFacts(name="住民の表", kind="folder", address=str(self.folder)),
            now=world.now,
        )
        self.leak_plan, self.spare_plan = self._leak_plan("試験の共有"), self._leak_plan("使わない点検")
        self.leak_scan = leakscans.begin_leak_scan(world.principal, self.leak_plan, now=world.now)
        worker.run_due(clock=lambda: world.now)
        self.leak_scan.refresh_from_db()
        assert self.leak_scan.state == "done", self.leak_scan.error
        self.decision = leakscans.decide_leak(
            world.principal, self.leak_plan, pattern="residents.csv", kinds=[], mistaken=False, reason="記入例",
            until=world.now.date() + timedelta(days=30), now=world.now,
        )  # fmt: skip
        proposed = masking.propose_mask_plan(
            world.principal, self.store, path="residents.csv", title="試験データ", recipient="架空の会社", now=world.now
        )
        self.text = proposed.replace("views: {}", "views: {staff: {residents: {氏名: redact, 区分: keep}}}")
        self.drafted, self.approved = self._mask_plan("これから申請するもの"), self._mask_plan("承認されたもの")
        self.run = self._run()
        self.assessment = self._assessment()
        self.draft, self.ready, self.given = (self._handover(f"試験データ {number}") for number in range(3))
        self._advance()

    def _leak_plan(self, name: str) -> LeakPlan:
        facts = leakscans.LeakPlanFacts(name=name, names=False, every="once", owner_role="system_admin")
        return leakscans.make_leak_plan(self.world.principal, self.store, facts=facts, now=self.world.now)

    def _mask_plan(self, name: str) -> MaskPlan:
        facts = masking.MaskPlanFacts(name=name, text=self.text, source="residents.csv", target="out/{date}.csv")
        return masking.make_mask_plan(
            self.world.principal,
            self.world.town,
            source_store=self.store,
            target_store=self.store,
            facts=facts,
            now=self.world.now,
        )

    def _run(self) -> MaskRun:
        """Approved as if by another person, run by the colleague, so that ``everything`` can sign."""
        now, plan = self.world.now, self.approved
        MaskPlan.objects.filter(pk=plan.pk).update(approved_digest=plan.digest, approved_by=self.world.person, approved_at=now)
        plan.refresh_from_db()
        made = masking.begin_mask_run(self.world.other, plan, now=now)
        worker.run_due(clock=lambda: now)
        made.refresh_from_db()
        assert made.proof_holds is True, (made.error, made.proof)
        return made

    def _assessment(self) -> PrivacyAssessment:
        who, now = self.world.other, self.world.now
        facts = assessing.AssessFacts(
            name="統計用", path="grouped.csv", scheme="public_anonymised", quasi=("年代", "地区"), sensitive=("区分",)
        )
        row = assessing.assess_table(who, self.world.town, store=self.store, facts=facts, now=now)
        for duty in load("assessing").left_open(row.figures["checklist"]):
            row = assessing.declare_duty(who, row, duty=duty, note="確かめた", version=row.version, now=now)
        return row

    def _handover(self, title: str) -> Handover:
        facts = handovers.HandoverFacts(title=title, content="synthetic", purpose="試験", recipient="架空の会社")
        return handovers.make_handover(self.world.principal, organization=self.world.town, facts=facts, now=self.world.now)

    def _advance(self) -> None:
        """As if another person had approved two of them; one of them was given."""
        now = self.world.now
        for row in (self.ready, self.given):
            Handover.objects.filter(pk=row.pk).update(state=HandoverState.APPROVED, approved_at=now)
            row.refresh_from_db()
        self.given = handovers.give_handover(
            self.world.principal, self.given, given_on=now.date(), how="手渡し", version=self.given.version, now=now
        )


def care_values(care: Care) -> dict[str, list[Any]]:
    """Parameter name → values that exist."""

    def ids(*rows: Any) -> list[str]:
        return [str(row.pk) for row in rows]

    return {
        "leak_plan_id": ids(care.leak_plan, care.spare_plan),
        "leak_scan_id": ids(care.leak_scan),
        "leak_decision_id": ids(care.decision),
        "mask_plan_id": ids(care.drafted, care.approved),
        "mask_run_id": ids(care.run),
        "mask_run": ids(care.run),
        "assessment_id": ids(care.assessment),
        "handover_id": ids(care.draft, care.ready, care.given),
        "store": ids(care.world.keep.store, care.store),
        "source_store": ids(care.store),
        "target_store": ids(care.store),
        "source": ["residents.csv"],
        "target": ["out/{date}.csv"],
        "path": ["grouped.csv", "residents.csv"],
        "duty": [one["id"] for one in care.assessment.figures["checklist"]["items"][:2]],
    }


def care_requests(care: Care) -> dict[str, Request]:
    """Name of an operation → a request that it grants. Who may approve everything cannot ask: that is for the room's own tests."""
    for row in (care.leak_plan, care.spare_plan, care.drafted, care.assessment, care.draft, care.ready, care.given):
        row.refresh_from_db()
    return {**_leaks(care), **_masking(care), **_assessing(care), **_handovers(care)}


def _leaks(care: Care) -> dict[str, Request]:
    world = care.world
    plan = {"name": "別の点検", "names": False, "every": "once", "owner_role": "system_admin"}
    at_plan, at_spare = {"leak_plan_id": str(care.leak_plan.pk)}, {"leak_plan_id": str(care.spare_plan.pk)}
    until = (world.now.date() + timedelta(days=20)).isoformat()
    return {
        f"GET {BASE}/leak-plans": ({}, {"organization": world.town.code}, None),
        f"POST {BASE}/leak-plans": ({}, {}, {**plan, "store": str(care.store.pk)}),
        f"PUT {BASE}/leak-plans/{{leak_plan_id}}": (at_plan, {}, {**plan, "version": care.leak_plan.version}),
        f"POST {BASE}/leak-plans/{{leak_plan_id}}/end": (at_spare, {}, {"reason": "要らない"}),
        f"POST {BASE}/leak-plans/{{leak_plan_id}}/scans": (at_plan, {}, None),
        f"POST {BASE}/leak-plans/{{leak_plan_id}}/decisions": (
            at_plan, {}, {"pattern": "form/*", "kinds": ["telephone"], "reason": "記入例", "until": until},
        ),
        f"POST {BASE}/leak-decisions/{{leak_decision_id}}/end": ({"leak_decision_id": str(care.decision.pk)}, {}, None),
        f"POST {BASE}/leak-measure": ({}, {"organization": world.town.code}, None),
    }  # fmt: skip


def _masking(care: Care) -> dict[str, Request]:
    code, store = care.world.town.code, str(care.store.pk)
    facts = {"name": "別の計画", "text": care.text, "source": "residents.csv", "target": "o.csv"}
    at_draft, at_approved = {"mask_plan_id": str(care.drafted.pk)}, {"mask_plan_id": str(care.approved.pk)}
    at_run = {"mask_run_id": str(care.run.pk)}
    version = {"version": care.drafted.version}
    return {
        f"GET {BASE}/mask-plans": ({}, {"organization": code}, None),
        f"POST {BASE}/mask-plans": ({}, {}, {**facts, "organization": code, "source_store": store, "target_store": store}),
        f"POST {BASE}/mask-plans/propose": (
            {}, {}, {"store": store, "source": "residents.csv", "title": "試験", "recipient": "架空の会社"},
        ),
        f"PUT {BASE}/mask-plans/{{mask_plan_id}}": (at_draft, {}, {**facts, **version}),
        f"POST {BASE}/mask-plans/{{mask_plan_id}}/end": (at_draft, {}, version),
        f"POST {BASE}/mask-plans/{{mask_plan_id}}/sample": (at_draft, {}, None),
        f"GET {BASE}/mask-plans/{{mask_plan_id}}/views": (at_draft, {}, None),
        f"GET {BASE}/mask-plans/{{mask_plan_id}}/views/{{role}}/sql": (
            {**at_draft, "role": "staff"}, {"dialect": "sqlite", "schema": "juki"}, None,
        ),
        f"POST {BASE}/mask-plans/{{mask_plan_id}}/views/{{role}}/sample": ({**at_draft, "role": "staff"}, {}, None),
        f"POST {BASE}/mask-plans/{{mask_plan_id}}/runs": (at_approved, {}, None),
        f"POST {BASE}/mask-runs/{{mask_run_id}}/sign": (at_run, {}, None),
        f"GET {BASE}/mask-runs/{{mask_run_id}}/report": (at_run, {"form": "html"}, None),
    }  # fmt: skip


def _assessing(care: Care) -> dict[str, Request]:
    at = {"assessment_id": str(care.assessment.pk)}
    version = {"version": care.assessment.version}
    duty = care.assessment.figures["checklist"]["items"][0]["id"]
    asked = {
        "organization": care.world.town.code, "store": str(care.store.pk), "name": "別の評価", "path": "grouped.csv",
        "scheme": "public_anonymised", "quasi": ["年代", "地区"], "sensitive": ["区分"],
    }  # fmt: skip
    return {
        f"POST {BASE}/assessments": ({}, {}, asked),
        f"PUT {BASE}/assessments/{{assessment_id}}/duties/{{duty}}": ({**at, "duty": duty}, {}, {"note": "見た", **version}),
        f"POST {BASE}/assessments/{{assessment_id}}/sign": (at, {}, version),
        f"GET {BASE}/assessments/{{assessment_id}}/report": (at, {"form": "html"}, None),
    }


def _handovers(care: Care) -> dict[str, Request]:
    world, today = care.world, care.world.now.date().isoformat()
    facts = {"title": "試験データ", "content": "synthetic", "purpose": "試験", "recipient": "架空の会社"}
    at_draft = {"handover_id": str(care.draft.pk)}
    version = {"version": care.draft.version}
    return {
        f"POST {BASE}/handovers": ({}, {}, {**facts, "organization": world.town.code}),
        f"PUT {BASE}/handovers/{{handover_id}}": (at_draft, {}, {**facts, **version}),
        f"POST {BASE}/handovers/{{handover_id}}/withdraw": (at_draft, {}, {"reason": "要らない", **version}),
        f"POST {BASE}/handovers/{{handover_id}}/give": (
            {"handover_id": str(care.ready.pk)}, {}, {"given_on": today, "how": "手渡し", "version": care.ready.version},
        ),
        f"POST {BASE}/handovers/{{handover_id}}/end": (
            {"handover_id": str(care.given.pk)}, {}, {"ended_on": today, "how": "kept", "version": care.given.version},
        ),
        f"POST {BASE}/handover-measure": ({}, {"organization": world.town.code}, None),
    }  # fmt: skip
