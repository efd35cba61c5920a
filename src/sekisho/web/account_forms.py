"""Forms of log-in and of a person's own settings. allauth's forms keep their checks and get our words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthMfaReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm as AllauthAddWebAuthnForm
from allauth.mfa.webauthn.forms import EditWebAuthnForm as AllauthEditWebAuthnForm
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sekisho.records.organization.permissions import PERMISSIONS
from sekisho.standards import texts

__all__ = [
    "ActivateTOTPForm",
    "AddWebAuthnForm",
    "AuthenticateForm",
    "ChangePasswordForm",
    "EditWebAuthnForm",
    "LoginForm",
    "MfaReauthenticateForm",
    "PreferencesForm",
    "ReauthenticateForm",
    "RecoveryForm",
    "TokenForm",
]

PASSWORD_HELP: Final = _("12文字以上。ログイン名や名前に似たもの、よく使われるものは使えません。")


def _name(form: forms.Form, field: str, label: Any, *, help_text: Any = "", **attributes: str) -> None:
    """Give a field our label and help, and drop the placeholder (it vanishes when one writes)."""
    form.fields[field].label = label
    form.fields[field].help_text = help_text
    form.fields[field].widget.attrs.pop("placeholder", None)
    form.fields[field].widget.attrs.update(attributes)


class LoginForm(AllauthLoginForm):  # type: ignore[misc] # allauth is untyped
    """Log-in name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "login", _("ログイン名"), autocapitalize="none", spellcheck="false")
        _name(self, "password", _("パスワード"))


class ReauthenticateForm(AllauthReauthenticateForm):  # type: ignore[misc] # allauth is untyped
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "password", _("パスワード"))


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc] # allauth is untyped
    """Old and new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "oldpassword", _("いまのパスワード"))
        _name(self, "password1", _("新しいパスワード"), help_text=PASSWORD_HELP)
        _name(self, "password2", _("新しいパスワード（もう一度）"))


class AuthenticateForm(AllauthAuthenticateForm):  # type: ignore[misc] # allauth is untyped
    """The second factor at log-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "code", _("確認コード"), help_text=_("認証アプリの6桁のコードか、回復コードのひとつ。"), inputmode="text")


class MfaReauthenticateForm(AllauthMfaReauthenticateForm):  # type: ignore[misc] # allauth is untyped
    """The second factor once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "code", _("確認コード"), help_text=_("認証アプリの6桁のコードか、回復コードのひとつ。"), inputmode="text")


class ActivateTOTPForm(AllauthActivateTOTPForm):  # type: ignore[misc] # allauth is untyped
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "code", _("アプリに出た6桁のコード"), inputmode="numeric", autocomplete="one-time-code")


class AddWebAuthnForm(AllauthAddWebAuthnForm):  # type: ignore[misc] # allauth is untyped
    """A new passkey or security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "name", _("呼び名"), help_text=_("あとで見分けるため。例：執務室のパソコン"))
        _name(
            self,
            "passwordless",
            _("これだけでログインできるようにする（パスキー）"),
            help_text=_("指紋・顔・PIN で本人を確かめられる機器だけで使えます。"),
        )


class EditWebAuthnForm(AllauthEditWebAuthnForm):  # type: ignore[misc] # allauth is untyped
    """Rename a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, "name", _("呼び名"))


class RecoveryForm(forms.Form):
    """A new password after a recovery link."""

    password = forms.CharField(
        label=_("新しいパスワード"),
        help_text=PASSWORD_HELP,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("新しいパスワード（もう一度）"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        values = super().clean() or {}
        if values.get("password") and values.get("again") and values["password"] != values["again"]:
            self.add_error("again", _("ふたつのパスワードが同じではありません。"))
        return values


class PreferencesForm(forms.Form):
    """Displayed name, language, calendar."""

    name = forms.CharField(label=_("表示する名前"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("言語"), choices=[("ja", "日本語"), ("en", "English")], widget=forms.RadioSelect)
    calendar = forms.ChoiceField(
        label=_("日付の書き方"),
        choices=[("western", _("西暦（2026年4月1日）")), ("wareki", _("和暦（令和8年4月1日）"))],
        widget=forms.RadioSelect,
        help_text=_("英語の画面では 2026-04-01 の形で出ます。"),
    )


class TokenForm(forms.Form):
    """A new API token: what it is for, what it may do, until when."""

    DAYS: Final = (("1", _("1日")), ("30", _("30日")), ("90", _("90日")), ("365", _("1年")))

    name = forms.CharField(label=_("使いみち"), max_length=100, help_text=_("例：毎晩の集計スクリプト"))
    scopes = forms.MultipleChoiceField(
        label=_("できること"),
        choices=lambda: [(name, texts.render(f"permission.{name}", {}, get_language() or "ja")) for name in PERMISSIONS],
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
        help_text=_("要るものだけを選んでください。あなた自身の権限を超えることはありません。"),
    )
    days = forms.ChoiceField(label=_("有効な期間"), choices=DAYS, initial="90")

    @property
    def lifetime(self) -> timedelta:
        """How long the token lives."""
        return timedelta(days=int(self.cleaned_data["days"]))
