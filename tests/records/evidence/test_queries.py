"""The latest figures, documents in force, findings: what level rules and pages rest on."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from tests.records.evidence.observations import finding, observation, raw
from tests.records.factories import NOW, make_organization, make_subject, principal_for

from sekisho.engines.observation import ClaimedSubject, Measure, MeasureStatus
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence import actions, queries
from sekisho.records.evidence.models import Evidence, Finding

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def take(principal, subject, *observations):
    result = actions.receive_observations(principal, observations=[raw(o) for o in observations], subject=subject, now=NOW)
    assert result.count("accepted") == len(observations), result
    return result


def by_class(**values):
    return tuple(Measure(key="codecheck.findings.open", value=v, dimensions={"class": k}) for k, v in values.items())


def test_the_newest_observation_of_each_key_counts_with_all_its_dimensions(administrator, web01):
    take(
        administrator,
        web01,
        observation(1, minutes_ago=50, measures=by_class(sql=3, xss=1)),
        observation(2, minutes_ago=40, measures=by_class(sql=0)),
        observation(3, minutes_ago=30, measures=(Measure(key="sbom.components", value=7),)),
    )
    found = queries.latest_measures([web01.pk], ["codecheck.findings.open", "sbom.components", "sbom.duplicated"], NOW)
    assert {key: [(f.dimensions, f.value) for f in figures] for (_, key), figures in found.items()} == {
        "codecheck.findings.open": [({"class": "sql"}, 0)],
        "sbom.components": [({}, 7)],
    }
    earlier = queries.latest_measures([web01.pk], ["codecheck.findings.open"], NOW - timedelta(minutes=45))
    assert [f.value for f in earlier[web01.pk, "codecheck.findings.open"]] == [3, 1]


def test_a_newer_error_hides_the_older_figure_and_held_keys_do_not_count(administrator, web01):
    broken = Measure(key="sbom.components", status=MeasureStatus.ERROR, reason="sbom.unreadable")
    take(
        administrator,
        web01,
        observation(1, minutes_ago=50, measures=(Measure(key="sbom.components", value=7), Measure(key="new.key", value=1))),
        observation(2, minutes_ago=40, measures=(broken,)),
    )
    found = queries.latest_measures([web01.pk], ["sbom.components", "new.key"], NOW)
    ((_, key),) = found
    assert key == "sbom.components"
    assert [(f.status, f.value) for f in found[web01.pk, key]] == [("error", None)]


def test_withdrawn_evidence_no_longer_counts(administrator, web01, city):
    take(administrator, web01, observation(1, minutes_ago=50), observation(2, minutes_ago=40))
    officer = principal_for("system_officer", city)
    newest = Evidence.objects.get(observation__parameters={"number": 2})
    actions.withdraw_evidence(officer, evidence=newest, reason="別の機器を測っていた", now=NOW)
    found = queries.latest_measures([web01.pk], ["sbom.components"], NOW)
    assert [f.value for f in found[web01.pk, "sbom.components"]] == [101]


def test_the_number_of_queries_does_not_grow_with_subjects_or_history(administrator, web01, city, django_assert_num_queries):
    subjects = [web01, *(make_subject(city) for _ in range(4))]
    for subject in subjects:
        take(administrator, subject, *(observation(n, minutes_ago=100 + n) for n in range(5)))
    keys = ["sbom.components", *(f"sbom.other{n}" for n in range(11))]
    with django_assert_num_queries(2):
        found = queries.latest_measures([s.pk for s in subjects], keys, NOW)
    assert len(found) == len(subjects)


def test_findings_open_close_only_by_a_later_run_of_the_same_scope_and_reopen(administrator, web01):
    def run(number, minutes_ago, scope, *names):
        found = tuple(finding(n) for n in names)
        take(administrator, web01, observation(number, minutes_ago=minutes_ago, scope=scope, findings=found))
        return dict(Finding.objects.values_list("fields__name", "closed_at"))

    assert run(1, 60, ("dpkg",), "a", "b") == {"a": None, "b": None}
    other_scope = run(2, 50, ("rpm",))
    assert other_scope == {"a": None, "b": None}
    closed = run(3, 40, ("dpkg", "rpm"), "a")
    assert closed == {"a": None, "b": NOW - timedelta(minutes=40)}
    assert run(4, 30, ("dpkg",), "a", "b") == {"a": None, "b": None}
    reopened = Finding.objects.get(fields__name="b")
    assert (reopened.first_seen_at, reopened.last_seen_at) == (NOW - timedelta(minutes=60), NOW - timedelta(minutes=30))


def test_a_late_observation_changes_nothing_that_a_later_one_has_said(administrator, web01):
    take(administrator, web01, observation(1, minutes_ago=30, findings=(finding("a"),)))
    take(administrator, web01, observation(2, minutes_ago=60, findings=(finding("b"),)))
    rows = dict(Finding.objects.values_list("fields__name", "closed_at"))
    assert rows == {"a": None, "b": NOW - timedelta(minutes=30)}
    take(administrator, web01, observation(3, minutes_ago=90))
    assert Finding.objects.filter(closed_at=None).count() == 1


def test_a_batch_of_several_runs_ends_as_if_they_had_come_one_by_one(administrator, web01):
    take(
        administrator,
        web01,
        observation(1, minutes_ago=30, findings=(finding("a"), finding("c"))),
        observation(2, minutes_ago=60, findings=(finding("a"), finding("b"))),
    )
    assert dict(Finding.objects.values_list("fields__name", "closed_at")) == {
        "a": None,
        "b": NOW - timedelta(minutes=30),
        "c": None,
    }
    assert Finding.objects.get(fields__name="a").first_seen_at == NOW - timedelta(minutes=60)


def test_findings_of_another_subject_or_engine_stay_open(administrator, web01, city):
    second = make_subject(city)
    take(administrator, web01, observation(1, findings=(finding("a"),)))
    take(administrator, second, observation(2, minutes_ago=10))
    take(administrator, web01, observation(3, minutes_ago=10, engine="baseline"))
    assert queries.open_findings([web01.pk, second.pk]).count() == 1
    assert queries.severity_counts(queries.findings(administrator))["high"] == 1


def document(principal, subject, **changes):
    values = {
        "title": "構成管理表",
        "document_kind": "configuration_table",
        "file_name": "構成管理表.xlsx",
        "chunks": [b"rows"],
        "now": NOW,
    }
    return actions.add_document(principal, subject=subject, **(values | changes))


def test_a_document_is_in_force_until_it_expires_or_is_withdrawn(administrator, web01, city):
    made = document(administrator, web01, valid_until=NOW + timedelta(days=10))
    assert [d.evidence_id for d in queries.valid_documents([web01.pk], NOW, kinds=["configuration_table"])] == [made.pk]
    later = NOW + timedelta(days=11)
    assert queries.valid_documents([web01.pk], later) == []
    assert len(queries.valid_documents([web01.pk], later, include_expired=True)) == 1
    officer = principal_for("system_officer", city)
    actions.withdraw_evidence(officer, evidence=made, reason="古い版だった", now=NOW + timedelta(days=1))
    assert queries.valid_documents([web01.pk], NOW + timedelta(days=2)) == []
    assert len(queries.valid_documents([web01.pk], NOW)) == 1
    with pytest.raises(Conflict):
        actions.withdraw_evidence(officer, evidence=made, reason="もう一度", now=NOW)


def test_a_document_is_reviewed_by_somebody_else(web01, city):
    officer = principal_for("system_officer", city)
    made = document(officer, web01)
    with pytest.raises(Conflict, match="review_by_adder"):
        actions.review_document(officer, evidence=made, now=NOW)
    with pytest.raises(NotPermitted):
        actions.review_document(principal_for("auditor", city), evidence=made, now=NOW)
    actions.review_document(principal_for("chief_officer", city), evidence=made, now=NOW)
    assert queries.valid_documents([web01.pk], NOW)[0].reviewed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " "}, "evidence.title_missing"),
        ({"title": "あ" * 301}, "evidence.text_too_long"),
        ({"document_kind": "novel"}, "evidence.unknown_document_kind"),
        ({"valid_until": NOW - timedelta(days=1)}, "input.period_reversed"),
        ({"chunks": []}, "evidence.empty_file"),
    ],
)
def test_a_document_that_cannot_be_kept_is_refused(administrator, web01, changes, code):
    with pytest.raises(InputError) as error:
        document(administrator, web01, **changes)
    assert error.value.code == code
    assert not Evidence.objects.exists()


def test_an_artifact_is_seen_only_by_who_holds_it_and_erasing_leaves_a_tombstone(
    administrator, web01, city, home, django_capture_on_commit_callbacks
):
    made = document(administrator, web01)
    sha256 = hashlib.sha256(b"rows").hexdigest()
    assert queries.artifact_for(administrator, sha256)[1] == "構成管理表.xlsx"
    stranger = principal_for("ciso", make_organization("other"))
    with pytest.raises(NotFound):
        queries.artifact_for(stranger, sha256)
    with pytest.raises(NotFound):
        actions.erase_artifact(stranger, sha256=sha256, organization_id=city.pk, reason="retention", now=NOW)
    chief = principal_for("chief_officer", city)
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase_artifact(chief, sha256=sha256, organization_id=city.pk, reason="retention", now=NOW)
    assert not actions.artifact_store().has(sha256)
    made.refresh_from_db()
    assert made.artifact.erased_reason == "retention"


def test_what_another_organisation_reported_does_not_exist(administrator, web01):
    take(administrator, web01, observation(1, findings=(finding("a"),)))
    document(administrator, web01)
    stranger = principal_for("ciso", make_organization("other"))
    assert not queries.findings(stranger, state="all").exists()
    assert not queries.evidence(stranger, now=NOW).exists()
    assert not queries.observations(stranger).exists()
    with pytest.raises(NotFound):
        queries.evidence_with(stranger, Evidence.objects.first().pk)
    with pytest.raises(NotFound):
        queries.latest_observations(stranger, web01.pk, at=NOW)


def test_evidence_is_listed_by_state(administrator, web01, city):
    take(administrator, web01, observation(1), observation(2, minutes_ago=36 * 1440), observation(3, minutes_ago=30 * 1440))
    document(administrator, web01)
    counts = queries.state_counts(administrator, now=NOW, organization_id=city.pk)
    assert counts == {"valid": 3, "soon": 1, "expired": 1, "unreviewed": 1, "withdrawn": 0}
    for state, count in counts.items():
        rows = list(queries.evidence(administrator, now=NOW, organization_id=city.pk, state=state))
        assert len(rows) == count
        if state in {"soon", "expired"}:
            assert [queries.evidence_state(r, now=NOW) for r in rows] == [state]
    soon = queries.stale_soon(administrator, now=NOW, organization_id=city.pk, period=timedelta(days=6))
    assert [e.observation.parameters["number"] for e in soon] == [3]


def test_a_claim_by_key_of_the_same_subject_is_no_refusal(administrator, web01):
    from sekisho.records.subjects import actions as subject_actions

    subject_actions.add_key(administrator, subject=web01, scheme="asset_number", value="7", now=NOW)
    take(administrator, web01, observation(subject=ClaimedSubject(kind="host", name="x", external={"asset_number": "7"})))
