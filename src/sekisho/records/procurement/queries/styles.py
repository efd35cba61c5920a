"""The organisation's own form: Word templates, ways of numbering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.documents.numbering import number
from sekisho.errors import InputError
from sekisho.records.organization.queries import visible_to
from sekisho.records.procurement.models import NumberingStyle, WordTemplate
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    import uuid

    from django.db.models import QuerySet

    from sekisho.documents.numbering import NumberingStyle as Style
    from sekisho.records.organization.principals import Principal

__all__ = ["example_of", "own_numbering_style", "own_numbering_styles", "own_word_template", "own_word_templates"]

_EXAMPLE = ((1,), (1, 1), (1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 2), (1, 1, 2), (1, 2), (2,), (2, 1), (12,))


def own_word_templates(principal: Principal, organization_id: uuid.UUID) -> QuerySet[WordTemplate]:
    """The templates that the organisation itself keeps, those in use first."""
    rows = visible_to(WordTemplate.objects.filter(organization=organization_id), principal, action="procurement.read")
    return rows.select_related("artifact", "person").order_by("withdrawn_at", "name")


def own_word_template(principal: Principal, template_id: uuid.UUID) -> WordTemplate:
    """One template. Raises NotFound."""
    rows = visible_to(WordTemplate.objects.all(), principal, action="procurement.read").select_related("artifact", "organization")
    return the_row(rows.filter(pk=template_id))


def own_numbering_styles(principal: Principal, organization_id: uuid.UUID) -> QuerySet[NumberingStyle]:
    """The ways of numbering that the organisation itself keeps."""
    return visible_to(NumberingStyle.objects.filter(organization=organization_id), principal, action="procurement.read")


def own_numbering_style(principal: Principal, style_id: uuid.UUID) -> NumberingStyle:
    """One way of numbering. Raises NotFound."""
    rows = visible_to(NumberingStyle.objects.all(), principal, action="procurement.read").select_related("organization")
    return the_row(rows.filter(pk=style_id))


def example_of(style: Style) -> list[tuple[int, str]]:
    """A few numbers as the style writes them: (depth, number)."""
    made = []
    for path in _EXAMPLE:
        if len(path) <= len(style.levels):
            try:
                made.append((len(path), number(style, path)))
            except InputError:  # a number that the style cannot write is left out of the example
                continue
    return made
