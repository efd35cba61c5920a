"""The rules, as data: ``linux.yaml``, ``windows.yaml``, and the JSON Schema that they obey."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Final

import jsonschema_rs
import msgspec
import yaml

from sekisho.engines.observation import Severity
from sekisho.errors import InputError, Problem

__all__ = ["CONSIDERATIONS", "Rule", "RuleSet", "Text", "load_rules", "parse_rules"]

CONSIDERATIONS: Final = (
    "privileged_identities",
    "unused_identities",
    "unneeded_services",
    "powerful_utilities",
    "host_parameter_access",
    "clock_synchronisation",
    "initial_parameters",
    "automatic_logoff",
)
"""What control 8.9 (ISO/IEC 27002:2022) asks to consider when a standard configuration is set, as our own short ids."""


class Text(msgspec.Struct, frozen=True):
    """A sentence in both languages."""

    ja: str
    en: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One check: the facts it asks (``check``), when it applies, how bad a failure is, why it matters and what to do."""

    id: str
    consideration: str
    title: Text
    check: dict[str, Any]
    severity: Severity
    source: tuple[str, ...]
    verified: str
    why: Text
    remedy: Text
    applicable_when: dict[str, Any] | None = None


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of one platform."""

    platform: str
    version: str
    rules: tuple[Rule, ...]


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = resources.files(__name__).joinpath("schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


def parse_rules(text: str, *, file: str) -> RuleSet:
    """Rules from YAML. Raises InputError that names every place where they break the schema, and every id used twice."""
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark is not None else None
        raise InputError(
            "baseline.rules_invalid", problems=(Problem("baseline.rules_not_yaml", file=file, row=row),), file=file
        ) from error
    problems = [
        Problem(
            "baseline.rule_schema", {"path": "/".join(str(p) for p in e.instance_path), "message": e.message[:200]}, file=file
        )
        for e in _validator().iter_errors(data)
    ]
    if not problems:
        ids = [row["id"] for row in data["rules"]]
        problems = [
            Problem("baseline.rule_duplicate", {"rule": i}, file=file) for i in sorted({i for i in ids if ids.count(i) > 1})
        ]
    if problems:
        raise InputError("baseline.rules_invalid", problems=tuple(problems), file=file)
    return msgspec.convert(data, RuleSet, strict=False)


@cache
def load_rules(platform: str) -> RuleSet:
    """Our rules for "linux" or "windows"."""
    text = resources.files(__name__).joinpath(f"{platform}.yaml").read_text(encoding="utf-8")
    return parse_rules(text, file=f"{platform}.yaml")
