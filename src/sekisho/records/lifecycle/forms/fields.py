"""Fields that several forms of the room have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.organization.role_names import ROLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrPromise

    from sekisho.records.organization.models import Person

__all__ = ["ReasonForm", "date_field", "owner_choices", "owner_value", "set_choices", "split_owner", "words_field"]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


def date_field(label: _StrPromise | str, **kwargs: Any) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def words_field(label: _StrPromise | str, *, rows: int = 3, **kwargs: Any) -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(label=label, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def set_choices(form: forms.BaseForm, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Give a field of choices its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def owner_choices(people: Iterable[Person]) -> list[tuple[str, Any]]:
    """Who may answer for something: a role, or a person."""
    roles = [(f"role:{key}", name) for key, name in ROLE_NAMES.items()]
    persons = [(f"person:{person.pk}", str(person)) for person in people]
    return [("", "―"), (_("役割"), roles), (_("人"), persons)]  # type: ignore[list-item] # groups of choices


def owner_value(owner_id: object, owner_role: str) -> str:
    """The choice that stands for an owner."""
    if owner_id:
        return f"person:{owner_id}"
    return f"role:{owner_role}" if owner_role else ""


def split_owner(value: str) -> tuple[str, str]:
    """(id of a person, role) of a choice; one of them is empty."""
    kind, _separator, key = value.partition(":")
    return (key, "") if kind == "person" else ("", key)
