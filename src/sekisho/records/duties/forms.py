"""Forms of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.models import Person

__all__ = ["AssignForm", "CompleteForm"]


class CompleteForm(forms.Form):
    """It is done."""

    note = forms.CharField(
        label=_("どう済ませたか"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("文書の番号や、確かめたこと。あとで見る人のために。"),
    )


class AssignForm(forms.Form):
    """Whose it is."""

    owner = forms.ChoiceField(label=_("担当"))

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(person.pk), str(person)) for person in people]
