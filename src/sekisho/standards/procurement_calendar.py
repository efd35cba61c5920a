"""The rules of a procurement's calendar as data (``data/procurement/calendar.yaml``).

Which steps there are and when each is needed, how long each lasts at least and on what basis, from which amount the agreement
on government procurement applies, up to which amount a contract may be placed without competition, when an assembly decides.
Every figure says how it was checked. :mod:`sekisho.engines.schedule` computes dates from it; nothing here knows a date of a case.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Annotated, Any, Final, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory
from sekisho.standards.model import Confidence, Source, Text, Verified
from sekisho.standards.schemas import validator
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = [
    "BUILD",
    "FACTS",
    "Agency",
    "AmountLimit",
    "BodyRegime",
    "Calendar",
    "Deadline",
    "FixedDate",
    "Link",
    "Period",
    "PeriodRule",
    "Reduction",
    "Step",
    "ThresholdRow",
    "ThresholdTable",
    "load",
    "procurement_calendar",
    "read_calendar",
    "schema",
]

Id = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
Days = Annotated[int, msgspec.Meta(ge=0, le=400)]
Yen = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Regime = Literal["national", "iaa", "own", "local", "private"]
Agency = Literal["central", "subcentral", "other"]
Fact = Literal[
    "assembly", "award", "body", "budget", "high_security", "kind", "method", "municipality", "off_the_shelf", "opinions",
    "prior_notice", "regime", "renotice", "rfi", "scr", "treaty", "urgent", "voluntary_50",
]  # fmt: skip
When = dict[Fact, Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]]

_YES_NO: Final = ("yes", "no")
_MAYBE: Final = ("yes", "no", "unknown")
FACTS: Final[dict[str, tuple[str, ...]]] = {
    "assembly": _MAYBE,
    "award": ("lowest", "overall"),
    "body": (),  # the ids in body_kinds.yaml; see ``Calendar.bodies``
    "budget": ("secured", "needed"),
    "high_security": _YES_NO,
    "kind": ("goods", "services", "technical_services", "lease", "works"),
    "method": ("open", "selective", "negotiated", "proposal"),
    "municipality": ("none", "designated_city", "core_city", "city", "town"),
    "off_the_shelf": ("no", "standard", "electronic"),
    "opinions": _YES_NO,
    "prior_notice": _YES_NO,
    "regime": ("national", "iaa", "own", "local", "private"),
    "renotice": _YES_NO,
    "rfi": _YES_NO,
    "scr": _YES_NO,
    "treaty": _MAYBE,
    "urgent": _YES_NO,
    "voluntary_50": _YES_NO,
}
"""What a condition (``when``) may ask, and the answers there are."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of a calendar."""


