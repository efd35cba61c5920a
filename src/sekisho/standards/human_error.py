"""How incidents caused by people are taken apart, as data (``data/incidents/human_error.yaml``).

Kinds of incidents, methods of analysis (m-SHELL, fraud triangle and square) with their factors and causes, kinds of remedies.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Confidence, Source, Text, Verified

__all__ = ["Cause", "Factor", "HumanError", "Kind", "Method", "Remedy", "human_error"]

FILE: Final = "human_error.yaml"
Nature = Literal["error", "misconduct", "either"]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of incident. ``nature``: an error, misconduct, or either."""

    id: Id
    nature: Nature
    title: Text


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cause that is ticked and counted."""

    id: Id
    title: Text
    verified: Verified


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A side from which a method looks. ``ask``: the question that is asked from it."""

    id: Id
    title: Text
    ask: Text
    verified: Verified
    causes: tuple[Cause, ...]


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A method of analysis. ``factors`` holds those of the method that it ``extends``, too."""

    id: Id
    title: Text
    nature: Nature
    about: Text
    verified: Verified
    factors: tuple[Factor, ...]
    extends: Id | None = None


class Remedy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of countermeasure; a lower ``rank`` depends less on people's attention."""

    id: Id
    rank: int
    title: Text


class HumanError(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    human_error: Literal[1]
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    kinds: tuple[Kind, ...]
    methods: tuple[Method, ...]
    remedies: tuple[Remedy, ...]

    def method(self, key: str) -> Method | None:
        """The method of that id, with the factors it takes over."""
        return next((one for one in self.methods if one.id == key), None)

    def methods_for(self, kind: str) -> tuple[Method, ...]:
        """The methods that fit a kind of incident, all of them when it may be either."""
        nature = next((one.nature for one in self.kinds if one.id == kind), "either")
        return tuple(one for one in self.methods if nature in {"either", one.nature})

    @property
    def causes(self) -> dict[str, tuple[str, Cause]]:
        """Every cause by id, with the id of its factor."""
        return {cause.id: (factor.id, cause) for method in self.methods for factor in method.factors for cause in factor.causes}


@cache
def human_error() -> HumanError:
    """The included file. Raises InputError ``standards.duplicate_id``, ``standards.unknown_method``: it contradicts itself."""
    raw = msgspec.convert(read_yaml(data_directory().joinpath("incidents", FILE)), HumanError)
    ids = [one.id for one in raw.kinds] + [one.id for one in raw.methods] + [one.id for one in raw.remedies]
    ids += [factor.id for method in raw.methods for factor in method.factors]
    ids += [cause.id for method in raw.methods for factor in method.factors for cause in factor.causes]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    known = {one.id: one for one in raw.methods}
    lost = sorted({one.extends for one in raw.methods if one.extends} - set(known))
    if twice or lost:
        problems = [Problem("standards.duplicate_id", {"id": one}, FILE) for one in twice]
        problems += [Problem("standards.unknown_method", {"id": one}, FILE) for one in lost]
        raise InputError(problems[0].code, problems=tuple(problems), **problems[0].fields)
    methods = tuple(
        msgspec.structs.replace(one, factors=(*known[one.extends].factors, *one.factors)) if one.extends else one
        for one in raw.methods
    )
    return msgspec.structs.replace(raw, methods=methods)
