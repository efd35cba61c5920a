"""What is due at each gate of a system's life, as data (``data/procurement/gates.yaml``).

Seven gates, in order: plan, define, procure, build, operate, renew, retire. Each item says what has to be there, whose it is,
under which condition, on what basis and with which document; conditions are kept as the file has them
(:mod:`sekisho.standards.rule_sets` evaluates the language).
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Confidence, Source, Text, Verified
from sekisho.standards.rule_sets.expressions import parse, references
from sekisho.standards.schemas import validator
from sekisho.standards.yamlfile import Located, read_untrusted_yaml

__all__ = [
    "ANSWERS",
    "GATES",
    "ROLES",
    "Gate",
    "GateItem",
    "Gates",
    "Offset",
    "check_gates",
    "lifecycle_gates",
    "read_gates",
    "schema",
]

Id = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
GateId = Literal["plan", "define", "procure", "build", "operate", "renew", "retire"]
Anchor = Literal["notice", "contract", "delivery", "operation_start", "operation_end"]
GATES: Final = ("plan", "define", "procure", "build", "operate", "renew", "retire")
ROLES: Final = frozenset(
    {
        "ciso",
        "chief_officer",
        "system_officer",
        "system_admin",
        "section_officer",
        "staff",
        "procurement",
        "csirt",
        "auditor",
        "advisor",
    }
)
"""The roles an item may name: those of ``records/organization/permissions.py`` (a test compares them)."""
ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "body": (),  # the ids in body_kinds.yaml
    "Q22": ("none", "iaas", "paas", "saas"),
    "Q09": ("none", "personal", "sensitive", "my_number"),
    "Q23": ("yes", "no"),
    "generative_ai": ("yes", "no"),
    "grade": ("A", "B", "C"),
}
"""What a condition may ask, and the answers there are: questions of the rule set ``specification`` (a test compares them)."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts."""


class Offset(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``days`` after a date of the case (negative: before). ``every_months``: again and again until the end of operation."""

    of: Anchor
    days: Annotated[int, msgspec.Meta(ge=-800, le=800)]
    every_months: Annotated[int, msgspec.Meta(ge=1, le=120)] | None = None


class GateItem(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that is due. ``condition`` None: always. ``verified`` is about the duty, ``offset_verified`` its day."""

    id: Id
    title: Text
    who: Id
    basis: Text
    verified: Verified
    confidence: Confidence
    evidence: tuple[Id, ...]
    offset: Offset
    offset_verified: Verified
    condition: Any = None


class Gate(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A gate and what is due there."""

    id: GateId
    title: Text
    meaning: Text
    items: Annotated[tuple[GateItem, ...], msgspec.Meta(min_length=1)]


class DocumentKind(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind of document that shows an item, beside those of ``document_kinds.yaml``."""

    id: Id
    title: Text


class Gates(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole data file."""

    lifecycle_gates: Literal[1]
    id: Id
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    documents: tuple[DocumentKind, ...]
    gates: tuple[Gate, ...]

    def item(self, name: str) -> GateItem:
        """The item with this id; StopIteration when there is none."""
        return next(item for gate in self.gates for item in gate.items if item.id == name)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file; ``data/schemas/lifecycle_gates.json`` is what it returns."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Gates)}


def _problem(located: Located, file: str, at: list[str | int], code: str, **fields: Any) -> Problem:
    return Problem(code, fields, file=file, row=located.line(at), column=".".join(str(p) for p in at) or ".")


def check_gates(located: Located, file: str) -> list[Problem]:
    """What is wrong beyond the shape: order of gates, double ids, unknown roles and documents, conditions nobody can answer."""
    found: list[Problem] = []
    value = located.value
    order = [gate["id"] for gate in value["gates"]]
    if tuple(order) != GATES:
        found.append(_problem(located, file, ["gates"], "schedule.data_gate_order", found=", ".join(order)))
    kinds = {kind["id"] for kind in read_yaml(data_directory().joinpath("document_kinds.yaml"))["document_kinds"]}
    kinds |= {kind["id"] for kind in value["documents"]}
    seen: set[str] = set()
    for number, gate in enumerate(value["gates"]):
        for index, item in enumerate(gate["items"]):
            at: list[str | int] = ["gates", number, "items", index]
            if item["id"] in seen:
                found.append(_problem(located, file, [*at, "id"], "schedule.data_double", id=item["id"]))
            seen.add(item["id"])
            if item["who"] not in ROLES:
                found.append(
                    _problem(located, file, [*at, "who"], "schedule.data_unknown_role", id=item["id"], wanted=item["who"])
                )
            found += [
                _problem(located, file, [*at, "evidence"], "schedule.data_unknown_document", id=item["id"], wanted=wanted)
                for wanted in item["evidence"]
                if wanted not in kinds
            ]
            if item.get("condition") is not None:
                fault = _fault(item["condition"])
                if fault:
                    found.append(
                        _problem(located, file, [*at, "condition"], "schedule.data_condition", id=item["id"], detail=fault)
                    )
    return found


def _fault(condition: Any) -> str:
    """What is wrong with a condition; empty when it is sound."""
    try:
        expression = parse(condition)
    except ValueError as error:
        return str(error)[:200]
    for kind, name in references(expression):
        if kind != "question" or name not in ANSWERS:
            return f"{kind} {name}"
    return _unanswerable(condition)


def _unanswerable(condition: Any) -> str:
    """The first value that is none of the answers."""
    if isinstance(condition, list):
        return next((fault for part in condition if (fault := _unanswerable(part))), "")
    if not isinstance(condition, dict):
        return ""
    if "answer" not in condition:
        return next((fault for part in condition.values() if (fault := _unanswerable(part))), "")
    from sekisho.standards.catalog import body_kinds  # noqa: PLC0415 - reads a large file; only when checking

    name = condition["answer"]
    known = tuple(body_kinds()) if name == "body" else ANSWERS[name]
    given = next(value for key, value in condition.items() if key != "answer")
    wanted = given if isinstance(given, list) else [given]
    shown = ["yes" if w is True else "no" if w is False else str(w) for w in wanted]
    return next((f"{name}: {one}" for one in shown if one not in known), "")


def read_gates(untrusted: bytes, *, filename: str) -> Gates:
    """The gates from the bytes of a YAML file, ours or an organisation's own.

    Raises InputError naming file and line of everything that is wrong (``standards.schema``, ``schedule.data_*``).
    """
    located = read_untrusted_yaml(untrusted, filename=filename)
    problems = [
        _problem(
            located,
            filename,
            list(error.instance_path),
            "standards.schema",
            path=".".join(str(p) for p in error.instance_path) or ".",
            message=error.message[:300],
        )
        for error in validator("lifecycle_gates").iter_errors(located.value)
    ]
    problems = problems or check_gates(located, filename)
    if problems:
        raise InputError("standards.invalid", problems=tuple(problems[:200]), count=len(problems))
    return msgspec.convert(located.value, Gates)


@cache
def lifecycle_gates() -> Gates:
    """The gates that come with Sekisho."""
    content = data_directory().joinpath("procurement", "gates.yaml").read_bytes()
    return read_gates(content, filename="data/procurement/gates.yaml")
