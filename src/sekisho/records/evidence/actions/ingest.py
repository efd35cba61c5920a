"""Taking in observations: a batch is one transaction and one entry of the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from sekisho.engines import observation as engine_observation
from sekisho.errors import Conflict, InputError, Problem, SekishoError
from sekisho.records.database import database_errors
from sekisho.records.evidence import hooks, rules
from sekisho.records.evidence.actions import artifacts
from sekisho.records.evidence.actions.findings import apply_findings
from sekisho.records.evidence.actions.rows import Batch, write_rows
from sekisho.records.evidence.models import ArtifactHolder, Observation
from sekisho.records.ledger.actions import recording
from sekisho.records.subjects import actions as subject_actions
from sekisho.records.subjects import queries as subject_queries
from sekisho.records.subjects.rules import Report, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Machine, Subject

__all__ = ["BatchResult", "Envelope", "ItemResult", "read_envelope", "receive_observations"]

MOST_IN_BATCH: Final = 1000
_CLONED: Final = {Verdict.OTHER_IDENTITY: "other_identity", Verdict.OTHER_NONCE: "other_nonce"}


class Envelope(msgspec.Struct, frozen=True):
    """The body of ``POST /observations``: who sends (``machine``: its identity), where it is in the protocol, and what."""

    observations: list[msgspec.Raw]
    machine: str = ""
    counter: int = 0
    nonce: str = ""
    subject: str = ""


@dataclass(slots=True)
class ItemResult:
    """What became of one observation; the order is that of the batch."""

    content_id: str
    status: Literal["accepted", "duplicate", "refused"]
    code: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class BatchResult:
    """``nonce`` is what a machine's next batch must carry (empty for a person)."""

    results: list[ItemResult]
    nonce: str = ""

    def count(self, status: str) -> int:
        """How many came out as ``status``."""
        return sum(r.status == status for r in self.results)


class _Cloned(Exception):
    """Leaves the transaction, so that nothing of the batch is kept."""

    def __init__(self, verdict: Verdict, machine: Machine) -> None:
        super().__init__(verdict)
        self.verdict, self.machine = verdict, machine


def read_envelope(untrusted: bytes) -> Envelope:
    """The body of a request. Raises InputError ``evidence.unreadable`` with the place."""
    try:
        return msgspec.json.decode(untrusted, type=Envelope)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InputError("evidence.unreadable", detail=str(error)[:200]) from error


def receive_observations(
    principal: Principal,
    *,
    observations: Sequence[bytes],
    now: datetime,
    machine: str = "",
    nonce: str = "",
    counter: int = 0,
    subject: Subject | None = None,
) -> BatchResult:
    """Take in a batch (JSON of each observation) from an enrolled machine, or from a person for ``subject``.

    Each observation is taken, recognised as a duplicate, or refused with its reason, apart from the others. What is
    taken stands in
    one transaction with one entry of the ledger. Raises Conflict ``evidence.machine_cloned`` (the machine is then suspended and
    nothing taken; see ``subjects.rules``), Unavailable when database or disk are full or locked.
    """
    if len(observations) > MOST_IN_BATCH:
        raise InputError("evidence.batch_too_long", count=len(observations), limit=MOST_IN_BATCH)
    results, reads = _read_all(observations, now=now)
    # Also what cannot be read counts in the batch's digest: the same batch sent again has the same one.
    digest = rules.batch_digest(r.content_id for r in results)
    report = Report(identity=machine, nonce=nonce, counter=counter, batch=digest)
    try:
        with database_errors():
            return _receive(principal, results, reads, report=report, subject=subject, now=now)
    except _Cloned as cloned:
        code = f"subjects.{_CLONED[cloned.verdict]}"
        with database_errors():
            subject_actions.suspend_machine(principal, machine_id=cloned.machine.pk, code=code, now=now)
        raise Conflict("evidence.machine_cloned", machine=cloned.machine.name) from None


def _receive(
    principal: Principal,
    results: list[ItemResult],
    reads: dict[int, rules.Read],
    *,
    report: Report,
    subject: Subject | None,
    now: datetime,
) -> BatchResult:
    made = BatchResult(results)
    if principal.machine_id is None:
        subject = _subject_of_person(principal, subject)
    else:
        subject = subject_queries.machine_of(principal).subject
    with recording(principal, "observation.receive", now=now, organization_id=subject.organization_id) as entry:
        if principal.machine_id is not None:
            taken = subject_actions.take_report(machine_id=principal.machine_id, report=report, now=now)
            if taken.verdict in _CLONED:
                raise _Cloned(taken.verdict, taken.machine)
            made.nonce = taken.nonce
        fresh = _sift(results, reads, subject, identity=report.identity)
        if fresh:
            artifacts.artifact_store().put_many([read.canonical for read in fresh.values()])
        batch = Batch(subject=subject, machine_id=principal.machine_id, person_id=principal.person_id, now=now)
        rows = write_rows(batch, list(fresh.values()))
        apply_findings(list(zip(rows, fresh.values(), strict=True)))
        entry.about(subject.pk, *(row.pk for row in rows))
        entry.fact(
            batch=report.batch,
            taken=[row.content_id for row in rows],
            duplicates=made.count("duplicate"),
            refused=sorted({r.code for r in results if r.status == "refused"}),
        )
        if rows:
            for told in hooks.AFTER_INGEST:
                told(frozenset({subject.pk}), now=now)
    return made


