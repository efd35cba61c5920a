"""Forms of plans and reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.monitoring.forms.fields import date_field, moment_field, owner_choices, set_choices
from sekisho.records.monitoring.views.names import EVERY, PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.monitoring.models import LogSource
    from sekisho.records.organization.models import Person

__all__ = ["FinishForm", "PlanForm", "ReviewForm"]


def _purposes() -> list[tuple[str, str]]:
    return [(key, f"{name}: {what}") for key, (name, what) in PURPOSES.items()]


class PlanForm(forms.Form):
    """What is reviewed, how often, by whom."""

    title = forms.CharField(label=_("点検の名前"), max_length=200, help_text=_("例：認証ログの毎日の点検"))
    purpose = forms.ChoiceField(label=_("目的"), widget=forms.RadioSelect)
    sources = forms.MultipleChoiceField(
        label=_("見る取得元"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("取得元を一つ以上選んでください。")},
    )
    every = forms.ChoiceField(label=_("どのくらいの間隔で"))
    starts_on = date_field(
        _("いつの記録から"), required=False, help_text=_("最初の点検は、この日の記録から始まります。書かないと今日から。")
    )
    owner = forms.ChoiceField(label=_("だれが"))
    basis = forms.CharField(label=_("根拠"), max_length=200, required=False, help_text=_("例：情報セキュリティ実施手順 第12条"))

    def __init__(
        self, *args: Any, people: Iterable[Person], sources: Iterable[LogSource], begun: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "purpose", _purposes())
        set_choices(self, "sources", [(str(row.pk), row.name) for row in sources])
        set_choices(self, "every", EVERY.items())
        set_choices(self, "owner", owner_choices(people))
        if begun:
            del self.fields["starts_on"]


class ReviewForm(forms.Form):
    """A review beside the plans."""

    title = forms.CharField(label=_("点検の名前"), max_length=200, help_text=_("例：11月20日の停止の原因調査"))
    purpose = forms.ChoiceField(label=_("目的"), widget=forms.RadioSelect)
    sources = forms.MultipleChoiceField(
        label=_("見る取得元"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("取得元を一つ以上選んでください。")},
    )
    since = moment_field(_("いつから"))
    until = moment_field(_("いつまで"))

    def __init__(self, *args: Any, sources: Iterable[LogSource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "purpose", _purposes())
        set_choices(self, "sources", [(str(row.pk), row.name) for row in sources])


class FinishForm(forms.Form):
    """What was seen and concluded."""

    notes = forms.CharField(
        label=_("点検の所見"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("何を見て、何が分かり、何をするか。見られなかった所と、その理由も。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
