"""The office's own form: Word templates with named places, ways of numbering."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sekisho.documents.docx_places import find_places
from sekisho.documents.numbering import parse
from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.downloads import safe_file_name
from sekisho.records.evidence import actions as evidence_actions
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement.models import Case, NumberingStyle, WordTemplate
from sekisho.records.procurement.rules.editing import checked_text
from sekisho.records.procurement.writing import BLOCK_PLACES, PLACES, REQUIRED_PLACES

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.documents.docx_places import Places
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["add_word_template", "delete_numbering", "read_word_template", "save_numbering", "withdraw_word_template"]

_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NAME: Final = 200
_STYLE_NAME: Final = 100
_NO_FILLING: Final = ("places.missing_place",)


def read_word_template(principal: Principal, *, organization: Organization, untrusted: bytes, filename: str) -> Places:
    """The places of a template and what is odd about them; writes nothing (its preview).

    Raises InputError ``places.*`` (macros, links to the outside, damaged, too large, a place for clauses within a paragraph) and
    ``procurement_tools.place_missing``.
    """
    principal.require("procurement.edit", organization.pk)
    found = find_places(untrusted, filename=filename, expected=PLACES)
    missing = [name for name in REQUIRED_PLACES if name not in found.names]
    if missing:
        problems = tuple(Problem("places.missing_place", {"name": name}, file=filename) for name in missing)
        raise InputError("procurement_tools.place_missing", problems=problems, names=", ".join(missing))
    inline = tuple(
        Problem("places.inline_fragment", {"name": place.name}, file=filename)
        for place in found.places
        if place.name in BLOCK_PLACES and not place.block
    )
    if inline:  # said now, not when the first document is made
        raise InputError("places.wrong_places", problems=inline, file=filename)
    return found


def add_word_template(
    principal: Principal, *, organization: Organization, name: str, untrusted: bytes, filename: str, now: datetime
) -> WordTemplate:
    """Keep a template for the cases of the organisation and those below it. Raises InputError as :func:`read_word_template`."""
    found = read_word_template(principal, organization=organization, untrusted=untrusted, filename=filename)
    name = checked_text(name, name="name", limit=_NAME)
    if not name:
        raise InputError("procurement_tools.name_missing")
    file_name = safe_file_name(filename)
    with recording(principal, "procurement.add_word_template", now=now, organization_id=organization.pk) as entry:
        artifact = evidence_actions.store_artifact(
            principal,
            chunks=[untrusted],
            now=now,
            media_type=_DOCX,
            name=file_name,
            organization_id=organization.pk,
            action="procurement.edit",
        )
        made = WordTemplate.objects.create(
            organization=organization,
            name=name,
            artifact=artifact,
            file_name=file_name,
            places=_plain(found),
            person_id=principal.person_id,
            at=now,
        )
        entry.about(made.pk, artifact.pk)
        entry.fact(sha256=artifact.pk, places=len(found.places))
        entry.words(name=name)
    return made


def _plain(found: Places) -> list[dict[str, Any]]:
    """What was found, for the list: places, then what is odd about them."""
    places = [{**asdict(place), "kind": place.kind.value, "where": place.where.value} for place in found.places]
    problems = [
        {"problem": one.code, "fields": {k: str(v) for k, v in one.fields.items()}}
        for one in found.problems
        if one.code not in _NO_FILLING
    ]
    return [*places, *problems]


def withdraw_word_template(principal: Principal, template: WordTemplate, *, now: datetime) -> None:
    """The template is no longer offered; documents that were made with it stay."""
    principal.require("procurement.edit", template.organization_id)
    with recording(principal, "procurement.withdraw_word_template", now=now, organization_id=template.organization_id) as entry:
        if not WordTemplate.objects.filter(pk=template.pk, withdrawn_at=None).update(withdrawn_at=now):
            raise Conflict("procurement_tools.template_withdrawn")
        entry.about(template.pk)


def save_numbering(
    principal: Principal, *, organization: Organization, name: str, text: str, now: datetime, style: NumberingStyle | None = None
) -> NumberingStyle:
    """A way of numbering, one pattern a level (``documents.numbering.parse``); changes ``style`` when it is given.

    Raises InputError ``numbering.wrong_style`` with every place, Conflict ``procurement_tools.style_name_used``.
    """
    principal.require("procurement.edit", organization.pk)
    name = checked_text(name, name="name", limit=_STYLE_NAME)
    if not name:
        raise InputError("procurement_tools.name_missing")
    levels = list(parse(text).levels)
    with recording(principal, "procurement.save_numbering", now=now, organization_id=organization.pk) as entry:
        rows = NumberingStyle.objects.select_for_update().filter(organization=organization, name=name)
        if (rows.exclude(pk=style.pk) if style else rows).exists():
            raise Conflict("procurement_tools.style_name_used", name=name)
        made = style or NumberingStyle(organization=organization)
        made.name, made.levels, made.at = name, levels, now
        made.save()
        entry.about(made.pk)
        entry.fact(levels=levels)
        entry.words(name=name)
    return made


def delete_numbering(principal: Principal, style: NumberingStyle, *, now: datetime) -> None:
    """Take a way of numbering away that no case uses."""
    principal.require("procurement.edit", style.organization_id)
    with recording(principal, "procurement.delete_numbering", now=now, organization_id=style.organization_id) as entry:
        if Case.objects.filter(numbering=str(style.pk)).exists():
            raise Conflict("procurement_tools.style_used", name=style.name)
        entry.about(style.pk)
        style.delete()
