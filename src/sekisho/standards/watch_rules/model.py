"""The values of the rules of log review: classes of events, and rules over them for the three purposes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import msgspec

from sekisho.standards.model import Text, Verified

__all__ = [
    "AREAS",
    "PURPOSES",
    "SIGNS",
    "Context",
    "Count",
    "Deviation",
    "Distinct",
    "Evaluation",
    "Event",
    "EventClass",
    "Extract",
    "FirstSeen",
    "Integrity",
    "Match",
    "Parameter",
    "Presence",
    "Purpose",
    "Returned",
    "RoleSpec",
    "Sequence",
    "Sign",
    "Silence",
    "Sum",
    "Take",
    "TestCase",
    "Tests",
    "Trend",
    "Unanswered",
    "WatchRule",
    "When",
    "classes_of",
    "roles_of",
]


class Purpose(StrEnum):
    """Why a log is read."""

    CAUSE = "cause"
    DISCOVERY = "discovery"
    PREVENTION = "prevention"


class Sign(StrEnum):
    """What a finding tells of. The two are never counted together.

    INDICATION (兆候): it has happened, nobody has noticed yet. PRECURSOR (予兆): it has not happened yet.
    """

    INDICATION = "indication"
    PRECURSOR = "precursor"


PURPOSES: Final[dict[Purpose, Text]] = {
    Purpose.CAUSE: Text("原因調査", "Finding the cause"),
    Purpose.DISCOVERY: Text("問題発見", "Discovering problems"),
    Purpose.PREVENTION: Text("予防", "Prevention"),
}
SIGNS: Final[dict[Sign, Text]] = {
    Sign.INDICATION: Text("兆候（起きているが未発見）", "Indication (has happened, undiscovered)"),
    Sign.PRECURSOR: Text("予兆（まだ起きていない）", "Precursor (has not happened yet)"),
}
AREAS: Final[dict[str, Text]] = {
    "auth": Text("認証", "Authentication"),
    "proxy": Text("プロキシ", "Web proxy"),
    "mail": Text("メール", "Mail"),
    "server": Text("サーバ", "Servers"),
    "database": Text("データベース", "Databases"),
    "backup": Text("バックアップ", "Backup"),
    "hardware": Text("ハードウェア", "Hardware"),
    "network": Text("ネットワーク", "Network"),
    "capacity": Text("容量・負荷", "Capacity and load"),
    "door": Text("入退室", "Entry and exit"),
    "log": Text("ログの仕組み", "The log system itself"),
}
Area = Literal["auth", "proxy", "mail", "server", "database", "backup", "hardware", "network", "capacity", "door", "log"]
Control = Literal["8.15", "8.16", "7.4"]
Severity = Literal["critical", "high", "medium", "low", "info"]
Unit = Literal["count", "seconds", "minutes", "hours", "days", "score", "percent", "celsius", "bytes", "kilograms", "share"]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
Names: TypeAlias = tuple[Name, ...]
Some: TypeAlias = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
Value: TypeAlias = str | int | float | bool
When: TypeAlias = dict[str, Value | tuple[Value, ...]]
"""Conditions on roles or fields, all of which must hold: ``name`` or ``name|op`` → a value, or values of which one must hold.

Operators: none (equal, without regard to case), ``contains``, ``startswith``, ``endswith``, ``re`` (RE2, from anywhere in the
value), ``gt``, ``gte``, ``lt``, ``lte`` (numbers), ``exists`` (true or false). In a rule ``$name`` stands for a parameter.
"""
Hours = Literal["off_hours", "working_hours", "non_working_day"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of a rule."""


# ----------------------------------------------------------------------------------------------------------- classes of events


class Extract(_Part, frozen=True, kw_only=True):
    """A role that is part of a field: the group ``x`` of the RE2 expression ``extract``."""

    field: str
    extract: str


RoleSpec: TypeAlias = str | tuple[str, ...] | Extract
"""Where a role stands: a field, several of which the first that has a value counts, a part of a field; ``_host``, ``_record``
and ``_file`` are the columns of every event, ``=text`` a constant, ``=$source``, ``=$channel``, ``=$event`` the partition."""


