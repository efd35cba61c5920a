"""Findings, suppressions, searches and what each role may."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from tests.records.factories import NOW, make_organization, principal_for
from tests.records.monitoring.logs import Town, failed_logins, run_jobs

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence.actions import artifact_store
from sekisho.records.ledger.models import Entry
from sekisho.records.monitoring import actions
from sekisho.records.monitoring.models import Alert, LogSource, Suppression, TrailStep
from sekisho.records.monitoring.queries import alerts as alert_queries
from sekisho.records.monitoring.queries import searches as search_queries
from sekisho.records.monitoring.queries import sources as source_queries
from sekisho.records.monitoring.rules.searching import query_of
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM, Principal

pytestmark = pytest.mark.django_db
RULE = "discovery.auth.failed_burst"
SIGMA = b"""title: Failed log-in
id: 6f1a3f60-5f3f-4f43-9d1a-0f8f6f0c1a11
logsource: {product: linux, service: auth}
detection: {keywords: ['Failed password'], condition: keywords}
level: high
"""


@pytest.fixture
def alert(town: Town) -> Alert:
    town.read(failed_logins())
    town.review()
    return Alert.objects.get(rule=RULE)


def suppress(town: Town, **values: Any) -> Suppression:
    facts: dict[str, Any] = {"rule": RULE, "entity": "", "reason": "診断の期間", "expires_at": NOW + timedelta(days=10), **values}
    return actions.suppress(town.officer, organization=town.organization, now=NOW, **facts)


class TestSuppression:
    def test_it_holds_back_ends_by_itself_and_counts_meanwhile(self, town: Town, alert: Alert) -> None:
        suppress(town)
        alert.refresh_from_db()
        assert alert.suppressed_by is not None
        counts = alert_queries.counts_by_state(town.officer, town.organization)
        assert (counts["new"], counts["suppressed"]) == (0, 1)
        assert actions.expire_suppressions(SYSTEM, now=NOW + timedelta(days=9)) == 0
        assert actions.expire_suppressions(SYSTEM, now=NOW + timedelta(days=11)) == 1
        alert.refresh_from_db()
        assert alert.suppressed_by is None

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"reason": " "}, "missing"),
            ({"rule": "", "entity": "**"}, "suppresses_everything"),
            ({"expires_at": NOW}, "expiry_past"),
            ({"expires_at": NOW + timedelta(days=400)}, "expiry_far"),
        ],
    )
    def test_it_needs_a_reason_a_bound_and_something_to_hold_back(self, town: Town, values: dict[str, Any], code: str) -> None:
        with pytest.raises(InputError, match=code):
            suppress(town, **values)

    def test_it_can_be_ended_once(self, town: Town, alert: Alert) -> None:
        made = suppress(town)
        actions.end_suppression(town.officer, made, now=NOW)
        alert.refresh_from_db()
        assert alert.suppressed_by is None
        with pytest.raises(Conflict, match="suppression_ended"):
            actions.end_suppression(town.officer, made, now=NOW)


class TestTriage:
    def test_the_same_of_several_all_or_none(self, town: Town, alert: Alert) -> None:
        with pytest.raises(Conflict, match="changed_meanwhile"):
            actions.triage_many(town.officer, [(alert, alert.version + 1)], state="looking", text="", now=NOW)
        assert actions.triage_many(town.officer, [(alert, alert.version)], state="no_problem", text="打ち間違い", now=NOW) == 1
        alert.refresh_from_db()
        assert (alert.state, alert.closed_at) == ("no_problem", NOW)
        assert [note.text for note in alert_queries.notes_of(alert)] == ["打ち間違い"]

    def test_only_somebody_who_may_judge_can_be_asked_to(self, town: Town, alert: Alert) -> None:
        staff = principal_for(Role.STAFF, town.organization)
        with pytest.raises(InputError, match="assignee_may_not"):
            actions.assign_alert(town.officer, alert, person_id=staff.person_id, now=NOW)
        actions.assign_alert(town.officer, alert, person_id=town.officer.person_id, now=NOW)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.AUDITOR, {"read", "search"}),
        (Role.ADVISOR, {"read"}),
        (Role.CSIRT, {"read", "search", "change"}),
        (Role.STAFF, set()),
        (Role.ADMINISTRATOR, set()),
    ],
)
def test_what_each_role_may(town: Town, alert: Alert, role: Role, may: set[str]) -> None:
    who = principal_for(role, town.organization)
    assert source_queries.sources(who).exists() is ("read" in may)
    assert alert_queries.alerts(who).exists() is ("read" in may)
    assert search_queries.searchable(who, town.organization).exists() is ("search" in may)
    if "change" in may:
        actions.triage(who, alert, state="looking", text="", version=alert.version, now=NOW)
    else:
        with pytest.raises(NotPermitted):
            actions.triage(who, alert, state="looking", text="", version=alert.version, now=NOW)


def search(who: Principal, town: Town, text: str, **more: Any) -> Any:
    query = query_of(since=None, until=None, now=NOW, text=text)
    return actions.search(who, organization=town.organization, query=query, now=NOW, trail=more.pop("trail", None), **more)


class TestSearch:
    def test_every_search_is_recorded_and_a_trail_becomes_evidence(self, town: Town, alert: Alert) -> None:
        trail = actions.open_trail(town.officer, organization=town.organization, title="失敗の調査", alert=alert, now=NOW)
        found = search(town.officer, town, "192.0.2.5", trail=trail).found
        assert found.total == 12
        assert sum(count for _at, count in found.bars) == 12
        assert {row.file for row in found.rows} == {"auth.log"}
        search(town.officer, town, "192.0.2.5", trail=trail, offset=10)  # a page further is no other search
        assert search(town.officer, town, "192.0.2", trail=trail).found.total == 0
        assert TrailStep.objects.filter(trail=trail).count() == 2
        assert Entry.objects.filter(action="monitoring.search").count() == 2
        done = actions.close_trail(town.officer, trail, conclusion="打ち間違い", now=NOW)
        assert done.evidence is not None
        assert done.evidence.artifact is not None
        kept = json.loads(artifact_store().read(done.evidence.artifact.sha256))
        assert [step["found"] for step in kept["steps"]] == [12, 0]
        with pytest.raises(Conflict, match="trail_closed"):
            actions.close_trail(town.officer, done, conclusion="もう一度", now=NOW)

    def test_an_auditor_searches_on_the_record_and_adds_nothing(self, town: Town, alert: Alert) -> None:
        trail = actions.open_trail(town.officer, organization=town.organization, title="調査", alert=alert, now=NOW)
        auditor = principal_for(Role.AUDITOR, town.organization)
        assert search(auditor, town, "tanaka", trail=trail).step is None
        assert Entry.objects.filter(action="monitoring.search", actor_id=auditor.id).count() == 1
        with pytest.raises(NotPermitted):
            actions.open_trail(auditor, organization=town.organization, title="自分の調査", now=NOW)

    def test_the_logs_of_others_are_not_there(self, town: Town, alert: Alert) -> None:
        del alert
        other = Town(code="kasumi")
        assert search(other.officer, other, "tanaka").found.total == 0
        query = query_of(since=None, until=None, now=NOW, sources=[str(town.source.pk)])
        with pytest.raises(InputError, match="unknown_source"):
            actions.search(other.officer, organization=other.organization, query=query, trail=None, now=NOW)
        with pytest.raises(NotFound):
            actions.search(other.officer, organization=town.organization, query=query, trail=None, now=NOW)

    def test_a_section_below_is_searched_from_above_but_not_beyond_a_boundary(self, town: Town) -> None:
        below = make_organization("section", parent=town.organization)
        beyond = make_organization("company", parent=town.organization, is_boundary=True)
        for place in (below, beyond):
            LogSource.objects.create(organization=place, name=place.code, kind="", created_at=NOW)
        names = set(search_queries.searchable(town.officer, town.organization).values_list("name", flat=True))
        assert names == {"認証サーバー", "section"}


def archive(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as found:
        for name, content in files.items():
            found.writestr(name.replace("__", "/") + ".yml", content)
    return made.getvalue()


def bent() -> bytes:
    """An archive whose compressed data is no such thing."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("a.yml", b"title: x\n" * 500)
    content = bytearray(made.getvalue())
    content[35:41] = b"\xff" * 6  # behind the head of 30 bytes and the name
    return bytes(content)


