"""Forms of releasing, reading back, writing out, searching, allowing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.intelligence.forms.fields import date_field, long_text, moment_field, set_choices
from sekisho.records.intelligence.views.names import AUDIENCES, DIRECTIONS, FORMS, READ_BACK

__all__ = ["AllowForm", "AskForm", "HandOutForm", "ReadBackForm", "ReleaseForm", "RemoveForm", "SearchForm"]


class ReleaseForm(forms.Form):
    """In which direction, until when, and on how many days of logs it is tried."""

    direction = forms.ChoiceField(label=_("止める向き"), required=False)
    expires_on = date_field(
        _("いつまで"),
        required=False,
        help_text=_(
            "選ばなければ、アドレスは90日、ドメインとURLは180日、ハッシュ値は365日。期限が来ると、ひとりでにリストから外れます。"
        ),
    )
    test_days = forms.IntegerField(
        label=_("試すログの日数"),
        min_value=1,
        max_value=400,
        initial=30,
        help_text=_("直近のログで、何が止まったはずかを先に試します。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "direction", [("", _("指標ごとに、書いてあるとおり")), *DIRECTIONS.items()])


class AskForm(forms.Form):
    """Why it is to be blocked."""

    reason = long_text(_("申請の理由"), help_text=_("試験で止まった通信があれば、それが止まってよいわけも書きます。"))


class RemoveForm(forms.Form):
    """Why it is taken off."""

    reason = forms.CharField(label=_("外す理由"), max_length=300)


class HandOutForm(forms.Form):
    """In which form, for whom."""

    form = forms.ChoiceField(label=_("形式"))
    audience = forms.ChoiceField(
        label=_("渡す範囲"), help_text=_("共有範囲（TLP）が許さないものが一つでもあれば、書き出しません。")
    )
    recipient = forms.CharField(
        label=_("渡す相手"), max_length=300, required=False, help_text=_("自組織の外へ渡すときは、相手の名前を書きます。")
    )

    def __init__(self, *args: Any, forms_shown: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "form", [(key, name) for key, name in FORMS.items() if not forms_shown or key in forms_shown])
        set_choices(self, "audience", AUDIENCES.items())


class ReadBackForm(forms.Form):
    """A device's configuration as it is."""

    device = forms.CharField(label=_("機器の名前"), max_length=200)
    form = forms.ChoiceField(label=_("設定の形式"))
    file = forms.FileField(
        label=_("読み出した設定のファイル"), help_text=_("書き出したリストではなく、機器から読み出したものを渡します。")
    )
    read_at = moment_field(_("読み出した日時"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "form", READ_BACK.items())


class SearchForm(forms.Form):
    """Which period of the logs."""

    since = date_field(_("いつから"))
    until = date_field(_("いつまで"))


class AllowForm(forms.Form):
    """What must never be blocked."""

    kind = forms.ChoiceField(label=_("種類"))
    value = forms.CharField(
        label=_("ドメインかアドレス"),
        max_length=300,
        help_text=_("ドメインは、その下も含みます。例：city.example.lg.jp、192.0.2.0/24"),
    )
    reason = long_text(_("理由"), rows=2, limit=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "kind", [("domain", _("ドメイン")), ("network", _("IPアドレスかその範囲"))])