def _subject_of_person(principal: Principal, subject: Subject | None) -> Subject:
    if subject is None:
        raise InputError("evidence.subject_missing")
    principal.require("observation.submit", subject.organization_id)
    if subject.retired_at is not None:
        raise Conflict("subjects.retired", subject=subject.name)
    return subject


def _read_all(observations: Sequence[bytes], *, now: datetime) -> tuple[list[ItemResult], dict[int, rules.Read]]:
    results: list[ItemResult] = []
    reads: dict[int, rules.Read] = {}
    for index, untrusted in enumerate(observations):
        try:
            read = rules.read(untrusted)
        except SekishoError as error:
            # A sender knows it by the hash of the bytes that it sent.
            content_id = hashlib.sha256(untrusted).hexdigest()
            results.append(ItemResult(content_id, "refused", error.code, error.fields, [Problem(error.code, error.fields)]))
            continue
        refused, warned = rules.check(read, now=now, periods=rules.validity())
        if refused:
            first = refused[0]
            results.append(ItemResult(read.content_id, "refused", first.code, first.fields, refused, warned))
            continue
        reads[index] = read
        results.append(ItemResult(read.content_id, "accepted", warnings=warned))
    return results, reads


def _sift(results: list[ItemResult], reads: dict[int, rules.Read], subject: Subject, *, identity: str) -> dict[str, rules.Read]:
    """Mark duplicates and what may not be taken in ``results``; returns what is new, by content id."""
    ids = [read.content_id for read in reads.values()]
    known = set(Observation.objects.filter(subject=subject, content_id__in=ids).values_list("content_id", flat=True))
    named = {a.sha256 for read in reads.values() for a in read.value.artifacts}
    sizes: dict[str, int] = {}
    if named:
        held = ArtifactHolder.objects.filter(
            organization_id=subject.organization_id, artifact_id__in=named, artifact__erased_at=None
        )
        sizes = dict(held.values_list("artifact_id", "artifact__size"))
    claims = [read.value.subject for read in reads.values()]
    bound, owners = subject_queries.named_by_others(
        identities={c.machine for c in claims if c.machine and c.machine != identity},
        keys={pair for c in claims for pair in c.external.items()},
    )
    fresh: dict[str, rules.Read] = {}
    for index, read in reads.items():
        result = results[index]
        if read.content_id in known or read.content_id in fresh:
            result.status = "duplicate"
            continue
        claim = read.value.subject
        problem = _claim(claim, subject, identity=identity, bound=bound, owners=owners) or _artifacts(read.value, sizes)
        if problem is not None:
            result.status, result.code, result.fields, result.problems = "refused", problem.code, problem.fields, [problem]
            continue
        fresh[read.content_id] = read
    return fresh


def _claim(
    claim: engine_observation.ClaimedSubject,
    subject: Subject,
    *,
    identity: str,
    bound: dict[str, set[Any]],
    owners: dict[tuple[str, str], Any],
) -> Problem | None:
    """The claimed subject must fit the one to which the sender is bound; what else exists is not told."""
    if claim.kind != subject.kind:
        return Problem("evidence.other_kind", {"claimed": claim.kind[:32], "expected": subject.kind})
    elsewhere = claim.machine and identity and claim.machine != identity
    belongs = bound.get(claim.machine, set())
    keys = {owners.get(pair, subject.pk) for pair in claim.external.items()}
    if elsewhere or (belongs and subject.pk not in belongs) or keys - {subject.pk}:
        return Problem("evidence.other_subject", {"name": claim.name[:100]})
    return None


def _artifacts(value: engine_observation.Observation, sizes: dict[str, int]) -> Problem | None:
    for named in value.artifacts:
        if named.sha256 not in sizes:
            return Problem("evidence.artifact_missing", {"name": named.name[:200], "sha256": named.sha256[:64]})
        if sizes[named.sha256] != named.size:
            return Problem("evidence.artifact_differs", {"name": named.name[:200], "sha256": named.sha256})
    return None
