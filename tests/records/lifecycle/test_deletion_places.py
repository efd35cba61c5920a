"""The whole way for what is no folder: objects with all their versions, and what a destroyed key makes unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.records.factories import NOW, TODAY
from tests.records.lifecycle.care import run_jobs

from sekisho.engines.deletion import files
from sekisho.engines.deletion.storage import Storage
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.actions import certificates
from sekisho.records.lifecycle.models import EntryState, FoundEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.records.lifecycle.care import CareTown

    from sekisho.records.lifecycle.models import DataStore

pytestmark = [pytest.mark.django_db, pytest.mark.network]

BUCKET = "minamo-applications"


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates as HTML only: the other renderers have tests of their own and take seconds."""
    monkeypatch.setattr(certificates, "CERTIFICATE_FORMATS", ("html",))


@pytest.fixture
def service() -> Iterator[str]:
    """An S3 service on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(service: str) -> Iterator[Any]:
    """A bucket that keeps versions, with applications of two years."""
    made = boto3.client("s3", endpoint_url=service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    made.create_bucket(Bucket=BUCKET)
    made.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in ("2020/a.pdf", "2020/b.pdf", "2021/c.pdf"):
        for body in (b"first", b"second"):
            made.put_object(Bucket=BUCKET, Key=key, Body=body)
    made.delete_object(Bucket=BUCKET, Key="2020/b.pdf")
    yield made
    made.close()


@pytest.fixture
def bucket(town: CareTown, service: str) -> DataStore:
    """The bucket as a store with its log-in."""
    store = town.store(name="申請書の保管庫", kind="bucket", address=service, bucket=BUCKET, login="x")
    actions.set_store_secret(town.chief, store, secret="y", now=NOW)
    return store


def in_bucket(store: DataStore, prefix: str) -> actions.PlaceFacts:
    return actions.PlaceFacts(kind="objects", label=prefix, store_id=store.pk, locator={"prefix": prefix})


def keys_left(client: Any) -> set[str]:
    """Keys of which any version or delete marker is left."""
    found = client.list_object_versions(Bucket=BUCKET)
    return {one["Key"] for part in ("Versions", "DeleteMarkers") for one in found.get(part, ())}


def test_objects_go_with_every_version_and_the_certificate_counts_them(
    town: CareTown, bucket: DataStore, client: Any, plain: None
) -> None:
    entry = town.entry(in_bucket(bucket, "2020/"))
    town.consent(entry)
    done = town.executed(entry)
    assert done.state == "done", (done.stopped, [one.outcome for one in done.erased.all()])
    assert keys_left(client) == {"2021/c.pdf"}
    made = actions.issue_certificate(town.officer, done, witness="架空 太郎", version=done.version, now=NOW)
    (place,) = made.facts["places"]
    assert (place["count"], place["achieved"], made.facts["complete"]) == (5, "deleted", True)


def test_objects_of_a_bucket_that_is_gone_are_not_called_deleted(town: CareTown, bucket: DataStore, client: Any) -> None:
    entry = town.entry(in_bucket(bucket, "2020/"))
    town.consent(entry)
    row = town.approved(entry)
    for key in keys_left(client):
        for part in ("Versions", "DeleteMarkers"):
            for one in client.list_object_versions(Bucket=BUCKET, Prefix=key).get(part, ()):
                client.delete_object(Bucket=BUCKET, Key=key, VersionId=one["VersionId"])
    client.delete_bucket(Bucket=BUCKET)
    row = actions.execute_deletion(town.officer, row, version=row.version, now=NOW)
    run_jobs()
    row.refresh_from_db()
    entry.refresh_from_db()
    assert row.state != "done"
    assert entry.state != EntryState.DELETED


def test_a_hold_keeps_objects(town: CareTown, bucket: DataStore, client: Any) -> None:
    entry = town.entry(in_bucket(bucket, "2020/"))
    town.consent(entry)
    row = town.approved(entry)
    row = actions.execute_deletion(town.officer, row, version=row.version, now=NOW)
    facts = actions.HoldFacts(kind="audit", name="検査", reason="来た", starts_on=TODAY, entries=[entry.pk])
    actions.set_hold(town.officer, organization=town.organization, facts=facts, now=NOW)
    run_jobs()
    assert keys_left(client) == {"2020/a.pdf", "2020/b.pdf", "2021/c.pdf"}


def test_a_scan_of_a_bucket_proposes_its_years(town: CareTown, bucket: DataStore, client: Any) -> None:
    rule = actions.ScanRuleFacts(
        name="年度ごと", pattern="{fy}", group="folder", kinds=["RT16"], event="employment_ended", date_source="path",
        owner_role="section_officer",
    )  # fmt: skip
    actions.make_scan_rule(town.officer, bucket, facts=rule, now=NOW)
    scan = actions.begin_scan(town.officer, bucket, now=NOW)
    run_jobs()
    scan.refresh_from_db()
    assert scan.state == "done", (scan.error, scan.report)
    found = FoundEntry.objects.order_by("label")
    assert [(one.locator, one.count) for one in found] == [({"prefix": "2020/"}, 1), ({"prefix": "2021/"}, 1)]


def test_a_key_is_destroyed_and_the_certificate_says_what_is_unreadable_now(
    town: CareTown, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Storage("ext4", "in_place", "magnetic", "sda", journals_data=False)  # on others no crypto-erase is claimed
    monkeypatch.setattr(files, "storage_of", lambda _descriptor: disk)
    place = town.folder / "keys" / "archive-2020.key"
    place.parent.mkdir(parents=True)
    place.write_bytes(bytes(range(32)))
    locator = {
        "path": "keys/archive-2020.key", "protects": "2020年度の申請書の控え（暗号化した媒体 3本）", "algorithm": "AES-256-GCM",
        "no_other_copy": True,
    }  # fmt: skip
    entry = town.entry(actions.PlaceFacts(kind="key", label="控えの鍵", store_id=town.store().pk, locator=locator))
    town.consent(entry)
    done = town.executed(entry)
    assert done.state == "done", (done.stopped, [one.outcome for one in done.erased.all()])
    assert not place.exists()
    made = actions.issue_certificate(town.officer, done, witness="架空 太郎", version=done.version, now=NOW)
    (shown,) = made.facts["places"]
    assert shown["kind"] == "key"
    assert shown["achieved"] == "purge", shown["statements"]
    html = certificates.read_certificate(made, "html").decode()
    assert "AES-256-GCM" in html
    assert "2020年度の申請書の控え（暗号化した媒体 3本）" in html


def test_without_the_word_that_no_copy_of_the_key_is_left_it_is_no_crypto_erase(town: CareTown) -> None:
    place = town.folder / "keys" / "archive-2020.key"
    place.parent.mkdir(parents=True)
    place.write_bytes(bytes(range(32)))
    locator = {"path": "keys/archive-2020.key", "protects": "控え", "algorithm": "AES-256-GCM", "no_other_copy": False}
    entry = town.entry(actions.PlaceFacts(kind="key", label="控えの鍵", store_id=town.store().pk, locator=locator))
    town.consent(entry)
    done = town.executed(entry)
    outcome = done.erased.get().outcome
    assert outcome["achieved"] == "deleted"
    (said,) = [one for one in outcome["statements"] if one["code"] == "deletion.crypto_erase_not_claimed"]
    assert "no_other_copy" in said["fields"]["missing"]
