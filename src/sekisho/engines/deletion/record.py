"""The record of a deletion: deterministic JSON with its own hash, and what the reference asks of it (``deletion_record``)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

import msgspec
import rfc8785

from sekisho.engines.deletion.model import Outcome, Target, Verification
from sekisho.engines.deletion.plan import Approval, Source
from sekisho.errors import InputError

__all__ = ["SCHEMA", "DeletionRecord", "TargetRecord", "encode_record", "read_record", "record_hash"]

SCHEMA: Final = "sekisho.deletion_record/1"
_LARGEST: Final = 500_000_000


class TargetRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One target: what it was, what happened, what was looked at again. ``error``: why it could not even begin."""

    target: Target
    outcome: Outcome | None = None
    verification: Verification | None = None
    error: dict[str, Any] | None = None


class DeletionRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who deleted what, when, how, on which ground, seen by whom, and what was really reached.

    ``state``: complete, partial, stopped, restored, or quarantined (set aside until ``restore_until``). ``decision``: the
    retention rules that applied, with every reason; None where the plan says that none does. ``sha256``: of the canonical form
    (RFC 8785) without it.
    """

    schema: str
    run: str
    plan: str
    title: str
    reason: str
    no_statutory_period: str
    plan_hash: str
    approved_code: str
    approval: Approval
    executor: str
    responsible: str
    witness: str
    started_at: datetime
    finished_at: datetime
    state: str
    decision: dict[str, Any] | None
    sources: dict[str, Source]
    targets: tuple[TargetRecord, ...]
    resumed: bool
    restore_until: datetime | None = None
    sha256: str = ""


def record_hash(record: DeletionRecord) -> str:
    """SHA-256 over the canonical JSON of everything but the hash itself."""
    plain = msgspec.to_builtins(msgspec.structs.replace(record, sha256=""))
    return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()


def encode_record(record: DeletionRecord) -> bytes:
    """The record with its hash, as canonical JSON."""
    return rfc8785.dumps(msgspec.to_builtins(msgspec.structs.replace(record, sha256=record_hash(record))))


def read_record(untrusted: bytes, *, filename: str) -> DeletionRecord:
    """A record from its bytes.

    Raises InputError ``deletion.record_broken`` when it is none, ``deletion.record_changed`` when its hash does not hold.
    """
    if len(untrusted) > _LARGEST:
        raise InputError("deletion.record_broken", file=filename)
    try:
        record = msgspec.json.decode(untrusted, type=DeletionRecord)
        right = record.schema == SCHEMA and record_hash(record) == record.sha256
    except (msgspec.DecodeError, ValueError, rfc8785.CanonicalizationError) as error:
        raise InputError("deletion.record_broken", file=filename) from error
    if not right:
        raise InputError("deletion.record_changed", file=filename)
    return record
