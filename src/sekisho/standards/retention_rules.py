"""How long what is kept, as data: the statutory kinds (``data/retention/kinds.yaml``, ids RT01…) and an organisation's own kinds.

A kind says which event starts its period, how the first counted day follows from the event, how long the period is and what
changes it. Title, law and how the period was checked come from the reference (``data/facts/retention.yaml``); an organisation's
own kinds (an overlay file) carry their own. :mod:`sekisho.engines.retention` computes days; nothing here knows a date of a case.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory, facts
from sekisho.standards.model import Confidence, Source, Text, Verified
from sekisho.standards.schemas import validator
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = [
    "Alternative",
    "Condition",
    "Earlier",
    "Event",
    "Kind",
    "KindRow",
    "KindsFile",
    "Period",
    "RetentionRules",
    "RuleClass",
    "Start",
    "Step",
    "read_kinds",
    "read_overlay",
    "retention_rules",
    "schema",
]

Id = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
KindId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][A-Za-z0-9_.-]{0,39}$")]
RuleClass = Literal["minimum", "must_delete", "preservation", "guide", "own_rule", "permanent"]
Unit = Literal["year", "month", "day", "permanent", "less_than_one_year", "until_purpose_ends", "defined_by_rule"]
StartRule = Literal[
    "after_event", "on_event", "days_before", "months_after_event", "months_after_fiscal_year",
    "after_fiscal_year", "next_fiscal_year", "next_calendar_year", "next_year_day",
]  # fmt: skip
Personal = Literal["none", "personal", "my_number"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts."""


class Period(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A length; ``value`` is None for the units that name no length."""

    unit: Unit
    value: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


class Start(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the first counted day follows from the event.

    ``or_later``: a second event, the later of the two counts. ``replaced_by``: an event that takes the place of ``event`` once it
    has happened. ``set_by``: a day that was fixed instead of the computed one. ``period_end``: the last day of the year or tax
    period itself, where that is known. ``year``: which year the rules with a year mean.
    """

    rule: StartRule
    event: Id
    or_later: Id | None = None
    replaced_by: Id | None = None
    set_by: Id | None = None
    period_end: Id | None = None
    year: Literal["april", "own"] | None = None
    months: Annotated[int, msgspec.Meta(ge=1, le=24)] | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] | None = None
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    day: Annotated[int, msgspec.Meta(ge=1, le=28)] | None = None

    @property
    def events(self) -> tuple[str, ...]:
        """Every event this start may be told, the main one first."""
        named = (self.event, self.or_later, self.replaced_by, self.set_by, self.period_end)
        return tuple(name for name in named if name)