class _Known(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Anything that rests on something: what, how it was checked, how sure we are."""

    basis: Text
    verified: Verified
    confidence: Confidence
    item: str = ""
    """The item of ``facts/procurement_rules.yaml`` it comes from (``PR12``), where there is one."""


class BodyRegime(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which rules bind a kind of body; ``agency``: its rows in the thresholds, None when the agreement does not bind it.

    ``coverage``: certain, or partial (whether the single body is bound must be looked up).
    """

    id: Id
    regime: Regime
    agency: Agency | None = None
    coverage: Literal["certain", "partial"] = "certain"
    municipality: Literal["none", "designated_city", "core_city", "city", "town"] = "none"


class Reduction(_Known, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days that may be taken off a period on a ground; ``floor``: the days that must remain."""

    ground: Literal["e_gazette", "e_documents", "e_bidding"]
    days: Days
    floor: Days


class PeriodRule(_Known, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A length. ``binding``: a minimum of the law, which no setting may go below; otherwise the organisation may change it.

    ``count`` says what the days are counted without: ``clear`` both ends (中N日), ``after`` the first day (初日不算入),
    ``inclusive`` neither. Business days are always counted as ``inclusive`` within a step and ``after`` between two.
    ``from_yen``: the rule holds from this expected price on.
    """

    days: Days
    unit: Literal["calendar", "business"]
    count: Literal["clear", "after", "inclusive"] = "inclusive"
    when: When = {}
    from_yen: Yen | None = None
    binding: bool = False
    reductions: tuple[Reduction, ...] = ()


class Period(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named length; the first rule whose condition holds decides. The last rule has no condition."""

    id: Id
    title: Text
    rules: Annotated[tuple[PeriodRule, ...], msgspec.Meta(min_length=1)]
    example: Text | None = None


class Link(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The step before, and the period that must lie between its end and the start (without one: the next day)."""

    step: Id
    at_least: Id | None = None


class FixedDate(_Known, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A day of the fiscal year before the contract's by which the step must be done."""

    month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    day: Annotated[int, msgspec.Meta(ge=1, le=28)]
    when: When = {}


class Deadline(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step that is due within a period *after* another; it does not hold up anything."""

    step: Id
    within: Id


class Step(_Known, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step. Without ``length`` it is a single day; ``length: build`` takes the days that the user gives."""

    id: Id
    title: Text
    when: tuple[When, ...] = ()
    """Needed when any of these holds; empty: always."""
    after: tuple[Link, ...] = ()
    length: Id | None = None
    fixed: tuple[FixedDate, ...] = ()
    deadline: Deadline | None = None
    any_day: bool = False


class ThresholdRow(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From ``treaty_yen`` the agreement applies, from ``voluntary_yen`` the voluntary measures of Japan (None: they do not)."""

    agency: Agency
    kind: Literal["goods", "services", "technical_services", "works"]
    treaty_sdr: int
    treaty_yen: Yen
    voluntary_sdr: int | None = None
    voluntary_yen: Yen | None = None
    note: Text | None = None


class ThresholdTable(_Known, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The amounts for contracts concluded in a period; outside every table they are not known.

    From ``invitation_yen`` the invitations of material and of opinions are due (80万SDR; only central and other agencies).
    """

    id: Id
    first_day: date
    last_day: date
    rows: tuple[ThresholdRow, ...]
    invitation_sdr: int
    invitation_yen: Yen
    invitation_basis: Text
    invitation_verified: Verified


class AmountLimit(_Known, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An amount that decides for a kind of contract: at most (small contracts) or from it on (an assembly's decision)."""

    when: When
    yen: Yen


class Calendar(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole data file; ``known_as_of``: the month whose text of the law the amounts were compared with."""

    procurement_calendar: Literal[1]
    id: Id
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    known_as_of: str
    bodies: tuple[BodyRegime, ...]
    thresholds: tuple[ThresholdTable, ...]
    small_limits: tuple[AmountLimit, ...]
    assembly_limits: tuple[AmountLimit, ...]
    periods: tuple[Period, ...]
    steps: tuple[Step, ...]
    contract_step: Id
    notice_steps: tuple[Id, ...]
    award_step: Id
    delivery_step: Id
    last_step: Id

    def period(self, name: str) -> Period:
        """The period with this id."""
        return next(p for p in self.periods if p.id == name)

    def step(self, name: str) -> Step:
        """The step with this id."""
        return next(s for s in self.steps if s.id == name)

    def regimes(self, body: str) -> tuple[BodyRegime, ...]:
        """The rows of a kind of body: one, or one for each class of municipality; empty when it is unknown."""
        return tuple(b for b in self.bodies if b.id == body)


BUILD: Final = "build"
_MAX_SHOWN: Final = 200


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, made from the types above; ``data/schemas/procurement_calendar.json`` is what it returns."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Calendar)}


def read_calendar(untrusted: bytes, *, filename: str) -> Calendar:
    """A calendar from the bytes of a YAML file, ours or an organisation's own.

    Raises InputError naming file and line of everything that is wrong (``standards.schema``, ``schedule.data_*``).
    """
    located = read_untrusted_yaml(untrusted, filename=filename)
    problems = [
        Problem(
            "standards.schema",
            {"path": ".".join(str(p) for p in error.instance_path) or ".", "message": error.message[:300]},
            filename,
            located.line(list(error.instance_path)),
            ".".join(str(p) for p in error.instance_path) or ".",
        )
        for error in validator("procurement_calendar").iter_errors(located.value)
    ]
    if not problems:
        from sekisho.standards.procurement_calendar_checks import check_calendar  # noqa: PLC0415 - it needs the words above

        problems = check_calendar(located, filename)
    if problems:
        raise InputError("standards.invalid", problems=tuple(problems[:_MAX_SHOWN]), count=len(problems))
    try:
        return msgspec.convert(located.value, Calendar)
    except msgspec.ValidationError as error:
        problem = Problem("standards.schema", {"path": ".", "message": str(error)[:300]}, filename, 1, ".")
        raise InputError("standards.invalid", problems=(problem,), count=1) from error


@cache
def procurement_calendar() -> Calendar:
    """The calendar that comes with Sekisho."""
    return load(data_directory().joinpath("procurement", "calendar.yaml").read_bytes())


def load(content: bytes) -> Calendar:
    """A calendar of our own from its bytes (checked like anybody's)."""
    return read_calendar(content, filename="data/procurement/calendar.yaml")
