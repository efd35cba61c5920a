"""What is believed about the asker behind a proxy."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from waitress.proxy_headers import proxy_headers_middleware

from sekisho.cli.serve import _proxy, check_listen
from sekisho.errors import InputError, Unavailable


def asked(proxy: str, *, peer: str) -> dict[str, Any]:
    given = {"trusted_proxy": None, "trusted_proxy_count": 1, "trusted_proxy_headers": set(), **_proxy(proxy)}
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return []

    wrapped = proxy_headers_middleware(application, clear_untrusted=True, **given)
    environ = {
        "REMOTE_ADDR": peer,
        "REMOTE_HOST": peer,
        "REMOTE_PORT": "40000",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "HTTP_HOST": "x",
        "wsgi.url_scheme": "http",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "192.0.2.7",
    }
    wrapped(environ, lambda *_: None)
    return seen


def test_the_proxy_in_front_says_the_scheme_and_the_address() -> None:
    seen = asked("127.0.0.1", peer="127.0.0.1")
    assert seen["wsgi.url_scheme"] == "https"
    assert seen["REMOTE_ADDR"] == "192.0.2.7"


@pytest.mark.parametrize("proxy", ["", "127.0.0.1"])
def test_nobody_else_can(proxy: str) -> None:
    seen = asked(proxy, peer="198.51.100.9")
    assert seen["wsgi.url_scheme"] == "http"
    assert seen["REMOTE_ADDR"] == "198.51.100.9"
    assert "HTTP_X_FORWARDED_PROTO" not in seen


@pytest.mark.parametrize("listen", ["", "8000", ":8000", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(InputError, match=r"installation\.listen_invalid"):
        check_listen(listen)


@pytest.mark.network
def test_a_used_port_is_named_before_anything_is_done() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Unavailable, match=r"installation\.port_used"):
            check_listen(f"127.0.0.1:{other.getsockname()[1]}")


@pytest.mark.network
def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InputError, match=r"installation\.listen_invalid"):
        check_listen("192.0.2.1:8000")
