"""JSON Schemas of the data files, built from the types in :mod:`sekisho.standards.model`.

The committed files under ``data/schemas`` are what :func:`build` returns (a test compares them); only ``measures.json`` is
written by hand, because others add to ``measures.yaml``.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Generic, TypeVar

import jsonschema_rs
import msgspec

from sekisho.standards.catalog import data_directory
from sekisho.standards.model import (
    BodyKind,
    Catalog,
    ClassificationScheme,
    Confidence,
    Indicator,
    LevelGuide,
    Role,
    Source,
    Text,
    Threat,
    Verified,
)

__all__ = ["TYPED_FACTS", "FactItem", "build", "validator"]

_Item = TypeVar("_Item")


class FactItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One item of a list of facts that has no type of its own; what differs between the lists is in ``fields``."""

    id: str
    title: Text
    confidence: Confidence
    verified: dict[str, Verified]
    fields: dict[str, Any]
    verified_remarks: dict[str, Any] = {}


class _FactsFile(msgspec.Struct, Generic[_Item], frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    items: tuple[_Item, ...]
    sections: dict[str, Any] = {}


class _PartRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    part: str
    rule: str
    verified: Any


class _BodyKindsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    source: Source
    confidence: Confidence
    confidence_note: Text
    body_kinds: tuple[BodyKind, ...]
    part_rules: tuple[_PartRule, ...] = ()


TYPED_FACTS: dict[str, type[Any]] = {
    "metrics": Indicator,
    "new_controls_levels": LevelGuide,
    "organisation_roles": Role,
    "threats": Threat,
}
"""Lists of facts whose items have a type of their own."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _catalog_schema() -> dict[str, Any]:
    schema = msgspec.json.schema(Catalog)
    requirement = schema["$defs"]["Requirement"]
    # The loader adds these three: position by order, unit from the catalogue, levels from facts/new_controls_levels.yaml.
    for derived in ("position", "levels"):
        del requirement["properties"][derived]
    requirement["required"] = [name for name in requirement["required"] if name not in {"position", "unit"}]
    for unused in ("LevelGuide", "LevelText", "LevelChoice", "LevelMetric"):
        schema["$defs"].pop(unused)
    schema["$defs"]["Catalog"]["properties"].pop("warnings")
    return schema


def build() -> dict[str, dict[str, Any]]:
    """Every generated schema by name (the file is ``<name>.json``)."""
    made = {
        "catalog": _catalog_schema(),
        "body_kinds": msgspec.json.schema(_BodyKindsFile),
        "classification": msgspec.json.schema(ClassificationScheme),
        "facts": msgspec.json.schema(_FactsFile[FactItem]),
    }
    for name, kind in TYPED_FACTS.items():
        made[f"facts_{name}"] = msgspec.json.schema(_FactsFile[kind])  # type: ignore[valid-type]
    return {name: {"$schema": _DIALECT, **schema} for name, schema in made.items()}


@cache
def validator(name: str) -> Any:
    """The compiled schema ``data/schemas/<name>.json``."""
    schema = json.loads(data_directory().joinpath("schemas", f"{name}.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)
