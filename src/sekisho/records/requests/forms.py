"""Forms of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.models import Person

__all__ = ["AbsenceForm", "ResubmitForm"]


class ResubmitForm(forms.Form):
    """Ask again after a return."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("差戻しで言われたことに、どう応えたかを書いてください。"),
    )


class AbsenceForm(forms.Form):
    """Away, and who decides meanwhile."""

    deputy = forms.ChoiceField(
        label=_("代理"), help_text=_("留守のあいだ、あなたの代わりに決めます（代決）。あとで見る（後閲）ものの一覧に残ります。")
    )
    starts_on = forms.DateField(label=_("はじめの日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("終わりの日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["deputy"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "―"), *((str(person.pk), str(person)) for person in people)]
