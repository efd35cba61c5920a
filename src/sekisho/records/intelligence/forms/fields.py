"""Fields that several forms of the room have."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.intelligence.views.names import TLP
from sekisho.records.organization.role_names import ROLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrPromise

    from sekisho.records.organization.models import Person

__all__ = ["date_field", "long_text", "moment_field", "owner_choices", "owner_of", "owner_value", "set_choices", "tlp_choices"]


def date_field(label: _StrPromise | str, **kwargs: Any) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def moment_field(label: _StrPromise | str, **kwargs: Any) -> forms.DateTimeField:
    """A day and a time of the reader's zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


def long_text(label: _StrPromise | str, *, rows: int = 4, limit: int = 4000, **kwargs: Any) -> forms.CharField:
    """Several lines."""
    return forms.CharField(label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def set_choices(form: forms.BaseForm, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Give a field of choices its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField | forms.MultipleChoiceField)
    field.choices = list(choices)


def tlp_choices(*, empty: _StrPromise | str = "") -> list[tuple[str, Any]]:
    """The labels with who may have it."""
    named = [(key, f"{shown}：{who}") for key, (_style, shown, who) in TLP.items()]
    return [("", empty), *named] if empty else named


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


def owner_of(value: str) -> dict[str, Any]:
    """``owner_id`` and ``owner_role`` of a choice, as the actions name them."""
    kind, _separator, key = value.partition(":")
    return {"owner_id": uuid.UUID(key), "owner_role": ""} if kind == "person" else {"owner_id": None, "owner_role": key}
