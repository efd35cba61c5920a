"""How allauth is tamed: nobody signs up by themselves, log-ins and log-outs go through our actions and onto the Ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sekisho.records.organization.actions import accounts
from sekisho.records.organization.models import Person

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["SEEN", "AccountAdapter"]

SEEN = "sekisho_seen"  # session key: when the session list was last brought up to date (seconds)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth is untyped
    """Accounts are made by an administrator."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _(
            "ログイン名かパスワードが違うか、いまはログインできません。何度も続くときは、15分ほど待つか、管理者に頼んでください。"
        ),
        "too_many_login_attempts": _("短い間に何度も試されました。しばらく待ってからやり直してください。"),
        "incorrect_code": _("コードが違います。新しいコードを入れてください。"),
        "incorrect_password": _("パスワードが違います。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False

    def login(self, request: HttpRequest, user: Person) -> None:
        """Log in, then note the session and its method."""
        super().login(request, user)
        methods = [str(record.get("type") or record.get("method")) for record in get_authentication_records(request, user)]
        request.session[SEEN] = int(timezone.now().timestamp())
        if request.session.session_key is None:
            request.session.save()
        accounts.note_login(
            user,
            session_key=str(request.session.session_key),
            method="+".join(methods) or "password",
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            address=self.get_client_ip(request),
            now=timezone.now(),
        )

    def logout(self, request: HttpRequest) -> None:
        """Note the end of the session, then log out."""
        if isinstance(request.user, Person):
            accounts.note_logout(request.user, session_key=request.session.session_key, now=timezone.now())
        super().logout(request)

    def set_password(self, user: Person, password: str) -> None:
        """Save a changed password through the action."""
        accounts.change_own_password(user, password=password, now=timezone.now())
