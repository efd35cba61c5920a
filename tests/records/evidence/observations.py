"""Observations as a collector would send them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.records.factories import NOW

from sekisho.engines.observation import (
    Artifact,
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    Observation,
    Severity,
    encode,
    fingerprint,
)


def observation(number: int = 0, *, kind: str = "host", minutes_ago: int = 60, **changes: Any) -> Observation:
    """A plain observation; ``number`` makes it differ from others."""
    values: dict[str, Any] = {
        "engine": "sbom",
        "engine_version": "0.1.0",
        "collector": Collector(name="sekisho", version="0.1.0", privileged=True),
        "subject": ClaimedSubject(kind=kind, name="web-01"),
        "observed_at": (NOW - timedelta(minutes=minutes_ago)).isoformat(),
        "scope": ("dpkg",),
        "measures": (Measure(key="sbom.components", value=100 + number),),
        "parameters": {"number": number},
    }
    return Observation(**(values | changes))


def finding(name: str, *, scope: str = "dpkg", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(code="sbom.pending", fingerprint=fingerprint(name), scope=scope, severity=severity, fields={"name": name})


def artifact(name: str, content: bytes, sha256: str) -> Artifact:
    return Artifact(name=name, media_type="application/json", size=len(content), sha256=sha256)


def raw(value: Observation) -> bytes:
    return encode(value)


def tampered(value: Observation, **changes: Any) -> bytes:
    """The JSON of ``value`` with some members replaced (for what the types would refuse)."""
    return json.dumps(json.loads(encode(value)) | changes).encode()
