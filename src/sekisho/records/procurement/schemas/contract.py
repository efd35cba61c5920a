"""What the API takes and gives from the award on."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from sekisho.records.procurement.queries import tokens

if TYPE_CHECKING:
    from sekisho.records.procurement.models import Contract

__all__ = [
    "AcceptanceOut",
    "AcceptedCaseOut",
    "AttachIn",
    "ContractChangeIn",
    "ContractIn",
    "ContractOut",
    "CountOut",
    "DecideIn",
    "DecisionsIn",
    "DeliveryIn",
    "EvidenceLinkOut",
    "GateCheckIn",
    "GateCheckOut",
    "GateItemOut",
    "HandOverIn",
    "HandOverOut",
    "PeriodOut",
    "RetireIn",
    "ScheduleIn",
    "ScheduleOut",
    "ScheduleStepOut",
    "SheetOut",
    "TestDecisionIn",
    "WordsOut",
]

Words = Annotated[str, Field(max_length=4000)]
Token = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(max_length=200)]
Days = Annotated[int, Field(ge=0, le=400)]
PeriodText = Annotated[str, Field(max_length=60)]
Periods = Annotated[dict[Annotated[str, Field(max_length=200)], PeriodText], Field(max_length=200)]


class WordsOut(Schema):
    """One text in both languages."""

    ja: str
    en: str


class ContractIn(Schema):
    """A contract. ``bidder_id`` gives name and number of the supplier; ``reason`` is needed without an opening.

    ``periods``: place (or clause/place) → a period such as 3か月, where the published text cannot be read as one.
    """

    signed_on: date
    delivery_on: date
    ends_on: date
    operation_on: date | None = None
    bidder_id: uuid.UUID | None = None
    supplier: Name = ""
    corporate_number: Annotated[str, Field(max_length=13)] = ""
    number: Annotated[str, Field(max_length=100)] = ""
    note: Words = ""
    reason: Words = ""
    periods: Periods = {}


class ContractChangeIn(Schema):
    """What changes; what is not given stays. ``token``: of the contract as it was read."""

    reason: Words
    signed_on: date | None = None
    delivery_on: date | None = None
    operation_on: date | None = None
    ends_on: date | None = None
    number: Annotated[str, Field(max_length=100)] | None = None
    note: Words | None = None
    periods: Periods | None = None
    token: Token


class ContractOut(Schema):
    """The contract of a case. ``token``: to be given back with a change."""

    id: uuid.UUID
    supplier: str
    corporate_number: str
    number: str
    signed_on: date
    delivery_on: date
    operation_on: date | None
    ends_on: date
    note: str
    bidder_id: uuid.UUID | None
    periods: dict[str, str]
    at: datetime
    token: str

    @staticmethod
    def resolve_token(row: Contract) -> str:
        """Of the contract as it stands."""
        return tokens.of_contract(row)


class PeriodOut(Schema):
    """A place of a clause that gives duties their days. ``source``: place, given (at the contract), or empty: it has to be asked
    for under ``key``. ``default``: what the rules propose, with how that was checked.
    """

    key: str
    clause: str
    place: str
    text: str
    period: str
    source: str
    default: str
    default_verified: str
    duties: list[WordsOut]


class AcceptanceOut(Schema):
    """One test of acceptance; ``ref`` names clause and item, ``evidence`` what is attached."""

    id: uuid.UUID
    ref: str
    clause: str
    requirement: str
    position: int
    demand: WordsOut
    shown: WordsOut
    by: str
    wanted: list[str]
    state: str
    result: str
    decided_by_id: uuid.UUID | None
    decided_at: datetime | None
    evidence: list[uuid.UUID]
    version: int


class DecideIn(Schema):
    """How a test came out; ``version`` is the one that was read."""

    state: Literal["passed", "failed", "waived"]
    result: Words = ""
    version: int


class TestDecisionIn(DecideIn):
    """The same for one of several."""

    test_id: uuid.UUID


class DecisionsIn(Schema):
    """Several tests at once: all or none."""

    decisions: Annotated[list[TestDecisionIn], Field(min_length=1, max_length=2000)]


class CountOut(Schema):
    """How many."""

    count: int


class AttachIn(Schema):
    """An evidence for tests."""

    evidence_id: uuid.UUID
    test_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=2000)]


class DeliveryIn(Schema):
    """What is sent with a delivered file; ``test_ids`` separated by commas."""

    form: Literal["document", "sbom", "sarif"] = "document"
    test_ids: Annotated[str, Field(max_length=80_000)]
    title: Annotated[str, Field(max_length=300)] = ""
    document_kind: Annotated[str, Field(max_length=64)] = "other"


class EvidenceLinkOut(Schema):
    """The evidence that was attached."""

    id: uuid.UUID
    title: str
    kind: str


class SheetOut(Schema):
    """What a sheet changes (``applied``: changed); ``same``: rows that say what stands there already."""

    applied: bool
    changed: list[str]
    same: int


class AcceptedCaseOut(Schema):
    """The tests of an accepted case by state, and the subject that its findings are about."""

    open: int
    passed: int
    failed: int
    waived: int
    subject_id: uuid.UUID | None


class HandOverIn(Schema):
    """What the system is called among the subjects (empty: as the case, or as it is called already)."""

    name: Name = ""


class HandOverOut(Schema):
    """What a hand-over wrote. ``missing``: requirements that no catalogue of the organisation asks."""

    subject_id: uuid.UUID
    judgements: dict[str, uuid.UUID]
    targets: int
    missing: list[str]
    linked_documents: int


class GateItemOut(Schema):
    """An item of a gate: ``state`` is open, done, not_applicable, not_asked or undecided; ``planned`` days are no facts yet."""

    gate: str
    item: str
    title: WordsOut
    who: str
    basis: WordsOut
    verified: str
    days_verified: str
    due: list[date]
    planned: bool
    evidence_kinds: list[str]
    state: str
    note: str
    evidence_id: uuid.UUID | None
    token: str


class GateCheckIn(Schema):
    """``done`` false: it does not apply here, with a reason in ``note``. ``token``: of the item as it was read."""

    done: bool
    note: Words = ""
    evidence_id: uuid.UUID | None = None
    token: Token


class GateCheckOut(Schema):
    """What was said about an item."""

    item: str
    done: bool
    note: str
    evidence_id: uuid.UUID | None
    at: datetime


class RetireIn(Schema):
    """``with_subject``: the system among the subjects is retired, too."""

    reason: Words
    with_subject: bool = False


class ScheduleIn(Schema):
    """What a calendar is planned with (see ``sekisho.engines.schedule``). ``version``: that of the case, to save."""

    wished_start: date
    build_days: int
    amount_yen: int
    body: Annotated[str, Field(max_length=32)]
    method: Annotated[str, Field(max_length=32)]
    kind: Annotated[str, Field(max_length=32)]
    municipality: Annotated[str, Field(max_length=32)] = "none"
    award: Annotated[str, Field(max_length=32)] = "lowest"
    treaty: Literal["auto", "yes", "no"] = "auto"
    invitations: Literal["auto", "yes", "no"] = "auto"
    urgent: bool = False
    renotice: bool = False
    prior_notice: bool = False
    off_the_shelf: Annotated[str, Field(max_length=32)] = "no"
    voluntary_50: bool = False
    grounds: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=10)] = []
    ground_negotiated: Literal["", "small", "other"] = ""
    scr: bool = False
    high_security: bool = False
    budget_needed: bool = False
    lengths: dict[str, Days] = {}
    version: int


class ScheduleStepOut(Schema):
    """One step: the latest days, how they are counted and on what basis."""

    id: str
    title: str
    start: date
    due: date
    days: str
    counted: str
    basis: str
    verified: str
    state: str


class ScheduleOut(Schema):
    """The calendar of a case as of today; without a saved one only ``version`` is given."""

    version: int
    saved: bool
    inputs: dict[str, Any]
    feasible: bool | None
    earliest_start_of_operation: date | None
    steps: list[ScheduleStepOut]
    checks: list[str]
    shortenings: list[str]
