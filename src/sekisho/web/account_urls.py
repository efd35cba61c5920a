"""Addresses of a person's own pages, before allauth's."""

from __future__ import annotations

from django.urls import path

from sekisho.web import account_views as views

urlpatterns = [
    path("", views.settings_page, name="settings"),
]
