"""The API as a collector and as people use it, the collector's real sender included."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.records.evidence.observations import artifact, finding, observation, raw
from tests.records.factories import client_for, make_organization, make_subject

from sekisho.engines import sending
from sekisho.records.evidence.models import Evidence, Finding, Observation
from sekisho.records.subjects import actions as subject_actions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
API = "/api/v1"
FILE = b'{"bomFormat": "CycloneDX"}'
DIGEST = hashlib.sha256(FILE).hexdigest()


def fresh(number=0, **changes):
    """An observation of an hour ago by the real clock, which the middleware reads."""
    changes.setdefault("observed_at", (timezone.now() - timedelta(hours=1, minutes=number)).isoformat(timespec="seconds"))
    return observation(number, **changes)


@pytest.fixture
def token(web01, administrator):
    _, secret = subject_actions.enroll_machine(administrator, subject=web01, name="web-01", now=timezone.now())
    return {"Authorization": f"Bearer {secret}"}


def play(client, token, sender):
    """Carry the requests of the collector's sender to the API until it has nothing left."""
    statuses = []
    while isinstance(request := sender.next(), sending.Request):
        answer = client.generic(
            request.method, request.path, request.body, content_type=request.media_type or "application/json", headers=token
        )
        statuses.append((request.method, answer.status_code))
        sender.receive(sending.Response(answer.status_code, answer.content))
    return statuses


def test_the_real_sender_delivers_artifacts_then_observations_once(client, token, tmp_path):
    outbox = sending.Outbox(tmp_path / "outbox")
    outbox.put(fresh(1, artifacts=(artifact("sbom.json", FILE, DIGEST),)), {DIGEST: FILE})
    outbox.put(fresh(2), {})
    sender = sending.Sender(outbox, machine="m" * 64)
    assert play(client, token, sender) == [("HEAD", 404), ("PUT", 201), ("POST", 200)]
    assert (len(sender.accepted), sender.refused, outbox.waiting()) == (2, [], [])
    outbox.put(fresh(3, artifacts=(artifact("sbom.json", FILE, DIGEST),)), {DIGEST: FILE})
    again = sending.Sender(outbox, machine="m" * 64)
    assert play(client, token, again) == [("HEAD", 200), ("POST", 200)]
    assert Observation.objects.count() == 3


def test_a_sender_whose_answer_was_lost_sends_again_and_goes_on(client, token, tmp_path):
    outbox = sending.Outbox(tmp_path / "outbox")
    outbox.put(fresh(1), {})
    sender = sending.Sender(outbox, machine="m" * 64)
    request = sender.next()
    client.generic("POST", request.path, request.body, content_type="application/json", headers=token)
    sender.receive(sending.NoAnswer("timed out"))
    restarted = sending.Sender(outbox, machine="m" * 64)
    assert play(client, token, restarted) == [("POST", 200)]
    assert len(restarted.duplicates) == 1
    outbox.put(fresh(2), {})
    assert play(client, token, sending.Sender(outbox, machine="m" * 64)) == [("POST", 200)]
    assert Observation.objects.count() == 2


def test_a_copied_outbox_is_found_out_and_loses_nothing(client, token, tmp_path):
    first, second = sending.Outbox(tmp_path / "a"), sending.Outbox(tmp_path / "b")
    first.put(fresh(1), {})
    play(client, token, sending.Sender(first, machine="m" * 64))
    second.store(first.load())
    for number, outbox in ((2, first), (3, second)):
        outbox.put(fresh(number), {})
    play(client, token, sending.Sender(first, machine="m" * 64))
    with pytest.raises(Exception, match="machine_cloned"):
        play(client, token, sending.Sender(second, machine="m" * 64))
    assert len(second.waiting()) == 1
    first.put(fresh(4), {})
    with pytest.raises(Exception, match="token_refused"):
        play(client, token, sending.Sender(first, machine="m" * 64))
    assert len(first.waiting()) == 1


def test_a_refusal_says_why_in_the_readers_language(client, token):
    future = fresh(1, observed_at=(timezone.now() + timedelta(hours=1)).isoformat())
    body = {"machine": "m", "counter": 1, "nonce": "", "observations": [msgspec.Raw(raw(future))]}
    for language, word in (("ja", "時計"), ("en", "clock")):
        answer = client.post(
            f"{API}/observations",
            msgspec.json.encode(body),
            content_type="application/json",
            headers={**token, "Accept-Language": language},
        )
        (item,) = answer.json()["results"]
        assert (item["status"], item["code"]) == ("refused", "evidence.from_future")
        assert word in item["message"]
        body = body | {"counter": body["counter"] + 1, "nonce": answer.json()["nonce"]}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"observations": 1}', b'{"observations": [1]}', b'{"observations":[{}], "counter": "x"}', b"\xff"],
)
def test_a_body_that_is_no_batch_is_an_error_of_the_sender(client, token, body):
    answer = client.post(f"{API}/observations", body, content_type="application/json", headers=token)
    assert answer.status_code in {200, 422}
    assert not Observation.objects.exists()


