"""Accepted settings: who accepts, what the machine is told, what stays on record."""

from __future__ import annotations

import pytest
from tests.records.factories import NOW, client_for, make_organization, make_subject, principal_for

from sekisho.engines.baseline import Snapshot, encode_snapshot
from sekisho.engines.observation import Artifact as ArtifactValue
from sekisho.engines.observation import ClaimedSubject, Collector, Observation, encode
from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.evidence import actions, queries
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.subjects import actions as subjects
from sekisho.records.subjects import queries as subject_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(home):
    return make_organization("city")


@pytest.fixture
def machine(city):
    host = make_subject(city)
    _, secret = subjects.enroll_machine(SYSTEM, subject=host, name="host", now=NOW)
    return subject_queries.machine_principal(secret, NOW)


def observed(machine, snapshot: bytes, *, at: str = "2026-11-22T00:00:00+00:00", name: str = actions.SNAPSHOT_NAME):
    """A received observation of the engine baseline with ``snapshot`` as its file."""
    stored = actions.store_artifact(machine, chunks=[snapshot], now=NOW, media_type="application/json", name=name)
    value = Observation(
        engine="baseline",
        engine_version="1",
        collector=Collector(name="t", version="1"),
        subject=ClaimedSubject(kind="host", name="host"),
        observed_at=at,
        scope=("x",),
        artifacts=(ArtifactValue(name=name, media_type="application/json", size=stored.size, sha256=stored.sha256),),
    )
    taken = actions.receive_observations(machine, observations=[encode(value)], now=NOW)
    assert [r.status for r in taken.results] == ["accepted"]
    return queries.observations(SYSTEM).get(content_id=taken.results[0].content_id)


def snapshot(**settings: str) -> bytes:
    return encode_snapshot(Snapshot(platform="linux", settings=settings))


def test_the_machine_is_told_what_an_officer_accepted_last(city, machine) -> None:
    officer = principal_for(Role.SYSTEM_OFFICER, city)
    with pytest.raises(NotFound):
        queries.accepted_for_machine(machine)
    first = observed(machine, snapshot(umask="022"))
    actions.accept_snapshot(officer, first, reason="初期設定", now=NOW)
    subject_id = first.subject_id
    old = queries.accepted_for_machine(machine)
    actions.accept_snapshot(officer, first, reason="見直した", now=NOW)
    new = queries.accepted_for_machine(machine)
    assert actions.artifact_store().read(new.artifact_id) == snapshot(umask="022")
    assert queries.accepted_snapshots(officer, subject_id).count() == 2
    assert queries.accepted_snapshot(officer, subject_id).pk == new.pk != old.pk


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_needed(city, machine, reason) -> None:
    with pytest.raises(InputError):
        actions.accept_snapshot(principal_for(Role.SYSTEM_OFFICER, city), observed(machine, snapshot()), reason=reason, now=NOW)


@pytest.mark.parametrize(("data", "name"), [(b"{", actions.SNAPSHOT_NAME), (snapshot(), "other.json")])
def test_a_broken_or_missing_snapshot_is_refused(city, machine, data, name) -> None:
    with pytest.raises(InputError):
        actions.accept_snapshot(principal_for(Role.SYSTEM_OFFICER, city), observed(machine, data, name=name), reason="r", now=NOW)


def test_an_auditor_accepts_nothing_and_a_stranger_sees_nothing(city, machine) -> None:
    seen = observed(machine, snapshot())
    with pytest.raises(NotPermitted):
        actions.accept_snapshot(principal_for(Role.AUDITOR, city), seen, reason="r", now=NOW)
    stranger = principal_for(Role.SYSTEM_OFFICER, make_organization("other"))
    with pytest.raises(NotFound):
        actions.accept_snapshot(stranger, seen, reason="r", now=NOW)
    assert not queries.accepted_snapshots(stranger, seen.subject_id).exists()


def test_an_officer_accepts_on_the_page_and_sees_it(city, machine) -> None:
    row = observed(machine, snapshot(umask="027")).evidence
    client = client_for(Role.SYSTEM_OFFICER, city)
    address = f"/o/city/evidence/{row.pk}/"
    assert "まだ承認された設定がない" in client.get(address).content.decode()
    assert client.post(f"{address}accept", {"reason": ""}, follow=True).status_code == 200
    assert queries.accepted_snapshot(SYSTEM, row.subject_id) is None
    shown = client.post(f"{address}accept", {"reason": "見直した"}, follow=True).content.decode()
    assert "この測定の設定が、承認された設定です" in shown
    assert client_for(Role.AUDITOR, city).post(f"{address}accept", {"reason": "r"}).status_code == 403
    assert (
        client_for(Role.SYSTEM_OFFICER, make_organization("other")).post(f"{address}accept", {"reason": "r"}).status_code == 404
    )