class TestSigma:
    def test_it_is_previewed_taken_used_and_switched(self, town: Town) -> None:
        content = archive(good=SIGMA, broken=b"title: x\nlogsource: {product: linux}\ndetection: {condition: y}\n")
        seen = actions.preview_sigma(town.officer, organization=town.organization, untrusted=content, filename="rules.zip")
        assert [rule["title"] for rule in seen["rules"]] == ["Failed log-in"]
        assert [line["file"] for line in seen["unsupported"]] == ["broken.yml"]
        upload = {"organization": town.organization, "name": "自作", "untrusted": content, "filename": "rules.zip", "now": NOW}
        made = actions.upload_sigma(town.officer, **upload)
        with pytest.raises(Conflict, match="sigma_same"):
            actions.upload_sigma(town.officer, **upload)
        town.read(failed_logins())
        review = town.review()
        found = Alert.objects.get(origin="sigma")
        assert (found.count, found.entity, found.severity) == (12, "web-01", "high")
        assert found.events[0]["file"] == "auth.log"
        assert review.explanation["rules"]["unsupported"][0]["title"] == "broken.yml"
        actions.switch_sigma(town.officer, made, is_on=False, reason="試し終わり", now=NOW)
        again = upload | {"untrusted": archive(good=SIGMA)}
        assert actions.upload_sigma(town.officer, **again).number == 2

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            pytest.param(b"", "sigma_empty", id="empty"),
            pytest.param(archive(), "sigma_empty", id="an empty archive"),
            pytest.param(b"PK\x03\x04 no archive", "sigma_unreadable", id="a broken archive"),
            pytest.param(bent(), "sigma_unreadable", id="damaged data in an archive"),
        ],
    )
    def test_what_holds_no_rule_is_refused(self, town: Town, content: bytes, code: str) -> None:
        with pytest.raises(InputError, match=code):
            actions.preview_sigma(town.officer, organization=town.organization, untrusted=content, filename="x.zip")

    def test_hostile_yaml_is_told_as_a_fault_of_its_file(self, town: Town) -> None:
        bomb = b"a: &a [x,x]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 120))
        seen = actions.preview_sigma(
            town.officer, organization=town.organization, untrusted=archive(bomb=bomb, good=SIGMA), filename="x.zip"
        )
        assert [line["file"] for line in seen["unsupported"]] == ["bomb.yml"]


