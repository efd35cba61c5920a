"""Does a requirement hold for a subject?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sekisho.standards.applicability_rules import ApplicabilityRule, When

__all__ = ["Answer", "Described", "applies", "decide"]

_LISTS: Final = (
    ("body_kinds", "body_kind"),
    ("subject_kinds", "kind"),
    ("network_zone", "network_zone"),
    ("confidentiality", "confidentiality"),
    ("integrity", "integrity"),
    ("availability", "availability"),
    ("grade", "grade"),
)


@dataclass(frozen=True, slots=True)
class Described:
    """What the rules may ask of a subject."""

    kind: str
    body_kind: str = ""
    network_zone: str = ""
    confidentiality: str = ""
    integrity: str = ""
    availability: str = ""
    grade: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``code`` and ``fields`` say why."""

    applicable: bool
    code: str
    fields: dict[str, Any] = field(default_factory=dict)


def _matches(when: When, subject: Described) -> dict[str, Any] | None:
    """The subject's values that the rule looked at, or None when it does not match."""
    seen: dict[str, Any] = {}
    for asked, name in _LISTS:
        wanted = getattr(when, asked)
        if wanted is None:
            continue
        value = getattr(subject, name)
        if not value or value not in wanted:
            return None
        seen[name] = value
    for name, wanted in (when.attributes or {}).items():
        if subject.attributes.get(name) != wanted:
            return None
        seen[name] = wanted
    if any(name in subject.attributes for name in when.absent):
        return None
    return seen


def applies(requirement_kinds: Sequence[str], rules: Sequence[ApplicabilityRule], subject: Described) -> bool:
    """Whether the question arises at all: the requirement is judged on this kind of subject, and no rule says otherwise."""
    if subject.kind not in requirement_kinds:
        return False
    return all(rule.arises or _matches(rule.when, subject) is None for rule in rules)


def decide(rules: Sequence[ApplicabilityRule], subject: Described, *, code: str, fields: Mapping[str, Any]) -> Answer:
    """The first rule that matches; otherwise it holds, because (``code``, ``fields``) its catalogue holds."""
    if subject.retired:
        return Answer(applicable=False, code="assessment.subject_retired")
    for rule in rules:
        seen = _matches(rule.when, subject)
        if seen is not None:
            return Answer(rule.applicable, rule.reason, seen | {"rule": rule.id})
    return Answer(applicable=True, code=code, fields=dict(fields))
