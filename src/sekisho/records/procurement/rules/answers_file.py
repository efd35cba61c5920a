"""The answers of a case as a file that people can read, keep and read in again (``examples/procurement/*.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from sekisho.engines.derivation import SCHEMA

__all__ = ["as_yaml"]

_ORDER: Final = (
    "schema", "rule_set", "title", "organization", "purposes", "hosting", "cloud_kind", "information", "tasks", "answers",
    "values", "decisions", "clauses",
)  # fmt: skip


def as_yaml(plain: Mapping[str, Any]) -> str:
    """The answers as YAML, in the order in which a case is prepared; ``engines.derivation.read_answers`` reads it."""
    full = {"schema": SCHEMA, **plain}
    ordered = {name: full[name] for name in _ORDER if full.get(name)}
    return yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, width=110)