class TestOwnRules:
    def test_another_limit_holds_from_the_next_review(self, town: Town) -> None:
        town.read(failed_logins())
        change = {"organization": town.organization, "rule": RULE, "is_on": True, "reason": "利用者が多い", "now": NOW}
        actions.set_rule(town.officer, limits={"count": 50}, **change)
        town.review()
        assert not Alert.objects.filter(rule=RULE).exists()
        with pytest.raises(Conflict, match="setting_same"):
            actions.set_rule(town.officer, limits={"count": 50}, **change)

    def test_a_rule_that_is_off_is_named_with_its_reason(self, town: Town) -> None:
        town.read(failed_logins())
        actions.set_rule(
            town.officer, organization=town.organization, rule=RULE, is_on=False, limits={}, reason="別の仕組みで見る", now=NOW
        )
        review = town.review()
        off = [line for line in review.explanation["rules"]["not_applicable"] if line["rule"] == RULE]
        assert off[0]["fields"] == {"reason": "別の仕組みで見る"}

    @pytest.mark.parametrize(
        ("rule", "limits", "code"),
        [
            ("no.such.rule", {}, "unknown_rule"),
            (RULE, {"colour": 3}, "unknown_limit"),
            (RULE, {"count": -1}, "limit_out_of_range"),
            (RULE, {"count": float("nan")}, "limit_out_of_range"),
        ],
    )
    def test_a_limit_keeps_to_its_bounds(self, town: Town, rule: str, limits: dict[str, float], code: str) -> None:
        with pytest.raises(InputError, match=code):
            actions.set_rule(
                town.officer, organization=town.organization, rule=rule, is_on=True, limits=limits, reason="試し", now=NOW
            )


def test_a_source_that_sends_nothing_is_a_finding(town: Town) -> None:
    run_jobs()
    town.review()
    found = Alert.objects.get(origin="silence")
    assert (found.entity, found.fields["hours"]) == ("認証サーバー", 72)
