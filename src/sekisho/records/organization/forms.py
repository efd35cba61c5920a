"""Forms of the tree and its people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from sekisho.records.organization.permissions import Role
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.standards.catalog import body_kinds

__all__ = ["CloseForm", "CreateForm", "EditForm", "MembershipForm", "MoveForm", "PersonForm"]


def _kinds() -> list[tuple[str, Any]]:
    language = get_language() or "ja"
    return [("", _("上の組織と同じ")), *((kind.id, kind.title.get(language)) for kind in body_kinds().values())]


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class EditForm(forms.Form):
    """What an organisation is called and what it is."""

    name = forms.CharField(label=_("名前"), max_length=200)
    kana = forms.CharField(label=_("フリガナ"), max_length=200, required=False, help_text=_("並べかえに使います。"))
    name_en = forms.CharField(label=_("英語の名前"), max_length=200, required=False)
    body_kind = forms.ChoiceField(
        label=_("団体の種類"), choices=_kinds, required=False, help_text=_("どの基準と法律があてはまるかが、これで決まります。")
    )
    corporate_number = forms.RegexField(
        label=_("法人番号"),
        regex=r"^[0-9]{13}$",
        required=False,
        help_text=_("13桁"),
        error_messages={"invalid": _("13桁の数字を入れてください。")},
    )
    local_government_code = forms.RegexField(
        label=_("団体コード"),
        regex=r"^[0-9]{6}$",
        required=False,
        help_text=_("6桁"),
        error_messages={"invalid": _("6桁の数字を入れてください。")},
    )
    is_boundary = forms.BooleanField(
        label=_("境界にする"), required=False, help_text=_("上の組織の人からは中が見えなくなり、提出されたものだけが見えます。")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class CreateForm(EditForm):
    """A new organisation."""

    version = None  # type: ignore[assignment] # Django's way to drop a field
    code = forms.RegexField(
        label=_("コード"),
        regex=r"^[a-z0-9][a-z0-9-]{0,63}$",
        help_text=_("アドレスに使います。半角の英小文字・数字・ハイフン。あとで変えられません。例：minamo"),
        error_messages={"invalid": _("半角の英小文字・数字・ハイフンで入れてください。")},
    )
    is_fictional = forms.BooleanField(label=_("架空の組織（練習・実演用）"), required=False)
    field_order = ("name", "kana", "name_en", "code", "body_kind")


class MoveForm(forms.Form):
    """A new parent from a day on."""

    parent = forms.SlugField(label=_("移す先の組織のコード"), max_length=64)
    on = _day(_("移す日"), help_text=_("この日から新しい組織に属します。前の日までは今のままです。"))


class CloseForm(forms.Form):
    """The last day, confirmed by the organisation's code."""

    on = _day(_("廃止する日"))
    confirm = forms.CharField(label=_("確認のため、この組織のコードを入れてください"), max_length=64)


class MembershipForm(forms.Form):
    """A role for somebody."""

    login = forms.CharField(label=_("ログイン名"), max_length=100)
    role = forms.ChoiceField(label=_("役割"), choices=list(ROLE_NAMES.items()))
    valid_from = _day(_("はじまり"))
    valid_until = _day(
        pgettext_lazy("date", "終わり"), required=False, help_text=_("この日から役割はなくなります。決まっていなければ空のまま。")
    )


class PersonForm(forms.Form):
    """Somebody new, with their first role here."""

    name = forms.CharField(label=_("名前"), max_length=100)
    kana = forms.CharField(label=_("フリガナ"), max_length=100, required=False)
    login = forms.RegexField(
        label=_("ログイン名"),
        regex=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$",
        help_text=_("半角の英数字と . _ @ + - が使えます。"),
        error_messages={"invalid": _("半角の英数字と . _ @ + - で入れてください。")},
    )
    email = forms.EmailField(label=_("メールアドレス"), required=False)
    role = forms.ChoiceField(label=_("この組織での役割"), choices=list(ROLE_NAMES.items()), initial=str(Role.STAFF))
