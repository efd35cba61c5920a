"""Forms of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.intelligence.forms.fields import long_text, owner_choices, owner_of, set_choices, tlp_choices
from sekisho.records.intelligence.views.names import SOURCE_KINDS, TRUST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.models import Person

__all__ = ["RetireForm", "SecretForm", "SourceForm"]


class SourceForm(forms.Form):
    """A source."""

    name = forms.CharField(label=_("名前"), max_length=200)
    kind = forms.ChoiceField(label=_("種類"))
    address = forms.CharField(
        label=_("アドレス"),
        max_length=500,
        required=False,
        help_text=_("TAXIIでは、最初に開くアドレス（https://…/taxii2/）。ほかは、見に行くページなど。"),
    )
    collection = forms.CharField(
        label=_("コレクション"), max_length=200, required=False, help_text=_("TAXIIだけ。idか題名。空なら、読めるものすべて。")
    )
    login = forms.CharField(
        label=_("利用者名"), max_length=200, required=False, help_text=_("TAXIIだけ。合言葉は、登録のあとで別に入れます。")
    )
    default_tlp = forms.ChoiceField(label=_("ふだんの共有範囲（TLP）"), help_text=_("届いたものに書かれていないときに使います。"))
    trust = forms.ChoiceField(label=_("信頼できる度合い"))
    owner = forms.ChoiceField(label=_("担当"))
    rhythm_days = forms.IntegerField(
        label=_("何日ごとに見るか"),
        min_value=1,
        max_value=366,
        help_text=_("その間隔で期限が出ます。TAXIIは自動で取りに行きます。"),
    )
    gives_back = forms.BooleanField(label=_("こちらからも情報を出し合う相手である"), required=False)
    note = long_text(_("覚え書き"), rows=2, required=False)

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "kind", SOURCE_KINDS.items())
        set_choices(self, "default_tlp", tlp_choices())
        set_choices(self, "trust", TRUST.items())
        set_choices(self, "owner", owner_choices(people))

    @property
    def facts(self) -> dict[str, Any]:
        """What a valid form says, as ``SourceFacts`` names it."""
        given = dict(self.cleaned_data)
        return {**given, **owner_of(given.pop("owner"))}


class SecretForm(forms.Form):
    """The password or token of a TAXII server."""

    secret = forms.CharField(
        label=_("合言葉（パスワードかトークン）"),
        max_length=4096,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("鍵の置き場所に入り、データベースにも記録簿にも残りません。二度と表示しません。空で送ると消します。"),
    )


class RetireForm(forms.Form):
    """Why it is used no longer."""

    reason = long_text(_("使わなくなる理由"), rows=2, limit=2000)
