"""Which requirement does not hold for which subject, beyond its kind: rules as data (``data/applicability/*.yaml``)."""

from __future__ import annotations

from functools import cache

import msgspec

from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Verified

__all__ = ["ApplicabilityRule", "When", "applicability_rules"]


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that is given must match; each list is "one of these". An empty value of the subject matches none of them.

    ``absent``: attributes that the subject does not have.
    """

    body_kinds: tuple[str, ...] | None = None
    subject_kinds: tuple[str, ...] | None = None
    network_zone: tuple[str, ...] | None = None
    confidentiality: tuple[str, ...] | None = None
    integrity: tuple[str, ...] | None = None
    availability: tuple[str, ...] | None = None
    grade: tuple[str, ...] | None = None
    attributes: dict[str, str | bool | float] | None = None
    absent: tuple[str, ...] = ()


class ApplicabilityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule. ``reason`` is a text code. ``arises`` false: the question is not even put (the pair is in no list)."""

    id: str
    requirements: tuple[str, ...]
    when: When
    applicable: bool
    arises: bool = True
    reason: str
    verified: Verified


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    catalog: str
    rules: tuple[ApplicabilityRule, ...]


@cache
def applicability_rules() -> dict[tuple[str, str], tuple[ApplicabilityRule, ...]]:
    """Rules by (catalogue id, requirement id), in the file's order."""
    found: dict[tuple[str, str], tuple[ApplicabilityRule, ...]] = {}
    for path in sorted(data_directory().joinpath("applicability").iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yaml"):
            continue
        file = msgspec.convert(read_yaml(path), _File)
        for rule in file.rules:
            for requirement in rule.requirements:
                key = (file.catalog, requirement)
                found[key] = (*found.get(key, ()), rule)
    return found