def test_wrong_hashes_are_refused(client, token):
    assert client.put(f"{API}/artifacts/{'a' * 64}", FILE, headers=token).json()["code"] == "evidence.hash_mismatch"
    assert client.put(f"{API}/artifacts/XYZ", FILE, headers=token).json()["code"] == "evidence.not_a_hash"
    assert client.put(f"{API}/artifacts/{DIGEST}", FILE, headers={"Authorization": "Bearer skm_no"}).status_code == 401


def test_a_machine_reads_nothing_but_its_own_bytes(client, token):
    client.put(f"{API}/artifacts/{DIGEST}", FILE, headers=token)
    for path in ("observations", "evidence", "findings"):
        assert client.get(f"{API}/{path}", headers=token).json() == {"items": [], "total": 0}
    assert client.head(f"{API}/artifacts/{DIGEST}", headers=token).status_code == 200


def test_people_hand_in_bundles_and_documents_and_strangers_see_none(city, web01):
    officer = client_for("system_officer", city)
    bundle = sending.pack(
        [(fresh(1, artifacts=(artifact("a", FILE, DIGEST),), findings=(finding("x"),)), {DIGEST: FILE})], created=timezone.now()
    )
    upload = SimpleUploadedFile("minamo.sekisho", bundle)
    answer = officer.post(f"{API}/observations/bundle", {"subject": str(web01.pk), "file": upload})
    assert [r["status"] for r in answer.json()["results"]] == ["accepted"], answer.json()
    answer = officer.post(
        f"{API}/evidence/documents",
        {
            "subject": str(web01.pk),
            "title": "構成管理表",
            "document_kind": "configuration_table",
            "file": SimpleUploadedFile("構成<管理>表.html", b"<script>alert(1)</script>"),
        },
    )
    assert answer.status_code == 201, answer.json()
    document = answer.json()
    stranger = client_for("ciso", make_organization("other"))
    got = officer.get(f"{API}/evidence/{document['id']}/file")
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Type"] == "application/octet-stream"
    assert b"".join(got.streaming_content) == b"<script>alert(1)</script>"
    assert officer.get(f"{API}/evidence/{document['id']}/verification").json()["matches"] is True
    paths = [
        f"evidence/{document['id']}",
        f"evidence/{document['id']}/file",
        f"evidence/{document['id']}/verification",
        f"artifacts/{document['artifact_id']}",
        f"artifacts/{DIGEST}",
        f"observations/{Observation.objects.get().pk}",
        f"findings/{Finding.objects.get().pk}",
    ]
    for path in paths:
        answer = officer.get(f"{API}/{path}")
        assert answer.status_code == 200, path
        if answer.streaming:
            b"".join(answer.streaming_content)
        assert stranger.get(f"{API}/{path}").status_code == 404, path
    for path in ("evidence", "observations", "findings"):
        assert officer.get(f"{API}/{path}").json()["total"] >= 1
        assert stranger.get(f"{API}/{path}").json()["total"] == 0
    for verb in ("review", "withdraw", "erase"):
        body = {"note": ""} if verb == "review" else {"reason": "x"}
        denied = stranger.post(f"{API}/evidence/{document['id']}/{verb}", body, content_type="application/json")
        assert denied.status_code == 404


def test_half_a_bundle_is_refused_whole(city, web01):
    officer = client_for("system_officer", city)
    bundle = sending.pack([(fresh(1), {})], created=timezone.now())
    for broken in (bundle[: len(bundle) // 2], b"", b"PK"):
        answer = officer.post(f"{API}/observations/bundle", {"subject": str(web01.pk), "file": io.BytesIO(broken or b" ")})
        assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_a_person_names_the_subject_in_the_batch(city, web01):
    officer = client_for("system_officer", city)
    body = {"subject": str(web01.pk), "observations": [msgspec.Raw(raw(fresh(1)))]}
    answer = officer.post(f"{API}/observations", msgspec.json.encode(body), content_type="application/json")
    assert answer.json()["results"][0]["status"] == "accepted"
    other = make_subject(make_organization("other"))
    for subject in (str(other.pk), "no-uuid"):
        answer = officer.post(
            f"{API}/observations", msgspec.json.encode(body | {"subject": subject}), content_type="application/json"
        )
        assert answer.status_code == 404
