"""Rows of retention and deletion (room ``lifecycle``) for the generated requests, and requests of it that succeed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from sekisho.records.jobs import worker
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.models import (
    Deletion,
    DeletionState,
    FoundEntry,
    OwnRule,
    StandingOrder,
    StoreScan,
)
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.organization.permissions import Role
from sekisho.records.subjects import actions as subjects

if TYPE_CHECKING:
    from tests.contract.api_world import World

    from sekisho.records.lifecycle.models import RetentionEntry

__all__ = ["Keep", "retention_requests", "retention_values"]

BASE: Final = "/api/v1/lifecycle"
Request = tuple[dict[str, Any], dict[str, Any], Any]
SHEET: Final = (
    "管理番号,名称,記録の種類,起算の日,責任者\nX-1,名簿,RT16,employment_ended=2026-03-31,課室情報セキュリティ責任者\n".encode()
)


class Keep:
    """A store, entries in every stage, a hold, a decision, rules, deletions from the plan to the certificate, a stock-taking."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = Path(settings.CONFIG.home) / "data" / "keep"
        for name in ("a", "b", "c", "d", "e"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            (self.folder / name / "file.txt").write_text("申請", encoding="utf-8")
        who, town, now = world.principal, world.town, world.now
        self.store = actions.register_store(
            who, organization=town, facts=actions.StoreFacts(name="共有", kind="folder", address=str(self.folder)), now=now
        )
        spare = actions.StoreFacts(name="使わない", kind="folder", address=str(self.folder / "e"))
        self.unused = actions.register_store(who, organization=town, facts=spare, now=now)
        self.supplier = subjects.create_subject(who, organization=town, kind="supplier", name="委託先", now=now)
        paper = actions.PlaceFacts(kind="paper", label="文書庫")
        outside = actions.PlaceFacts(kind="supplier", label="委託先の写し", supplier_id=self.supplier.pk)
        self.free = self._entry("a", "これから計画するもの")
        self.planned = self._entry("b", "計画したもの")
        self.approved = self._entry("c", "承認されたもの", paper, outside)
        self.done = self._entry("d", "終わったもの")
        self.other = self._entry("", "期限の来ていないもの", kinds=["RT18"], events={"employment_ended": now.date()})
        self.consent = self._consent()
        self.hold = actions.set_hold(
            who,
            organization=town,
            facts=actions.HoldFacts(kind="audit", name="検査", reason="求め", starts_on=now.date(), entries=[self.other.pk]),
            now=now,
        )
        self._deletions()
        self._scan()
        self.stock = actions.start_stocktaking(
            who, organization=town, title="棚卸し", due_on=now.date() + timedelta(days=30), now=now
        )
        self.answer = self.stock.answers.order_by("pk").first()
        self.rule = OwnRule.objects.create(
            organization=town, key="DOC-1", title="許認可", value=5, event="completed", start="next_fiscal_year", basis="規程",
            state="approved", approved_at=now, created_at=now,
        )  # fmt: skip
        self.order = StandingOrder.objects.create(
            organization=town, name="毎日", reason="ログ", kinds=["RT87"], approved_at=now, created_at=now
        )

    def _entry(self, folder: str, name: str, *more: actions.PlaceFacts, **facts: Any) -> RetentionEntry:
        given: dict[str, Any] = {
            "kinds": ["RT16"], "events": {"employment_ended": date(2015, 5, 1)}, "answers": {"transitional": False}, **facts,
        }  # fmt: skip
        places = (
            [actions.PlaceFacts(kind="folder", label=folder, store_id=self.store.pk, locator={"path": folder})] if folder else []
        )
        return actions.register_entry(
            self.world.principal,
            organization=self.world.town,
            facts=actions.EntryFacts(name=name, owner_role=Role.SECTION_OFFICER, **given),
            places=[*places, *more],
            now=self.world.now,
        )

    def _consent(self) -> Any:
        facts = actions.ConsentFacts(
            kind="disposal_decision", number="第1号", decided_on=self.world.now.date(), document_id=self.world.documents[0].pk,
            entries=[self.free.pk, self.planned.pk, self.approved.pk, self.done.pk],
        )  # fmt: skip
        return actions.record_consent(self.world.principal, organization=self.world.town, facts=facts, now=self.world.now)

    def _plan(self, entry: RetentionEntry) -> Deletion:
        facts = actions.DeletionFacts(title="廃棄", reason="満了", entries=[entry.pk])
        return actions.make_deletion(self.world.principal, organization=self.world.town, facts=facts, now=self.world.now)

    def _approve(self, row: Deletion) -> Deletion:
        """As if another person had approved it: in the world of the API one person holds every role."""
        now = self.world.now
        actions.begin_dry_run(self.world.principal, row, now=now)
        worker.run_due(clock=lambda: now)
        Deletion.objects.filter(pk=row.pk).update(
            state=DeletionState.APPROVED,
            approved_digest=queries.digest_of(row),
            approved_at=now,
            approved_by=self.world.colleague,
        )
        row.entries.update(state="deleting")
        row.refresh_from_db()
        return row

    def _deletions(self) -> None:
        now = self.world.now
        self.plan = self._plan(self.planned)
        self.ready = self._approve(self._plan(self.approved))
        self.paper = self.ready.erased.get(place__kind="paper")
        self.outside = self.ready.erased.get(place__kind="supplier")
        ran = self._approve(self._plan(self.done))
        actions.execute_deletion(self.world.principal, ran, version=ran.version, now=now)
        worker.run_due(clock=lambda: now)
        ran.refresh_from_db()
        assert ran.state == DeletionState.DONE, ran.stopped
        self.ran = ran
        last = self._approve(self._plan(self._entry("e", "証明書のあるもの", public_record=False)))
        actions.execute_deletion(self.world.principal, last, version=last.version, now=now)
        worker.run_due(clock=lambda: now)
        last.refresh_from_db()
        self.certificate = actions.issue_certificate(self.world.principal, last, witness="立会人", version=last.version, now=now)

    def _scan(self) -> None:
        now = self.world.now
        (self.folder / "logs").mkdir()
        for year in (2024, 2025):
            (self.folder / "logs" / f"{year}.log").write_text("x", encoding="utf-8")
        facts = actions.ScanRuleFacts(
            name="ログ", pattern="logs/{yyyy}.log", group="each", kinds=["RT87"], event="recorded", date_source="path",
            owner_role=Role.SYSTEM_ADMIN,
        )  # fmt: skip
        self.scan_rule = actions.make_scan_rule(self.world.principal, self.store, facts=facts, now=now)
        actions.begin_scan(self.world.principal, self.store, now=now)
        worker.run_due(clock=lambda: now)
        self.scan = StoreScan.objects.get()
        self.found = list(FoundEntry.objects.order_by("label"))
        assert len(self.found) == 2, self.scan.error


def retention_values(keep: Keep) -> dict[str, list[Any]]:
    """Parameter name → values that exist."""

    def ids(*rows: Any) -> list[str]:
        return [str(row.pk) for row in rows]

    return {
        "retention_entry_id": ids(keep.free, keep.other, keep.planned),
        "entries": [ids(keep.free)],
        "place_id": ids(keep.free.places.get()),
        "hold_id": ids(keep.hold),
        "consent_id": ids(keep.consent),
        "own_rule_id": ids(keep.rule),
        "data_store_id": ids(keep.store, keep.unused),
        "store": ids(keep.store),
        "scan_rule_id": ids(keep.scan_rule),
        "store_scan_id": ids(keep.scan),
        "found": [ids(*keep.found)],
        "deletion_id": ids(keep.plan, keep.ready, keep.ran),
        "erased_place_id": ids(keep.paper, keep.outside),
        "certificate_id": ids(keep.certificate),
        "standing_order_id": ids(keep.order),
        "stock_taking_id": ids(keep.stock),
        "stock_answer_id": ids(keep.answer),
        "show": ["due", "all"],
    }


def retention_requests(keep: Keep) -> dict[str, Request]:
    """Name of an operation → a request that it grants."""
    code, today = keep.world.town.code, keep.world.now.date().isoformat()
    entry = {"name": "名簿", "kinds": ["RT16"], "events": {"employment_ended": "2026-03-31"}, "owner_role": "section_officer"}
    at_entry = {"retention_entry_id": str(keep.free.pk)}
    at_store = {"data_store_id": str(keep.store.pk)}
    at_plan, at_ready = {"deletion_id": str(keep.plan.pk)}, {"deletion_id": str(keep.ready.pk)}
    store = {"name": "別の共有", "kind": "folder", "address": str(keep.folder / "a")}
    reason = {"reason": "理由"}
    for row in (keep.free, keep.plan, keep.ready, keep.ran, keep.store, keep.hold):
        row.refresh_from_db()
    return {
        f"POST {BASE}/entries": ({}, {}, {**entry, "organization": code}),
        f"PUT {BASE}/entries/{{retention_entry_id}}": (at_entry, {}, {**entry, "version": keep.free.version}),
        f"POST {BASE}/entries/import": ({}, {}, {"organization": code, "file": SHEET, "apply": "true"}),
        f"POST {BASE}/entries/{{retention_entry_id}}/places": (
            at_entry, {"version": keep.free.version}, {"kind": "paper", "label": "棚"},
        ),
        f"POST {BASE}/holds": ({}, {}, {
            "organization": code, "kind": "litigation", "name": "訴訟", "starts_on": today, "kinds": ["RT18"], **reason,
        }),
        f"POST {BASE}/decisions": ({}, {}, {
            "organization": code, "kind": "disposal_decision", "number": "第2号", "decided_on": today,
            "document": str(keep.world.documents[0].pk), "entries": [str(keep.other.pk)],
        }),
        f"POST {BASE}/decisions/{{consent_id}}/withdraw": ({"consent_id": str(keep.consent.pk)}, {}, reason),
        f"POST {BASE}/own-rules/{{own_rule_id}}/end": (
            {"own_rule_id": str(keep.rule.pk)}, {}, {**reason, "version": keep.rule.version},
        ),
        f"PUT {BASE}/settings": ({}, {}, {"organization": code, "year_end": "03-31", "version": 0}),
        f"POST {BASE}/measure": ({}, {}, {"organization": code}),
        f"POST {BASE}/deletions": ({}, {}, {
            "organization": code, "title": "廃棄", "entries": [str(keep.free.pk)], **reason,
        }),
        f"POST {BASE}/deletions/{{deletion_id}}/dry-run": (at_plan, {}, None),
        f"POST {BASE}/deletions/{{deletion_id}}/execute": (
            at_ready, {}, {"number": keep.ready.number, "version": keep.ready.version},
        ),
        f"POST {BASE}/deletions/{{deletion_id}}/cancel": (at_plan, {}, {**reason, "version": keep.plan.version}),
        f"POST {BASE}/deletions/{{deletion_id}}/verify": ({"deletion_id": str(keep.ran.pk)}, {}, None),
        f"POST {BASE}/deletions/{{deletion_id}}/certificate": (
            {"deletion_id": str(keep.ran.pk)}, {}, {"witness": "立会人", "version": keep.ran.version},
        ),
        f"POST {BASE}/erased/{{erased_place_id}}/supplier": (
            {"erased_place_id": str(keep.outside.pk)}, {}, {"requested_on": today, "how": "文書", "version": keep.outside.version},
        ),
        f"POST {BASE}/erased/{{erased_place_id}}/record": (
            {"erased_place_id": str(keep.paper.pk)}, {},
            {"done_on": today, "quantity": "3箱", "how": "溶解", "done_by": "業者", "witness": "課長", "version": keep.paper.version},
        ),
        f"POST {BASE}/certificates/{{certificate_id}}/check": (
            {"certificate_id": str(keep.certificate.pk)}, {}, {"file": b"x"},
        ),
        f"POST {BASE}/automatic/{{standing_order_id}}/end": (
            {"standing_order_id": str(keep.order.pk)}, {}, {**reason, "version": keep.order.version},
        ),
        f"POST {BASE}/stores": ({}, {}, {**store, "organization": code}),
        f"PUT {BASE}/stores/{{data_store_id}}": (
            at_store, {}, {**store, "address": keep.store.address, "version": keep.store.version},
        ),
        f"PUT {BASE}/stores/{{data_store_id}}/secret": (at_store, {}, {"secret": "ひみつ"}),
        f"POST {BASE}/stores/{{data_store_id}}/retire": ({"data_store_id": str(keep.unused.pk)}, {}, reason),
        f"POST {BASE}/stores/{{data_store_id}}/rules": (at_store, {}, {
            "name": "申請", "pattern": "applications/*", "group": "folder", "owner_role": "section_officer",
        }),
        f"POST {BASE}/scan-rules/{{scan_rule_id}}/end": (
            {"scan_rule_id": str(keep.scan_rule.pk)}, {}, {"version": keep.scan_rule.version},
        ),
        f"POST {BASE}/stores/{{data_store_id}}/scans": (at_store, {}, None),
        f"POST {BASE}/stores/{{data_store_id}}/accept": (at_store, {}, {"found": [str(keep.found[0].pk)]}),
        f"POST {BASE}/stores/{{data_store_id}}/dismiss": (at_store, {}, {"found": [str(keep.found[1].pk)]}),
        f"POST {BASE}/stock-answers/{{stock_answer_id}}": (
            {"stock_answer_id": str(keep.answer.pk)}, {}, {"answer": "confirmed", "version": keep.answer.version},
        ),
        f"POST {BASE}/stock-takings/{{stock_taking_id}}/close": (
            {"stock_taking_id": str(keep.stock.pk)}, {}, {"conclusion": "よい", "version": keep.stock.version},
        ),
    }  # fmt: skip
