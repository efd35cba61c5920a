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

__all__ = ["FilesField", "ReasonForm", "date_field", "moment_field", "owner_choices", "owner_value", "set_choices", "split_owner"]


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _Files(attrs={"multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """A list of the files, each checked."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


def date_field(label: _StrPromise | str, **kwargs: Any) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def moment_field(label: _StrPromise | str, **kwargs: Any) -> forms.DateTimeField:
    """A day and a time of the reader's zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


def set_choices(form: forms.BaseForm, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Give a field of choices its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def owner_choices(people: Iterable[Person]) -> list[tuple[str, Any]]:
    """Who may own something: a role, or a person."""
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
