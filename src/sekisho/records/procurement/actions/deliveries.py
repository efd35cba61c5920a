"""What the supplier delivered, taken in through the room and attached to tests at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from django.conf import settings

from sekisho.engines.codecheck import sarif
from sekisho.engines.codecheck.observe import observe as observe_code
from sekisho.engines.observation import ClaimedSubject, Observation, encode
from sekisho.engines.sbom import delivered
from sekisho.errors import InputError
from sekisho.records.downloads import safe_file_name
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.ledger.actions import recording
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.acceptance import TESTERS, attach_evidence, subject_of_case
from sekisho.records.procurement.models import Case
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.subjects import actions as subject_actions
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.evidence.models import Evidence
    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["Form", "take_delivery"]

Form = Literal["document", "sbom", "sarif"]
_MOST_SARIF: Final = 50_000_000


def take_delivery(
    principal: Principal,
    case: Case,
    *,
    test_ids: Sequence[uuid.UUID],
    form: Form,
    file_name: str,
    untrusted: bytes,
    now: datetime,
    title: str = "",
    document_kind: str = "other",
) -> Evidence:
    """Keep a delivered file as evidence about the case's system and attach it to tests.

    ``document``: any file, of the kind ``document_kind``. ``sbom``: CycloneDX or SPDX as JSON; what it lists becomes figures of
    the system, open vulnerabilities that it states 検出事項. ``sarif``: read by the engine codecheck; its findings become
    検出事項 of the system's code. Both come in as Observations through the room evidence, the file itself as their artifact.
    Needs ``evidence.add`` beside the part in the case: whoever takes a delivery in need not be allowed to submit measurements,
    since the program itself reads the file, and only about the system of this case. Raises InputError naming file and place.
    """
    queries.require_part(principal, case, "procurement.accept", *TESTERS)
    if len(untrusted) > settings.SEKISHO_MAX_UPLOAD:
        raise InputError("evidence.too_large", limit=settings.SEKISHO_MAX_UPLOAD)
    name = safe_file_name(file_name)
    principal.require("evidence.add", case.organization_id)
    with recording(principal, "procurement.take_delivery", now=now, organization_id=case.organization_id) as entry:
        found = Case.objects.select_related("organization", "subject", "edition").get(pk=case.pk)
        if form == "sarif":
            row = _sarif(found, untrusted, name=name, now=now)
        elif form == "sbom":
            row = _sbom(found, untrusted, name=name, now=now)
        else:
            row = evidence_actions.add_document(
                principal,
                subject=subject_of_case(found, now=now),
                title=title.strip() or name,
                document_kind=document_kind,
                file_name=name,
                chunks=(untrusted,),
                number=found.number,
                now=now,
            )
        attach_evidence(principal, found, evidence_id=row.pk, test_ids=test_ids, now=now)
        entry.about(found.pk, row.pk)
        entry.fact(form=form, tests=len(test_ids))
    case.subject_id = found.subject_id
    return row


def _sarif(case: Case, untrusted: bytes, *, name: str, now: datetime) -> Evidence:
    """The findings of the supplier's tools, as an Observation of the engine codecheck about the code of the system."""
    if len(untrusted) > _MOST_SARIF:
        raise InputError("evidence.too_large", limit=_MOST_SARIF)
    runs = sarif.parse(untrusted, file=name)
    code = _code_of(case, now=now)
    made, artifacts = observe_code(runs, now=now, name=code.name, reports={f"delivered-{name}": untrusted})
    made = msgspec.structs.replace(made, subject=ClaimedSubject(kind=code.kind, name=code.name))
    return _take_in(code, made, artifacts, now=now)


def _sbom(case: Case, untrusted: bytes, *, name: str, now: datetime) -> Evidence:
    """What the supplier's bill of materials lists, as an Observation about the system of the case."""
    bom = delivered.read(untrusted, file=name)
    system = subject_of_case(case, now=now)
    if system.kind == "organization":
        raise InputError("procurement_contract.no_system")
    made, artifacts = delivered.observe(bom, now=now, kind=system.kind, name=system.name, file=name, untrusted=untrusted)
    return _take_in(system, made, artifacts, now=now)


def _take_in(subject: Subject, made: Observation, artifacts: Mapping[str, bytes], *, now: datetime) -> Evidence:
    """Hand an Observation and its files to the room evidence; returns the evidence that it became.

    The installation submits what it read itself; the entry ``procurement.take_delivery`` says who gave it the file.
    """
    for named in made.artifacts:
        evidence_actions.store_artifact(
            SYSTEM,
            chunks=(artifacts[named.sha256],),
            sha256=named.sha256,
            media_type=named.media_type,
            name=named.name,
            organization_id=subject.organization_id,
            now=now,
        )
    result = evidence_actions.receive_observations(SYSTEM, observations=[encode(made)], subject=subject, now=now).results[0]
    if result.status == "refused":
        raise InputError(result.code, problems=tuple(result.problems), **result.fields)
    rows = evidence_queries.evidence(SYSTEM, now=now, organization_id=subject.organization_id, subject_id=subject.pk)
    return rows.get(observation__content_id=result.content_id)


def _code_of(case: Case, *, now: datetime) -> Subject:
    """The code of the case's system: the part of kind ``code`` that belongs to the case, made when it is not there yet."""
    whole = subject_of_case(case, now=now)
    key = f"{case.number}/code"
    if found := subject_queries.by_key(case.organization_id, "procurement").get(key):
        return found
    if whole.kind == "organization" or contract_queries.is_study(contract_queries.demanded(case)):
        raise InputError("procurement_contract.no_code")
    made = subject_actions.create_subject(
        SYSTEM,
        organization=case.organization,
        kind="code",
        name=f"{whole.name} ソースコード"[:200],
        keys={"procurement": key},
        now=now,
    )
    subject_actions.add_part(SYSTEM, whole=whole, part=made, now=now)
    return made
