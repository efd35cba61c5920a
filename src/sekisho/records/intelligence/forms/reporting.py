"""Forms of briefings, orders and announcements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.intelligence.forms.fields import date_field, long_text, owner_choices, set_choices
from sekisho.records.intelligence.views.names import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.intelligence.models import Notice
    from sekisho.records.organization.models import Person

__all__ = ["AnnounceForm", "BriefForm", "ChooseForm", "OrderForm"]


class BriefForm(forms.Form):
    """The page about one notice."""

    title = forms.CharField(label=_("題名"), max_length=200)
    horizon = forms.ChoiceField(label=_("いつの報告か"), widget=forms.RadioSelect)
    summary = long_text(
        _("なにが起きているか"),
        limit=2000,
        required=False,
        help_text=_("専門の言葉を使わずに、3行ほどで。空なら、本文のはじめを使います。"),
    )
    asked = long_text(_("判断いただきたいこと"), rows=3, required=False)
    given_to = forms.CharField(label=_("だれへ渡すか"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "horizon", HORIZONS.items())


class ChooseForm(forms.Form):
    """The page about several notices."""

    title = forms.CharField(label=_("題名"), max_length=200)
    horizon = forms.ChoiceField(label=_("いつの報告か"), widget=forms.RadioSelect)
    notices = forms.MultipleChoiceField(label=_("載せる脅威情報"), widget=forms.CheckboxSelectMultiple)
    asked = long_text(_("判断いただきたいこと"), rows=3, required=False)
    given_to = forms.CharField(label=_("だれへ渡すか"), max_length=300)

    def __init__(self, *args: Any, notices: Iterable[Notice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "horizon", HORIZONS.items())
        set_choices(self, "notices", [(str(one.pk), f"{one.number}　{one.title}") for one in notices])


class OrderForm(forms.Form):
    """What the executives ordered."""

    text = long_text(_("指示の内容"), rows=3, limit=2000)
    given_by = forms.CharField(label=_("だれの指示か"), max_length=200)
    owner = forms.ChoiceField(label=_("だれがするか"))
    due_on = date_field(_("いつまでに"))

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "owner", owner_choices(people))


class AnnounceForm(forms.Form):
    """Plain words for the staff."""

    title = forms.CharField(label=_("題名"), max_length=200)
    text = long_text(
        _("なにが起きているか"), help_text=_("アドレスやハッシュ値は書きません。届きそうなメールの見た目など、気付ける言葉で。")
    )
    what_to_do = long_text(_("してほしいこと"), help_text=_("例：リンクを押さず、情報政策課へ電話する。"))
    contact = forms.CharField(label=_("困ったときの連絡先"), max_length=300)
