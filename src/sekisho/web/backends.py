"""Log-in by name and password."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend


class LoginBackend(AuthenticationBackend):  # type: ignore[misc] # allauth is untyped
    """allauth's backend; lock-out is added by the accounts pages."""
