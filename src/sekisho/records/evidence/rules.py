"""Decisions about observations and documents as pure functions: no database, no clock."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec
import rfc8785

from sekisho.engines import observation as engine_observation
from sekisho.engines.observation import MeasureStatus
from sekisho.errors import InputError, Problem
from sekisho.standards import catalog as standards

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.engines.observation import Measure, Observation

__all__ = [
    "DocumentKind",
    "Read",
    "Validity",
    "batch_digest",
    "check",
    "document_kinds",
    "offset_of",
    "read",
    "valid_until",
    "validity",
]

# The widest text that a column holds, by field.
_WIDTHS: Final = {"engine": 64, "engine_version": 32, "key": 100, "code": 100, "fingerprint": 64, "scope": 100, "location": 500}
_MOST_MEASURES: Final = 20_000
_MOST_FINDINGS: Final = 100_000
_MOST_ARTIFACTS: Final = 1_000
_TOLERANCE: Final = 1e-6


class Validity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``standards/data/validity.yaml``: how long evidence may be relied on."""

    observation_days: int
    document_days: int
    warn_before_days: int
    too_old_days: int
    future_minutes: int
    engines: dict[str, int] = {}


class DocumentKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of document that level rules may ask for; ``title`` by language."""

    id: str
    title: dict[str, str]


@cache
def validity() -> Validity:
    """The periods, read once."""
    return msgspec.convert(standards.read_yaml(standards.data_directory().joinpath("validity.yaml")), Validity)


@cache
def document_kinds() -> dict[str, DocumentKind]:
    """The kinds of document by id, in the file's order."""
    raw = standards.read_yaml(standards.data_directory().joinpath("document_kinds.yaml"))
    return {kind.id: kind for kind in msgspec.convert(raw["document_kinds"], tuple[DocumentKind, ...])}


def valid_until(engine: str, observed_at: datetime, *, periods: Validity) -> datetime:
    """Until when an observation of ``engine`` may be relied on."""
    return observed_at + timedelta(days=periods.engines.get(engine, periods.observation_days))


@dataclass(frozen=True, slots=True)
class Read:
    """An observation as read: its canonical bytes and their hash, its value and time."""

    value: Observation
    canonical: bytes
    content_id: str
    observed_at: datetime
    offset: str


def read(untrusted: bytes) -> Read:
    """One observation from its JSON. The content id is taken over all that was sent, fields unknown to us included.

    Raises InputError ``evidence.unreadable`` (with the place), ``evidence.unknown_schema``, ``evidence.number_out_of_range``,
    ``evidence.forbidden_character``, ``evidence.bad_time``.
    """
    if b"\\u0000" in untrusted:  # PostgreSQL keeps no NUL in text; better said than lost
        raise InputError("evidence.forbidden_character")
    try:
        value = engine_observation.decode(untrusted)
        canonical = rfc8785.dumps(json.loads(untrusted))
    except rfc8785.CanonicalizationError as error:
        raise InputError("evidence.number_out_of_range") from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise InputError("evidence.unreadable", detail=str(error)[:200]) from error
    if value.schema != engine_observation.SCHEMA:
        raise InputError("evidence.unknown_schema", found=value.schema[:80], expected=engine_observation.SCHEMA)
    observed_at = _time(value.observed_at)
    return Read(
        value=value,
        canonical=canonical,
        content_id=hashlib.sha256(canonical).hexdigest(),
        observed_at=observed_at.astimezone(UTC),
        offset=offset_of(observed_at),
    )


