"""The TAXII client against a real small server on this machine."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sekisho.engines.threatintel import read_stix_objects
from sekisho.engines.threatintel.taxii import ACCEPT, Limits, Taxii
from sekisho.errors import InputError, NotPermitted, SekishoError, Unavailable
from sekisho.gateways.taxii import Credentials, fetch_taxii

pytestmark = pytest.mark.network
OBJECTS = [
    {
        "type": "indicator",
        "id": f"indicator--{number}",
        "pattern_type": "stix",
        "pattern": f"[domain-name:value = 'a{number}.evil.jp']",
    }
    for number in range(25)
]


class Handler(BaseHTTPRequestHandler):
    """A TAXII 2.1 server with one collection of 25 objects; ``server.way`` says how it misbehaves."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def give(self, value, status=200, length=None, **headers):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", headers.pop("kind", ACCEPT))
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        if length is not None:
            self.close_connection = True

    def do_GET(self):
        way = self.server.way
        self.server.seen.append((self.path, self.headers.get("Authorization"), self.headers.get("Accept")))
        if way == "password" and self.headers.get("Authorization") != "Basic " + base64.b64encode(b"u:p").decode():
            self.give({}, 401)
        elif self.path == "/taxii2/":
            self.discovery(way)
        elif self.path == "/api/":
            self.give({"title": "r", "versions": [ACCEPT], "max_content_length": 1_000_000})
        elif self.path == "/api/collections/":
            self.give({"collections": [{"id": "c", "title": "一覧", "can_read": True}]})
        else:
            self.objects(way)

    def discovery(self, way):
        if way == "redirect elsewhere":
            self.give({}, 302, Location="http://localhost:1/taxii2/")
        elif way == "lies about length":
            self.give({"default": "/api/"}, length=10_000)
        elif way == "too long":
            self.give(b" " * 300_000)
        elif way == "wrong type":
            self.give(b"<html></html>", kind="text/html")
        else:
            self.give({"title": "t", "default": f"http://127.0.0.1:{self.server.server_port}/api/"})

    def objects(self, way):
        query = parse_qs(urlsplit(self.path).query)
        if way == "busy" and not self.server.busy:
            self.server.busy = True
            self.give({}, 503, Retry_After="2")
            return
        start = int(query.get("next", ["0"])[0])
        page = OBJECTS[start : start + 10]
        if way == "never ends":
            self.give({"more": True, "next": str(start + 1), "objects": OBJECTS[:1]})
            return
        more = start + 10 < len(OBJECTS)
        self.give(
            {"objects": page, **({"more": True, "next": str(start + 10)} if more else {})},
            X_TAXII_Date_Added_Last="2026-11-01T00:00:00Z",
        )


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.way, made.seen, made.busy = "", [], False
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def fetch(server, *, credentials=None, limits=None, clock=lambda: 0.0, waited=None, **more):
    address = f"http://127.0.0.1:{server.server_port}/taxii2/"
    return fetch_taxii(
        Taxii(address, limits=limits), address=address, credentials=credentials or Credentials(), sleep=(waited if waited is not None else []).append,
        monotonic=clock, limits=limits, allow_http=True, **more,
    )  # fmt: skip


def test_all_pages_of_a_collection(server):
    told = []
    core = fetch(server, tell=told.append)
    assert len(core.objects) == 25
    assert (core.after, core.problems) == ({"c": "2026-11-01T00:00:00Z"}, [])
    assert told == [0, 0, 0, 10, 20, 25]
    assert {accept for *_, accept in server.seen} == {ACCEPT}
    assert len(read_stix_objects(core.objects).indicators) == 25


def test_name_and_password(server):
    server.way = "password"
    assert len(fetch(server, credentials=Credentials(user="u", password="p")).objects) == 25
    with pytest.raises(NotPermitted):
        fetch(server, credentials=Credentials(token="x"))
    assert "p" not in repr(Credentials(user="u", password="p"))


def test_a_busy_server_is_waited_for(server):
    server.way = "busy"
    waited = []
    assert len(fetch(server, waited=waited).objects) == 25
    assert waited == [2.0]


def test_a_server_that_never_ends(server):
    server.way = "never ends"
    core = fetch(server, limits=Limits(pages=7))
    assert (len(core.objects), [problem.code for problem in core.problems]) == (7, ["threatintel.taxii_endless"])


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("redirect elsewhere", "taxii_elsewhere"),
        ("lies about length", "taxii_unreachable"),
        ("too long", "taxii_too_long"),
        ("wrong type", "taxii_type"),
    ],
)
def test_what_a_server_must_not_do(server, way, code):
    server.way = way
    with pytest.raises(SekishoError) as raised:
        fetch(server, limits=Limits(answer=100_000))
    assert raised.value.code == f"threatintel.{code}"
    assert len(server.seen) == 1, "nobody went elsewhere"


def test_an_answer_that_drips(server):
    ticks = iter(range(0, 1_000_000, 301))
    with pytest.raises(InputError) as raised:
        fetch(server, clock=lambda: next(ticks))
    assert raised.value.code == "threatintel.taxii_too_long"


def test_https_only_and_nobody_there():
    address = "http://127.0.0.1:9/taxii2/"
    with pytest.raises(InputError):
        fetch_taxii(Taxii(address), address=address, credentials=Credentials(), sleep=print, monotonic=lambda: 0.0)

    def refuse(_request):
        raise httpx.ConnectError("x")

    with pytest.raises(Unavailable):
        fetch_taxii(
            Taxii(address), address=address, credentials=Credentials(), sleep=print, monotonic=lambda: 0.0, allow_http=True,
            transport=httpx.MockTransport(refuse),
        )  # fmt: skip