class Earlier(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another length for business years that began before a day."""

    year_began_before: date
    value: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Alternative(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What holds instead when a question about the case is answered with yes."""

    id: Id
    when: Id
    title: Text
    basis: Text
    verified: Verified
    confidence: Confidence
    period: Period | None = None
    start: Start | None = None
    earlier: Earlier | None = None


class KindRow(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind as the file has it. ``title``, ``basis``, ``verified``, ``confidence``: given in an organisation's own file only."""

    id: KindId
    class_: RuleClass = msgspec.field(name="class")
    period: Period
    start: Start
    start_verified: Verified
    start_confidence: Confidence
    end: Literal["period", "fiscal_year_after"] = "period"
    personal: Personal = "none"
    before_deletion: tuple[Id, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    note: Text | None = None
    title: Text | None = None
    basis: Text | None = None
    field: str = ""
    verified: Verified | None = None
    confidence: Confidence | None = None


class Event(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind of day that starts a period."""

    id: Id
    title: Text


class Condition(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question about a case, answered with yes or no."""

    id: Id
    question: Text


class Step(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must have been decided before anything is deleted, even when the period is over."""

    id: Id
    title: Text
    basis: Text
    verified: Verified
    confidence: Confidence


class KindsFile(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of kinds, ours or an organisation's own (which may add events, questions and steps)."""

    retention_kinds: Literal[1]
    id: Id
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    kinds: tuple[KindRow, ...]
    events: tuple[Event, ...] = ()
    conditions: tuple[Condition, ...] = ()
    steps: tuple[Step, ...] = ()


class Kind(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind with everything that is known of it; ``start_words`` and ``remarks`` are the reference's own (Japanese)."""

    id: str
    title: Text
    basis: Text
    field: str
    statutory: bool
    verified: Verified
    confidence: Confidence
    rule: KindRow
    start_words: str = ""
    remarks: str = ""


class RetentionRules(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All kinds by id, with the words for their events, questions and steps."""

    kinds: dict[str, Kind]
    events: dict[str, Event]
    conditions: dict[str, Condition]
    steps: dict[str, Step]

    def kind(self, name: str) -> Kind:
        """The kind with this id. Raises InputError ``retention.unknown_kind``."""
        found = self.kinds.get(name)
        if found is None:
            raise InputError("retention.unknown_kind", kind=name[:60])
        return found


def schema() -> dict[str, Any]:
    """The JSON Schema of a file of kinds; ``data/schemas/retention_kinds.json`` is what it returns."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(KindsFile)}


def read_kinds(untrusted: bytes, *, filename: str, own: bool = True) -> KindsFile:
    """A file of kinds from its bytes; ``own``: an organisation's, whose kinds must carry title and basis themselves.

    Raises InputError naming file and line of everything that is wrong (``standards.*``, ``retention.data_*``).
    """
    from sekisho.standards.retention_checks import check_kinds  # noqa: PLC0415 - it needs the types above

    located = read_untrusted_yaml(untrusted, filename=filename)
    problems = [
        Problem(
            "standards.schema",
            {"path": ".".join(str(p) for p in error.instance_path) or ".", "message": error.message[:300]},
            filename,
            located.line(list(error.instance_path)),
            ".".join(str(p) for p in error.instance_path) or ".",
        )
        for error in validator("retention_kinds").iter_errors(located.value)
    ]
    problems = problems or check_kinds(located, filename, own=own)
    if problems:
        raise InputError("standards.invalid", problems=tuple(problems[:200]), count=len(problems))
    try:
        return msgspec.convert(located.value, KindsFile)
    except msgspec.ValidationError as error:
        problem = Problem("standards.schema", {"path": ".", "message": str(error)[:300]}, filename, 1, ".")
        raise InputError("standards.invalid", problems=(problem,), count=1) from error


@cache
def retention_rules() -> RetentionRules:
    """The kinds that come with Sekisho, joined with the reference."""
    content = data_directory().joinpath("retention", "kinds.yaml").read_bytes()
    file = read_kinds(content, filename="data/retention/kinds.yaml", own=False)
    known = {item["id"]: item for item in facts("retention").items}
    kinds = {row.id: _from_reference(row, known[row.id]) for row in file.kinds}
    return RetentionRules(
        kinds=kinds,
        events={e.id: e for e in file.events},
        conditions={c.id: c for c in file.conditions},
        steps={s.id: s for s in file.steps},
    )


def read_overlay(untrusted: bytes, *, filename: str, base: RetentionRules | None = None) -> RetentionRules:
    """``base`` (ours unless given) with an organisation's own kinds added; a kind of the same id takes the place of ours.

    Raises InputError as :func:`read_kinds`.
    """
    rules = base or retention_rules()
    file = read_kinds(untrusted, filename=filename)
    own = {row.id: _own(row, rules.kinds.get(row.id)) for row in file.kinds}
    return RetentionRules(
        kinds=rules.kinds | own,
        events=rules.events | {e.id: e for e in file.events},
        conditions=rules.conditions | {c.id: c for c in file.conditions},
        steps=rules.steps | {s.id: s for s in file.steps},
    )


def _from_reference(row: KindRow, item: dict[str, Any]) -> Kind:
    fields = item["fields"]
    law = str(fields["legal_basis"])
    return Kind(
        id=row.id,
        title=msgspec.convert(item["title"], Text),
        basis=Text(law, law),  # the names of laws are Japanese in both languages, as in the reference
        field=str(fields["field"]),
        statutory=bool(fields["statutory"]),
        verified=item["verified"]["all"],
        confidence=item["confidence"],
        rule=row,
        start_words=str(fields["start_rule"]),
        remarks=str(fields["note"]),
    )


def _own(row: KindRow, ours: Kind | None) -> Kind:
    assert row.title is not None
    assert row.basis is not None
    return Kind(
        id=row.id,
        title=row.title,
        basis=row.basis,
        field=row.field or (ours.field if ours else ""),
        statutory=ours.statutory if ours else False,
        verified=row.verified or "user",
        confidence=row.confidence or "medium",
        rule=row,
        start_words=ours.start_words if ours else "",
        remarks=ours.remarks if ours else "",
    )
