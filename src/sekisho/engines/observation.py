"""Observation: the one thing an engine returns (DESIGN §4).

An Observation is a frozen, versioned, JSON-serialisable value. Its *claimed* subject is only a claim: the receiving
server binds it to the enrolment of the token that sent it. Artifacts are named here by hash; their bytes travel first.

``content_id`` is the SHA-256 of the canonical JSON (RFC 8785) of the whole value, so that the same content sent twice is
received once.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any, Final

import msgspec
import rfc8785

__all__ = [
    "SCHEMA",
    "Artifact",
    "ClaimedSubject",
    "Collector",
    "Finding",
    "Measure",
    "MeasureStatus",
    "Observation",
    "Period",
    "Severity",
    "content_id",
    "decode",
    "encode",
    "fingerprint",
    "json_schema",
]

SCHEMA: Final = "sekisho.observation/1"


class MeasureStatus(StrEnum):
    """How a measure came out. ``error`` and ``not_applicable`` never count as zero."""

    MEASURED = "measured"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Severity(StrEnum):
    """Severity of a finding."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class _Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all parts: frozen, keyword-only, unknown fields of newer collectors tolerated."""


class Measure(_Value, frozen=True, kw_only=True):
    """One figure.

    ``key`` is declared in ``standards/measures.yaml`` (unit, meaning, direction). ``value`` is None unless ``status`` is
    measured. For a ratio ``numerator`` and ``denominator`` are given and value = numerator / denominator (0–1, not per cent).
    ``coverage`` (0–1) is the share of the scope that could be read. ``reason`` is a text code when not measured.
    """

    key: str
    value: float | int | None = None
    status: MeasureStatus = MeasureStatus.MEASURED
    dimensions: dict[str, str] = {}
    numerator: float | int | None = None
    denominator: float | int | None = None
    coverage: float | None = None
    reason: str = ""


class Finding(_Value, frozen=True, kw_only=True):
    """Something wrong. ``code`` + ``fields`` make the sentence; ``fingerprint`` is stable from run to run.

    ``scope`` is the item of :attr:`Observation.scope` under which it was looked for: the finding is closed only by a later
    Observation of the same engine and subject that covered this scope and no longer has the fingerprint.
    """

    code: str
    fingerprint: str
    scope: str
    severity: Severity = Severity.MEDIUM
    fields: dict[str, Any] = {}
    location: str = ""
    references: tuple[str, ...] = ()


class Artifact(_Value, frozen=True, kw_only=True):
    """A file that belongs to the Observation; ``size`` in bytes, ``sha256`` in lower-case hex."""

    name: str
    media_type: str
    size: int
    sha256: str


class Collector(_Value, frozen=True, kw_only=True):
    """The program that collected: its name and version, and whether it ran with full rights on the host."""

    name: str
    version: str
    privileged: bool | None = None


class ClaimedSubject(_Value, frozen=True, kw_only=True):
    """What the collector says it looked at. ``kind`` is a Subject kind (host, code, …); ``machine`` a stable machine identity
    (hash, never the raw machine-id); ``external`` further keys by scheme.
    """

    kind: str
    name: str
    machine: str = ""
    external: dict[str, str] = {}


class Period(_Value, frozen=True, kw_only=True):
    """From–to (RFC 3339 with offset) that the figures cover."""

    start: str
    end: str


class Observation(_Value, frozen=True, kw_only=True, omit_defaults=False):
    """What an engine saw: see the module's text. ``observed_at`` is RFC 3339 with offset."""

    schema: str = SCHEMA
    engine: str
    engine_version: str
    collector: Collector
    subject: ClaimedSubject
    observed_at: str
    period: Period | None = None
    scope: tuple[str, ...]
    measures: tuple[Measure, ...] = ()
    findings: tuple[Finding, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    parameters: dict[str, Any] = {}


def encode(observation: Observation) -> bytes:
    """Canonical JSON (RFC 8785, UTF-8) of ``observation``."""
    return rfc8785.dumps(msgspec.to_builtins(observation))


def decode(untrusted_json: bytes | str) -> Observation:
    """Read an Observation. Raises :class:`msgspec.ValidationError` / :class:`msgspec.DecodeError` (both carry the JSON path)."""
    return msgspec.json.decode(untrusted_json, type=Observation)


def content_id(observation: Observation) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(encode(observation)).hexdigest()


def fingerprint(*parts: str) -> str:
    """A stable fingerprint of a finding: SHA-256 over its identifying parts, in order."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """JSON Schema of an Observation, for senders in other languages."""
    return msgspec.json.schema(Observation)