class Take(_Part, frozen=True, kw_only=True):
    """Events of one source that belong to the class. ``channel`` and ``event`` empty: all of them.

    ``example``: the fields of one such event, from which the tests of the rules are made.
    """

    source: str
    channel: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    match: When = {}
    unless: When = {}
    roles: dict[Name, RoleSpec] = {}
    example: dict[str, str] = {}


class EventClass(_Part, frozen=True, kw_only=True):
    """One kind of happening, wherever it is logged: what makes a rule hold for several products."""

    id: Name
    title: Text
    take: Annotated[tuple[Take, ...], msgspec.Meta(min_length=1)]

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the field maps that may hold such events."""
        return tuple(dict.fromkeys(t.source for t in self.take))


# ------------------------------------------------------------------------------------------------------------------ evaluations


class _Counted(_Part, frozen=True, kw_only=True):
    """What all evaluations over one stream of events have: which events, and by what they are told apart."""

    PARAMETERS: ClassVar[tuple[str, ...]] = ()
    of: Some
    when: When = {}
    time: Hours | None = None
    group: Names = ()


class Match(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="match"):
    """Each such event; those of one group within a day make one finding."""


class Count(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="count"):
    """At least ``count`` events of one group within any ``minutes``."""

    PARAMETERS: ClassVar = ("count", "minutes")


class Distinct(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="distinct"):
    """At least ``count`` different values of the role ``value`` in one group within any ``minutes``."""

    PARAMETERS: ClassVar = ("count", "minutes")
    value: Name


class Sum(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="sum"):
    """The numbers of the role ``value`` of one group within any ``minutes`` add up to at least ``limit``."""

    PARAMETERS: ClassVar = ("limit", "minutes")
    value: Name


class Sequence(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="sequence"):
    """At least ``count`` events ``of`` and after them, within ``minutes``, one of ``then``, in one group."""

    PARAMETERS: ClassVar = ("count", "minutes")
    then: Some
    then_when: When = {}


class Unanswered(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="unanswered"):
    """An event ``of`` that no ``then`` of its group follows within ``minutes``."""

    PARAMETERS: ClassVar = ("minutes",)
    then: Some
    then_when: When = {}


class Silence(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="silence"):
    """No event of a group in ``missed`` hours (days) in which there always was one.

    Always: in at least ``share`` per cent of at least four comparable hours (days) of ``history_days`` or more of history.
    """

    PARAMETERS: ClassVar = ("missed", "share", "history_days")
    per: Literal["hour", "day"] = "hour"


class FirstSeen(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="first_seen"):
    """A group that was never seen before, with at least ``history_days`` of history."""

    PARAMETERS: ClassVar = ("history_days",)


class Returned(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="returned"):
    """A group that was known, was not seen for ``absent_days``, and is there again."""

    PARAMETERS: ClassVar = ("history_days", "absent_days")


class Deviation(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="deviation"):
    """The count (or the sum of the role ``value``) of an hour or day differs from what is usual for it by ``score`` or more.

    The score is that of :func:`sekisho.engines.detection.baselines.score`. ``at_least``: fewer events (or a smaller usual number,
    for ``down``) are never told of.
    """

    PARAMETERS: ClassVar = ("score", "at_least", "history_days")
    value: Name | None = None
    direction: Literal["up", "down"] = "up"
    per: Literal["hour", "day"] = "hour"


class Trend(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="trend"):
    """The role ``value`` moves towards ``limit`` and will reach it within ``horizon_days`` at the earliest.

    One point a day and group (its highest value, for ``down`` its lowest), at least ``points`` of them.
    """

    PARAMETERS: ClassVar = ("limit", "horizon_days", "points")
    value: Name
    direction: Literal["up", "down"] = "up"


class Context(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="context"):
    """For each event ``of``: what else of its group happened in ``before_minutes`` before and ``after_minutes`` after it."""

    PARAMETERS: ClassVar = ("before_minutes", "after_minutes")
    around: Some


class Integrity(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="integrity"):
    """What is wrong with the records themselves.

    missing_numbers: more than ``count`` record numbers in a row are missing. backwards: the time goes back by ``minutes`` from
    one record to the next. future: a record is ``minutes`` later than the moment of the review. boot_gap: ``minutes`` without a
    record before a start.
    """

    check: Literal["missing_numbers", "backwards", "future", "boot_gap"]
    then: Names = ()


class Presence(_Counted, frozen=True, kw_only=True, tag_field="kind", tag="presence"):
    """What only follows from a person's events at all doors in their order; see :mod:`sekisho.engines.detection.presence`."""

    check: Literal["exit_without_entry", "entry_without_exit", "tailgating", "two_places", "staying", "weight"]


