"""A batch of observations: taken once, each refusal with its reason, nothing lost."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from tests.records.evidence.observations import artifact, observation, raw, tampered
from tests.records.factories import NOW, make_organization, make_subject, principal_for

from sekisho.engines.observation import ClaimedSubject, Measure, MeasureStatus
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted, Unavailable
from sekisho.records.evidence import actions, hooks
from sekisho.records.evidence.models import Artifact, Evidence, Observation
from sekisho.records.evidence.models import Measure as MeasureRow
from sekisho.records.ledger.models import Entry
from sekisho.records.subjects import actions as subject_actions
from sekisho.records.subjects import hooks as subject_hooks
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.subjects.models import ExternalKey
from sekisho.standards import texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


class Sender:
    """A collector that keeps the protocol."""

    def __init__(self, principal, identity="m" * 64):
        self.principal, self.identity, self.nonce, self.counter = principal, identity, "", 0

    def send(self, *observations, keep_answer=True, now=NOW):
        self.counter += 1
        result = actions.receive_observations(
            self.principal,
            observations=[o if isinstance(o, bytes) else raw(o) for o in observations],
            machine=self.identity,
            nonce=self.nonce,
            counter=self.counter,
            now=now,
        )
        if keep_answer:
            self.nonce = result.nonce
        return result

    def copy(self):
        made = Sender(self.principal, self.identity)
        made.nonce, made.counter = self.nonce, self.counter
        return made


@pytest.fixture
def sender(machine):
    return Sender(machine)


def said(result):
    """The one result's code; its sentences exist in both languages and are filled."""
    (item,) = result.results
    if item.code:
        for lang in ("ja", "en"):
            sentence = texts.render(item.code, item.fields, lang)
            assert sentence != item.code
            assert "{" not in sentence
    return item.status, item.code


def test_a_batch_becomes_rows_evidence_bytes_and_one_entry_of_the_ledger(sender, web01, home):
    before = Entry.objects.count()
    result = sender.send(observation(1), observation(2))
    assert [r.status for r in result.results] == ["accepted", "accepted"]
    assert Entry.objects.count() == before + 1
    row = Observation.objects.get(content_id=result.results[0].content_id)
    assert (row.subject, row.engine, row.observed_offset) == (web01, "sbom", "+00:00")
    assert row.evidence.valid_until == row.observed_at + timedelta(days=35)
    store = actions.artifact_store()
    assert store.verify(row.content_id)
    assert store.read(row.content_id) == raw(observation(1))
    entry = Entry.objects.latest("sequence")
    assert row.content_id in entry.body
    assert str(row.pk) in entry.object_ids


