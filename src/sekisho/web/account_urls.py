"""Addresses of log-in and of a person's own pages. Of allauth's, only those in use: nobody signs up, nothing goes by e-mail."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import include, path

from sekisho.web import account_views as views

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("sessions/<uuid:session_id>/end", views.session_end, name="session_end"),
    path("sessions/end-others", views.sessions_end, name="sessions_end"),
    path("tokens", views.token_issue, name="token_issue"),
    path("tokens/<uuid:token_id>/revoke", views.token_revoke, name="token_revoke"),
    path("recover/<str:uid>/<str:token>", views.recover, name="recover"),
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("signup/", views.closed, name="account_signup"),
    path("email/", views.closed, name="account_email"),
    path("password/set/", views.closed, name="account_set_password"),
    path("2fa/", include("allauth.mfa.urls")),
]
