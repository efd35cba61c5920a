"""The protocol played like a script, crashes included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.observation import content_id
from sekisho.engines.sending import NoAnswer, Outbox, Policy, Request, Response, Sender, Wait
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted, SekishoError, Unavailable
from sekisho.gateways.sender import Token, checked_address, deliver
from sekisho.standards import texts

from .conftest import Server, observation


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def fill(outbox: Outbox, count: int) -> list[str]:
    return [outbox.put(*observation(n, f"data {n % 3}".encode())) for n in range(1, count + 1)]


def play(sender: Sender, server: Server, *, steps: int = 2000) -> list[float]:
    """Until nothing is left; returns the pauses."""
    pauses = []
    for _ in range(steps):
        step = sender.next()
        if step is None:
            return pauses
        if isinstance(step, Wait):
            pauses.append(step.seconds)
        else:
            sender.receive(server.answer(step))
    raise AssertionError("never ends")


def test_artifacts_go_first_and_everything_is_gone_when_acknowledged(outbox: Outbox, server: Server) -> None:
    fill(outbox, 3)
    sender = Sender(outbox, "m")
    play(sender, server)
    assert [r.method for r in server.requests] == ["HEAD", "PUT", "HEAD", "PUT", "HEAD", "PUT", "POST"]
    assert (len(sender.accepted), len(server.observations)) == (3, 3)
    assert outbox.waiting() == []
    assert list((outbox.folder / "artifacts").iterdir()) == []


def test_known_artifacts_are_not_sent_again(outbox: Outbox, server: Server) -> None:
    value, data = observation()
    server.artifacts.update(data)
    outbox.put(value, data)
    play(Sender(outbox, "m"), server)
    assert [r.method for r in server.requests] == ["HEAD", "POST"]


def test_batches_have_at_most_a_hundred_and_the_counter_grows(outbox: Outbox, server: Server) -> None:
    fill(outbox, 230)
    play(Sender(outbox, "m"), server)
    posts = [json.loads(r.body) for r in server.requests if r.method == "POST"]
    assert [len(p["observations"]) for p in posts] == [100, 100, 30]
    assert [p["counter"] for p in posts] == [1, 2, 3]
    assert [p["nonce"] for p in posts] == ["", "nonce-1", "nonce-2"]
    assert {p["machine"] for p in posts} == {"m"}


def test_a_lost_answer_is_repeated_exactly_and_ends_as_duplicate(outbox: Outbox, server: Server) -> None:
    fill(outbox, 2)
    server.script["POST"] = ["lost"]
    sender = Sender(outbox, "m")
    pauses = play(sender, server)
    posts = [r.body for r in server.requests if r.method == "POST"]
    assert posts[0] == posts[1]
    assert (len(sender.duplicates), pauses) == (2, [1.0])
    assert outbox.waiting() == []


def test_a_crash_at_any_step_loses_nothing_and_sends_nothing_twice(outbox: Outbox, server: Server) -> None:
    names = fill(outbox, 5)
    for _ in range(200):
        sender = Sender(outbox, "m", Policy(batch=2))  # a new process for every single step
        step = sender.next()
        while isinstance(step, Request) and step.method == "HEAD" and server.answer(step) == Response(200):
            sender.receive(Response(200))
            step = sender.next()
        if step is None:
            break
        if isinstance(step, Request) and step.method == "HEAD":
            sender.receive(server.answer(step))
            step = sender.next()
        assert isinstance(step, Request)
        server.answer(step)  # the process dies before it can read the answer
        sender = Sender(outbox, "m", Policy(batch=2))
        play(sender, server)
    assert set(server.observations) == set(names)
    assert outbox.waiting() == []


def test_refused_observations_are_set_aside_with_their_reason(outbox: Outbox, server: Server) -> None:
    names = fill(outbox, 3)
    server.refuse = {names[1]}
    sender = Sender(outbox, "m")
    play(sender, server)
    assert sender.refused == [names[1]]
    assert outbox.refused() == [{"content_id": names[1], "code": "evidence.from_future", "fields": {"x": 1}}]
    assert (outbox.folder / "refused" / f"{names[1]}.json").exists()
    assert outbox.waiting() == []


def test_a_batch_that_is_refused_as_a_whole_is_split_until_the_culprit_is_found(outbox: Outbox, server: Server) -> None:
    names = fill(outbox, 4)
    bad = names[2]
    original = server.answer

    def answer(request: Request) -> Any:
        if request.method == "POST" and bad in {
            content_id(outbox.observation(i)) for i in names if outbox.has(i) and outbox.raw(i) in request.body
        }:
            server.requests.append(request)
            return Response(422, b'{"code": "evidence.unreadable", "fields": {"row": 1}}')
        return original(request)

    server.answer = answer  # type: ignore[method-assign]
    sender = Sender(outbox, "m")
    server.counter = -1
    for _ in range(200):
        step = sender.next()
        if step is None:
            break
        assert isinstance(step, Request)
        sender.receive(server.answer(step))
    assert sender.refused == [bad]
    assert len(server.observations) == 3
    assert outbox.refused()[0]["fields"]["server_code"] == "evidence.unreadable"


def test_a_damaged_artifact_is_refused_and_the_rest_goes_on(outbox: Outbox, server: Server) -> None:
    good = outbox.put(*observation(1, b"good"))
    value, data = observation(2, b"bad")
    bad = outbox.put(value, data)
    outbox.artifact(value.artifacts[0].sha256).write_bytes(b"damaged on disk")
    sender = Sender(outbox, "m")
    play(sender, server)
    assert (sender.accepted, sender.refused) == ([good], [bad])
    assert outbox.refused()[0]["code"] == "sending.artifact_refused"


def test_pauses_grow_and_obey_the_server_then_give_up_without_loss(outbox: Outbox, server: Server) -> None:
    names = fill(outbox, 1)
    server.script["HEAD"] = [
        NoAnswer("ConnectError"),
        Response(503),
        Response(429, retry_after=30.0),
        NoAnswer("x"),
        Response(500),
        NoAnswer("x"),
    ]
    pauses: list[float] = []
    sender = Sender(outbox, "m")
    with pytest.raises(Unavailable) as caught:  # noqa: PT012 - the whole play is the subject
        while (step := sender.next()) is not None:
            if isinstance(step, Wait):
                pauses.append(step.seconds)
            else:
                sender.receive(server.answer(step))
    assert pauses == [1, 2, 30, 8, 16]
    assert caught.value.fields["waiting"] == 1
    assert outbox.waiting() == names
    play(Sender(outbox, "m"), server)
    assert outbox.waiting() == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Response(401), NotPermitted, "sending.token_refused"), (Response(403), NotPermitted, "sending.token_refused"),
        (Response(404), NotFound, "sending.server_wrong"), (Response(409, b'{"code": "evidence.machine_cloned"}'), Conflict, "sending.machine_cloned"),
        (Response(302), InputError, "sending.answer_unexpected"), (Response(200, b"<html>"), InputError, "sending.answer_unexpected"),
        (Response(200, b"{}"), InputError, "sending.answer_unexpected"), (Response(200, b'{"results": []}'), InputError, "sending.answer_unexpected"),
        (Response(200, b'{"results": [{"content_id": 5}], "nonce": 7}'), InputError, "sending.answer_unexpected"),
    ],
)  # fmt: skip
def test_answers_that_stop_the_sender_leave_everything_in_place(
    outbox: Outbox, server: Server, answer: Response, kind: type[SekishoError], code: str
) -> None:
    names = fill(outbox, 2)
    server.script["POST"] = [answer]
    with pytest.raises(kind) as caught:
        play(Sender(outbox, "m"), server)
    assert caught.value.code == code
    assert texts.known(code)
    assert outbox.waiting() == names


def test_a_cloned_machine_is_told_apart(outbox: Outbox, server: Server, tmp_path: Path) -> None:
    import shutil

    fill(outbox, 1)
    play(Sender(outbox, "m"), server)
    shutil.copytree(outbox.folder, tmp_path / "clone")
    outbox.put(*observation(30))
    play(Sender(outbox, "m"), server)
    clone = Outbox(tmp_path / "clone")
    clone.put(*observation(40))
    clone.put(*observation(41))
    sender = Sender(clone, "m", Policy(batch=1))
    server.counter = 3
    with pytest.raises(Conflict):
        play(sender, server)
    assert len(clone.waiting()) == 2


def test_a_broken_state_is_an_error_and_a_broken_file_is_set_aside(outbox: Outbox, server: Server) -> None:
    (outbox.folder / "queue" / "x.json").write_bytes(b"{half")
    names = fill(outbox, 1)
    assert outbox.waiting() == names
    assert outbox.refused()[0]["code"] == "sending.observation_broken"
    (outbox.folder / "state.json").write_bytes(b"{")
    with pytest.raises(InputError) as caught:
        Sender(outbox, "m")
    assert caught.value.code == "sending.state_unusable"


def test_putting_incomplete_observations_is_refused(outbox: Outbox) -> None:
    with pytest.raises(InputError):
        outbox.put(observation()[0], {})
    assert outbox.waiting() == []


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(["lost", 503, "down", "ok"]), max_size=12),
    st.lists(st.sampled_from([503, "down", "ok"]), max_size=12),
)
def test_whatever_the_network_does_each_observation_arrives_once(
    tmp_path_factory: pytest.TempPathFactory, posts: list[Any], heads: list[Any]
) -> None:
    def planned(kinds: list[Any]) -> list[Any]:
        return [{"lost": "lost", 503: Response(503), "down": NoAnswer("x")}[k] for k in kinds if k != "ok"]

    outbox = Outbox(tmp_path_factory.mktemp("o"))
    names = fill(outbox, 4)
    server = Server(script={"POST": planned(posts), "HEAD": planned(heads)})
    for _ in range(30):
        try:
            play(Sender(outbox, "m", Policy(attempts=2, batch=3)), server)
            break
        except Unavailable:
            continue
    assert set(server.observations) == set(names)
    assert outbox.waiting() == []


def transport(server: Server, seen: list[httpx.Request]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = server.answer(Request(request.method, request.url.path, request.content))
        if isinstance(answer, NoAnswer):
            raise httpx.ReadTimeout("x", request=request)
        return httpx.Response(answer.status, content=answer.body)

    return httpx.MockTransport(handle)


def test_over_http_with_the_token_in_its_header_only(outbox: Outbox, server: Server) -> None:
    fill(outbox, 2)
    seen: list[httpx.Request] = []
    server.script["POST"] = ["lost"]
    slept: list[float] = []
    sender = deliver(
        outbox,
        address="https://sekisho.example/",
        token=Token(" secret \n"),
        machine="m",
        sleep=slept.append,
        transport=transport(server, seen),
    )
    assert (len(sender.duplicates), slept) == (2, [1.0])
    assert {r.headers["Authorization"] for r in seen} == {"Bearer secret"}
    assert all("secret" not in str(r.url) and b"secret" not in r.content for r in seen)
    assert "secret" not in repr(Token("secret"))


@pytest.mark.parametrize("address", ["http://example.com", "ftp://x", "https://", "https://u:p@x", "x", "https://x/?a=1", ""])
def test_addresses_that_are_not_safe_are_refused(address: str) -> None:
    with pytest.raises(InputError):
        checked_address(address)


@pytest.mark.parametrize("secret", ["", "  ", "a b", "é", "a\nb"])
def test_tokens_that_cannot_be_headers_are_refused(secret: str) -> None:
    with pytest.raises(InputError):
        Token(secret)