def test_the_same_observation_again_is_a_duplicate_without_new_rows(sender):
    sender.send(observation(1))
    result = sender.send(observation(1), observation(2), observation(2))
    assert [r.status for r in result.results] == ["duplicate", "accepted", "duplicate"]
    assert Observation.objects.count() == 2
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (observation(minutes_ago=-6), "evidence.from_future"),
        (observation(scope=()), "evidence.scope_missing"),
        (observation(measures=(Measure(key="sbom.components"),)), "evidence.value_and_status"),
        (observation(measures=(Measure(key="a", value=1, status=MeasureStatus.ERROR),)), "evidence.value_and_status"),
        (observation(measures=(Measure(key="sbom.licence_known", value=0.5),)), "evidence.half_ratio"),
        (
            observation(measures=(Measure(key="sbom.licence_known", value=0.5, numerator=3, denominator=4),)),
            "evidence.ratio_wrong",
        ),
        (observation(measures=(Measure(key="a", value=1, coverage=1.2),)), "evidence.coverage_range"),
        (observation(engine="x" * 65), "evidence.text_too_long"),
        (observation(kind="code"), "evidence.other_kind"),
        (observation(artifacts=(artifact("sbom.json", b"x", "0" * 64),)), "evidence.artifact_missing"),
        (tampered(observation(), schema="sekisho.observation/9"), "evidence.unknown_schema"),
        (tampered(observation(), observed_at="2026-11-22T01:00:00"), "evidence.bad_time"),
        (tampered(observation(), observed_at="0001-01-01T00:00:00+14:00"), "evidence.bad_time"),
        (tampered(observation(), parameters={"n": 2**60}), "evidence.number_out_of_range"),
        (tampered(observation(), parameters={"n": "a\x00b"}), "evidence.forbidden_character"),
        (raw(observation()).replace(b'"value":100', b'"value":NaN'), "evidence.unreadable"),
        (raw(observation()).replace(b'"value":100', b'"value":1e999'), "evidence.unreadable"),
        (raw(observation())[:-9], "evidence.unreadable"),
        (b'{"engine": "sbom"}', "evidence.unreadable"),
        (b"\xff\xfe", "evidence.unreadable"),
        (b"[" * 100_000, "evidence.unreadable"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason_and_leaves_the_others_alone(sender, changed, code):
    result = sender.send(changed, observation(7))
    assert [r.status for r in result.results] == ["refused", "accepted"]
    del result.results[1]
    assert said(result) == ("refused", code)
    assert Observation.objects.count() == 1


def test_an_old_observation_is_taken_with_a_warning(sender):
    result = sender.send(observation(minutes_ago=401 * 24 * 60))
    assert said(result) == ("accepted", "")
    assert [w.code for w in result.results[0].warnings] == ["evidence.too_old"]


def test_an_undeclared_key_is_held_not_dropped(sender):
    sender.send(observation(measures=(Measure(key="sbom.components", value=1), Measure(key="newer.figure", value=2))))
    assert dict(MeasureRow.objects.values_list("key", "held")) == {"sbom.components": False, "newer.figure": True}


def test_fields_unknown_to_us_are_kept_in_the_bytes_and_in_the_content_id(sender):
    sent = tampered(observation(), from_the_future_version={"a": 1})
    result = sender.send(sent)
    kept = actions.artifact_store().read(result.results[0].content_id)
    assert json.loads(kept) == json.loads(sent)


def test_a_named_artifact_must_have_arrived_and_be_of_the_said_size(sender, machine):
    content = b'{"components": []}'
    digest = hashlib.sha256(content).hexdigest()
    with_file = observation(artifacts=(artifact("sbom.json", content, digest),))
    assert said(sender.send(with_file)) == ("refused", "evidence.artifact_missing")
    actions.store_artifact(machine, chunks=[content], sha256=digest, now=NOW)
    wrong_size = observation(artifacts=(artifact("sbom.json", content + b" ", digest),))
    assert said(sender.send(wrong_size)) == ("refused", "evidence.artifact_differs")
    assert said(sender.send(with_file)) == ("accepted", "")


def test_an_artifact_that_another_organisation_holds_has_not_arrived(sender):
    content = b"theirs"
    digest = hashlib.sha256(content).hexdigest()
    other = make_organization("other")
    officer = principal_for("system_admin", other)
    actions.store_artifact(officer, chunks=[content], sha256=digest, organization_id=other.pk, now=NOW)
    result = sender.send(observation(artifacts=(artifact("a", content, digest),)))
    assert said(result) == ("refused", "evidence.artifact_missing")


def test_a_forged_hash_is_refused_and_nothing_stays(machine, home):
    with pytest.raises(InputError) as error:
        actions.store_artifact(machine, chunks=[b"other bytes"], sha256="a" * 64, now=NOW)
    assert error.value.code == "evidence.hash_mismatch"
    assert not [p for p in (home / "store").rglob("*") if p.is_file()]
    assert not Artifact.objects.exists()


def test_a_machine_cannot_claim_what_belongs_to_another_subject(sender):
    other = make_organization("other")
    theirs = make_subject(other, name="theirs")
    ExternalKey.objects.create(subject=theirs, scheme="asset_number", value="42")
    claim = ClaimedSubject(kind="host", name="theirs", external={"asset_number": "42"})
    assert said(sender.send(observation(subject=claim))) == ("refused", "evidence.other_subject")
    named = ClaimedSubject(kind="host", name="x", machine="n" * 64)
    assert said(sender.send(observation(subject=named))) == ("refused", "evidence.other_subject")


def test_a_person_cannot_hand_in_what_an_enrolled_machine_measured_for_another_subject(sender, city, administrator):
    sender.send(observation(1))
    second = make_subject(city, name="web-02")
    named = observation(2, subject=ClaimedSubject(kind="host", name="web-01", machine=sender.identity))
    result = actions.receive_observations(administrator, observations=[raw(named)], subject=second, now=NOW)
    assert said(result) == ("refused", "evidence.other_subject")


def test_a_person_hands_in_for_a_chosen_subject(web01, administrator):
    result = actions.receive_observations(administrator, observations=[raw(observation())], subject=web01, now=NOW)
    assert said(result) == ("accepted", "")
    assert Evidence.objects.get().added_by_id == administrator.person_id


def test_who_may_not_submit_cannot_and_strangers_see_nothing(web01, city):
    auditor = principal_for("auditor", city)
    with pytest.raises(NotPermitted):
        actions.receive_observations(auditor, observations=[raw(observation())], subject=web01, now=NOW)
    stranger = principal_for("ciso", make_organization("other"))
    with pytest.raises(NotFound):
        actions.receive_observations(stranger, observations=[raw(observation())], subject=web01, now=NOW)


def test_a_lost_answer_is_repeated_and_is_no_clone(sender):
    sender.send(observation(1))
    first = sender.send(observation(2), keep_answer=False)
    again = sender.send(observation(2))
    assert said(again) == ("duplicate", "")
    assert again.nonce == first.nonce
    assert said(sender.send(observation(3))) == ("accepted", "")


def test_a_lost_answer_to_the_very_first_batch_is_no_clone(sender):
    sender.send(observation(1), keep_answer=False)
    assert said(sender.send(observation(1))) == ("duplicate", "")
    assert said(sender.send(observation(2))) == ("accepted", "")


def test_a_copied_machine_is_suspended_until_a_person_resumes_it(sender, administrator):
    told = []
    subject_hooks.MACHINE_SUSPENDED.append(lambda **what: told.append(what["code"]))
    try:
        sender.send(observation(1))
        twin = sender.copy()
        sender.send(observation(2))
        with pytest.raises(Conflict) as error:
            twin.send(observation(3))
    finally:
        subject_hooks.MACHINE_SUSPENDED.pop()
    assert error.value.code == "evidence.machine_cloned"
    assert told == ["subjects.other_nonce"]
    assert Observation.objects.count() == 2
    with pytest.raises(NotPermitted, match="machine_suspended"):
        sender.send(observation(4))
    machine = subject_queries.machine_of(sender.principal)
    assert machine.suspended_reason == "subjects.other_nonce"
    with pytest.raises(InputError):
        subject_actions.resume_machine(administrator, machine=machine, reason=" ", now=NOW)
    subject_actions.resume_machine(administrator, machine=machine, reason="入替えを確認した", now=NOW)
    assert said(sender.send(observation(4))) == ("accepted", "")


def test_another_identity_with_the_same_secret_is_a_clone(sender, machine):
    sender.send(observation(1))
    sender.identity = "z" * 64
    with pytest.raises(Conflict, match="machine_cloned"):
        sender.send(observation(2))
    assert subject_queries.machine_of(machine).suspended_reason == "subjects.other_identity"


def test_revoked_expired_and_unknown_secrets_open_nothing(web01, administrator):
    enrolled, secret = subject_actions.enroll_machine(
        administrator, subject=web01, name="a", now=NOW, expires_at=NOW + timedelta(days=1)
    )
    assert subject_queries.machine_principal(secret, NOW).machine_id == enrolled.pk
    assert subject_queries.machine_principal(secret, NOW + timedelta(days=2)) is None
    assert subject_queries.machine_principal("skm_unknown", NOW) is None
    subject_actions.revoke_machine(administrator, machine=enrolled, now=NOW)
    assert subject_queries.machine_principal(secret, NOW) is None


def test_higher_rooms_are_told_which_subjects_changed(sender, web01):
    told = []

    def hook(subject_ids, *, now):
        told.append(subject_ids)

    hooks.AFTER_INGEST.append(hook)
    try:
        sender.send(observation(1))
        sender.send(observation(1))
    finally:
        hooks.AFTER_INGEST.remove(hook)
    assert told == [frozenset({web01.pk})]


def test_a_full_disk_is_said_and_nothing_is_half_written(sender, monkeypatch, home):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable) as error:
        sender.send(observation(1))
    assert error.value.code == "evidence.store_full"
    monkeypatch.undo()
    assert not Observation.objects.exists()
    assert not [p for p in (home / "store").rglob("*") if p.is_file()]
    assert said(sender.send(observation(1))) == ("accepted", "")
