"""Forms of findings and suppressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.monitoring.forms.fields import date_field, set_choices
from sekisho.records.monitoring.views.names import ALERT_STATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.models import Person

__all__ = ["AssignForm", "BulkForm", "SuppressForm", "TriageForm"]


def _states(present: str) -> list[tuple[str, Any]]:
    return [(key, name) for key, (_style, name) in ALERT_STATES.items() if key != "new" or present == "new"]


class TriageForm(forms.Form):
    """What a finding is."""

    state = forms.ChoiceField(label=_("判断"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("確かめたこと"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("事案・問題なし・受容とするときは、そう判断したわけを書きます。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "state", _states(present))


class BulkForm(forms.Form):
    """The same for several findings."""

    state = forms.ChoiceField(label=_("判断"))
    text = forms.CharField(
        label=_("確かめたこと"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("選んだすべてに書かれます。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "state", _states(""))


class AssignForm(forms.Form):
    """Who looks at it."""

    assignee = forms.ChoiceField(label=_("担当"), required=False)

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "assignee", [("", _("担当なし")), *((str(one.pk), str(one)) for one in people)])


class SuppressForm(forms.Form):
    """What needs no look, why, until when."""

    rule = forms.CharField(label=_("規則"), max_length=200, required=False, help_text=_("規則のid。書かないと、すべての規則。"))
    entity = forms.CharField(
        label=_("何について"),
        max_length=300,
        required=False,
        help_text=_("利用者名やアドレス。* は何でもよい部分。書かないと、すべて。"),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("なぜ見なくてよいか。あとで見直す人のために。"),
    )
    expires_on = date_field(
        _("いつまで"), help_text=_("その日の終わりまで。1年より先にはできません。過ぎると、ひとりでに終わります。")
    )
