"""The states of a case that may be compared: the present, kept versions, variants."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from sekisho.engines.derivation import derive
from sekisho.errors import NotFound
from sekisho.records.procurement.models import Case, CaseVersion
from sekisho.records.procurement.queries.cases import answers_of, case, derivation_of, rules_of, settings_of, versions

if TYPE_CHECKING:
    from sekisho.engines.derivation import Derivation
    from sekisho.records.organization.principals import Principal

__all__ = ["NOW", "derivation_of_side"]

NOW: Final = "now"
"""The key of the present state; ``v3`` is a kept version, ``c<id>`` another case."""


def derivation_of_side(principal: Principal, case_: Case, key: str) -> Derivation:
    """The derivation of one side. Raises NotFound for a key that names nothing that the reader may see."""
    if key == NOW:
        return derivation_of(case_)
    if key.startswith("v") and key[1:].isascii() and key[1:].isdigit():
        version = versions(case_).filter(number=int(key[1:])).first() if len(key) < 8 else None  # noqa: PLR2004
        if version is None:
            raise NotFound("access.not_found")
        return _of_version(case_, version)
    try:
        other = case(principal, uuid.UUID(key[1:]))
    except ValueError as error:
        raise NotFound("access.not_found") from error
    if other.rule_set != case_.rule_set:
        raise NotFound("access.not_found")
    return derivation_of(other)


def _of_version(case_: Case, version: CaseVersion) -> Derivation:
    """A kept version under the rules that it was kept with."""
    then = Case(rule_set=case_.rule_set, edition=version.edition)
    return derive(rules_of(then), answers_of(version.answers), settings=settings_of(then))
