"""Log-in by name and password, with lock-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone

from sekisho.records.organization.actions import accounts
from sekisho.records.organization.models import Person

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["LoginBackend"]


class LoginBackend(AuthenticationBackend):  # type: ignore[misc] # allauth is untyped
    """allauth's backend with lock-out. A locked account, a wrong password and an unknown name cost one hash and look the same."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:
        """The person, or None. Failures are counted, but not while the account is locked: a stranger must not prolong that."""
        user: Person | None = super().authenticate(request, **credentials)
        if user is None and credentials.get("password") and not self._was_locked:
            accounts.note_failed_login(login=str(credentials.get("username") or ""), now=timezone.now())
        return user

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:
        self._was_locked = False
        found: Person | None = super()._authenticate(request, **credentials)
        return found

    def _check_password(self, user: Person | None, password: str) -> Person | None:
        now = timezone.now()
        if user is not None and user.locked_until is not None and user.locked_until > now:
            # The hash is computed all the same, so that the time taken tells nothing.
            self._did_check_password = True
            user.check_password(password)
            self._was_locked = True
            return None
        checked: Person | None = super()._check_password(user, password)
        return checked
