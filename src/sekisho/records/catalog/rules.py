"""How a catalogue of ``standards`` becomes rows. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.oscal import read_oscal_catalog
from sekisho.standards.own_rules import read_own_rules

if TYPE_CHECKING:
    from sekisho.standards.model import Catalog, Requirement

__all__ = ["digest", "normalise", "read_upload", "requirement_values", "source_values", "theme_of", "tree_values"]

_KINDS: Final = {"system": "information_system", "asset": "information_asset"}


def normalise(text: str) -> str:
    """For searching: NFKC and case-folded, so that full-width and half-width forms meet."""
    return unicodedata.normalize("NFKC", text).casefold()


def digest(catalog: Catalog) -> str:
    """SHA-256 of the whole catalogue: equal digests mean nothing to load."""
    return hashlib.sha256(msgspec.json.encode(catalog, order="deterministic")).hexdigest()


def read_upload(untrusted: bytes, filename: str) -> Catalog:
    """The catalogue in an uploaded file: OSCAL (JSON) or an organisation's own rules (XLSX), told apart by what is inside.

    Raises InputError with every problem and its place.
    """
    start = untrusted[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return read_own_rules(untrusted, filename)
    if start.startswith(b"{"):
        return read_oscal_catalog(untrusted, filename=filename)
    problem = Problem("catalog.upload_unknown_format", {}, filename)
    raise InputError("catalog.upload_unknown_format", problems=(problem,))


def theme_of(catalog: Catalog, requirement: Requirement) -> str:
    """The theme that figures are grouped by: the ``theme`` attribute, else the topmost group's id."""
    if themes := requirement.attributes.get("theme"):
        return themes[0]
    parents = {group.id: group.parent for group in catalog.groups} | {r.id: r.parent for r in catalog.requirements}
    here = requirement.parent
    while here is not None and parents.get(here) is not None:
        here = parents[here]
    return here or ""


def requirement_values(catalog: Catalog, requirement: Requirement) -> dict[str, Any]:
    """Column values of one requirement (without catalogue and parent)."""
    r = requirement
    attributes = {
        "responsible": [msgspec.to_builtins(t) for t in r.responsible],
        "points": [msgspec.to_builtins(p) for p in r.points],
        "evidence_examples": [msgspec.to_builtins(t) for t in r.evidence_examples],
        "documented_information": msgspec.to_builtins(r.documented_information),
        "plan_unit": r.plan_unit,
        "note": msgspec.to_builtins(r.note),
        "values": {name: list(values) for name, values in r.attributes.items()},
        "alternative_titles": list(r.alternative_titles),
        "mappings": [msgspec.to_builtins(m) for m in r.mappings],
        "translated": [name for name in ("title", "summary") if getattr(r, name).is_translation],
    }
    words = [r.id, r.title.ja, r.title.en, r.summary.ja, r.summary.en, *r.alternative_titles, *(p.title.ja for p in r.points)]
    return {
        "ref": r.id,
        "position": r.position,
        "title": r.title.ja,
        "title_en": r.title.en,
        "summary": r.summary.ja,
        "summary_en": r.summary.en,
        "unit": r.unit.ja,
        "theme": theme_of(catalog, r),
        "applies_to": [_KINDS.get(kind, kind) for kind in r.applies_to],
        "assessable": r.assessable,
        "is_new": "2022" in r.attributes.get("introduced", ()),
        "attributes": {name: value for name, value in attributes.items() if value},
        "levels": msgspec.to_builtins(r.levels) if r.levels else {},
        "verified": dict(r.verified),
        "confidence": r.confidence,
        "search_text": normalise(" ".join(words)),
    }


def source_values(catalog: Catalog) -> dict[str, Any]:
    """Everything of a catalogue that pages show beside its requirements."""
    return {
        **msgspec.to_builtins(catalog.source),
        "issuer": msgspec.to_builtins(catalog.issuer),
        "unit": msgspec.to_builtins(catalog.unit),
        "confidence_note": msgspec.to_builtins(catalog.confidence_note),
        "superseded_by": msgspec.to_builtins(catalog.superseded_by),
        "vocabulary": msgspec.to_builtins(catalog.vocabulary),
        "attribute_titles": msgspec.to_builtins(catalog.attribute_titles),
        "notes": [msgspec.to_builtins(note) for note in catalog.notes],
        "warnings": list(catalog.warnings),
        "external_catalogs": {c.id: msgspec.to_builtins(c.title) for c in catalog.external_catalogs},
        "translated": catalog.title.is_translation,
    }


def tree_values(catalog: Catalog) -> list[tuple[dict[str, Any], str | None]]:
    """(column values, parent's ref) of every heading and requirement, in the order of the tree (parents first)."""
    groups = {group.id: group for group in catalog.groups}
    requirements = {requirement.id: requirement for requirement in catalog.requirements}
    children: dict[str | None, list[str]] = {}
    for group in catalog.groups:
        children.setdefault(group.parent, []).append(group.id)
    for requirement in catalog.requirements:
        if requirement.id not in groups:
            children.setdefault(requirement.parent, []).append(requirement.id)
    found: list[tuple[dict[str, Any], str | None]] = []
    stack: list[tuple[str, str | None]] = [(ref, None) for ref in reversed(children.get(None, []))]
    while stack:
        ref, parent = stack.pop()
        if ref in requirements:
            values = requirement_values(catalog, requirements[ref])
        else:
            group = groups[ref]
            values = {
                "ref": ref,
                "title": group.title.ja,
                "title_en": group.title.en,
                "unit": "",
                "assessable": False,
                "search_text": normalise(f"{group.title.ja} {group.title.en}"),
                "attributes": {"heading": True},
            }
        values["position"] = len(found)
        found.append((values, parent))
        stack.extend((child, ref) for child in reversed(children.get(ref, [])))
    return found
