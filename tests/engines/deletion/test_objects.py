"""Objects with versions, against moto on this machine."""

import socket

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sekisho.engines.deletion import Journal, Objects, Resources, Stop, erase_target, list_target, verify_target
from sekisho.engines.deletion import objects as engine
from sekisho.errors import InputError, Unavailable

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def server():
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"http://{host}:{port}"
    made.stop()


@pytest.fixture
def client(server):
    made = boto3.client("s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    yield made
    made.close()


@pytest.fixture
def bucket(client, request):
    name = f"bucket-{abs(hash(request.node.name)) % 10**10}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    for key in ("2019/a", "2019/b", "20190/x"):
        for body in (b"one", b"two2"):
            client.put_object(Bucket=name, Key=key, Body=body)
    client.delete_object(Bucket=name, Key="2019/a")
    client.create_multipart_upload(Bucket=name, Key="2019/begun")
    return name


def target(bucket, **more):
    return Objects(id="o", source="s3", bucket=bucket, **({"prefix": "2019/"} | more))


def test_every_version_marker_and_unfinished_upload_goes(client, bucket, free):
    given = Resources(clients={"s3": client})
    found = list_target(target(bucket), given)
    assert sorted(i.kind for i in found.items) == ["delete_marker", "upload", "version", "version", "version", "version"]
    made = erase_target(target(bucket), found, given, guard=free)
    assert (made.done, made.left, made.achieved) == (6, 0, "deleted")
    left = client.list_object_versions(Bucket=bucket)
    assert {v["Key"] for v in left["Versions"]} == {"20190/x"}
    assert "DeleteMarkers" not in left
    assert verify_target(target(bucket), made.items, given).result == "gone"


def test_one_key_does_not_reach_its_neighbours(client, bucket, free):
    given = Resources(clients={"s3": client})
    one = Objects(id="o", source="s3", bucket=bucket, key="2019/a")
    client.put_object(Bucket=bucket, Key="2019/ab", Body=b"x")
    made = erase_target(one, list_target(one, given), given, guard=free)
    assert {i.fields["key"] for i in made.items} == {"2019/a"}
    assert client.get_object(Bucket=bucket, Key="2019/ab")["Body"].read() == b"x"


def test_what_a_legal_hold_or_a_lock_keeps_is_told_and_left(client, bucket, free):
    from datetime import UTC, datetime, timedelta

    client.put_object_legal_hold(Bucket=bucket, Key="2019/b", LegalHold={"Status": "ON"})
    until = datetime.now(UTC) + timedelta(days=1)
    client.put_object(Bucket=bucket, Key="2019/c", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
    given = Resources(clients={"s3": client})
    found = list_target(target(bucket), given)
    assert sorted(i.note for i in found.items if i.state == "refused") == ["legal_hold", "object_lock"]
    made = erase_target(target(bucket), found, given, guard=free)
    assert (made.left, made.complete) == (2, False)
    assert client.get_object(Bucket=bucket, Key="2019/c")["Body"].read() == b"x"


def test_a_hold_stops_before_the_next_batch(client, bucket, monkeypatch):
    monkeypatch.setattr(engine, "_BATCH", 2)
    asked = []

    def guard(_target, name):
        asked.append(name)
        return Stop(code="deletion.held", fields={"hold": "h"}) if len(asked) == 2 else None

    given = Resources(clients={"s3": client})
    made = erase_target(target(bucket), list_target(target(bucket), given), given, guard=guard)
    assert (made.done, made.left, len(asked)) == (2, 4, 2)
    assert {i.state for i in made.items} == {"done", "held"}


def test_an_interrupted_run_goes_on(client, bucket, free, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "_BATCH", 2)
    given = Resources(clients={"s3": client})
    found = list_target(target(bucket), given)
    stop = iter([None, Stop(code="deletion.held", fields={"hold": "h"})])
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        erase_target(target(bucket), found, given, guard=lambda _t, _i: next(stop), journal=journal)
    with Journal(tmp_path / "j", run="r", plan="p") as journal:
        made = erase_target(target(bucket), journal.listings["o"], given, guard=free, journal=journal)
    assert made.complete
    assert made.done == 6


def test_a_store_that_goes_away_leaves_what_it_did_not_answer_for(client, bucket, free, monkeypatch):
    from botocore.exceptions import EndpointConnectionError

    monkeypatch.setattr(engine, "_BATCH", 2)
    given = Resources(clients={"s3": client})
    found = list_target(target(bucket), given)
    real, calls = client.delete_objects, []

    def failing(**arguments):
        calls.append(1)
        if len(calls) == 2:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1")
        return real(**arguments)

    monkeypatch.setattr(client, "delete_objects", failing)
    made = erase_target(target(bucket), found, given, guard=free)
    assert (made.done, made.left, made.stopped.code) == (2, 4, "deletion.store_unreachable")
    assert {i.note for i in made.items if i.state == "failed"} == {"not_known"}


@pytest.mark.parametrize(
    "scope", [{"prefix": "2019"}, {"prefix": ""}, {"prefix": None}, {"prefix": "a/", "key": "a"}, {"key": "", "prefix": None}]
)
def test_a_scope_that_says_too_little_is_refused(client, bucket, scope):
    with pytest.raises(InputError, match=r"deletion\.object_scope"):
        list_target(target(bucket, **scope), Resources(clients={"s3": client}))


def test_a_bucket_or_a_store_that_is_not_there_is_said(client):
    with pytest.raises(Unavailable, match=r"deletion\.store_refused"):
        list_target(target("no-such-bucket"), Resources(clients={"s3": client}))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        from botocore.config import Config

        gone = boto3.client(
            "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y",
            config=Config(retries={"max_attempts": 0}, connect_timeout=1),
        )  # fmt: skip
        with pytest.raises(Unavailable, match=r"deletion\.store_unreachable"):
            list_target(target("bucket"), Resources(clients={"s3": gone}))
        gone.close()