def _time(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
        if when.utcoffset() is not None:
            when.astimezone(UTC)
            return when
    except (ValueError, OverflowError):
        pass
    raise InputError("evidence.bad_time", value=text[:80])


def offset_of(when: datetime) -> str:
    """The offset from UTC as ``+09:00``."""
    return when.isoformat()[-6:] if when.utcoffset() else "+00:00"


def batch_digest(content_ids: Iterable[str]) -> str:
    """The digest of a batch: SHA-256 over its content ids in their order."""
    return hashlib.sha256("\n".join(content_ids).encode()).hexdigest()


def check(read_value: Read, *, now: datetime, periods: Validity) -> tuple[list[Problem], list[Problem]]:
    """What forbids taking the observation, and what only has to be said: (refusals, warnings)."""
    value, refused, warned = read_value.value, [], []
    ahead = read_value.observed_at - now
    if ahead > timedelta(minutes=periods.future_minutes):
        minutes = math.ceil(ahead.total_seconds() / 60)
        refused.append(Problem("evidence.from_future", {"minutes": minutes, "observed_at": value.observed_at}))
    if now - read_value.observed_at > timedelta(days=periods.too_old_days):
        warned.append(Problem("evidence.too_old", {"days": (now - read_value.observed_at).days}))
    if not value.scope:
        refused.append(Problem("evidence.scope_missing"))
    refused.extend(_sizes(value))
    for measure in value.measures:
        refused.extend(_measure(measure))
    scopes = set(value.scope)
    seen: set[str] = set()
    for finding in value.findings:
        if finding.scope not in scopes:
            refused.append(Problem("evidence.finding_out_of_scope", {"finding": finding.code, "scope": finding.scope[:100]}))
        if finding.fingerprint in seen:
            refused.append(Problem("evidence.finding_twice", {"finding": finding.code}))
        seen.add(finding.fingerprint)
    return refused, warned


def _sizes(value: Observation) -> list[Problem]:
    found = [
        Problem("evidence.too_many", {"what": what, "count": count, "limit": limit})
        for what, count, limit in (
            ("measures", len(value.measures), _MOST_MEASURES),
            ("findings", len(value.findings), _MOST_FINDINGS),
            ("artifacts", len(value.artifacts), _MOST_ARTIFACTS),
        )
        if count > limit
    ]
    texts: list[tuple[str, str]] = [("engine", value.engine), ("engine_version", value.engine_version)]
    texts.extend(("scope", s) for s in value.scope)
    texts.extend(("key", m.key) for m in value.measures)
    for f in value.findings:
        texts.extend((("code", f.code), ("fingerprint", f.fingerprint), ("location", f.location)))
    for name, text in texts:
        if len(text) > _WIDTHS[name]:
            found.append(Problem("evidence.text_too_long", {"what": name, "value": text[:40], "limit": _WIDTHS[name]}))
    if not value.engine or any(not f.fingerprint for f in value.findings):
        found.append(Problem("evidence.name_missing"))
    return found


def _measure(measure: Measure) -> list[Problem]:  # noqa: PLR0911 - one answer for each kind of trouble
    """A figure's own consistency: value only where measured, finite, a ratio that is its parts' quotient."""
    numbers = (measure.value, measure.numerator, measure.denominator, measure.coverage)
    if any(n is not None and not math.isfinite(n) for n in numbers):
        return [Problem("evidence.not_finite", {"key": measure.key})]
    if (measure.value is not None) != (measure.status is MeasureStatus.MEASURED):
        return [Problem("evidence.value_and_status", {"key": measure.key, "status": str(measure.status)})]
    if measure.coverage is not None and not 0 <= measure.coverage <= 1:
        return [Problem("evidence.coverage_range", {"key": measure.key, "value": measure.coverage})]
    if (measure.numerator is None) != (measure.denominator is None):
        return [Problem("evidence.half_ratio", {"key": measure.key})]
    definition = standards.measures().get(measure.key)
    if definition is None or not definition.ratio or measure.value is None:
        return []
    if not measure.denominator or measure.numerator is None:
        return [Problem("evidence.half_ratio", {"key": measure.key})]
    if abs(measure.value - measure.numerator / measure.denominator) > _TOLERANCE:
        return [Problem("evidence.ratio_wrong", {"key": measure.key, "value": measure.value})]
    return []
