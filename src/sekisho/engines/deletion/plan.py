"""A plan of a deletion (YAML): what is to go, on which ground, by whom, and within which limits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal

import jsonschema_rs
import msgspec

from sekisho.engines.deletion.model import Id, Limits, Recorded, Target, Words
from sekisho.engines.retention import Case, Decision, Disposal, Explanation, Hold, YearEnd, decide, explain, parse_day
from sekisho.errors import InputError, Problem
from sekisho.standards.retention_rules import RetentionRules
from sekisho.standards.yamlfile import Located, read_untrusted_yaml

__all__ = [
    "Approval", "Basis", "Database", "Plan", "Source", "Store", "decided", "plain_days", "plan_hash", "read_plan", "rules_hash",
]  # fmt: skip

_MOST: Final = 200
Variable = Annotated[str, msgspec.Meta(pattern="^[A-Z_][A-Z0-9_]{0,99}$")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts."""


class Basis(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A retention kind that applies: its events by id (``event``: the main one) and the answers to its questions."""

    kind: Words
    events: dict[str, str] = {}
    answers: dict[str, bool] = {}


class Approval(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who approved it, on which day, under which reference; ``code``: what the dry run showed to be approved."""

    reference: Words
    by: Words
    day: date
    code: str = ""


class Database(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="database"):
    """A database: ``url`` without a password, or the environment variable that holds the whole URL."""

    url: str = ""
    url_env: Variable | None = None


class Store(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="store"):
    """A store with the S3 interface; keys come from the environment."""

    endpoint: str = ""
    region: str = "ap-northeast-1"
    key_env: Variable = "AWS_ACCESS_KEY_ID"
    secret_env: Variable = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable


Source = Database | Store


class Plan(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole plan. ``no_statutory_period``: why no retention kind applies, where none does. ``steps``: steps for public
    records that are done, each with its reference. ``restore_days``: how long files can be brought back.
    """

    deletion_plan: Literal[1]
    id: Id
    title: Words
    reason: Words
    executor: Words
    responsible: Words
    witness: str = ""
    approval: Approval | None = None
    retention: tuple[Basis, ...] = ()
    no_statutory_period: str = ""
    year_end: str = ""
    filing_months: Annotated[int, msgspec.Meta(ge=0, le=12)] = 0
    own_value: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    own_unit: Literal["year", "month", "day"] = "year"
    personal: Literal["none", "personal", "my_number"] | None = None
    purpose_ended: date | None = None
    steps: dict[str, str] = {}
    limits: Limits = msgspec.field(default_factory=Limits)
    restore_days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 0
    sources: dict[str, Source] = {}
    targets: Annotated[tuple[Target, ...], msgspec.Meta(min_length=1, max_length=1000)]


def read_plan(untrusted: bytes, *, filename: str) -> Plan:
    """A plan from the bytes of a YAML file.

    Raises InputError naming file and line of everything that is wrong (``standards.*``, ``deletion.plan_*``).
    """
    located = read_untrusted_yaml(untrusted, filename=filename)
    located.value = plain_days(located.value)
    validator = jsonschema_rs.validator_for(msgspec.json.schema(Plan))
    problems = [
        _problem(located, filename, list(e.instance_path), "standards.schema",
                 path=".".join(map(str, e.instance_path)) or ".", message=e.message[:200])
        for e in validator.iter_errors(located.value)
    ]  # fmt: skip
    problems = problems or _meaning(located, filename)
    if problems:
        raise InputError("deletion.plan_wrong", problems=tuple(problems[:_MOST]), count=len(problems))
    try:
        return msgspec.convert(located.value, Plan)
    except msgspec.ValidationError as error:
        problem = Problem("standards.schema", {"path": ".", "message": str(error)[:200]}, filename, 1)
        raise InputError("deletion.plan_wrong", problems=(problem,), count=1) from error


def plain_days(value: Any) -> Any:
    """YAML makes days of what looks like one; they become text again, as everything else."""
    if isinstance(value, dict):
        return {key: plain_days(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain_days(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _problem(located: Located, file: str, at: list[str | int], code: str, **fields: Any) -> Problem:
    return Problem(code, fields, file, located.line(at), ".".join(map(str, at)) or ".")


def _meaning(located: Located, file: str) -> list[Problem]:
    """Double ids, sources that are not there or of the wrong kind, passwords, days that are none, no ground."""
    value = located.value
    found = [*_targets(located, file), *_sources(located, file), *_bases(located, file)]
    if not value.get("retention") and not str(value.get("no_statutory_period", "")).strip():
        found.append(_problem(located, file, ["retention"], "deletion.plan_no_basis"))
    if value.get("restore_days") and any(target["type"] != "files" for target in value["targets"]):
        found.append(_problem(located, file, ["restore_days"], "deletion.plan_restore_files_only"))
    return found


def _targets(located: Located, file: str) -> Iterator[Problem]:
    seen: set[str] = set()
    sources = located.value.get("sources") or {}
    for number, target in enumerate(located.value["targets"]):
        if target["id"] in seen:
            yield _problem(located, file, ["targets", number, "id"], "deletion.plan_double", id=target["id"])
        seen.add(target["id"])
        wanted = {"rows": "database", "objects": "store"}.get(target["type"])
        if wanted and (sources.get(target["source"]) or {}).get("type") != wanted:
            at: list[str | int] = ["targets", number, "source"]
            yield _problem(located, file, at, "deletion.plan_source", source=target["source"], wanted=wanted)


def _sources(located: Located, file: str) -> Iterator[Problem]:
    for name, source in (located.value.get("sources") or {}).items():
        if source["type"] == "database" and bool(source.get("url")) == bool(source.get("url_env")):
            yield _problem(located, file, ["sources", name], "deletion.plan_url", source=name)
        if _has_password(str(source.get("url", ""))) or _has_password(str(source.get("endpoint", ""))):
            yield _problem(located, file, ["sources", name], "deletion.plan_password", source=name)


def _bases(located: Located, file: str) -> Iterator[Problem]:
    for number, basis in enumerate(located.value.get("retention") or []):
        for name, text in (basis.get("events") or {}).items():
            try:
                parse_day(text)
            except InputError as error:
                yield _problem(located, file, ["retention", number, "events", name], error.code, **error.fields)


def _has_password(url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0]
    return "@" in host and ":" in host.rpartition("@")[0]


def decided(plan: Plan, *, on: date, rules: RetentionRules, holds: tuple[Hold, ...] = ()) -> Decision | None:
    """What the retention rules say of the plan on a day; None where the plan says that no kind applies.

    Raises InputError ``retention.*`` for kinds, events and questions that the rules do not know.
    """
    if not plan.retention:
        return None
    made = [_explained(plan, basis, rules) for basis in plan.retention]
    return decide(
        made,
        on=on,
        personal=plan.personal,
        purpose_ended=plan.purpose_ended,
        holds=holds,
        disposal=Disposal(plan.steps),
        rules=rules,
    )


def _explained(plan: Plan, basis: Basis, rules: RetentionRules) -> Explanation:
    case = Case(
        answers=basis.answers, year_end=YearEnd.parse(plan.year_end) if plan.year_end else None,
        filing_months=plan.filing_months, own_value=plan.own_value, own_unit=plan.own_unit,
    )  # fmt: skip
    return explain(basis.kind, {name: parse_day(text) for name, text in basis.events.items()}, case=case, rules=rules)


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def plan_hash(plan: Plan) -> str:
    """SHA-256 of what is to be approved: without the approval itself, the witness, and what people write down afterwards."""
    targets = tuple(msgspec.structs.replace(t, facts={}) if isinstance(t, Recorded) else t for t in plan.targets)
    return _digest(msgspec.structs.replace(plan, approval=None, witness="", targets=targets))


def rules_hash(decision: Decision | None) -> str:
    """SHA-256 of the rules that applied and the days they led to; the day on which they were asked is no part of it."""
    if decision is None:
        return _digest("no statutory period")
    rows = [(e.kind, e.rule_hash, e.first_day, e.last_day_kept, e.certain, e.before_deletion) for e in decision.explanations]
    return _digest((rows, decision.last_day_kept, decision.must_delete_from))