Evaluation: TypeAlias = (
    Match
    | Count
    | Distinct
    | Sum
    | Sequence
    | Unanswered
    | Silence
    | FirstSeen
    | Returned
    | Deviation
    | Trend
    | Context
    | Integrity
    | Presence
)


# ----------------------------------------------------------------------------------------------------------------------- rules


class Parameter(_Part, frozen=True, kw_only=True):
    """A threshold that an organisation may change between ``minimum`` and ``maximum``, and why it stands as it does."""

    value: float
    unit: Unit
    reason: Text
    minimum: float
    maximum: float

    def __post_init__(self) -> None:
        """The value lies between its bounds."""
        if not self.minimum <= self.value <= self.maximum:
            raise ValueError(f"value {self.value} is not between {self.minimum} and {self.maximum}")


class Event(_Part, frozen=True, kw_only=True):
    """An event of a test: the example of a class (of its first source, or of ``source``) with ``roles`` of its own.

    ``at``: RFC 3339; without an offset it is the time of Japan. ``repeat`` times, ``every`` so many seconds; ``{n}`` in a role is
    the number of the repetition, from 0, ``{n*2.5+40}`` a number that grows with it.
    """

    of: Name
    source: str = ""
    at: str
    roles: dict[Name, str] = {}
    record: int | None = None
    repeat: int = 1
    every: float = 0


class TestCase(_Part, frozen=True, kw_only=True):
    """Events to which the rule says yes, or no. ``history``: what the baseline was learned from; ``until``: end of the review."""

    events: tuple[Event, ...]
    history: tuple[Event, ...] = ()
    since: str | None = None
    until: str | None = None


class Tests(_Part, frozen=True, kw_only=True):
    """At least one case each way."""

    positive: Annotated[tuple[TestCase, ...], msgspec.Meta(min_length=1)]
    negative: Annotated[tuple[TestCase, ...], msgspec.Meta(min_length=1)]


class WatchRule(_Part, frozen=True, kw_only=True):
    """One rule. ``why`` it matters and what to do ``next`` are for a reader who is no specialist."""

    id: Id
    area: Area
    purpose: Purpose
    sign: Sign
    severity: Severity
    controls: Annotated[tuple[Control, ...], msgspec.Meta(min_length=1)]
    title: Text
    why: Text
    next: Text
    verified: Verified
    evaluate: Evaluation
    parameters: dict[Name, Parameter] = {}
    tests: Tests


def classes_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Ids of every class of events that an evaluation looks at, each once."""
    others = (*getattr(evaluation, "then", ()), *getattr(evaluation, "around", ()))
    return tuple(dict.fromkeys((*evaluation.of, *others)))


def roles_of(evaluation: Evaluation, class_id: str) -> tuple[str, ...]:
    """The roles that an evaluation needs of the events of ``class_id``, each once."""
    found = list(evaluation.group)
    if class_id in evaluation.of:
        found += [key.partition("|")[0] for key in evaluation.when]
        value: str | None = getattr(evaluation, "value", None)
        found += [value] if value else []
    if class_id in getattr(evaluation, "then", ()):
        found += [key.partition("|")[0] for key in getattr(evaluation, "then_when", {})]
    return tuple(dict.fromkeys(found))
