"""An Observation to send, and the other side in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from sekisho.engines.observation import Artifact, ClaimedSubject, Collector, Measure, Observation, content_id, decode
from sekisho.engines.sending import NoAnswer, Request, Response


def observation(number: int = 1, data: bytes = b"artifact") -> tuple[Observation, dict[str, bytes]]:
    digest = hashlib.sha256(data).hexdigest()
    value = Observation(
        engine="sbom", engine_version="1", collector=Collector(name="t", version="1"), subject=ClaimedSubject(kind="host", name="web-01"),
        observed_at=f"2026-11-22T00:00:{number % 60:02d}+00:00", scope=("deb",), measures=(Measure(key="sbom.components", value=number),),
        artifacts=(Artifact(name="a.json", media_type="application/json", size=len(data), sha256=digest),),
    )  # fmt: skip
    return value, {digest: data}


@dataclass
class Server:
    """Answers as the protocol says; ``script`` holds answers that come first, by method."""

    artifacts: dict[str, bytes] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    script: dict[str, list[Any]] = field(default_factory=dict)
    refuse: set[str] = field(default_factory=set)
    counter: int = 0
    nonce: str = ""

    def answer(self, request: Request) -> Response | NoAnswer:
        self.requests.append(request)
        waiting = self.script.get(request.method, [])
        if waiting:
            planned = waiting.pop(0)
            if planned == "lost":  # the server acts, the answer does not arrive
                self._act(request)
                return NoAnswer("ReadTimeout")
            return planned
        return self._act(request)

    def _act(self, request: Request) -> Response:
        name = request.path.rsplit("/", 1)[-1]
        if request.method == "HEAD":
            return Response(200 if name in self.artifacts else 404)
        if request.method == "PUT":
            if hashlib.sha256(request.body).hexdigest() != name:
                return Response(422, b'{"code": "evidence.hash_differs"}')
            self.artifacts[name] = request.body
            return Response(201)
        body = json.loads(request.body)
        if body["counter"] < self.counter or (body["counter"] > self.counter and body["nonce"] != self.nonce):
            return Response(409, b'{"code": "evidence.machine_cloned"}')
        repeated = body["counter"] == self.counter
        results = []
        for raw in body["observations"]:
            value = decode(json.dumps(raw))
            identifier = content_id(value)
            assert all(a.sha256 in self.artifacts for a in value.artifacts), "artifacts travel first"
            if identifier in self.refuse:
                results.append(
                    {"content_id": identifier, "status": "refused", "code": "evidence.from_future", "fields": {"x": 1}}
                )
                continue
            results.append({"content_id": identifier, "status": "duplicate" if identifier in self.observations else "accepted"})
            self.observations[identifier] = value
        self.counter = body["counter"]
        if not repeated:
            self.nonce = f"nonce-{self.counter}"
        return Response(200, json.dumps({"results": results, "nonce": self.nonce}).encode())


@pytest.fixture
def server() -> Server:
    return Server()
