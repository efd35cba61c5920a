"""Rows of the room ``monitoring`` for the generated requests, and requests of it that succeed."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.records.monitoring.logs import failed_logins

from sekisho.records.jobs import worker
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import Alert, Ingestion, LogReview, StaffBasis
from sekisho.records.monitoring.rules.searching import query_of
from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    from tests.contract.api_world import World

__all__ = ["Watch", "monitoring_requests", "monitoring_values"]

BASE: Final = "/api/v1/monitoring"
RULE: Final = "discovery.auth.failed_burst"
SIGMA: Final = b"""title: Failed log-in
id: 6f1a3f60-5f3f-4f43-9d1a-0f8f6f0c1a11
logsource: {product: linux, service: auth}
detection: {keywords: ['Failed password'], condition: keywords}
level: low
"""
DOORS: Final = "種類,何,どこ・だれ,補足\ncard,C-1,田中,\n".encode()

Request = tuple[dict[str, Any], dict[str, Any], Any]


class Watch:
    """A source with events, a plan, a review that is open and one that can end, findings, a trail, a basis to watch staff."""

    def __init__(self, world: World) -> None:
        self.world = world
        who, town, now = world.principal, world.town, world.now
        facts = actions.SourceFacts(
            name="認証サーバー", kind="linux.auth", subject_id=world.host.pk, owner_role=Role.SYSTEM_ADMIN
        )
        self.source = actions.register_source(who, organization=town, facts=facts, now=now - timedelta(days=2))
        spare = actions.SourceFacts(name="予備", kind="", owner_role=Role.SYSTEM_ADMIN)
        self.spare = actions.register_source(who, organization=town, facts=spare, now=now)
        log = failed_logins(at=now - timedelta(hours=3))
        self.ingestion: Ingestion = actions.receive_files(
            who, self.source, [actions.Handed("auth.log", io.BytesIO(log))], now=now
        )
        self._plan()
        self.review = self._review("終える点検")
        self.other = self._review("続ける点検")
        worker.run_due(clock=lambda: now)
        self.alerts = list(Alert.objects.filter(organization=town).order_by("pk"))
        self.alert = self.alerts[0]
        self.suppression = actions.suppress(
            who, organization=town, rule="x", entity="scanner", reason="点検用", expires_at=now + timedelta(days=9), now=now
        )
        self.sigma = actions.upload_sigma(who, organization=town, name="自作", untrusted=SIGMA, filename="own.yml", now=now)
        self._trail()
        self._staff()

    def _plan(self) -> None:
        who, town, now = self.world.principal, self.world.town, self.world.now
        self.plan_facts = actions.PlanFacts(
            title="認証ログの毎日の点検",
            purpose="discovery",
            sources=[self.source.pk],
            every="daily",
            owner_role=Role.SYSTEM_ADMIN,
        )
        self.plan = actions.make_plan(who, organization=town, facts=self.plan_facts, starts_at=now - timedelta(days=1), now=now)

    def _review(self, title: str) -> LogReview:
        now = self.world.now
        return actions.begin_review(
            self.world.principal, organization=self.world.town, title=title, purpose="discovery", sources=[self.source.pk],
            period=(now - timedelta(days=1), now), now=now,
        )  # fmt: skip

    def _trail(self) -> None:
        who, town, now = self.world.principal, self.world.town, self.world.now
        self.trail = actions.open_trail(who, organization=town, title="失敗の調査", alert=self.alert, now=now)
        query = query_of(since=None, until=None, now=now, text="tanaka")
        actions.search(who, organization=town, query=query, trail=self.trail, now=now)

    def _staff(self) -> None:
        who, town, now = self.world.principal, self.world.town, self.world.now
        day = now.date()
        rule, notice = self.world.documents
        self.basis = StaffBasis.objects.create(
            organization=town, purpose="内部の不正の確認", rule_document=rule, notice_document=notice, noticed_on=day, starts_on=day,
            ends_on=day + timedelta(days=30), asked_by=self.world.person, asked_at=now, approved_by=self.world.colleague,
            approved_at=now,
        )  # fmt: skip
        self.search = actions.search_staff(
            who, organization=town, basis=self.basis, about="", since=now - timedelta(days=1), until=now, reason="通報", now=now
        )


def monitoring_values(watch: Watch) -> dict[str, list[Any]]:
    """Parameter name → values that exist."""

    def ids(*rows: Any) -> list[str]:
        return [str(row.pk) for row in rows]

    return {
        "source_id": ids(watch.source, watch.spare),
        "source": ids(watch.source),
        "sources": [ids(watch.source)],
        "ingestion_id": ids(watch.ingestion),
        "plan_id": ids(watch.plan),
        "plan": ids(watch.plan),
        "log_review_id": ids(watch.review, watch.other),
        "alert_id": ids(*watch.alerts),
        "alert": ids(watch.alert),
        "suppression_id": ids(watch.suppression),
        "sigma_set_id": ids(watch.sigma),
        "trail_id": ids(watch.trail),
        "trail": ids(watch.trail),
        "basis_id": ids(watch.basis),
        "basis": ids(watch.basis),
        "search_id": ids(watch.search),
        "rule_key": [RULE],
        "position": [1],
        "purpose": ["discovery", "prevention"],
        "every": ["daily", "monthly"],
        "rule_document": ids(watch.world.documents[0]),
        "notice_document": ids(watch.world.documents[1]),
    }


def monitoring_requests(watch: Watch) -> dict[str, Request]:
    """Name of an operation → a request that it grants."""
    world, now, code = watch.world, watch.world.now, watch.world.town.code
    day = now.date()
    watch.review.refresh_from_db()
    source = {"name": "別の取得元", "owner_role": "system_admin"}
    plan = {
        "title": "別の計画",
        "purpose": "discovery",
        "sources": [str(watch.source.pk)],
        "every": "weekly",
        "owner_role": "csirt",
    }
    period = {"since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}
    reason = {"reason": "理由"}
    at_source = {"source_id": str(watch.source.pk)}
    at_plan = {"plan_id": str(watch.plan.pk)}
    at_review = {"log_review_id": str(watch.other.pk)}
    at_alert = {"alert_id": str(watch.alert.pk)}
    at_trail = {"trail_id": str(watch.trail.pk)}
    watch.other.refresh_from_db()
    notes = {"notes": "見た", "version": watch.other.version}
    triaged = {"state": "no_problem", "text": "打ち間違い", "version": watch.alert.version}
    sigma = {"organization": code, "name": "別の規則", "file": SIGMA + b"# other\n"}
    return {
        f"POST {BASE}/sources": ({}, {}, {**source, "organization": code}),
        f"PUT {BASE}/sources/{{source_id}}": (at_source, {}, {**source, "version": watch.source.version}),
        f"POST {BASE}/sources/{{source_id}}/retire": (at_source, {}, reason),
        f"POST {BASE}/premises": ({}, {}, {"organization": code, "file": DOORS}),
        f"POST {BASE}/plans": ({}, {}, {**plan, "organization": code}),
        f"PUT {BASE}/plans/{{plan_id}}": (at_plan, {}, {**plan, "version": watch.plan.version}),
        f"POST {BASE}/plans/{{plan_id}}/end": (at_plan, {}, reason),
        f"POST {BASE}/plans/{{plan_id}}/reviews": (at_plan, {}, None),
        f"POST {BASE}/reviews": (
            {}, {},
            {"organization": code, "title": "点検", "purpose": "cause", "sources": [str(watch.source.pk)], **period},
        ),
        f"PUT {BASE}/reviews/{{log_review_id}}/notes": (at_review, {}, notes),
        f"POST {BASE}/reviews/{{log_review_id}}/rerun": (at_review, {}, None),
        f"POST {BASE}/reviews/{{log_review_id}}/cancel": (at_review, {}, reason),
        f"POST {BASE}/findings/{{alert_id}}/triage": (at_alert, {}, triaged),
        f"POST {BASE}/findings/triage": (
            {}, {},
            {"organization": code, "versions": {str(watch.alert.pk): watch.alert.version}, "state": "looking", "text": ""},
        ),
        f"POST {BASE}/findings/{{alert_id}}/assign": (at_alert, {}, {"person": str(world.colleague.pk)}),
        f"POST {BASE}/suppressions": (
            {}, {},
            {"organization": code, "rule": RULE, "reason": "点検用", "expires_at": (now + timedelta(days=20)).isoformat()},
        ),
        f"POST {BASE}/suppressions/{{suppression_id}}/end": ({"suppression_id": str(watch.suppression.pk)}, {}, None),
        f"PUT {BASE}/rules/{{rule_key}}": (
            {"rule_key": RULE}, {},
            {"organization": code, "is_on": True, "limits": {"count": 20}, "reason": "利用者が多い"},
        ),
        f"POST {BASE}/sigma/preview": ({}, {}, {"organization": code, "file": SIGMA}),
        f"POST {BASE}/sigma": ({}, {}, sigma),
        f"POST {BASE}/sigma/{{sigma_set_id}}/switch": (
            {"sigma_set_id": str(watch.sigma.pk)}, {}, {"is_on": False, "reason": "誤検知"},
        ),
        f"POST {BASE}/search": ({}, {}, {"organization": code, "text": "tanaka", "trail": str(watch.trail.pk)}),
        f"POST {BASE}/trails": ({}, {}, {"organization": code, "title": "調査", "alert": str(watch.alert.pk)}),
        f"PUT {BASE}/trails/{{trail_id}}/steps/{{position}}": ({**at_trail, "position": 1}, {}, {"note": "一人だけ"}),
        f"POST {BASE}/trails/{{trail_id}}/close": (at_trail, {}, {"conclusion": "打ち間違い"}),
        f"POST {BASE}/staff/bases": (
            {}, {},
            {
                "organization": code, "purpose": "内部の不正の確認", "rule_document": str(world.documents[0].pk),
                "notice_document": str(world.documents[1].pk), "noticed_on": day.isoformat(), "starts_on": day.isoformat(),
                "ends_on": (day + timedelta(days=30)).isoformat(), "reason": "ほかに手立てがない",
            },
        ),
        f"POST {BASE}/staff/bases/{{basis_id}}/end": ({"basis_id": str(watch.basis.pk)}, {}, reason),
        f"POST {BASE}/staff/searches": ({}, {}, {"basis": str(watch.basis.pk), **period, **reason}),
    }  # fmt: skip
