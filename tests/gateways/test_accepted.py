"""Asking for the accepted settings: what each answer of a server means."""

from __future__ import annotations

import httpx
import pytest

from sekisho.errors import InputError, NotPermitted, Unavailable
from sekisho.gateways.accepted import fetch_accepted
from sekisho.gateways.sender import Token


def ask(answer: httpx.Response | Exception, address: str = "https://server") -> bytes | None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/machine/accepted-snapshot"
        assert request.headers["Authorization"] == "Bearer skm_x"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return fetch_accepted(address=address, token=Token("skm_x"), transport=httpx.MockTransport(handle))


def test_the_file_is_given_and_nothing_accepted_is_none() -> None:
    assert ask(httpx.Response(200, content=b"{}")) == b"{}"
    assert ask(httpx.Response(404)) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401), NotPermitted),
        (httpx.Response(403), NotPermitted),
        (httpx.Response(500), Unavailable),
        (httpx.Response(302, headers={"Location": "https://elsewhere"}), Unavailable),
        (httpx.ConnectError("no"), Unavailable),
    ],
)
def test_any_other_answer_is_an_error_never_nothing_accepted(answer, error) -> None:
    with pytest.raises(error):
        ask(answer)


def test_a_token_does_not_travel_in_clear_to_another_machine() -> None:
    with pytest.raises(InputError):
        ask(httpx.Response(404), "http://server.example")
