"""Editions and an organization's own corrections (overlays), as pure functions.

A new edition is new rows plus a mapping; what moved is told apart from what is gone. An overlay holds corrected fields by
requirement id together with the value that was corrected, so that a later change of the original is seen as a conflict
instead of being hidden by the correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.model import Catalog, Requirement

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

__all__ = [
    "CORRECTABLE",
    "Change",
    "Correction",
    "EditionDiff",
    "Moved",
    "Overlay",
    "apply_overlay",
    "correct",
    "diff_editions",
    "overlay_conflicts",
]

CORRECTABLE = ("title", "summary", "note", "confidence", "applies_to", "assessable", "responsible", "points", "evidence_examples")
"""Fields that an overlay may correct; ids, order and hierarchy belong to the edition."""

_COMPARED = (
    "title",
    "summary",
    "parent",
    "unit",
    "applies_to",
    "plan_unit",
    "assessable",
    "attributes",
    "responsible",
    "points",
    "documented_information",
)


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement that stayed but reads differently: the names of its changed fields."""

    id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A requirement of the old edition that lives on under other ids: merged, split or renumbered."""

    old_id: str
    new_ids: tuple[str, ...]
    relation: str


@dataclass(frozen=True, slots=True)
class EditionDiff:
    """What a new edition does to the old one. ``unchanged`` completes the account: nothing is left unsaid."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    moved: tuple[Moved, ...]
    unchanged: tuple[str, ...]


def diff_editions(old: Catalog, new: Catalog) -> EditionDiff:
    """Compare two editions. Where ``new`` maps to ``old.id``, the mapping decides; otherwise equal ids are the same."""
    successors, relations, mapped = _successors(old, new)
    old_rows = {r.id: r for r in old.requirements}
    new_rows = {r.id: r for r in new.requirements}
    removed, changed, moved, unchanged = [], [], [], []
    for old_id, before in old_rows.items():
        targets = tuple(successors.get(old_id, ()))
        if not targets:
            removed.append(old_id)
        elif targets != (old_id,):
            moved.append(Moved(old_id, targets, relations[old_id]))
        else:
            fields = tuple(name for name in _COMPARED if getattr(before, name) != getattr(new_rows[old_id], name))
            (changed.append(Change(old_id, fields)) if fields else unchanged.append(old_id))
    added = tuple(r.id for r in new.requirements if r.id not in mapped)
    return EditionDiff(added, tuple(removed), tuple(changed), tuple(moved), tuple(unchanged))


def _successors(old: Catalog, new: Catalog) -> tuple[dict[str, list[str]], dict[str, str], set[str]]:
    """Old id → new ids; old id → relation; the new ids that have a predecessor."""
    old_ids = {r.id for r in old.requirements}
    ties = [(r.id, m) for r in new.requirements for m in r.mappings if m.catalog == old.id]
    successors: dict[str, list[str]] = {}
    relations: dict[str, str] = {}
    mapped: set[str] = set()
    if not ties or old.id == new.id:
        same = [r.id for r in new.requirements if r.id in old_ids]
        return {i: [i] for i in same}, dict.fromkeys(same, "equal"), set(same)
    for new_id, mapping in ties:
        for old_id in mapping.ids:
            if old_id in old_ids and mapping.relation != "new":
                successors.setdefault(old_id, []).append(new_id)
                relations[old_id] = "split" if len(successors[old_id]) > 1 else mapping.relation
                mapped.add(new_id)
    return successors, relations, mapped


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Corrected fields of one requirement, why, and the original values at that time (``base``)."""

    fields: dict[str, Any]
    note: str
    base: dict[str, Any]


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organization's corrections of one catalogue, by requirement id. Who made them is recorded by the caller."""

    catalog: str
    corrections: dict[str, Correction]


def correct(requirement: Requirement, fields: MappingType[str, Any], *, note: str) -> Correction:
    """A checked correction of ``requirement``; raises InputError naming every field that is wrong."""
    problems = _field_problems(requirement, fields)
    if problems:
        raise InputError("standards.overlay_invalid", problems=tuple(problems), count=len(problems))
    base = {name: msgspec.to_builtins(getattr(requirement, name)) for name in fields}
    return Correction(fields=dict(fields), note=note, base=base)


def _field_problems(requirement: Requirement, fields: MappingType[str, Any]) -> list[Problem]:
    problems = []
    for name, value in fields.items():
        if name not in CORRECTABLE:
            problems.append(Problem("standards.overlay_unknown_field", {"id": requirement.id, "field": name}, column=name))
            continue
        try:
            _corrected(requirement, {name: value})
        except msgspec.ValidationError as error:
            detail = {"id": requirement.id, "field": name, "message": str(error)}
            problems.append(Problem("standards.overlay_bad_value", detail, column=name))
    return problems


def _corrected(requirement: Requirement, fields: MappingType[str, Any]) -> Requirement:
    values = msgspec.to_builtins(requirement)
    for name, value in fields.items():
        before = values.get(name)
        # A text may be corrected in one language only.
        values[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
        values["verified"] = {**values["verified"], name: "user"}
    return msgspec.convert(values, Requirement)


def apply_overlay(catalog: Catalog, overlay: Overlay) -> Catalog:
    """``catalog`` with the corrections applied, their fields marked ``user``.

    Corrections of requirements that this edition lacks are left out, and conflicts are applied all the same: ask
    :func:`overlay_conflicts` for both. Raises InputError for another catalogue's overlay or a value that does not fit.
    """
    _same_catalog(catalog, overlay)
    problems = [
        problem
        for r in catalog.requirements
        if r.id in overlay.corrections
        for problem in _field_problems(r, overlay.corrections[r.id].fields)
    ]
    if problems:
        raise InputError("standards.overlay_invalid", problems=tuple(problems), count=len(problems))
    rows = tuple(
        _corrected(r, overlay.corrections[r.id].fields) if r.id in overlay.corrections else r for r in catalog.requirements
    )
    return msgspec.structs.replace(catalog, requirements=rows)


def overlay_conflicts(catalog: Catalog, overlay: Overlay) -> tuple[Problem, ...]:
    """Corrections whose original changed after they were made, or whose requirement is gone."""
    _same_catalog(catalog, overlay)
    rows = {r.id: r for r in catalog.requirements}
    found = []
    for requirement_id, correction in overlay.corrections.items():
        row = rows.get(requirement_id)
        if row is None:
            found.append(Problem("standards.overlay_unknown_requirement", {"id": requirement_id}))
            continue
        found += [
            Problem("standards.overlay_conflict", {"id": requirement_id, "field": name}, column=name)
            for name, base in correction.base.items()
            if msgspec.to_builtins(getattr(row, name, None)) != base
        ]
    return tuple(found)


def _same_catalog(catalog: Catalog, overlay: Overlay) -> None:
    if catalog.id != overlay.catalog:
        raise InputError("standards.overlay_wrong_catalog", expected=overlay.catalog, found=catalog.id)
